package jwttest_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jwttest"
)

type private struct {
	Role string `json:"role"`
}

var ctx = context.Background()

func TestIssuerToken(t *testing.T) {
	iss := jwttest.NewIssuer(t, jwttest.Config{Name: "https://auth.example.com", Audience: "orders"})
	parser := jwttest.Parser[private](t, iss)

	c, err := parser.Parse(ctx, iss.Token(t, nil))
	require.NoError(t, err)
	require.Equal(t, "alice", c.Subject)
	require.Equal(t, []string{"orders"}, c.Audience)
	require.Equal(t, 15*time.Minute, c.ExpiresAt.Sub(c.IssuedAt))
	require.NotEmpty(t, c.ID)

	for name, claims := range map[string]any{
		"map": map[string]any{"sub": "bob", "role": "admin"},
		"struct": struct {
			Subject string `json:"sub"`
			private
		}{"bob", private{"admin"}},
		"claims": jwt.Claims[private]{Subject: "bob", Private: private{"admin"}},
	} {
		c, err := parser.Parse(ctx, iss.Token(t, claims))
		require.NoError(t, err, name)
		require.Equal(t, "bob", c.Subject, name)
		require.Equal(t, "admin", c.Private.Role, name)
		require.Equal(t, "https://auth.example.com", c.Issuer, name)
	}

	_, err = parser.Parse(ctx, iss.Token(t, map[string]any{"exp": nil}))
	require.ErrorIs(t, err, jwt.ErrMissing)
}

func TestIssuerAlgorithms(t *testing.T) {
	for _, alg := range []jwt.Algorithm{jwt.HS256, jwt.HS512, jwt.RS256, jwt.PS384, jwt.ES256, jwt.ES384, jwt.ES512, jwt.EdDSA, jwt.Ed25519} {
		if testing.Short() && (alg == jwt.RS256 || alg == jwt.PS384) {
			continue // its keys take long to make
		}
		iss := jwttest.NewIssuer(t, jwttest.Config{Name: "https://auth.example.com", Algorithms: []jwt.Algorithm{alg}})
		c, err := jwttest.Parser[struct{}](t, iss).Parse(ctx, iss.Token(t, nil))
		require.NoError(t, err, alg)
		require.Equal(t, alg, c.Algorithm)
		require.Equal(t, alg, jwttest.NewKey(t, alg).Algorithm())
	}
	_, err := jwttest.OpenIssuer(jwttest.Config{Algorithms: []jwt.Algorithm{"none"}})
	require.EqualError(t, err, `jwttest: package jwt has no algorithm "none"`)
}

// A service with a jwks.Client finds the keys by the metadata, and follows a rotation.
func TestIssuerServer(t *testing.T) {
	iss := jwttest.NewIssuer(t, jwttest.Config{})
	parser := fetchingParser(t, iss, nil)
	_, err := parser.Parse(ctx, iss.Token(t, nil))
	require.NoError(t, err)
	require.Equal(t, 1, iss.Fetches())

	old := iss.Signer().KeyID()
	require.NotEqual(t, old, iss.Rotate(t))
	_, err = parser.Parse(ctx, iss.Token(t, nil))
	require.NoError(t, err)
	require.Equal(t, 2, iss.Fetches())

	iss.Withdraw(old)
	require.Len(t, iss.Keys(), 1)

	iss.Down()
	_, err = http.Get(iss.JWKSURL())
	require.Error(t, err)
	iss.Up()
	iss.Slow(time.Hour)
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(short, "GET", iss.JWKSURL(), nil)
	require.NoError(t, err)
	_, err = http.DefaultClient.Do(r)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	iss.Close() // does not wait for slow answers
	iss.Close()
}

// Within a bubble all goes through the Transport, and the clock is the bubble's.
func TestIssuerSynctest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := jwttest.NewIssuer(t, jwttest.Config{Name: "https://auth.example.com"})
		parser := fetchingParser(t, iss, iss.Transport())
		token := iss.Token(t, nil)
		_, err := parser.Parse(ctx, token)
		require.NoError(t, err)

		iss.Slow(2 * time.Second)
		iss.Rotate(t)
		before := time.Now()
		_, err = parser.Parse(ctx, iss.Token(t, nil))
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(before), 2*time.Second)

		time.Sleep(15 * time.Minute)
		_, err = parser.Parse(ctx, token)
		require.ErrorIs(t, err, jwt.ErrExpired)

		iss.Up()
		iss.Down()
		client := http.Client{Transport: iss.Transport()}
		_, err = client.Get(iss.JWKSURL())
		require.ErrorContains(t, err, "the issuer is down")
		_, err = client.Get("https://other.example.com/jwks.json")
		require.ErrorContains(t, err, "not at the issuer")
	})
}

// What is published besides the good keys does not hinder a client, and helps nobody.
func TestIssuerTraps(t *testing.T) {
	iss := jwttest.NewIssuer(t, jwttest.Config{Traps: true, Algorithms: []jwt.Algorithm{jwt.ES256, jwt.HS256}})
	resp, err := http.Get(iss.JWKSURL())
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	keys, skipped, err := jwk.ParseSet(data, jwt.ES256, jwt.EdDSA)
	require.NoError(t, err)
	require.Len(t, keys, 1) // the secret of HS256 is not published
	require.Len(t, skipped, 4)
	require.Len(t, iss.Keys(), 2)
}

func fetchingParser(t *testing.T, iss *jwttest.Issuer, transport http.RoundTripper) *jwt.Parser[private] {
	client, err := jwks.New(ctx, jwks.Config{Issuer: iss.URL(), Algorithms: []jwt.Algorithm{jwt.ES256}, Transport: transport})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	parser, err := jwt.NewParser[private](client, iss.Policy())
	require.NoError(t, err)
	return parser
}
