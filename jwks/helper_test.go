package jwks_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/jwks"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A testKey is both halves of an Ed25519 key.
type testKey struct {
	jwt.Signer
	public jwt.KeyVerifier
}

// newKey returns a key that is the same in each run.
func newKey(kid string, seed byte) testKey {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	return testKey{
		must(jwt.NewSigner(jwt.EdDSA, kid, private)),
		must(jwt.NewVerifier(jwt.EdDSA, kid, private.Public().(ed25519.PublicKey))),
	}
}

// The keys of most tests. forger has the kid of a.
var (
	keyA   = newKey("a", 1)
	keyB   = newKey("b", 2)
	keyC   = newKey("c", 3)
	forger = newKey("a", 4)
)

// setOf returns the public halves of keys as a JWK Set.
func setOf(keys ...testKey) string {
	var list []jwt.KeyVerifier
	for _, key := range keys {
		list = append(list, key.public)
	}
	data, _, err := jwk.MarshalSet(list...)
	return string(must(data, err))
}

const setURL = "https://issuer.example/keys"

// An issuer is a fake RoundTripper. Until it is told otherwise it is down.
type issuer struct {
	mu       sync.Mutex
	answer   func(req *http.Request) (*http.Response, error)
	requests []request
	open     int  // answers that have not been closed
	shut     bool // CloseIdleConnections has been called
}

type request struct {
	url    string
	header http.Header
	time   time.Time
	ctx    context.Context
}

var errDown = errors.New("connection refused")

func (i *issuer) RoundTrip(req *http.Request) (*http.Response, error) {
	i.mu.Lock()
	i.requests = append(i.requests, request{req.URL.String(), req.Header.Clone(), time.Now(), req.Context()})
	answer := i.answer
	i.mu.Unlock()
	if answer == nil {
		return nil, errDown
	}
	resp, err := answer(req)
	if err == nil {
		i.opened(1)
		resp.Body = &body{resp.Body, sync.OnceFunc(func() { i.opened(-1) })}
	}
	return resp, err
}

func (i *issuer) opened(n int) {
	i.mu.Lock()
	i.open += n
	i.mu.Unlock()
}

// CloseIdleConnections is what an http.Client calls. Those of a Transport that the caller
// made are not the Client's to close.
func (i *issuer) CloseIdleConnections() { i.shut = true }

// A body tells when it is closed.
type body struct {
	io.Reader
	closed func()
}

func (b *body) Close() error {
	b.closed()
	return nil
}

// set has the issuer answer with what f returns from now on; nil takes it down.
func (i *issuer) set(f func(req *http.Request) (*http.Response, error)) {
	i.mu.Lock()
	i.answer = f
	i.mu.Unlock()
}

// serve has the issuer answer 200 with body. header are names and values in turn.
func (i *issuer) serve(body string, header ...string) {
	i.set(func(*http.Request) (*http.Response, error) { return response(200, body, header...), nil })
}

// status has it answer with another status.
func (i *issuer) status(status int) {
	i.set(func(*http.Request) (*http.Response, error) { return response(status, "no"), nil })
}

// hang has it answer when the channel it returns is closed, or never.
func (i *issuer) hang(body string) chan struct{} {
	release := make(chan struct{})
	i.set(func(req *http.Request) (*http.Response, error) {
		select {
		case <-release:
			return response(200, body), nil
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	})
	return release
}

// seen returns the requests so far.
func (i *issuer) seen() []request {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]request(nil), i.requests...)
}

// count returns how many requests there have been.
func (i *issuer) count() int { return len(i.seen()) }

func response(status int, body string, header ...string) *http.Response {
	h := make(http.Header)
	for n := 0; n < len(header); n += 2 {
		h.Add(header[n], header[n+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// start returns a Client of i, whose first fetch has ended or hangs. changes are made to its Config.
func (i *issuer) start(t *testing.T, changes ...func(*jwks.Config)) *jwks.Client {
	t.Helper()
	cfg := jwks.Config{URL: setURL, Algorithms: []jwt.Algorithm{jwt.EdDSA}, Transport: i}
	for _, change := range changes {
		change(&cfg)
	}
	c, err := jwks.New(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, c.Close())
		require.Zero(t, i.open, "answers left open")
		require.False(t, i.shut)
	})
	synctest.Wait()
	return c
}

// sleep lets time pass, and everything happen that is due.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// bubble runs f in a bubble of its own, with an issuer.
func bubble(t *testing.T, f func(t *testing.T, i *issuer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, new(issuer)) })
}

