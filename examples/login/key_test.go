package main

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwk"
)

func TestOpenKey(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key.pem")
	signer, err := openKey(path)
	require.NoError(t, err)

	info, err := os.Stat(path)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		require.Equal(t, os.FileMode(0o600), info.Mode())
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "something was left behind")

	data, err := os.ReadFile(path)
	require.NoError(t, err)
	block, rest := pem.Decode(data)
	require.Equal(t, "PRIVATE KEY", block.Type)
	require.Empty(t, rest)
	_, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(t, err)

	thumbprint, err := jwk.Thumbprint(signer.PublicKey())
	require.NoError(t, err)
	require.Equal(t, thumbprint, signer.KeyID())

	again, err := openKey(path)
	require.NoError(t, err)
	require.Equal(t, signer.KeyID(), again.KeyID())
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, data, after)
}

// Services that start at once on one new file all get the same key.
func TestOpenKeyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	kids := make([]string, 8)
	var wg sync.WaitGroup
	for i := range kids {
		wg.Go(func() {
			if signer, err := openKey(path); err == nil {
				kids[i] = signer.KeyID()
			}
		})
	}
	wg.Wait()
	require.NotEmpty(t, kids[0])
	for _, kid := range kids {
		require.Equal(t, kids[0], kid)
	}
}

func TestOpenKeyRefuses(t *testing.T) {
	good := filepath.Join(t.TempDir(), "key.pem")
	_, err := openKey(good)
	require.NoError(t, err)
	data, err := os.ReadFile(good)
	require.NoError(t, err)
	for _, test := range []struct {
		name string
		data []byte
		mode os.FileMode
		want string
	}{
		{"readable by the group", data, 0o640, "has mode 0640"},
		{"readable by all", data, 0o604, "has mode 0604"},
		{"writable by all", data, 0o602, "has mode 0602"},
		{"empty", nil, 0o600, "not PEM: it is empty"},
		{"half", data[:len(data)/2], 0o600, "its END line is missing"},
		{"two keys", append(data, data...), 0o600, "2 private keys in PEM; one is wanted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.mode != 0o600 && runtime.GOOS == "windows" {
				t.Skip("no modes")
			}
			path := filepath.Join(t.TempDir(), "key.pem")
			require.NoError(t, os.WriteFile(path, test.data, 0o600))
			require.NoError(t, os.Chmod(path, test.mode))
			_, err := openKey(path)
			require.ErrorContains(t, err, test.want)
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, len(test.data), len(after), "the file was changed")
		})
	}
}
