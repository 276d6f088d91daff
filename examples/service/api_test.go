package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
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

func TestOrders(t *testing.T) {
	s := startService(t)
	alice, admin := s.login(t, "alice"), s.login(t, "admin")
	alice.do("POST", "/orders", map[string]string{"item": ""}).want(400)
	alice.do("POST", "/orders", map[string]string{"item": strings.Repeat("a", 101)}).want(400)
	alice.do("POST", "/orders", map[string]string{"item": "green tea"}).want(201)
	require.Contains(t, alice.do("GET", "/orders", nil).want(200).body, "green tea")
	require.NotContains(t, admin.do("GET", "/orders", nil).want(200).body, "green tea")
}

// Orders that are added at the same time are all kept, up to the limit.
func TestOrdersAtOnce(t *testing.T) {
	o := &orders{store.NewMemory()}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			if err := o.add(t.Context(), "ann", order{Item: fmt.Sprint(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list, _, err := o.load(t.Context(), "ann")
	require.NoError(t, err)
	require.Len(t, list, 4)
	for range maxOrders - 4 {
		require.NoError(t, o.add(t.Context(), "ann", order{}))
	}
	require.ErrorIs(t, o.add(t.Context(), "ann", order{}), errFull)
}

// The relay turns the cookie into a bearer, and passes no cookies either way.
func TestRelay(t *testing.T) {
	seen := make(chan *http.Request, 1)
	reports := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r
		w.Header().Set("Set-Cookie", "x=y")
		w.Write([]byte(`{}`))
	}))
	defer reports.Close()
	s := startService(t, "-reports-url", reports.URL)

	b := s.login(t, "alice")
	a := b.do("GET", "/reports", nil).want(200)
	require.Empty(t, a.Cookies())
	r := <-seen
	require.Equal(t, "/reports", r.URL.Path)
	require.Equal(t, "Bearer "+b.cookies["__Host-Http-at"], r.Header.Get("Authorization"))
	require.Empty(t, r.Cookies())

	app := s.browser(t)
	token := s.token(t, "alice")
	app.header.Set("Authorization", "Bearer "+token)
	app.do("GET", "/reports", nil).want(200)
	require.Equal(t, "Bearer "+token, (<-seen).Header.Get("Authorization"))

	s.login(t, "bob").do("GET", "/reports", nil).want(403)
	reports.Close()
	b.do("GET", "/reports", nil).want(502)
}
