package migrate_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
)

// module copies a folder into a module of its own, with the given path, in which golang-jwt
// and package jwt of this tree can be imported.
func module(t *testing.T, dir, path string) string {
	t.Helper()
	root, err := filepath.Abs("../../../..")
	require.NoError(t, err)
	to := t.TempDir()
	require.NoError(t, os.CopyFS(to, os.DirFS(dir)))

	mod, err := modfile.Parse("go.mod", read(t, filepath.Join(root, "go.mod")), nil)
	require.NoError(t, err)
	require.NoError(t, mod.AddModuleStmt(path))
	require.NoError(t, mod.AddRequire("github.com/cda17858/jwt", "v0.1.0"))
	require.NoError(t, mod.AddReplace("github.com/cda17858/jwt", "", root, ""))
	peers, err := modfile.Parse("go.mod", read(t, "testdata/go.mod"), nil)
	require.NoError(t, err)
	for _, r := range peers.Require {
		require.NoError(t, mod.AddRequire(r.Mod.Path, r.Mod.Version))
	}
	text, err := mod.Format()
	require.NoError(t, err)
	write(t, filepath.Join(to, "go.mod"), text)
	write(t, filepath.Join(to, "go.sum"), append(read(t, filepath.Join(root, "go.sum")), read(t, "testdata/go.sum")...))
	return to
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	return data
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(name, data, 0o600))
}

// goCommand runs the go command in a folder, and fails the test with its output.
func goCommand(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "go %v:\n%s", args, out)
}
