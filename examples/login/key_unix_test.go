//go:build unix

package main

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A pipe in the place of the key does not hang the start.
func TestOpenKeyPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	_, err := openKey(path)
	require.EqualError(t, err, path+" is not a regular file")
}
