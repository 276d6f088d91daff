package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecretFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "refresh.key")
	made, err := secretFile(path)
	require.NoError(t, err)
	require.Len(t, made, secretBytes)
	read, err := secretFile(path)
	require.NoError(t, err)
	require.Equal(t, made, read)
	if info, err := os.Stat(path); runtime.GOOS != "windows" {
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}

	require.Error(t, writeSecret(path, "x"), "never replaced")
	require.NoError(t, os.WriteFile(path, []byte("not-a-secret"), 0o600))
	_, err = secretFile(path)
	require.ErrorContains(t, err, path)
	require.NotContains(t, err.Error(), "not-a-secret")
}

// The variables prevail: no file is made.
func TestCompleteSecrets(t *testing.T) {
	c := config{data: t.TempDir(), refreshKeys: [][]byte{{1}}, keyringSecret: []byte{2}}
	require.NoError(t, c.completeSecrets())
	files, err := os.ReadDir(c.data)
	require.NoError(t, err)
	require.Empty(t, files)
}
