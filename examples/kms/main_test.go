package main

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// requireRuns fails unless the program prints a token and the keys to verify it with.
func requireRuns(t *testing.T, args ...string) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), args, &out))
	fields := strings.Fields(out.String())
	require.Len(t, fields, 4)
	require.Equal(t, []string{"token", "jwks"}, []string{fields[0], fields[2]})
	keys, skipped, err := jwk.ParseSet([]byte(fields[3]))
	require.NoError(t, err)
	require.Empty(t, skipped)
	parser, err := jwt.NewParser[struct{}](keys, policy)
	require.NoError(t, err)
	claims, err := parser.Parse(t.Context(), fields[1])
	require.NoError(t, err)
	require.Equal(t, "alice", claims.Subject)
}

// requireCancelled fails unless a context that is done gives an error, and no token.
func requireCancelled(t *testing.T, signer jwt.Signer) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	token, err := jwt.Sign(ctx, signer, claimsOf("alice"))
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, token)
}

func TestRunRefuses(t *testing.T) {
	for _, test := range []struct{ name, args, want string }{
		{"no KMS", "-key es256", "give either -module or -vault"},
		{"two KMSs", "-module /a.so -vault http://127.0.0.1", "give either -module or -vault"},
		{"flag", "-what", "flag provided but not defined: -what"},
		{"no key", "-module /a.so", "give -key"},
		{"no PIN", "-module /a.so -key es256", "give -pin-file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			require.ErrorContains(t, run(t.Context(), strings.Fields(test.args), &out), test.want)
		})
	}
	require.NoError(t, run(t.Context(), []string{"-h"}, new(strings.Builder)))
}
