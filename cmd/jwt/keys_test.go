package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is not a key is not taken for a secret where anyone may know it: else anyone could sign
// with the page that a server sent instead of its keys, and be believed.
func TestPagesAreNoSecrets(t *testing.T) {
	page := "<html>" + strings.Repeat("404 Not Found ", 10) + "</html>"
	key, err := os.ReadFile(filepath.Join("testdata", "keys", "es256-public.pem"))
	require.NoError(t, err)
	damaged := strings.TrimPrefix(string(key), "-")
	text := strings.Repeat("not a key set ", 10)
	file := filepath.Join(t.TempDir(), "keys")
	for _, test := range []struct{ flag, content, want string }{
		{"--key", page, "not a key"},
		{"--key", "\n <!DOCTYPE html><title>no</title>" + text, "not a key"},
		{"--key", "<?xml version='1.0'?>" + text, "not a key"},
		{"--key", damaged, "PEM"},
		{"--jwks", page, "not a key"},
		{"--jwks", text, "it is not a JWK Set"},
		{"--jwks", `{"kty":"oct","k":"` + strings.Repeat("A", 43) + `"}`, "it is not a JWK Set"},
	} {
		require.NoError(t, os.WriteFile(file, []byte(test.content), 0o600))
		code, stdout, stderr := onTerminal(t, "e30.e30.AA", nil, "verify", test.flag, file, "--iss", "a", "--aud", "b")
		require.Equal(t, exitUnavailable, code, "%q: %s%s", test, stdout, stderr)
		require.Contains(t, stderr, test.want)
	}
}
