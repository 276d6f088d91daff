package debug_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/debug"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/jwks"
)

// A fixture has tokens, and the keys to them.
type fixture struct {
	token string // good, of https://auth.example.com for orders, issued to alice 3 minutes ago
	odd   string // expired, with a jku and a password

	key, publicKey, otherKey string // PEM; another is of nobody
	jwks                     string
}

func newFixture(t *testing.T, now time.Time) fixture {
	t.Helper()
	var f fixture
	f.key, f.publicKey = newKey(t)
	_, f.otherKey = newKey(t)
	signer, err := jwt.ParsePrivateKey(jwt.ES256, "2026-11", []byte(f.key))
	require.NoError(t, err)
	set, _, err := jwk.MarshalSet(signer.Verifier())
	require.NoError(t, err)
	f.jwks = string(set)

	claims := jwt.Claims[map[string]any]{
		Issuer: "https://auth.example.com", Subject: "alice", Audience: []string{"orders"},
		IssuedAt: now.Add(-3 * time.Minute), ExpiresAt: now.Add(12 * time.Minute), ID: "f3a1c6",
		Private: map[string]any{"role": "admin"},
	}
	f.token, err = jwt.Sign(t.Context(), signer, claims)
	require.NoError(t, err)
	claims.IssuedAt, claims.ExpiresAt = now.Add(-26*time.Hour), now.Add(-2*time.Hour)
	claims.Header = map[string]any{"jku": "https://attacker.example.com/jwks.json"}
	claims.Private = map[string]any{"role": "admin", "password": "hunter2"}
	f.odd, err = jwt.Sign(t.Context(), signer, claims)
	require.NoError(t, err)
	return f
}

// given returns the fixture as the scenarios of the browser get it.
func (f fixture) given() map[string]string {
	return map[string]string{
		"token": f.token, "odd": f.odd, "key": f.key, "publicKey": f.publicKey, "otherKey": f.otherKey, "jwks": f.jwks,
	}
}

// newKey returns a new key and its public half in PEM.
func newKey(t *testing.T) (private, public string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
}

// servePage serves the page until the test ends, and returns its address.
func servePage(t *testing.T, token string, now func() time.Time) string {
	t.Helper()
	return servePageFetching(t, token, now, func(ctx context.Context, cfg jwks.Config) (jwt.KeySet, error) {
		cfg.Algorithms = []jwt.Algorithm{jwt.ES256}
		return jwks.Fetch(ctx, cfg)
	})
}

// servePageFetching is servePage with a way to fetch keys.
func servePageFetching(t *testing.T, token string, now func() time.Time, fetch func(context.Context, jwks.Config) (jwt.KeySet, error)) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	page, err := debug.New(debug.Config{
		Origin: "http://" + server.Listener.Addr().String(),
		Token:  token,
		Bare:   func(text string) string { return strings.TrimPrefix(strings.TrimSpace(text), "Bearer ") },
		Fetch:  fetch,
		Now:    now,
	})
	require.NoError(t, err)
	server.Config.Handler = page
	server.Start()
	t.Cleanup(server.Close)
	return page.URL()
}
