package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// A report that replaces one that others could read cannot be read by them.
func TestReportMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	name := filepath.Join(t.TempDir(), "jwt.sarif")
	require.NoError(t, os.WriteFile(name, []byte("old and longer"), 0o644))
	require.NoError(t, writeFile(name, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }))
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "new", string(text))
	require.NoError(t, writeFile(os.DevNull, func(io.Writer) error { return nil }))
}
