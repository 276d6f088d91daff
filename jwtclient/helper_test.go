package jwtclient_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwtclient"
)

const (
	issuer   = "https://auth.example.com"
	endpoint = issuer + "/token"
	orders   = "https://orders.example.com"
	password = "correct horse: battery&staple"
)

// hosts is the network of a test without sockets: a handler for each origin.
type hosts map[string]http.HandlerFunc

func (h hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	defer r.Body.Close()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	handler := h[r.URL.Scheme+"://"+r.URL.Host]
	if handler == nil {
		return nil, fmt.Errorf("no host %s", r.URL.Host)
	}
	w := httptest.NewRecorder()
	handler(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// A server is a token endpoint. It issues "token-1", "token-2" and so on.
type server struct {
	mu     sync.Mutex
	forms  []url.Values
	basic  []string                         // the Authorization field of each
	answer func(w http.ResponseWriter) bool // whether it has answered
	life   string                           // expires_in; "" means 300
	delay  func(ctx context.Context)        // before it answers
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.delay != nil {
		s.delay(r.Context())
	}
	r.ParseForm()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forms = append(s.forms, r.PostForm)
	s.basic = append(s.basic, r.Header.Get("Authorization"))
	if s.answer != nil && s.answer(w) {
		return
	}
	life := s.life
	if life == "" {
		life = "300"
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":%s}`, len(s.forms), life)
}

func (s *server) calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.forms)
}

// set changes what the server answers.
func (s *server) set(answer func(w http.ResponseWriter) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// endpointOf returns a good Endpoint in a network.
func endpointOf(network http.RoundTripper) jwtclient.Endpoint {
	return jwtclient.Endpoint{URL: endpoint, ClientID: "billing", Secret: password, Transport: network}
}

// newTransport returns a Transport for orders.
func newTransport(t testing.TB, network http.RoundTripper, source jwtclient.Source) *jwtclient.Transport {
	t.Helper()
	transport, err := jwtclient.New(jwtclient.Config{Origins: []string{orders}, Source: source, Transport: network})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, transport.Close()) })
	return transport
}

// echo answers with the Authorization field of the request.
func echo(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("Authorization")) }

// get returns the status and the body of an answer.
func get(t testing.TB, transport http.RoundTripper, url string) (int, string) {
	t.Helper()
	resp, err := (&http.Client{Transport: transport}).Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

func newSigner(t testing.TB) jwt.KeySigner {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	signer, err := jwt.NewSigner(jwt.ES256, "key-1", key)
	require.NoError(t, err)
	return signer
}

// requireSigned returns the claims of a token for audience that signer has signed.
func requireSigned(t testing.TB, signer jwt.KeySigner, token, audience string, types ...string) *jwt.Claims[map[string]any] {
	t.Helper()
	parser, err := jwt.NewParser[map[string]any](signer.Verifier(), jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"billing"},
		Audiences:  []string{audience},
		Types:      types,
		Required:   []string{"sub", "iat", "jti"},
		MaxAge:     time.Minute,
	})
	require.NoError(t, err)
	claims, err := parser.Parse(t.Context(), token)
	require.NoError(t, err)
	return claims
}

// requireNoSecret fails if text holds what must not be shown.
func requireNoSecret(t testing.TB, text string) {
	t.Helper()
	for _, s := range []string{password, url.QueryEscape(password), "token-", "eyJ", "user-token"} {
		require.False(t, strings.Contains(text, s), "%q is shown", s)
	}
}

// needsSockets skips a test where there are none.
func needsSockets(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("there are no sockets")
	}
}
