package jwthttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

func observeInto(events *[]jwthttp.Event) func(context.Context, jwthttp.Event) {
	return func(_ context.Context, e jwthttp.Event) { *events = append(*events, e) }
}

// Each way in which a request can end has its Reason, and is reported once.
func TestReasons(t *testing.T) {
	var events []jwthttp.Event
	type answer struct {
		claims *jwt.Claims[embedded]
		err    error
	}
	var parsed answer
	auth, err := jwthttp.New(func(context.Context, string) (*jwt.Claims[embedded], error) {
		return parsed.claims, parsed.err
	}, jwthttp.Config{Cookies: newCookies(t), Observe: observeInto(&events)})
	require.NoError(t, err)
	good := &jwt.Claims[embedded]{Subject: "alice", KeyID: "key-1"}
	refused := func(err error) answer { return answer{nil, &jwt.TokenError{Field: "x", Err: err}} }
	down := errors.New("down")
	bearer := []string{"Authorization", "Bearer x"}
	no := jwthttp.RuleFunc(func(context.Context, *jwt.Claims[embedded]) (bool, error) { return false, nil })
	unsure := jwthttp.RuleFunc(func(context.Context, *jwt.Claims[embedded]) (bool, error) { return false, down })

	for _, test := range []struct {
		reason jwthttp.Reason
		status int
		m      jwthttp.Middleware[embedded]
		parsed answer
		header []string
	}{
		{jwthttp.ReasonAccepted, 0, auth.Require(), answer{good, nil}, bearer},
		{jwthttp.ReasonAnonymous, 0, auth.Optional(), answer{}, nil},
		{jwthttp.ReasonNoCredentials, 401, auth.Require(), answer{}, nil},
		{jwthttp.ReasonMalformedCredentials, 400, auth.Require(), answer{}, []string{"Authorization", "Bearer"}},
		{jwthttp.ReasonSeveralCredentials, 400, auth.Require(), answer{}, append(bearer, bearer...)},
		{jwthttp.ReasonMalformed, 401, auth.Require(), refused(jwt.ErrMalformed), bearer},
		{jwthttp.ReasonAlgorithm, 401, auth.Require(), refused(jwt.ErrAlgorithm), bearer},
		{jwthttp.ReasonUnknownKey, 401, auth.Require(), refused(jwt.ErrUnknownKey), bearer},
		{jwthttp.ReasonSignature, 401, auth.Require(), refused(jwt.ErrSignature), bearer},
		{jwthttp.ReasonMissing, 401, auth.Require(), refused(jwt.ErrMissing), bearer},
		{jwthttp.ReasonExpired, 401, auth.Require(), refused(jwt.ErrExpired), bearer},
		{jwthttp.ReasonNotYetValid, 401, auth.Require(), refused(jwt.ErrNotYetValid), bearer},
		{jwthttp.ReasonMismatch, 401, auth.Require(), refused(jwt.ErrMismatch), bearer},
		{jwthttp.ReasonRevoked, 401, auth.Require(), refused(jwt.ErrRevoked), bearer},
		{jwthttp.ReasonRefused, 401, auth.Require(), refused(errors.New("by a rule of one's own")), bearer},
		{jwthttp.ReasonScope, 403, auth.Require(jwthttp.Scope("a")), answer{good, nil}, bearer},
		{jwthttp.ReasonAuthentication, 401, auth.Require(jwthttp.ACR("a")), answer{good, nil}, bearer},
		{jwthttp.ReasonAuthentication, 401, auth.Require(jwthttp.MaxAge(time.Hour)), answer{good, nil}, bearer},
		{jwthttp.ReasonForbidden, 403, auth.Require(jwthttp.Role("a")), answer{good, nil}, bearer},
		{jwthttp.ReasonForbidden, 403, auth.Require(no), answer{good, nil}, bearer},
		{jwthttp.ReasonCrossOrigin, 403, auth.Require(), answer{good, nil}, []string{"Cookie", "__Host-Http-at=x", "Upgrade", "websocket", "Origin", "https://evil.example"}},
		{jwthttp.ReasonUnavailable, 503, auth.Require(), answer{nil, down}, bearer},
		{jwthttp.ReasonUnavailable, 503, auth.Require(unsure), answer{good, nil}, bearer},
		{jwthttp.ReasonDefect, 500, auth.Require(), answer{}, bearer},
	} {
		events, parsed = nil, test.parsed
		w := do(test.m(hello), with("GET", "/", test.header...))
		require.Len(t, events, 1, test.reason)
		e := events[0]
		require.Equal(t, test.reason, e.Reason)
		require.Equal(t, test.status, e.Status)
		if test.status == 0 {
			test.status = 200
		}
		require.Equal(t, test.status, w.Code)
		require.False(t, e.Live)
		require.GreaterOrEqual(t, e.Duration, time.Duration(0))
		if test.parsed.err != nil {
			require.Equal(t, test.parsed.err, e.Err)
		}
		require.Equal(t, test.parsed.claims != nil && test.reason != jwthttp.ReasonCrossOrigin, e.KeyID == `"key-1"`)
	}
}

