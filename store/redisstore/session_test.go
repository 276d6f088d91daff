//go:build unix

package redisstore_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
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
