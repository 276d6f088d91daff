package session_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

// Every way to end a session: the refresh token is refused at once, the access token within
// 5 seconds, and another session of the same user and one of another go on or not.
func TestEnd(t *testing.T) {
	ctx := t.Context()
	for name, tt := range map[string]struct {
		end    func(s *session.Sessions[userClaims], tokens *session.Tokens) error
		reason session.Reason
		event  string
		all    bool // the other session of the user ends too
	}{
		"logout": {
			end:    func(s *session.Sessions[userClaims], a *session.Tokens) error { return s.Logout(ctx, a.RefreshToken) },
			reason: session.EndedLogout, event: session.EventLogout,
		},
		"end": {
			end:    func(s *session.Sessions[userClaims], a *session.Tokens) error { return s.End(ctx, "ann", a.Session.ID) },
			reason: session.EndedByID, event: session.EventRevoked,
		},
		"end all": {
			end:    func(s *session.Sessions[userClaims], _ *session.Tokens) error { return s.EndAll(ctx, "ann") },
			reason: session.EndedEverywhere, event: session.EventRevoked, all: true,
		},
	} {
		for _, every := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				in(t, func(t *testing.T) {
					o := new(observer)
					s := newSessions(t, func(c *config) { c.Observe, c.Check.CheckEveryRequest = o.observe, every })
					a, b := start(t, s), start(t, s)
					other := start(t, s, func(l *session.Login) { l.Subject = "bob" })
					for _, tokens := range []*session.Tokens{a, b, other} {
						parse(t, s, tokens.AccessToken)
					}
					o.take()
					require.NoError(t, tt.end(s, a))
					require.Equal(t, []string{tt.event}, o.take())
					require.NoError(t, tt.end(s, a), "once more")
					_, err := s.Refresh(t.Context(), a.RefreshToken)
					requireEnded(t, err, tt.reason)
					if !every {
						time.Sleep(5 * time.Second)
					}
					_, err = s.Parse(t.Context(), a.AccessToken)
					requireRefused(t, err, jwt.ErrRevoked)
					time.Sleep(time.Minute)
					_, err = s.Refresh(t.Context(), b.RefreshToken)
					_, errParse := s.Parse(t.Context(), b.AccessToken)
					if tt.all {
						requireEnded(t, err, tt.reason)
						requireRefused(t, errParse, jwt.ErrRevoked)
					} else {
						require.NoError(t, err)
						require.NoError(t, errParse)
					}
					refresh(t, s, other.RefreshToken)
					parse(t, s, other.AccessToken)

					c := start(t, s) // a login right afterwards
					parse(t, s, c.AccessToken)
					time.Sleep(time.Minute)
					refresh(t, s, c.RefreshToken)
				})
			})
		}
	}
}

// A login in the very moment after EndAll lives, and the next EndAll ends it.
func TestEndAllAtOnce(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSessions(t)
		for range 3 {
			tokens := start(t, s)
			parse(t, s, tokens.AccessToken)
			require.NoError(t, s.EndAll(t.Context(), "ann"))
			_, err := s.Refresh(t.Context(), tokens.RefreshToken)
			requireEnded(t, err, session.EndedEverywhere)
		}
	})
}

// A refresh token of any age ends its session, and does nothing else.
func TestLogoutOld(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSessions(t)
		tokens := start(t, s)
		first := tokens.RefreshToken
		for range 3 {
			parse(t, s, tokens.AccessToken)
			time.Sleep(time.Minute)
			tokens = refresh(t, s, tokens.RefreshToken)
		}
		require.NoError(t, s.Logout(t.Context(), first))
		_, err := s.Refresh(t.Context(), tokens.RefreshToken)
		requireEnded(t, err, session.EndedLogout)
	})
}

// A session may be unknown because the store has lost it. Its logout counts nevertheless, and
// is announced once.
func TestLogoutLost(t *testing.T) {
	in(t, func(t *testing.T) {
		st := newFaultyStore()
		s := newSessions(t, func(c *config) { c.Store = st })
		tokens, other := start(t, s), start(t, s)
		parse(t, s, tokens.AccessToken)

		// The store goes back to before the login.
		key := "s:" + tokens.Session.ID
		rs, now, err := st.Load(t.Context(), key)
		require.NoError(t, err)
		ok, err := st.Swap(t.Context(), key, rs[0].Version, store.Record{Version: store.NewVersion(), Expires: now})
		require.NoError(t, err)
		require.True(t, ok)

		st.count("Append")
		for _, method := range []string{"Load", "Append"} {
			st.fail(method)
			require.ErrorIs(t, s.Logout(t.Context(), tokens.RefreshToken), errStore, method)
		}
		st.fail()
		for range 3 {
			require.NoError(t, s.Logout(t.Context(), tokens.RefreshToken))
		}
		require.Equal(t, 2, st.count("Append"), "one that failed, and one")
		requireRevoked(t, s, tokens.AccessToken)
		parse(t, s, other.AccessToken)
	})
}

func TestLogoutRefuses(t *testing.T) {
	s := newSessions(t)
	tokens := start(t, s)
	for _, bad := range []string{"", "x", tokens.AccessToken, forged(tokens.RefreshToken), strings.ToUpper(tokens.RefreshToken)} {
		requireRefused(t, s.Logout(t.Context(), bad), jwt.ErrMalformed)
	}
	other := newSessions(t) // the same keys, another store
	require.NoError(t, other.Logout(t.Context(), tokens.RefreshToken), "unknown")
	refresh(t, s, tokens.RefreshToken)
}

