package jwthttp_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

const issuer = "https://auth.example.com"

var secret = []byte("a secret of 32 bytes for the tests")

// newSigner returns the key of the tests.
func newSigner(t testing.TB) jwt.Signer {
	t.Helper()
	signer, err := jwt.NewHMACSigner(jwt.HS256, "key-1", secret)
	require.NoError(t, err)
	return signer
}

// claimsOf returns good claims, issued a minute ago.
func claimsOf[P any](subject string, private P) jwt.Claims[P] {
	now := time.Now()
	return jwt.Claims[P]{
		Issuer: issuer, Subject: subject, Audience: []string{"orders"}, ID: "id-" + subject,
		IssuedAt: now.Add(-time.Minute), ExpiresAt: now.Add(10 * time.Minute),
		Private: private,
	}
}

// newParse returns what New takes, for tokens that newSigner has signed.
func newParse[P any](t testing.TB) func(context.Context, string) (*jwt.Claims[P], error) {
	t.Helper()
	verifier, err := jwt.NewHMACVerifier(jwt.HS256, "key-1", secret)
	require.NoError(t, err)
	validator, err := jwt.NewValidator(jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256},
		Issuers:    []string{issuer},
		Audiences:  []string{"orders"},
	})
	require.NoError(t, err)
	return func(ctx context.Context, token string) (*jwt.Claims[P], error) {
		return jwt.Parse[P](ctx, token, verifier, validator)
	}
}

// names returns the names of the claims of token, in order.
func names(t *testing.T, token string) []string {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	require.NoError(t, err)
	var claims map[string]any
	require.NoError(t, json.Unmarshal(payload, &claims))
	return slices.Sorted(maps.Keys(claims))
}
