package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A key replaces regular files only, also with --force: neither /dev/stdout, nor what a link
// of somebody else leads to.
func TestKeygenOverRegularFilesOnly(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "key.pem"), filepath.Join(dir, "link.pem")
	require.NoError(t, os.WriteFile(file, []byte("old"), 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	names := []string{filepath.Join(dir, "folder")}
	if os.Symlink(file, link) == nil { // Windows may forbid it
		names = append(names, link)
	}
	for _, name := range names {
		for _, args := range [][]string{{"keygen", name}, {"keygen", "--force", name}} {
			code, _, stderr := onTerminal(t, "", nil, args...)
			require.Equal(t, exitUsage, code)
			require.Contains(t, stderr, "is not a regular file")
			_, err := os.Lstat(name)
			require.NoError(t, err)
		}
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "old", string(text))

	code, _, stderr := onTerminal(t, "", nil, "keygen", file)
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "use --force to overwrite it")
	code, _, stderr = onTerminal(t, "", nil, "keygen", "--force", file)
	require.Zero(t, code, stderr)
}
