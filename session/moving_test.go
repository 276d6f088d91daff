package session_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

// A migration is a service of many processes that moves from one store to another, and its
// users. Requests go to any process.
type migration struct {
	old, new *store.Memory
	signer   jwt.KeySigner
	running  []*session.Sessions[userClaims]
	users    []*migrant
	refused  int // 503
}

// A migrant is a user with one session after the other.
type migrant struct {
	subject string
	tokens  *session.Tokens
	ended   []*session.Tokens // logged out within the last seconds
}

// deploy starts processes, one for each letter: o knows only the old store, a is Movable, m
// is Moving, n knows only the new one. Those that ran before end.
func (m *migration) deploy(t *testing.T, processes string) {
	t.Helper()
	for _, s := range m.running {
		require.NoError(t, s.Close())
	}
	m.running = nil
	for _, p := range processes {
		var st store.Store
		var err error
		switch p {
		case 'o':
			st = m.old
		case 'a':
			st, err = store.Movable(m.old, m.new)
		case 'm':
			st, err = store.Moving(m.old, m.new)
		case 'n':
			st = m.new
		}
		require.NoError(t, err)
		cfg := testConfig(t)
		cfg.Store, cfg.Signer = st, m.signer
		s, err := session.New(t.Context(), cfg)
		require.NoError(t, err)
		m.running = append(m.running, s)
	}
}

// try makes a request, again and again while the answer is that it is not possible now.
func (m *migration) try(t *testing.T, request func(s *session.Sessions[userClaims]) error) error {
	t.Helper()
	for range 100 {
		err := request(m.running[rand.IntN(len(m.running))])
		if _, verdict := errors.AsType[*jwt.TokenError](err); err == nil || verdict {
			return err
		}
		m.refused++
	}
	t.Fatal("nobody could answer")
	return nil
}

func (m *migration) login(t *testing.T, u *migrant) {
	t.Helper()
	require.NoError(t, m.try(t, func(s *session.Sessions[userClaims]) (err error) {
		u.tokens, err = s.Start(t.Context(), session.Login{Subject: u.subject, Persistent: true})
		return err
	}))
}

// refresh requires that the session is alive, and goes on.
func (m *migration) refresh(t *testing.T, u *migrant) {
	t.Helper()
	before := u.tokens.RefreshToken
	require.NoError(t, m.try(t, func(s *session.Sessions[userClaims]) error {
		next, err := s.Refresh(t.Context(), before)
		if err == nil {
			u.tokens = next
		}
		return err
	}), u.subject)
	require.NotEqual(t, before, u.tokens.RefreshToken)
	require.NoError(t, m.try(t, func(s *session.Sessions[userClaims]) error {
		_, err := s.Parse(t.Context(), u.tokens.AccessToken)
		return err
	}))
}

// logout ends the session, and begins another.
func (m *migration) logout(t *testing.T, u *migrant) {
	t.Helper()
	m.refresh(t, u)
	require.NoError(t, m.try(t, func(s *session.Sessions[userClaims]) error {
		if rand.IntN(2) == 0 {
			return s.EndAll(t.Context(), u.subject)
		}
		return s.Logout(t.Context(), u.tokens.RefreshToken)
	}))
	u.ended = append(u.ended, u.tokens)
	m.login(t, u)
}

// requireEnded requires that no process accepts the tokens of a session that has ended.
func (m *migration) requireEnded(t *testing.T) {
	t.Helper()
	for _, s := range m.running {
		for _, u := range m.users {
			for _, tokens := range u.ended {
				_, err := s.Parse(t.Context(), tokens.AccessToken)
				require.ErrorIs(t, err, jwt.ErrRevoked)
				_, err = s.Refresh(t.Context(), tokens.RefreshToken)
				require.Error(t, err)
			}
		}
	}
}

// The users of a service refresh and log out while it moves to another store by three
// rolling deployments. Nobody is logged out before Absolute, nobody who has logged out is let
// in, and every request is answered. Without the first deployment, some answers are that it is
// not possible now.
func TestMoving(t *testing.T) {
	for name, days := range map[string][]string{
		"three deployments": {"ooo", "ooa", "oaa", "aaa", "aam", "amm", "mmm"},
		"two deployments":   {"ooo", "oom", "omm", "mmm"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				m := &migration{old: store.NewMemory(), new: store.NewMemory(), signer: newSigner(t)}
				defer m.deploy(t, "")
				begin := time.Now()
				day := func(processes string) {
					m.deploy(t, processes)
					for i := range 3 {
						m.users = append(m.users, &migrant{subject: fmt.Sprint("user ", len(m.users))})
						m.login(t, m.users[len(m.users)-1])
						time.Sleep(time.Hour)
						for j, u := range m.users {
							if (i+j)%10 == 3 {
								m.logout(t, u)
							} else {
								m.refresh(t, u)
							}
						}
						time.Sleep(6 * time.Second) // longer than Staleness
						m.requireEnded(t)
						for _, u := range m.users {
							u.ended = nil
						}
					}
					time.Sleep(21*time.Hour - 18*time.Second)
				}
				for _, processes := range days {
					day(processes)
				}
				require.Equal(t, name == "two deployments", m.refused > 0)

				// These are used until Absolute, which is that of the last login at the old store.
				moved := time.Now()
				m.users = m.users[:12]
				for time.Since(moved) < 89*24*time.Hour {
					time.Sleep(7 * 24 * time.Hour)
					for _, u := range m.users {
						if time.Since(u.tokens.Session.StartedAt) > 90*24*time.Hour {
							m.login(t, u)
							continue
						}
						m.refresh(t, u)
					}
				}
				require.Greater(t, time.Since(begin), 90*24*time.Hour)
				day("mmn")
				day("mnn")
				refused := m.refused
				day("nnn")
				require.Equal(t, refused, m.refused)
			})
		})
	}
}

// One who has stopped while a session was moved has not ended it.
func TestMovingStops(t *testing.T) {
	in(t, func(t *testing.T) {
		old, new := newFaultyStore(), newFaultyStore()
		before := newSessions(t, func(c *config) { c.Store = old })
		tokens := start(t, before)
		moving, err := store.Moving(old, new)
		require.NoError(t, err)
		s := newSessions(t, func(c *config) { c.Store = moving })
		for _, broken := range []*faultyStore{new, old} {
			broken.fail("Swap")
			_, err := s.Refresh(t.Context(), tokens.RefreshToken)
			require.ErrorIs(t, err, errStore)
			broken.fail()
		}
		stops := &stopping{faultyStore: new} // the claim is there already
		moving, err = store.Moving(old, stops)
		require.NoError(t, err)
		_, err = newSessions(t, func(c *config) { c.Store = moving }).Refresh(t.Context(), tokens.RefreshToken)
		require.ErrorIs(t, err, errStore)
		_, err = before.Refresh(t.Context(), tokens.RefreshToken)
		_, verdict := errors.AsType[*jwt.TokenError](err)
		require.True(t, err != nil && !verdict, "%v", err)

		next := refresh(t, s, tokens.RefreshToken)
		list, err := s.List(t.Context(), "ann")
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.NoError(t, s.Logout(t.Context(), next.RefreshToken))
		_, err = s.Refresh(t.Context(), next.RefreshToken)
		requireEnded(t, err, session.EndedLogout)
	})
}

// A stopping fails after some Swaps.
type stopping struct {
	*faultyStore
	swaps int
}

func (s *stopping) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	if s.swaps--; s.swaps < 0 {
		return false, errStore
	}
	return s.faultyStore.Swap(ctx, key, old, r)
}