var validator = must(jwt.NewValidator(jwt.Policy{
	Algorithms:           []jwt.Algorithm{jwt.EdDSA, jwt.ES256, jwt.RS256, "ML-DSA-44"},
	InsecureSkipIssuer:   true,
	InsecureSkipAudience: true,
}))

// token returns a token signed by s.
func token(s jwt.Signer) string {
	return must(jwt.Sign(context.Background(), s, jwt.Claims[struct{}]{Subject: "ann", ExpiresAt: time.Now().Add(1000 * time.Hour)}))
}

// parse verifies a token signed by s.
func parse(v jwt.Verifier, s jwt.Signer) error {
	_, err := jwt.Parse[struct{}](context.Background(), token(s), v, validator)
	return err
}

// outcome returns "ok", or what an HTTP service would answer and why.
func outcome(err error) string {
	var e *jwt.TokenError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &e) && errors.Is(err, jwt.ErrUnknownKey):
		return "401 unknown " + e.Field
	case errors.As(err, &e) && errors.Is(err, jwt.ErrSignature):
		return "401 forged " + e.Field
	case errors.As(err, &e):
		return "401 " + err.Error()
	case errors.Is(err, jwks.ErrLimited):
		_, cause, _ := strings.Cut(err.Error(), "the last one failed: ")
		return limited + cause
	}
	return "503 " + err.Error()
}

// expect parses a token signed by s. It may be called by any goroutine.
func expect(t *testing.T, want string, v jwt.Verifier, s jwt.Signer) {
	t.Helper()
	assert.Equal(t, want, outcome(parse(v, s)))
}

const (
	unknown    = "401 unknown kid"
	forged     = "401 forged signature"
	uncheck    = "503 jwt: could not check the signature: "
	lastFailed = uncheck + "jwks: key not in the last good set, and the last fetch failed: "
	limited    = "503 limited " // and why the last fetch failed, if it did
)

var validAlgorithms = []jwt.Algorithm{jwt.EdDSA}

// A wrapper is a Config.Wrap that remembers.
type wrapper struct {
	mu   sync.Mutex
	made []string // what has been wrapped
	last *wrapped // what verified last
}

type wrapped struct {
	w     *wrapper
	inner jwt.Verifier
}

func (w *wrapper) wrap(v jwt.Verifier) jwt.Verifier {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made = append(w.made, fmt.Sprint(v))
	return &wrapped{w, v}
}

func (v *wrapped) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	v.w.mu.Lock()
	v.w.last = v
	v.w.mu.Unlock()
	return v.inner.Verify(ctx, h, input, sig)
}

// A recorder is a Config.Observe that remembers.
type recorder struct {
	mu      sync.Mutex
	fetches []jwks.Report
}

func (r *recorder) observe(f jwks.Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fetches = append(r.fetches, f)
}

// all returns what has been observed.
func (r *recorder) all() []jwks.Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.fetches)
}

// last returns what has been observed last.
func (r *recorder) last() jwks.Report {
	all := r.all()
	return all[len(all)-1]
}

// A logBuffer keeps what has been logged.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// untimed returns a Logger of b that leaves out the time.
func (b *logBuffer) untimed() *slog.Logger { return b.leveled(slog.LevelInfo) }

// leveled is untimed with another level.
func (b *logBuffer) leveled(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// take returns what has been logged since the last take.
func (b *logBuffer) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.buf.Reset()
	return b.buf.String()
}

// verify asks v about a token of kid that nobody has signed: the cheapest way to an
// answer.
func verify(v jwt.Verifier, kid string) error {
	return v.Verify(context.Background(), jwt.Header{Algorithm: jwt.EdDSA, KeyID: kid}, []byte("e30.e30"), make([]byte, 64))
}
