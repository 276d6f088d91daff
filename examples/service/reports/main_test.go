package main

import (
	"context"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jwttest"
)

func newTestHandler(t *testing.T, iss *jwttest.Issuer) jwttest.Target {
	keys, err := jwks.New(t.Context(), jwks.Config{Issuer: iss.URL(), Algorithms: []jwt.Algorithm{jwt.ES256}})
	require.NoError(t, err)
	t.Cleanup(func() { keys.Close() })
	h, err := newHandler(keys, iss.URL())
	require.NoError(t, err)
	return jwttest.Target{Handler: h, Path: "/reports", Issuer: iss, Claims: map[string]any{"scope": "reports:read"}}
}

// The service as a whole refuses what is known to have got through elsewhere.
func TestAttack(t *testing.T) {
	jwttest.Attack(t, newTestHandler(t, jwttest.NewIssuer(t, jwttest.Config{Audience: "reports", Type: "at+jwt", Traps: true})))
}

func TestReady(t *testing.T) {
	target := newTestHandler(t, jwttest.NewIssuer(t, jwttest.Config{Audience: "reports", Type: "at+jwt"}))
	require.Eventually(t, func() bool {
		w := httptest.NewRecorder()
		target.Handler.ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
		return w.Code == 200
	}, 5*time.Second, 10*time.Millisecond)
}

// It starts although the auth service is down, and stops when it is told to.
func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out output
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"-addr=127.0.0.1:0", "-issuer=http://127.0.0.1:1"}, &out) }()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "listening on http://127.0.0.1:") }, 5*time.Second, 5*time.Millisecond)
	cancel()
	require.NoError(t, <-done)

	require.NoError(t, run(t.Context(), []string{"-h"}, io.Discard))
	require.Error(t, run(t.Context(), []string{"-issuer="}, io.Discard))
	require.Error(t, run(t.Context(), []string{"-addr=x"}, io.Discard))
}

// An output can be read while it is written.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