func TestEventPatternAndKeyID(t *testing.T) {
	var events []jwthttp.Event
	claims := claimsOf("alice", user())
	claims.KeyID = "\n" + strings.Repeat("k", 100)
	auth, err := jwthttp.New(func(context.Context, string) (*jwt.Claims[embedded], error) { return &claims, nil }, jwthttp.Config{Observe: observeInto(&events)})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("GET /orders/{id}", auth.Require()(hello))
	do(mux, with("GET", "/orders/7", "Authorization", "Bearer x"))
	require.Len(t, events, 1)
	require.Equal(t, "GET /orders/{id}", events[0].Pattern)
	require.Equal(t, `"\n`+strings.Repeat("k", 63)+`"`, events[0].KeyID)
}

// records returns what was logged, and forgets it.
func records(t *testing.T, b *bytes.Buffer) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(b.String()) {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		all = append(all, record)
	}
	b.Reset()
	return all
}

func TestLogger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		claims := claimsOf("alice", user())
		claims.KeyID = "key-1"
		var err error
		auth, newErr := jwthttp.New(func(context.Context, string) (*jwt.Claims[embedded], error) {
			if err != nil {
				return nil, err
			}
			return &claims, nil
		}, jwthttp.Config{Logger: slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		require.NoError(t, newErr)
		get := func(rules ...jwthttp.Rule) []map[string]any {
			do(auth.Require(rules...)(hello), with("GET", "/", "Authorization", "Bearer secret.token.x"))
			return records(t, &b)
		}
		logged := get()
		require.Len(t, logged, 1)
		require.Equal(t, "DEBUG", logged[0]["level"])
		require.Equal(t, "jwthttp: request passed on", logged[0]["msg"])
		require.Equal(t, `"key-1"`, logged[0]["kid"])

		require.Equal(t, "INFO", get(jwthttp.Scope("pay"))[0]["level"])

		err = &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}
		refused := get()[0]
		require.Equal(t, "DEBUG", refused["level"])
		require.Equal(t, "jwthttp: request refused", refused["msg"])
		require.Equal(t, "expired", refused["reason"])
		require.Equal(t, 401.0, refused["status"])
		require.Equal(t, "jwt: exp: token expired", refused["err"])

		// What a stranger could repeat is logged once in a minute.
		err = errors.New("no route to host")
		require.Equal(t, "WARN", get()[0]["level"])
		require.Equal(t, "DEBUG", get()[0]["level"])
		time.Sleep(time.Minute - time.Second)
		require.Equal(t, "DEBUG", get()[0]["level"])
		time.Sleep(time.Second)
		require.Equal(t, "WARN", get()[0]["level"])
	})
}

// A log at any level has neither the token nor who it is of.
func TestLoggerKeepsSecrets(t *testing.T) {
	var b bytes.Buffer
	auth := newAuth(t, jwthttp.Config{Logger: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	token := sign(t, claimsOf("alice", user()))
	for _, value := range []string{token, token + "x", "x" + token, token[:len(token)-9]} {
		do(auth.Require(jwthttp.Scope("orders:read"))(hello), with("GET", "/", "Authorization", "Bearer "+value))
		do(auth.Require(jwthttp.Scope("pay"))(hello), with("GET", "/", "Authorization", "Bearer "+value))
	}
	require.Equal(t, 8, strings.Count(b.String(), "\n"))
	parts := strings.Split(token, ".")
	for _, secret := range []string{parts[0], parts[1], parts[2][:20], "alice", "id-alice"} {
		require.NotContains(t, b.String(), secret)
	}
}
