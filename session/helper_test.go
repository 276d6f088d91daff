package session_test

import (
	"bytes"
	"context"
	"crypto/fips140"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

// userClaims are the private claims of the tests.
type userClaims struct {
	jwthttp.AccessToken
	Role string `json:"role,omitempty"`
}

// key returns a key for refresh tokens.
func key(n byte) []byte {
	k := bytes.Repeat([]byte{n}, 32)
	k[0]++
	return k
}

func newSigner(t testing.TB) jwt.KeySigner {
	t.Helper()
	s, err := jwt.NewHMACSigner(jwt.HS256, "1", key(9))
	require.NoError(t, err)
	return s
}

type config = session.Config[userClaims]

// testConfig is the one that most tests begin with.
func testConfig(t testing.TB) config {
	return config{
		Signer: newSigner(t), Issuer: "https://auth.example.com", Audience: []string{"orders"},
		Keys:   [][]byte{key(1)},
		Store:  store.NewMemory(),
		Access: 10 * time.Minute, Idle: 14 * 24 * time.Hour, Absolute: 90 * 24 * time.Hour,
		Claims: func(_ context.Context, s session.Session) (userClaims, error) {
			return userClaims{AccessToken: s.AccessToken()}, nil
		},
	}
}

// newSessions returns Sessions for the Config of the tests, changed. They are closed at the
// end of the test.
func newSessions(t testing.TB, changes ...func(*config)) *session.Sessions[userClaims] {
	t.Helper()
	cfg := testConfig(t)
	for _, change := range changes {
		change(&cfg)
	}
	s, err := session.New(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// start begins a session of ann.
func start(t testing.TB, s *session.Sessions[userClaims], changes ...func(*session.Login)) *session.Tokens {
	t.Helper()
	login := session.Login{Subject: "ann", AMR: []string{"pwd"}, Persistent: true}
	for _, change := range changes {
		change(&login)
	}
	tokens, err := s.Start(t.Context(), login)
	require.NoError(t, err)
	return tokens
}

func refresh(t testing.TB, s *session.Sessions[userClaims], token string) *session.Tokens {
	t.Helper()
	tokens, err := s.Refresh(t.Context(), token)
	require.NoError(t, err)
	return tokens
}

// parse has an access token checked, and waits until its session is marked as seen. It is
// for a synctest bubble.
func parse(t testing.TB, s *session.Sessions[userClaims], token string) *jwt.Claims[userClaims] {
	t.Helper()
	claims, err := s.Parse(t.Context(), token)
	require.NoError(t, err)
	synctest.Wait()
	return claims
}

// requireRefused requires that err is a verdict about a token, of this kind.
func requireRefused(t testing.TB, err, want error) {
	t.Helper()
	_, ok := errors.AsType[*jwt.TokenError](err)
	require.True(t, ok, "%v", err)
	require.ErrorIs(t, err, want)
}

// requireEnded requires that err says that the session has ended for this reason.
func requireEnded(t testing.TB, err error, why session.Reason) {
	t.Helper()
	requireRefused(t, err, session.ErrEnded)
	e, ok := errors.AsType[*session.EndedError](err)
	require.True(t, ok)
	require.Equal(t, why, e.Reason)
}

// An observer collects events.
type observer struct {
	mu     sync.Mutex
	events []session.Event
}

func (o *observer) observe(_ context.Context, e session.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events = append(o.events, e)
}

// take returns the names of what has been observed since the last call.
func (o *observer) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var names []string
	for _, e := range o.events {
		names = append(names, e.Name)
	}
	o.events = nil
	return names
}

var errStore = errors.New("store down")

// A faultyStore fails when it is told to.
type faultyStore struct {
	*store.Memory
	mu     sync.Mutex
	broken map[string]bool // by method
	calls  map[string]int
}

func newFaultyStore() *faultyStore {
	return &faultyStore{Memory: store.NewMemory(), broken: make(map[string]bool), calls: make(map[string]int)}
}

// fail makes methods fail, and all others succeed.
func (s *faultyStore) fail(methods ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.broken)
	for _, m := range methods {
		s.broken[m] = true
	}
}

// count returns how often a method has been called since the last count.
func (s *faultyStore) count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.calls[method]
	s.calls[method] = 0
	return n
}

func (s *faultyStore) call(method string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[method]++
	if s.broken[method] {
		return errStore
	}
	return nil
}

func (s *faultyStore) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	if err := s.call("Load"); err != nil {
		return nil, time.Time{}, err
	}
	return s.Memory.Load(ctx, keys...)
}

func (s *faultyStore) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	if err := s.call("Swap"); err != nil {
		return false, err
	}
	return s.Memory.Swap(ctx, key, old, r)
}

func (s *faultyStore) List(ctx context.Context, subject string) ([]string, error) {
	if err := s.call("List"); err != nil {
		return nil, err
	}
	return s.Memory.List(ctx, subject)
}

func (s *faultyStore) Append(ctx context.Context, r store.Revocation) error {
	if err := s.call("Append"); err != nil {
		return err
	}
	return s.Memory.Append(ctx, r)
}

func (s *faultyStore) Since(ctx context.Context, cursor string) ([]store.Revocation, string, error) {
	if err := s.call("Since"); err != nil {
		return nil, "", err
	}
	return s.Memory.Since(ctx, cursor)
}

// in runs f in a bubble with a clock of its own.
func in(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	seedForBubble(t)
	synctest.Test(t, f)
}

// seedForBubble makes randomness work in bubbles: in FIPS mode its source measures time, which
// stands still there.
func seedForBubble(t *testing.T) {
	t.Helper()
	if fips140.Enabled() && fips140.Version() != "v1.0.0" {
		cryptotest.SetGlobalRandom(t, 1)
	}
}

// forged returns token with another last character.
func forged(token string) string {
	last := "A"
	if strings.HasSuffix(token, last) {
		last = "B"
	}
	return token[:len(token)-1] + last
}

// requireRevoked requires that an access token is refused as soon as it must be.
func requireRevoked(t testing.TB, s *session.Sessions[userClaims], token string) {
	t.Helper()
	time.Sleep(5 * time.Second)
	_, err := s.Parse(t.Context(), token)
	requireRefused(t, err, jwt.ErrRevoked)
}
