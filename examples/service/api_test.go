package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each route of the API needs its scope, whether the token comes in a cookie or as a bearer.
func TestScopes(t *testing.T) {
	s := startService(t)
	for _, test := range []struct {
		user, method string
		status       int
	}{{"alice", "GET", 200}, {"alice", "POST", 201}, {"bob", "GET", 200}, {"bob", "POST", 403}} {
		app := s.browser(t)
		app.header.Set("Authorization", "Bearer "+s.token(t, test.user))
		for _, b := range []*browser{s.login(t, test.user), app} {
			var body any
			if test.method == "POST" {
				body = map[string]string{"item": "tea"}
			}
			a := b.do(test.method, "/orders", body).want(test.status)
			require.Equal(t, test.status == 403, strings.Contains(a.Header.Get("WWW-Authenticate"), "insufficient_scope"))
		}
	}
	s.browser(t).do("GET", "/orders", nil).want(401)
}

func TestMe(t *testing.T) {
	s := startService(t)
	var me identity
	a := s.login(t, "bob").do("GET", "/me", nil).want(200)
	a.into(&me)
	require.Equal(t, "bob", me.Name)
	require.Equal(t, []string{"support"}, me.Roles)
	require.Equal(t, []string{"orders:read"}, me.Scopes)
	require.Equal(t, uint32(1), me.Generation)
	require.Equal(t, s.ring.KeyID(), me.Key)
	require.Positive(t, me.ExpiresIn)
	require.False(t, me.Confirmed)
	require.NotContains(t, a.body, "eyJ", "no part of a token")
}
