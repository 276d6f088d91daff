package session_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/keyring"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

// The samples of docs/production.md, which TestProduction runs. Each stands between a line
// "// PRODUCTION" and the end of its function.

func productionRing(ctx context.Context, shared store.Store, secret []byte) (*keyring.Ring, error) {
	// PRODUCTION
	ring, err := keyring.New(ctx, keyring.Config{
		Store:         keyring.InStore(shared, "auth"), // beside the sessions; or NewFolder on one machine
		Secret:        secret,                          // 32 random bytes, stored elsewhere
		TokenLifetime: 11 * time.Minute,                // Access, and the longest Leeway of a verifier
		Lead:          time.Hour,                       // at least as long as any cache of the key set, including a CDN
		Period:        30 * 24 * time.Hour,
	})
	return ring, err
}

func productionRevoke(ctx context.Context, ring *keyring.Ring, kid string) error {
	// PRODUCTION
	err := ring.Revoke(ctx, kid)
	return err
}

func productionRevokeAll(ctx context.Context, ring *keyring.Ring) error {
	// PRODUCTION
	for _, key := range ring.Keys() {
		if err := ring.Revoke(ctx, key.KeyID()); err != nil && !errors.Is(err, jwt.ErrUnknownKey) {
			return err
		}
	}
	return nil
}

func productionEndAll(ctx context.Context, sessions *session.Sessions[userClaims], subject string) error {
	// PRODUCTION
	err := sessions.EndAll(ctx, subject)
	return err
}

func productionLogout(ctx context.Context, sessions *session.Sessions[userClaims], refreshToken string) error {
	// PRODUCTION
	err := sessions.Logout(ctx, refreshToken)
	return err
}

func productionNotBefore(cfg *config) {
	// PRODUCTION
	cfg.NotBefore = time.Date(2026, time.November, 28, 9, 30, 0, 0, time.UTC)
}

// A production is an instance of a service as docs/production.md has it.
type production struct {
	*session.Sessions[userClaims]
	ring *keyring.Ring
	observer
}

func startProduction(t *testing.T, shared store.Store, secret []byte, changes ...func(*config)) *production {
	t.Helper()
	p := new(production)
	var err error
	p.ring, err = productionRing(t.Context(), shared, secret)
	require.NoError(t, err)
	t.Cleanup(func() { p.ring.Close() })
	p.Sessions = newSessions(t, append(changes, func(c *config) {
		c.Signer, c.Store, c.Observe = p.ring, shared, p.observe
	})...)
	return p
}

// goesOn refreshes, and uses the new access token.
func (p *production) goesOn(t *testing.T, refreshToken string) *session.Tokens {
	t.Helper()
	tokens := refresh(t, p.Sessions, refreshToken)
	parse(t, p.Sessions, tokens.AccessToken)
	return tokens
}

// refuses requires that a session has ended, for refreshes at once and for checks in time.
func (p *production) refuses(t *testing.T, tokens *session.Tokens, why error) {
	t.Helper()
	_, err := p.Refresh(t.Context(), tokens.RefreshToken)
	requireRefused(t, err, why)
	time.Sleep(5 * time.Second)
	_, err = p.Parse(t.Context(), tokens.AccessToken)
	require.Error(t, err)
}

// The steps of "When something has gone wrong" in docs/production.md do what they say.
func TestProduction(t *testing.T) {
	for name, run := range map[string]func(t *testing.T, shared *recordedStore){
		"signing key":   stolenSigningKey,
		"whole ring":    stolenRing,
		"token key":     stolenTokenKey,
		"refresh token": stolenRefreshToken,
		"written store": writtenStore,
		"backup":        restoredStore,
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) { run(t, &recordedStore{Memory: store.NewMemory()}) })
		})
	}
}

var oldSecret, newSecret = bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)

func stolenSigningKey(t *testing.T, shared *recordedStore) {
	p := startProduction(t, shared, oldSecret)
	tokens := start(t, p.Sessions)
	require.NoError(t, productionRevoke(t.Context(), p.ring, p.ring.KeyID()))
	_, err := p.Parse(t.Context(), tokens.AccessToken)
	requireRefused(t, err, jwt.ErrUnknownKey)
	p.goesOn(t, tokens.RefreshToken)
}

