//go:build unix

package sqlstore_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/keyring"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/sqlstore"
)

type (
	sessions      = session.Sessions[jwthttp.AccessToken]
	sessionConfig = session.Config[jwthttp.AccessToken]
)

// newSessions returns Sessions over s, which are closed at the end of the test.
func newSessions(t testing.TB, s store.Store, changes ...func(*sessionConfig)) *sessions {
	t.Helper()
	cfg := sessionConfig{
		Issuer: "https://auth.example.com", Audience: []string{"orders"},
		Keys:   [][]byte{[]byte("0123456789abcdef0123456789abcdef")},
		Store:  s,
		Access: 10 * time.Minute, Idle: 14 * 24 * time.Hour, Absolute: 90 * 24 * time.Hour,
		Claims: func(_ context.Context, s session.Session) (jwthttp.AccessToken, error) { return s.AccessToken(), nil },
	}
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

func login(t testing.TB, s *sessions, subject string) *session.Tokens {
	t.Helper()
	tokens, err := s.Start(t.Context(), session.Login{Subject: subject, AMR: []string{"pwd"}, Persistent: true})
	require.NoError(t, err)
	return tokens
}

// A clockStore tells the time by now.
type clockStore struct {
	*sqlstore.Store
	now func() time.Time
}

func (s *clockStore) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	rs, _, err := s.Store.Load(ctx, keys...)
	return rs, s.now(), err
}

// A clock goes on when it is told to.
type clock struct{ millis atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.millis.Store(time.Now().UnixMilli())
	return c
}

func (c *clock) now() time.Time          { return time.UnixMilli(c.millis.Load()) }
func (c *clock) advance(d time.Duration) { c.millis.Add(d.Milliseconds()) }

// Fifty requests with one token at once make one new generation and have one answer.
func TestRefreshAtOnce(t *testing.T) {
	t.Parallel()
	rounds := 200
	if testing.Short() {
		rounds = 10
	}
	const callers = 50
	st, _, _ := open(t, "fsync=off") // nothing crashes here
	clock := newClock()
	s := newSessions(t, &clockStore{st, clock.now})
	token := login(t, s, "ann").RefreshToken
	for range rounds {
		var next [callers]string
		var errs [callers]error
		var wg sync.WaitGroup
		for i := range next {
			wg.Go(func() {
				tokens, err := s.Refresh(t.Context(), token)
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
		token = next[0]
		clock.advance(time.Minute)
	}
	require.Equal(t, session.Refreshes{Rotated: uint64(rounds), Repeated: uint64(rounds * (callers - 1))}, s.Stats().Refreshes)
}

// Two instances whose clocks differ by 10 minutes share a database. Whichever is asked, the
// answer is right: sessions live by the clock of the database.
func TestClocksApart(t *testing.T) {
	t.Parallel()
	st, _, _ := open(t, "fsync=off")
	clock, signer := newClock(), newSigner(t)
	shared := &clockStore{st, clock.now}
	instance := func(ahead time.Duration) *sessions {
		return newSessions(t, shared, func(c *sessionConfig) {
			c.Signer, c.Leeway, c.Check.CheckEveryRequest = signer, 10*time.Minute, true
			c.Now = func() time.Time { return clock.now().Add(ahead) }
		})
	}
	both := []*sessions{instance(-5 * time.Minute), instance(5 * time.Minute)}
	accepted := func(token string) {
		t.Helper()
		for _, s := range both {
			_, err := s.Parse(t.Context(), token)
			require.NoError(t, err)
		}
	}
	refused := func(tokens *session.Tokens, why session.Reason) {
		t.Helper()
		for _, s := range both {
			_, err := s.Parse(t.Context(), tokens.AccessToken)
			require.ErrorIs(t, err, jwt.ErrRevoked)
			_, err = s.Refresh(t.Context(), tokens.RefreshToken)
			ended, ok := errors.AsType[*session.EndedError](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, why, ended.Reason)
		}
	}

	for i := range both {
		this, other := both[i], both[1-i]
		tokens := login(t, this, "ann")
		for range 10 {
			accepted(tokens.AccessToken)
			clock.advance(9 * time.Minute)
			var next [8]*session.Tokens
			var errs [8]error
			var wg sync.WaitGroup
			for n := range next {
				wg.Go(func() { next[n], errs[n] = both[n%2].Refresh(t.Context(), tokens.RefreshToken) })
			}
			wg.Wait()
			require.NoError(t, errors.Join(errs[:]...))
			for _, n := range next {
				require.Equal(t, next[0].RefreshToken, n.RefreshToken)
				accepted(n.AccessToken)
			}
			require.NotEqual(t, tokens.RefreshToken, next[0].RefreshToken)
			tokens = next[0]

			// The next answer of one is lost, and the client asks the other.
			clock.advance(9 * time.Minute)
			lost, err := this.Refresh(t.Context(), tokens.RefreshToken)
			require.NoError(t, err)
			clock.advance(30 * time.Second)
			again, err := other.Refresh(t.Context(), tokens.RefreshToken)
			require.NoError(t, err)
			require.Equal(t, lost.RefreshToken, again.RefreshToken)
			tokens = again
		}

		require.NoError(t, other.Logout(t.Context(), tokens.RefreshToken))
		refused(tokens, session.EndedLogout)

		// After a logout everywhere, a login at once at the other instance lives.
		tokens = login(t, this, "ann")
		require.NoError(t, this.EndAll(t.Context(), "ann"))
		alive := login(t, other, "ann")
		refused(tokens, session.EndedEverywhere)
		accepted(alive.AccessToken)
		clock.advance(9 * time.Minute)
		_, err := this.Refresh(t.Context(), alive.RefreshToken)
		require.NoError(t, err)
	}
	for _, s := range both {
		require.Zero(t, s.Stats().Refreshes.Reused)
		require.Zero(t, s.Stats().Refreshes.Adopted)
	}
}

// One database serves sessions and the keys that sign their tokens, through a crash.
func TestKeysAndSessions(t *testing.T) {
	t.Parallel()
	st, db, server := open(t)
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
	old := firstRing.KeyID()
	require.NoError(t, firstRing.Rotate(t.Context()))
	require.NotEqual(t, old, firstRing.KeyID())
	after, err := first.Refresh(t.Context(), before.RefreshToken)
	require.NoError(t, err)

	server.Crash()
	_, err = first.Refresh(t.Context(), after.RefreshToken)
	require.Error(t, err)
	_, verdict := errors.AsType[*jwt.TokenError](err)
	require.False(t, verdict)
	server.Restart()
	forget(db)

	thirdRing := ring()
	require.Equal(t, firstRing.KeyID(), thirdRing.KeyID())
	for _, s := range []*sessions{first, second, with(thirdRing)} {
		for _, tokens := range []*session.Tokens{before, after} {
			c, err := s.Parse(t.Context(), tokens.AccessToken)
			require.NoError(t, err)
			require.Equal(t, "ann", c.Subject)
		}
		_, err = s.Refresh(t.Context(), after.RefreshToken)
		require.NoError(t, err)
	}
	require.NoError(t, first.EndAll(t.Context(), "ann"))
	_, err = second.Parse(t.Context(), after.AccessToken)
	require.ErrorIs(t, err, jwt.ErrRevoked)
	require.NotEmpty(t, thirdRing.Keys(), "the end of all sessions ends no key")
}
