package jwthttp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// benchmarked returns a request with a good token, and what parses that.
func benchmarked(t testing.TB) (*http.Request, string, func(context.Context, string) (*jwt.Claims[embedded], error)) {
	private := embedded{AccessToken: jwthttp.AccessToken{ClientID: "web", Scope: jwthttp.ScopeList{"orders:read"}}}
	token, err := jwt.Sign(t.Context(), newSigner(t), claimsOf("alice", private))
	require.NoError(t, err)
	r := httptest.NewRequest("GET", "/orders", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r, token, newParse[embedded](t)
}

// The cost of the middleware is what Require takes beyond Parse. The last is the least that
// any middleware could take: the claims in a value of the context.
func BenchmarkRequire(b *testing.B) {
	r, token, parse := benchmarked(b)
	auth, err := jwthttp.New(parse, jwthttp.Config{})
	require.NoError(b, err)
	h := auth.Require(jwthttp.Scope("orders:read")).Handler(func(http.ResponseWriter, *http.Request, *jwt.Claims[embedded]) {})
	w := discard{http.Header{}}
	b.Run("Parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := parse(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Require", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.ServeHTTP(w, r)
		}
	})
	claims, err := parse(b.Context(), token)
	require.NoError(b, err)
	known, err := jwthttp.New(func(context.Context, string) (*jwt.Claims[embedded], error) { return claims, nil }, jwthttp.Config{})
	require.NoError(b, err)
	free := known.Require(jwthttp.Scope("orders:read")).Handler(func(http.ResponseWriter, *http.Request, *jwt.Claims[embedded]) {})
	b.Run("Require without Parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			free.ServeHTTP(w, r)
		}
	})
	type key struct{}
	b.Run("context value", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			next := r.WithContext(context.WithValue(r.Context(), key{}, claims))
			if next.Context().Value(key{}) == nil {
				b.Fatal()
			}
		}
	})
}

// What Require takes beyond parse: the context with the claims, and the request with that.
func TestRequireAllocates(t *testing.T) {
	r, token, parse := benchmarked(t)
	claims, err := parse(t.Context(), token)
	require.NoError(t, err)
	auth, err := jwthttp.New(func(context.Context, string) (*jwt.Claims[embedded], error) { return claims, nil }, jwthttp.Config{})
	require.NoError(t, err)
	h := auth.Require(jwthttp.Scope("orders:read")).Handler(func(http.ResponseWriter, *http.Request, *jwt.Claims[embedded]) {})
	w := discard{http.Header{}}
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) }), 2.0)
}
