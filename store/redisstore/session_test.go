//go:build unix

package redisstore_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/keyring"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/redisstore"
)

type (
	sessions      = session.Sessions[jwthttp.AccessToken]
	sessionConfig = session.Config[jwthttp.AccessToken]
)

// newConfig returns a Config without a Signer.
func newConfig(s store.Store) sessionConfig {
	return sessionConfig{
		Issuer: "https://auth.example.com", Audience: []string{"orders"},
		Keys:   [][]byte{[]byte("0123456789abcdef0123456789abcdef")},
		Store:  s,
		Access: 10 * time.Minute, Idle: 14 * 24 * time.Hour, Absolute: 90 * 24 * time.Hour,
		Claims: func(_ context.Context, s session.Session) (jwthttp.AccessToken, error) { return s.AccessToken(), nil },
	}
}

// newSessions returns Sessions over s, which are closed at the end of the test.
func newSessions(t testing.TB, s store.Store, changes ...func(*sessionConfig)) *sessions {
	t.Helper()
	cfg := newConfig(s)
	for _, change := range changes {
		change(&cfg)
	}
	if cfg.Signer == nil {
		cfg.Signer = newSigner(t)
	}
	made, err := session.New(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, made.Close()) })
	return made
}

func newSigner(t testing.TB) jwt.KeySigner {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	signer, err := jwt.NewSigner(jwt.ES256, "1", key)
	require.NoError(t, err)
	return signer
}

// cheapSigner returns a Signer for tests with many tokens.
func cheapSigner(t testing.TB) jwt.KeySigner {
	t.Helper()
	signer, err := jwt.NewHMACSigner(jwt.HS256, "1", []byte("0123456789abcdef0123456789abcdef"))
	require.NoError(t, err)
	return signer
}

func login(t testing.TB, s *sessions, subject string) *session.Tokens {
	t.Helper()
	tokens, err := s.Start(t.Context(), session.Login{Subject: subject, AMR: []string{"pwd"}, Persistent: true})
	require.NoError(t, err)
	return tokens
}

// A clockStore tells the time by now.
type clockStore struct {
	*redisstore.Store
	now func() time.Time
}

func (s *clockStore) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	rs, _, err := s.Store.Load(ctx, keys...)
	return rs, s.now(), err
}

// Fifty requests with one token at once, at two instances with connections of their own, make
// one new generation and have one answer.
func TestRefreshAtOnce(t *testing.T) {
	t.Parallel()
	const callers = 50
	rounds := 100
	if testing.Short() {
		rounds = 10
	}
	first, _, server := open(t)
	second, err := redisstore.New(t.Context(), redisstore.Config{Client: connect(t, server.Addr())})
	require.NoError(t, err)
	now, signer := time.Now(), newSigner(t)
	var instances [2]*sessions
	for i, s := range []*redisstore.Store{first, second} {
		instances[i] = newSessions(t, &clockStore{s, func() time.Time { return now }}, func(c *sessionConfig) { c.Signer = signer })
	}
	token := login(t, instances[0], "ann").RefreshToken
	for range rounds {
		var next [callers]string
		var errs [callers]error
		var wg sync.WaitGroup
		for i := range next {
			wg.Go(func() {
				tokens, err := instances[i%2].Refresh(t.Context(), token)
				if errs[i] = err; err == nil {
					next[i] = tokens.RefreshToken
				}
			})
		}
		wg.Wait()
		require.NoError(t, errors.Join(errs[:]...))
		for _, n := range next {
			require.Equal(t, next[0], n)
		}
		require.NotEqual(t, token, next[0])
		token, now = next[0], now.Add(time.Minute)
	}
	a, b := instances[0].Stats().Refreshes, instances[1].Stats().Refreshes
	require.Equal(t, uint64(rounds), a.Rotated+b.Rotated)
	require.Equal(t, uint64(rounds*(callers-1)), a.Repeated+b.Repeated)
}

// One server keeps sessions and the keys that sign their tokens, through a crash.
func TestKeysAndSessions(t *testing.T) {
	t.Parallel()
	st, _, server := open(t)
	ring := func() *keyring.Ring {
		t.Helper()
		r, err := keyring.New(t.Context(), keyring.Config{
			Store: keyring.InStore(st, "access tokens"), TokenLifetime: 10 * time.Minute, Lead: time.Millisecond,
			Secret: bytes.Repeat([]byte("s"), 32),
		})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, r.Close()) })
		return r
	}
	with := func(r *keyring.Ring) *sessions {
		t.Helper()
		return newSessions(t, st, func(c *sessionConfig) { c.Signer, c.Check.CheckEveryRequest = r, true })
	}
	firstRing := ring()
	first, second := with(firstRing), with(ring())
	before := login(t, first, "ann")
	time.Sleep(10 * time.Millisecond) // Lead
	require.NoError(t, firstRing.Rotate(t.Context()))
	after, err := first.Refresh(t.Context(), before.RefreshToken)
	require.NoError(t, err)

	server.Kill()
	_, err = first.Refresh(t.Context(), after.RefreshToken)
	require.Error(t, err)
	require.False(t, isVerdict(err))
	server.Restart()

	thirdRing := ring()
	require.Equal(t, firstRing.KeyID(), thirdRing.KeyID())
	for _, s := range []*sessions{first, second, with(thirdRing)} {
		for _, tokens := range []*session.Tokens{before, after} {
			_, err := s.Parse(t.Context(), tokens.AccessToken)
			require.NoError(t, err)
		}
		_, err = s.Refresh(t.Context(), after.RefreshToken)
		require.NoError(t, err)
	}
	require.NoError(t, first.EndAll(t.Context(), "ann"))
	_, err = second.Parse(t.Context(), after.AccessToken)
	require.ErrorIs(t, err, jwt.ErrRevoked)
}
