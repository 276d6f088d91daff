package jwttest_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/jwttest"
)

// ours is a service with package jwthttp, that fetches the keys.
func ours(t *testing.T, iss *jwttest.Issuer) http.Handler {
	t.Helper()
	client, err := jwks.New(t.Context(), jwks.Config{Issuer: iss.URL(), Algorithms: iss.Policy().Algorithms, Transport: iss.Transport()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	policy := iss.Policy()
	policy.MaxAge = time.Hour
	parser, err := jwt.NewParser[private](client, policy)
	require.NoError(t, err)
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{Resource: "https://orders.example.com"})
	require.NoError(t, err)
	return auth.Require().Handler(func(w http.ResponseWriter, _ *http.Request, c *jwt.Claims[private]) {
		io.WriteString(w, c.Subject)
	})
}

// everything is an issuer for which all faults can be made, except, in a short run, those of
// RSA, whose keys take long to make.
func everything(t *testing.T) *jwttest.Issuer {
	algs := []jwt.Algorithm{jwt.ES256, jwt.EdDSA, jwt.PS256}
	if testing.Short() {
		algs = algs[:2]
	}
	return jwttest.NewIssuer(t, jwttest.Config{
		Name: "https://auth.example.com", Audience: "orders", Type: "at+jwt", Traps: true, Algorithms: algs,
	})
}

// ofRSA is how many faults need a key for RSA.
func ofRSA() int {
	if testing.Short() {
		return 3
	}
	return 0
}

func TestAttack(t *testing.T) {
	iss := everything(t)
	report := jwttest.Attack(t, jwttest.Target{Handler: ours(t, iss), Issuer: iss, MaxAge: time.Hour, Subject: subject})
	require.Empty(t, report.Findings())
	require.Len(t, report.Controls, 6)
	require.Equal(t, len(jwttest.Faults())-3-ofRSA(), report.Count(jwttest.Refused), "all but those that need a second issuer or revocation")
}

func subject(r *jwttest.Response) string { return string(r.Body) }