// A session is ended by its ID only for its own user.
func TestEndOfOthers(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSessions(t)
		tokens := start(t, s)
		require.ErrorIs(t, s.End(t.Context(), "bob", tokens.Session.ID), session.ErrUnknown)
		require.ErrorIs(t, s.End(t.Context(), "", tokens.Session.ID), session.ErrUnknown)
		for _, id := range []string{"", "x", strings.Repeat("A", 22), tokens.Session.ID + "A", strings.Repeat("A", 21) + "B"} {
			require.ErrorIs(t, s.End(t.Context(), "ann", id), session.ErrUnknown, id)
		}
		refresh(t, s, tokens.RefreshToken)
		c := parse(t, s, tokens.AccessToken)
		require.NoError(t, s.End(t.Context(), c.Subject, session.ID(c)), "logout by access token")
		requireRevoked(t, s, tokens.AccessToken)
	})
}

// One access token is revoked, and the session goes on.
func TestRevoke(t *testing.T) {
	for _, every := range []bool{false, true} {
		in(t, func(t *testing.T) {
			s := newSessions(t, func(c *config) { c.Check.CheckEveryRequest = every })
			first := start(t, s)
			c := parse(t, s, first.AccessToken)
			for range 2 {
				require.NoError(t, s.Revoke(t.Context(), c.ID, c.ExpiresAt))
			}
			requireRevoked(t, s, first.AccessToken)
			second := refresh(t, s, first.RefreshToken)
			parse(t, s, second.AccessToken)

			require.ErrorContains(t, s.Revoke(t.Context(), "x", c.ExpiresAt), "the jti is not")
			require.ErrorContains(t, s.Revoke(t.Context(), c.ID, time.Time{}), "exp is not")
		})
	}
}

// If the end is stored but cannot be announced, the operation is an error, the refresh token
// is refused all the same, and the next one who comes across it announces it.
func TestUntold(t *testing.T) {
	ctx := t.Context()
	for name, end := range map[string]func(s *session.Sessions[userClaims], tokens *session.Tokens) error{
		"logout":  func(s *session.Sessions[userClaims], a *session.Tokens) error { return s.Logout(ctx, a.RefreshToken) },
		"end":     func(s *session.Sessions[userClaims], a *session.Tokens) error { return s.End(ctx, "ann", a.Session.ID) },
		"end all": func(s *session.Sessions[userClaims], a *session.Tokens) error { return s.EndAll(ctx, "ann") },
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				st := newFaultyStore()
				o := new(observer)
				s := newSessions(t, func(c *config) { c.Store, c.Observe = st, o.observe })
				tokens := start(t, s)
				parse(t, s, tokens.AccessToken)
				st.fail("Append")
				require.ErrorContains(t, end(s, tokens), "session: Store.Append: store down")

				o.take()
				_, err := s.Refresh(t.Context(), tokens.RefreshToken)
				requireRefused(t, err, session.ErrEnded)
				require.Contains(t, o.take(), session.EventUntold)
				time.Sleep(time.Minute)
				_, err = s.Parse(t.Context(), tokens.AccessToken)
				require.NoError(t, err, "nobody has told")

				st.fail()
				_, err = s.Refresh(t.Context(), tokens.RefreshToken)
				requireRefused(t, err, session.ErrEnded)
				require.NotContains(t, o.take(), session.EventUntold)
				requireRevoked(t, s, tokens.AccessToken)
			})
		})
	}
}

// A copy is refused even if its end cannot be announced.
func TestReuseUntold(t *testing.T) {
	in(t, func(t *testing.T) {
		st := newFaultyStore()
		s := newSessions(t, func(c *config) { c.Store = st })
		first := start(t, s)
		time.Sleep(time.Minute)
		second := refresh(t, s, first.RefreshToken)
		parse(t, s, second.AccessToken)
		time.Sleep(time.Minute)
		st.fail("Append")
		_, err := s.Refresh(t.Context(), first.RefreshToken)
		requireRefused(t, err, session.ErrReused)
		st.fail()
		_, err = s.Refresh(t.Context(), first.RefreshToken)
		requireEnded(t, err, session.EndedReuse)
		requireRevoked(t, s, second.AccessToken)
	})
}

// A store of two methods does all but List: without a feed each check asks it.
func TestBareStore(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSessions(t, func(c *config) { c.Store = struct{ store.Store }{c.Store} })
		tokens := start(t, s)
		parse(t, s, tokens.AccessToken)
		require.NoError(t, s.Logout(t.Context(), tokens.RefreshToken))
		_, err := s.Parse(t.Context(), tokens.AccessToken)
		requireRefused(t, err, jwt.ErrRevoked)
		_, err = s.List(t.Context(), "ann")
		require.ErrorContains(t, err, "not a store.Lister")
		require.Zero(t, s.Stats().Staleness)

		tokens = start(t, s)
		require.NoError(t, s.EndAll(t.Context(), "ann"))
		_, err = s.Parse(t.Context(), tokens.AccessToken)
		requireRefused(t, err, jwt.ErrRevoked)
	})
}
