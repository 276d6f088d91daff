package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// migrateIn runs jwt migrate with args in a folder.
func migrateIn(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Chdir(dir)
	var out, err bytes.Buffer
	code = run(&app{out: &out, err: &err}, append([]string{"migrate"}, args...))
	return code, out.String(), err.String()
}

func TestMigrateExitCodes(t *testing.T) {
	for name, test := range map[string]struct {
		args   []string
		want   int
		stderr string
	}{
		"nothing found":  {[]string{"--check", "./keyfuncs/other"}, 0, "0 can be rewritten, 0 to do by hand"},
		"findings":       {[]string{"--check", "./keyfuncs"}, exitNo, "10 to do by hand"},
		"usage":          {[]string{"--check", "--diff", "./keyfuncs"}, exitUsage, "--check rewrites nothing"},
		"unknown flag":   {[]string{"--no-such-flag"}, exitUsage, "unknown flag"},
		"does not exist": {[]string{"./nowhere"}, exitUnavailable, "packages do not load"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := migrateIn(t, "internal/migrate/testdata", test.args...)
			require.Equal(t, test.want, code, stderr)
			require.Contains(t, stderr, test.stderr)
		})
	}
}

// The JSON has the same findings as the text, and the exit code is the same.
func TestMigrateJSON(t *testing.T) {
	code, stdout, _ := migrateIn(t, "internal/migrate/testdata", "--check", "--json", "./keyfuncs")
	require.Equal(t, exitNo, code)
	var out struct {
		Sites []struct{ File, Kind, Row, URL, Message string }
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &out))
	require.Len(t, out.Sites, 10)
	require.Equal(t, "work", out.Sites[0].Kind)
	require.Equal(t, "keyfunc-by-kid", out.Sites[0].Row)
	require.Contains(t, out.Sites[0].URL, "docs/migrating.md#keyfunc-by-kid")
}

func TestMigrateBrokenPackage(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module broken\n\ngo 1.26.0\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte("package broken\n\nvar x int = \"text\"\n"), 0o600))
	code, _, stderr := migrateIn(t, dir)
	require.Equal(t, exitUnavailable, code)
	require.Contains(t, stderr, "packages do not load")
}

// The go command runs the program as a tool: go vet lists, go fix rewrites.
func TestMigrateAsTool(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	tool := filepath.Join(t.TempDir(), "jwt")
	run := func(dir string, args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run(".", "build", "-o", tool, ".")
	require.NoError(t, err, out)

	out, err = run("internal/migrate/testdata", "vet", "-vettool="+tool, "./risks", "./sign")
	require.Error(t, err)
	require.Contains(t, out, "without WithValidMethods the token chooses the algorithm")
	require.Contains(t, out, "docs/migrating.md#with-valid-methods")
	require.Contains(t, out, "SignedString becomes jwt.Sign")

	// -diff writes nothing, so that package jwt need not be required.
	out, err = run("internal/migrate/testdata", "fix", "-fixtool="+tool, "-diff", "./sign")
	require.Contains(t, out, `+	"github.com/cda17858/jwt"`, "%v", err)
	require.Contains(t, out, "+	return signHMAC(")
}

// What is rewritten is written only if it is asked for.
func TestMigrateWrites(t *testing.T) {
	dir := t.TempDir()
	source, err := os.ReadFile("internal/migrate/testdata/library/library.go")
	require.NoError(t, err)
	name := filepath.Join(dir, "library.go")
	require.NoError(t, os.WriteFile(name, source, 0o600))
	for _, file := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join("internal/migrate/testdata", file))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), data, 0o600))
	}

	code, stdout, stderr := migrateIn(t, dir, "--check")
	require.Equal(t, exitNo, code)
	require.Contains(t, stdout, "rewrite: SignedString becomes jwt.Sign")
	require.Contains(t, stderr, "2 can be rewritten")

	code, stdout, _ = migrateIn(t, dir, "--diff")
	require.Equal(t, exitNo, code)
	require.Contains(t, stdout, "+\treturn signHMAC(")

	code, _, stderr = migrateIn(t, dir)
	require.Equal(t, exitUnavailable, code)
	require.Contains(t, stderr, "go get github.com/cda17858/jwt first")

	now, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(source), string(now))
}
