package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// Another service finds the keys by the name of the issuer, and verifies with them.
func TestPublishedKeys(t *testing.T) {
	s := startService(t)
	keys, err := jwks.New(t.Context(), jwks.Config{Issuer: s.url, Algorithms: []jwt.Algorithm{jwt.ES256}})
	require.NoError(t, err)
	defer keys.Close()
	parser, err := jwt.NewParser[Private](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256}, Issuers: []string{s.url}, Audiences: []string{"reports"}, Types: []string{"at+jwt"},
	})
	require.NoError(t, err)
	c, err := parser.Parse(t.Context(), s.token(t, "alice"))
	require.NoError(t, err)
	require.Equal(t, "alice", c.Private.Name)
	require.Len(t, keys.Keys(), 2)
}

func TestMetadata(t *testing.T) {
	s := startService(t)
	b := s.browser(t)
	require.Equal(t, s.url, b.do("GET", "/.well-known/oauth-authorization-server", nil).want(200).member("issuer"))
	require.Equal(t, s.url, b.do("GET", "/.well-known/oauth-protected-resource", nil).want(200).member("resource"))
	require.Contains(t, b.do("GET", "/orders", nil).want(http.StatusUnauthorized).Header.Get("WWW-Authenticate"), "resource_metadata=")
}
