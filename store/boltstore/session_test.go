//go:build unix || windows

package boltstore_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/keyring"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/boltstore"
)

type (
	sessions      = session.Sessions[jwthttp.AccessToken]
	sessionConfig = session.Config[jwthttp.AccessToken]
)

// newSessions returns Sessions over s. The caller closes them.
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

// Fifty requests with one token at once make one new generation and have one answer.
func TestRefreshAtOnce(t *testing.T) {
	rounds := 100
	if testing.Short() {
		rounds = 10
	}
	const callers = 50
	path := filepath.Join(t.TempDir(), "store.db")
	in(t, func(t *testing.T) {
		s := newSessions(t, openAt(t, path))
		defer s.Close()
		token := login(t, s, "ann").RefreshToken
		for range rounds {
			time.Sleep(time.Minute)
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
		}
		require.Equal(t, session.Refreshes{Rotated: uint64(rounds), Repeated: uint64(rounds * (callers - 1))}, s.Stats().Refreshes)
	})
}

// A service is what one process has. Its sessions and the keys that sign their tokens are
// in one file.
type service struct {
	*sessions
	store *boltstore.Store
	ring  *keyring.Ring
}

func startService(t *testing.T, path string) *service {
	t.Helper()
	s, err := boltstore.New(t.Context(), boltstore.Config{Path: path})
	require.NoError(t, err)
	ring, err := keyring.New(t.Context(), keyring.Config{
		Store: keyring.InStore(s, "access tokens"), TokenLifetime: 10 * time.Minute, Lead: time.Millisecond,
		Secret: bytes.Repeat([]byte("s"), 32),
	})
	require.NoError(t, err)
	return &service{newSessions(t, s, func(c *sessionConfig) { c.Signer = ring }), s, ring}
}

func (s *service) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, errors.Join(s.sessions.Close(), s.ring.Close(), s.store.Close()))
}

// A service is started anew every 9 days. Nobody is logged out by that until Absolute, no
// key changes, and what was revoked stays revoked.
func TestRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	in(t, func(t *testing.T) {
		ctx := t.Context()
		s := startService(t, path)
		var alive [10]*session.Tokens
		for i := range alive {
			alive[i] = login(t, s.sessions, fmt.Sprint("user ", i))
		}
		revoked := login(t, s.sessions, "mallory")
		require.NoError(t, s.EndAll(ctx, "mallory"))
		for day := 0; day < 90; day += 9 {
			kid := s.ring.KeyID()
			s.stop(t)
			s = startService(t, path)
			require.Equal(t, kid, s.ring.KeyID())
			for i, tokens := range alive {
				_, err := s.Parse(ctx, tokens.AccessToken)
				require.NoError(t, err)
				time.Sleep(11 * time.Second) // Grace
				alive[i], err = s.Refresh(ctx, tokens.RefreshToken)
				require.NoError(t, err)
				require.NotEqual(t, tokens.RefreshToken, alive[i].RefreshToken)
			}
			_, err := s.Parse(ctx, revoked.AccessToken)
			require.ErrorIs(t, err, jwt.ErrRevoked)
			_, err = s.Refresh(ctx, revoked.RefreshToken)
			require.ErrorIs(t, err, session.ErrEnded)

			s.stop(t)
			time.Sleep(9*24*time.Hour - 10*11*time.Second)
			s = startService(t, path)
			revoked = login(t, s.sessions, "mallory")
			require.NoError(t, s.EndAll(ctx, "mallory"))
			for i, tokens := range alive {
				alive[i], err = s.Refresh(ctx, tokens.RefreshToken)
				if day < 81 {
					require.NoError(t, err, "day %d", day)
				} else {
					require.ErrorIs(t, err, session.ErrUnknown, "after Absolute")
				}
			}
		}
		s.stop(t)
	})
}
