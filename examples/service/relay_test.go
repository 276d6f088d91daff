package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

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
