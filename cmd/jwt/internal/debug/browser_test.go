package debug_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwttest"
)

// What testdata/run.mjs imports.
var nodeModules = []string{"playwright-core@1.65.1", "axe-core@4.14.1"}

// The page works in Chromium. Each scenario of testdata/scenarios.mjs is a subtest; all of
// them watch that the page asks nobody but the command.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	var elsewhere atomic.Int32 // requests to another server
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	iss := jwttest.NewIssuer(t, jwttest.Config{})
	f := newFixture(t, time.Now())
	given := f.given()
	given["url"], given["started"] = servePage(t, "", time.Now), servePage(t, f.token, time.Now)
	given["elsewhere"], given["issuer"], given["issued"] = other.URL, iss.URL(), iss.Token(t, nil)

	results := runScenarios(t, given)
	require.Greater(t, len(results), 10)
	for _, r := range results {
		t.Run(r.Name, func(t *testing.T) {
			require.Empty(t, r.Error)
			t.Log(r.Requests, "requests, all to the command")
		})
	}
	require.Zero(t, elsewhere.Load(), "something has left the page")
}

// A result is what came of a scenario.
type result struct {
	Name     string
	Requests int
	Error    string
}

// runScenarios runs testdata/run.mjs.
func runScenarios(t *testing.T, given map[string]string) []result {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		missing(t, "chromium is not here: install Debian's package chromium")
	}
	folder := nodeFolder(t)
	input, err := json.Marshal(given)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, "node", "run.mjs", chromium)
	run.Dir, run.Stdin = folder, bytes.NewReader(input)
	var stderr bytes.Buffer
	run.Stderr = &stderr
	out, err := run.Output()
	require.NoError(t, err, "run.mjs: %s", &stderr)
	var results []result
	for line := range bytes.Lines(out) {
		var r result
		require.NoError(t, json.Unmarshal(line, &r))
		results = append(results, r)
	}
	return results
}

// nodeFolder returns a new folder with the scripts and what they import: from npm, or from
// the node_modules that JWT_NODE_MODULES names.
func nodeFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"run.mjs", "scenarios.mjs"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
	}
	if given := os.Getenv("JWT_NODE_MODULES"); given != "" {
		require.NoError(t, os.Symlink(given, filepath.Join(folder, "node_modules")))
		return folder
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, program+" is not here: install Node.js, 20 or later, with npm")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", append([]string{"install", "--prefix", folder,
		"--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"}, nodeModules...)...)
	if out, err := npm.CombinedOutput(); err != nil {
		missing(t, "npm could not install what the page's test imports: "+string(out))
	}
	return folder
}

// missing skips the test for want of a program. The gate has all of them: there it fails.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}
