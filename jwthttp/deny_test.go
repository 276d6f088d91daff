package jwthttp_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwthttp"
)

func TestDefaultDeny(t *testing.T) {
	var reasons []jwthttp.Event
	cookies := newCookies(t)
	auth := newAuth(t, jwthttp.Config{Cookies: cookies, Observe: observeInto(&reasons)})
	other := newAuth(t, jwthttp.Config{})
	metadata, err := jwthttp.NewMetadataHandler(jwthttp.Metadata{Resource: "https://api.example.com"})
	require.NoError(t, err)
	sub := http.NewServeMux()
	sub.Handle("/sub/open", jwthttp.Public(hello))
	sub.Handle("/sub/forgotten", hello)
	stripped := http.NewServeMux()
	stripped.Handle("/forgotten", hello)
	stripped.Handle("/required", auth.Require()(hello))

	mux := http.NewServeMux()
	mux.Handle("GET /required", auth.Require().Handler(greet))
	mux.Handle("/required/{id}", auth.Require()(hello))
	mux.Handle("/optional", auth.Optional()(hello))
	mux.Handle("/other", other.Require()(hello))
	mux.Handle("/open", jwthttp.Public(hello))
	mux.Handle("POST /login", jwthttp.Public(cookies.Protect(hello)))
	mux.Handle("POST /login2", cookies.Protect(jwthttp.Public(hello)))
	mux.Handle("POST /refresh", cookies.Protect(hello))
	mux.Handle("POST /twice", cookies.Protect(cookies.Protect(hello)))
	mux.Handle("/forgotten", hello)
	mux.Handle("/tree/", hello)
	mux.Handle("/sub/", sub)
	mux.Handle("/stripped/", jwthttp.Public(http.StripPrefix("/stripped", auth.DefaultDeny(stripped))))
	mux.Handle("/old", http.RedirectHandler("/open", http.StatusMovedPermanently))
	mux.Handle(metadata.Path(), metadata)
	h := auth.DefaultDeny(mux)
	outer := http.NewServeMux()
	outer.Handle("/", h)
	require.Equal(t, 200, do(auth.DefaultDeny(outer), with("GET", "/open")).Code, "within another")

	token := sign(t, claimsOf("alice", user()))
	for _, test := range []struct {
		method, path  string
		without, with int // token
	}{
		{"GET", "/required", 401, 200},
		{"HEAD", "/required", 401, 200},
		{"GET", "/required/1", 401, 200},
		{"GET", "/optional", 200, 200},
		{"GET", "/other", 401, 200},
		{"GET", "/open", 200, 200},
		{"POST", "/login", 200, 200},
		{"POST", "/login2", 200, 200},
		{"POST", "/refresh", 403, 403},
		{"POST", "/twice", 403, 403},
		{"GET", "/forgotten", 403, 403},
		{"POST", "/forgotten", 403, 403},
		{"OPTIONS", "/forgotten", 403, 403},
		{"GET", "/tree/x", 403, 403},
		{"GET", "/sub/open", 200, 200},
		{"GET", "/sub/forgotten", 403, 403},
		{"GET", "/sub/nothing", 404, 404},
		{"GET", "/stripped/required", 401, 200},
		{"GET", "/stripped/forgotten", 403, 403},
		{"GET", "/old", 301, 301},
		{"GET", "/.well-known/oauth-protected-resource", 200, 200},
		// What the mux answers by itself.
		{"GET", "/nothing", 404, 404},
		{"POST", "/required", 405, 405},
		{"GET", "/tree", 307, 307},
		{"GET", "//open", 307, 307},
	} {
		require.Equal(t, test.without, do(h, with(test.method, test.path)).Code, "%s %s", test.method, test.path)
		r := with(test.method, test.path, "Authorization", "Bearer "+token)
		require.Equal(t, test.with, do(h, r).Code, "%s %s with a token", test.method, test.path)
	}

	// A preflight opens nothing either.
	preflight := []string{"Origin", "https://b.example.com", "Access-Control-Request-Method", "PUT"}
	require.Equal(t, 403, do(h, with("OPTIONS", "/forgotten", preflight...)).Code)

	reasons = nil
	w := do(h, with("GET", "/tree/x"))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Empty(t, w.Header().Get("WWW-Authenticate"))
	require.JSONEq(t, `{"error":"access_denied","error_description":"Access is denied."}`, w.Body.String())
	require.Len(t, reasons, 1)
	require.Equal(t, jwthttp.ReasonUndeclared, reasons[0].Reason)
	require.Equal(t, "/tree/", reasons[0].Pattern)
}

// The wrapper answers preflights also where no route has the method OPTIONS.
func TestDefaultDenyPreflight(t *testing.T) {
	auth := newAuth(t, jwthttp.Config{Preflight: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})})
	mux := http.NewServeMux()
	mux.Handle("GET /required", auth.Require().Handler(greet))
	require.Equal(t, 204, do(auth.DefaultDeny(mux), with("OPTIONS", "/required", "Origin", "https://b.example.com", "Access-Control-Request-Method", "GET")).Code)
	require.Equal(t, 405, do(auth.DefaultDeny(mux), with("OPTIONS", "/required")).Code)
}

// PathValue and Pattern are there as without the wrapper.
func TestDefaultDenyKeepsRequest(t *testing.T) {
	auth := newAuth(t, jwthttp.Config{})
	mux := http.NewServeMux()
	called := false
	mux.Handle("GET /users/{id}", jwthttp.Public(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		called = true
		require.Equal(t, "7", r.PathValue("id"))
		require.Equal(t, "GET /users/{id}", r.Pattern)
	})))
	do(auth.DefaultDeny(mux), with("GET", "/users/7"))
	require.True(t, called)
}

func TestDefaultDenyNil(t *testing.T) {
	require.Panics(t, func() { newAuth(t, jwthttp.Config{}).DefaultDeny(nil) })
	require.Panics(t, func() { jwthttp.Public(nil) })
	require.Panics(t, func() { new(jwthttp.Auth[embedded]).DefaultDeny(http.NewServeMux()) })
}
