package jwthttp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

func TestNewRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		cfg  jwthttp.Config
		want string
	}{
		{"realm with a newline", jwthttp.Config{Realm: "a\r\nb"}, "Config.Realm"},
		{"realm not ASCII", jwthttp.Config{Realm: "bär"}, "Config.Realm"},
		{"resource http", jwthttp.Config{Resource: "http://api.example.com"}, `Config.Resource "http://api.example.com" is not an https URL`},
		{"resource without scheme", jwthttp.Config{Resource: "api.example.com"}, "is not a URL"},
		{"resource with a fragment", jwthttp.Config{Resource: "https://api.example.com/#"}, "fragment"},
		{"resource with a user", jwthttp.Config{Resource: "https://a@api.example.com"}, "user"},
		{"resource with a quote", jwthttp.Config{Resource: "https://api.example.com/\x01"}, "is not a URL"},
		{"two bodies", jwthttp.Config{ProblemDetails: true, Answer: func(http.ResponseWriter, *http.Request, jwthttp.Failure) {}}, "Config.ProblemDetails"},
		{"live without a unit", jwthttp.Config{LiveInterval: 5}, "Config.LiveInterval is 5ns; is a unit missing"},
		{"live negative", jwthttp.Config{LiveInterval: -time.Second}, "Config.LiveInterval"},
		{"preflight nil", jwthttp.Config{Preflight: (*http.ServeMux)(nil)}, "Config.Preflight"},
		{"cookies zero", jwthttp.Config{Cookies: new(jwthttp.Cookies)}, "Config.Cookies is zero"},
		{"live too long", jwthttp.Config{LiveInterval: 2 * time.Hour}, "Config.LiveInterval"},
	} {
		t.Run(test.name, func(t *testing.T) {
			auth, err := jwthttp.New(newParse[embedded](t), test.cfg)
			require.ErrorContains(t, err, test.want)
			require.Nil(t, auth)
		})
	}
	auth, err := jwthttp.New[embedded](nil, jwthttp.Config{})
	require.ErrorContains(t, err, "parse is nil")
	require.Nil(t, auth)
}

// A nil or zero Auth lets nobody in.
func TestZeroAuth(t *testing.T) {
	for _, auth := range []*jwthttp.Auth[embedded]{nil, new(jwthttp.Auth[embedded])} {
		require.Panics(t, func() { auth.Require() })
		require.Panics(t, func() { auth.Optional() })
	}
}

func TestClaims(t *testing.T) {
	auth, other := newAuth(t, jwthttp.Config{}), newAuth(t, jwthttp.Config{})
	type otherP struct{ Role string }
	var called bool
	h := auth.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called = true
		ctx := r.Context()
		require.Equal(t, "alice", auth.Claims(ctx).Subject)
		require.Nil(t, other.Claims(ctx), "of another Auth")
		c, ok := jwthttp.FromContext[embedded](ctx)
		require.True(t, ok)
		require.Same(t, auth.Claims(ctx), c)
		_, ok = jwthttp.FromContext[otherP](ctx)
		require.False(t, ok, "of another type")

		// A context of this one has them as well, and what was in the one before is there.
		type key struct{}
		require.Same(t, c, auth.Claims(context.WithValue(ctx, key{}, 1)))
		require.Equal(t, "before", ctx.Value(beforeKey{}))
	}))
	r := with("GET", "/", "Authorization", "Bearer "+sign(t, claimsOf("alice", user())))
	r = r.WithContext(context.WithValue(r.Context(), beforeKey{}, "before"))
	require.Equal(t, 200, do(h, r).Code)
	require.True(t, called)

	require.Nil(t, auth.Claims(t.Context()))
	c, ok := jwthttp.FromContext[embedded](t.Context())
	require.False(t, ok)
	require.Nil(t, c)
}

type beforeKey struct{}

