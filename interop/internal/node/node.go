// Package node prepares what tests need that run a script of Node.js.
package node

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Missing skips the test for want of a program. The gate has all of them: there it fails.
func Missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// Require skips the test where there is no Node.js of that version or a later one.
func Require(t *testing.T, version int) {
	t.Helper()
	out, err := exec.Command("node", "--print", "parseInt(process.versions.node)").Output()
	if major, _ := strconv.Atoi(strings.TrimSpace(string(out))); err != nil || major < version {
		Missing(t, fmt.Sprintf("node is not here, or too old: install Node.js, %d or later, with npm", version))
	}
}

// Folder returns a new folder with a copy of script, unless that is "", and the modules that
// it imports, which are given with their versions. They come from npm, or from the
// node_modules that JWT_NODE_MODULES names.
func Folder(t *testing.T, script string, modules map[string]string) string {
	t.Helper()
	Require(t, 20)
	folder := t.TempDir()
	if given := os.Getenv("JWT_NODE_MODULES"); given != "" {
		given, err := filepath.Abs(given)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(given, filepath.Join(folder, "node_modules")))
	} else {
		install(t, folder, modules)
	}
	for name, version := range modules {
		data, err := os.ReadFile(filepath.Join(folder, "node_modules", name, "package.json"))
		require.NoError(t, err, "the folder that JWT_NODE_MODULES names has no %s", name)
		var installed struct{ Version string }
		require.NoError(t, json.Unmarshal(data, &installed))
		require.Equal(t, version, installed.Version, name)
	}
	if script == "" {
		return folder
	}
	text, err := os.ReadFile(script)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, filepath.Base(script)), text, 0o600))
	return folder
}

func install(t *testing.T, folder string, modules map[string]string) {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		Missing(t, "npm is not here: install it, or let JWT_NODE_MODULES name a folder node_modules with what the script imports")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "install", "--prefix", folder,
		"--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts")
	for name, version := range modules {
		npm.Args = append(npm.Args, name+"@"+version)
	}
	if out, err := npm.CombinedOutput(); err != nil {
		Missing(t, "npm could not install what the script imports: "+string(out))
	}
}