func stolenRing(t *testing.T, shared *recordedStore) {
	before := startProduction(t, shared, oldSecret)
	tokens := start(t, before.Sessions)
	var stolen []string
	for _, key := range before.ring.Keys() {
		stolen = append(stolen, key.KeyID())
	}
	require.Len(t, stolen, 2)
	require.NoError(t, keyring.Reseal(t.Context(), keyring.InStore(shared, "auth"), oldSecret, newSecret))
	p := startProduction(t, shared, newSecret)
	require.NoError(t, productionRevokeAll(t.Context(), p.ring))
	require.Len(t, p.ring.Keys(), 2)
	for _, key := range p.ring.Keys() {
		require.NotContains(t, stolen, key.KeyID())
	}
	p.goesOn(t, tokens.RefreshToken)
}

func stolenTokenKey(t *testing.T, shared *recordedStore) {
	tokens := start(t, startProduction(t, shared, oldSecret).Sessions)
	p := startProduction(t, shared, oldSecret, func(c *config) { c.Keys = [][]byte{key(2)} })
	_, err := p.Refresh(t.Context(), tokens.RefreshToken)
	requireRefused(t, err, jwt.ErrMalformed)
	p.goesOn(t, start(t, p.Sessions).RefreshToken)
}

func stolenRefreshToken(t *testing.T, shared *recordedStore) {
	p := startProduction(t, shared, oldSecret)
	stolen, another, bobs := start(t, p.Sessions), start(t, p.Sessions), start(t, p.Sessions, func(l *session.Login) { l.Subject = "bob" })
	p.goesOn(t, stolen.RefreshToken)
	time.Sleep(time.Minute)
	p.refuses(t, stolen, session.ErrReused)
	require.Contains(t, p.take(), session.EventReuse)
	require.NoError(t, productionEndAll(t.Context(), p.Sessions, "ann"))
	p.refuses(t, another, session.ErrEnded)
	p.goesOn(t, start(t, p.Sessions).RefreshToken)

	text, err := os.ReadFile("../docs/production.md")
	require.NoError(t, err)
	pattern := regexp.MustCompile(`grep -rhoE '(.*)'`).FindSubmatch(text)
	require.NotNil(t, pattern)
	found := regexp.MustCompile(string(pattern[1])).FindString("token=" + bobs.RefreshToken + "&grant_type=refresh_token")
	require.Equal(t, bobs.RefreshToken, found)
	newer := p.goesOn(t, found)
	require.NoError(t, productionLogout(t.Context(), p.Sessions, found))
	p.refuses(t, newer, session.ErrEnded)
}

func writtenStore(t *testing.T, shared *recordedStore) {
	tokens := start(t, startProduction(t, shared, oldSecret).Sessions)
	p := startProduction(t, store.NewMemory(), newSecret)
	p.refuses(t, tokens, session.ErrUnknown)
	p.goesOn(t, start(t, p.Sessions).RefreshToken)
}

func restoredStore(t *testing.T, shared *recordedStore) {
	var cfg config
	productionNotBefore(&cfg)
	time.Sleep(time.Until(cfg.NotBefore.Add(-time.Hour)))

	p := startProduction(t, shared, oldSecret)
	anns, bobs := start(t, p.Sessions), start(t, p.Sessions, func(l *session.Login) { l.Subject = "bob" })
	careless, careful := shared.restore(t), shared.restore(t)
	anns = p.goesOn(t, p.goesOn(t, anns.RefreshToken).RefreshToken)
	require.NoError(t, p.Logout(t.Context(), bobs.RefreshToken))

	p = startProduction(t, careless, oldSecret)
	p.goesOn(t, anns.RefreshToken)
	require.Contains(t, p.take(), session.EventRollback)
	p.goesOn(t, bobs.RefreshToken) // although bob has logged out: this is what NotBefore is for

	time.Sleep(time.Until(cfg.NotBefore))
	p = startProduction(t, careful, oldSecret, productionNotBefore)
	p.refuses(t, anns, session.ErrEnded)
	p.refuses(t, bobs, session.ErrEnded)
	p.goesOn(t, start(t, p.Sessions).RefreshToken)
}

// A recordedStore knows its keys, so that it can be restored.
type recordedStore struct {
	*store.Memory
	mu   sync.Mutex
	keys []string
}

func (s *recordedStore) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	s.mu.Lock()
	s.keys = append(s.keys, key)
	s.mu.Unlock()
	return s.Memory.Swap(ctx, key, old, r)
}

// restore returns a store that has what s has now.
func (s *recordedStore) restore(t *testing.T) store.Store {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.keys)
	s.keys = slices.Compact(s.keys)
	records, _, err := s.Load(t.Context(), s.keys...)
	require.NoError(t, err)
	restored := store.NewMemory()
	for i, r := range records {
		ok, err := restored.Swap(t.Context(), s.keys[i], 0, r)
		require.NoError(t, err)
		require.True(t, ok)
	}
	return restored
}