func TestNewContext(t *testing.T) {
	claims := claimsOf("alice", user())
	ctx := jwthttp.NewContext(t.Context(), &claims)
	c, ok := jwthttp.FromContext[embedded](ctx)
	require.True(t, ok)
	require.Same(t, &claims, c)
	// No Auth has checked them.
	require.Nil(t, newAuth(t, jwthttp.Config{}).Claims(ctx))

	_, ok = jwthttp.FromContext[embedded](jwthttp.NewContext[embedded](ctx, nil))
	require.False(t, ok)
}

func TestAuthenticate(t *testing.T) {
	auth, err := jwthttp.New(fakeParse(t), jwthttp.Config{})
	require.NoError(t, err)
	names := tokenNames(t)
	ctx, err := auth.Authenticate(context.WithValue(t.Context(), beforeKey{}, "before"), names.Replace("GOOD"))
	require.NoError(t, err)
	require.Equal(t, "alice", auth.Claims(ctx).Subject)
	require.Equal(t, "before", ctx.Value(beforeKey{}))
	c, ok := jwthttp.FromContext[embedded](ctx)
	require.True(t, ok)
	require.Same(t, auth.Claims(ctx), c)

	for token, refused := range map[string]bool{"EXPIRED": true, "BOUND": true, "a b": true, "": true, "UNAVAILABLE": false, "NOTHING": false} {
		ctx, err := auth.Authenticate(t.Context(), names.Replace(token))
		require.Nil(t, ctx, token)
		_, isTokenError := errors.AsType[*jwt.TokenError](err)
		require.Equal(t, refused, isTokenError, "%s: %v", token, err)
		require.Error(t, err)
	}
}

// TestContextPrints: a context that is logged shows neither the token nor the claims.
func TestContextPrints(t *testing.T) {
	auth := newAuth(t, jwthttp.Config{})
	token := sign(t, claimsOf("ann", user()))
	ctx, err := auth.Authenticate(t.Context(), token)
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		require.Equal(t, "jwthttp context", fmt.Sprintf(verb, ctx), verb)
	}
	data, err := json.Marshal(ctx)
	require.NoError(t, err)
	require.NotContains(t, string(data), token)
	require.NotContains(t, string(data), "ann")
}

func TestInsecureIgnoreConfirmation(t *testing.T) {
	auth := newAuth(t, jwthttp.Config{InsecureIgnoreConfirmation: true})
	bound := tokenNames(t).Replace("BOUND")
	require.Equal(t, 200, do(auth.Require()(hello), with("GET", "/", "Authorization", "Bearer "+bound)).Code)
	_, err := auth.Authenticate(t.Context(), bound)
	require.NoError(t, err)
	// A Confirm is asked all the same.
	no := jwthttp.Confirm(func(*http.Request, string, *jwt.Claims[embedded]) error {
		return &jwt.TokenError{Field: "cnf", Err: jwt.ErrMismatch}
	})
	require.Equal(t, 401, do(auth.Require(no)(hello), with("GET", "/", "Authorization", "Bearer "+bound)).Code)
}

// Each of many users who come at once sees only their own claims.
func TestParallelUsers(t *testing.T) {
	auth := newAuth(t, jwthttp.Config{Cookies: newCookies(t)})
	mux := http.NewServeMux()
	mux.Handle("GET /{user}", auth.Optional()(auth.Require(jwthttp.Scope("orders:read")).Handler(
		func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[embedded]) {
			inner, _ := jwthttp.FromContext[embedded](r.Context())
			fmt.Fprint(w, c.Subject, c.Private.Tenant, auth.Claims(r.Context()).Subject, inner.Subject)
		})))
	var wg sync.WaitGroup
	for i := range 1000 {
		name := fmt.Sprintf("user%d", i)
		private := user()
		private.Tenant = "of " + name
		token := sign(t, claimsOf(name, private))
		wg.Go(func() {
			r := with("GET", "/"+name, "Authorization", "Bearer "+token)
			if i%2 == 0 {
				r = with("GET", "/"+name, "Cookie", "__Host-Http-at="+token)
			}
			w := do(mux, r)
			if body := w.Body.String(); body != name+private.Tenant+name+name {
				t.Errorf("%s got %d %s", name, w.Code, body)
			}
		})
	}
	wg.Wait()
}

// hello is a handler of a service that knows nothing about tokens.
var hello = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
