package session_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
)

// Step-up: a new session in the place of the old one, so that a thief of the old one is not
// elevated.
func TestReauthenticate(t *testing.T) {
	in(t, func(t *testing.T) {
		o := new(observer)
		s := newSessions(t, func(c *config) { c.Observe = o.observe })
		old := start(t, s, func(l *session.Login) {
			l.Label, l.Data, l.Scope = "phone", []byte("tenant"), []string{"a", "b"}
		})
		require.NoError(t, s.Limit(t.Context(), "ann", old.Session.ID, "a"))
		time.Sleep(time.Minute)
		o.take()
		next, err := s.Reauthenticate(t.Context(), old.RefreshToken, session.Login{Subject: "ann", ACR: "phr", AMR: []string{"hwk"}})
		require.NoError(t, err)
		require.Equal(t, []string{session.EventRevoked, session.EventCreated}, o.take())

		want := old.Session
		want.ID, want.ACR, want.AMR = next.Session.ID, "phr", []string{"hwk"}
		want.Scope = []string{"a"}
		want.AuthenticatedAt = time.Now().UTC()
		want.RefreshedAt = want.AuthenticatedAt
		want.IdleEnd = want.RefreshedAt.Add(14 * 24 * time.Hour)
		require.Equal(t, want, next.Session)
		require.NotEqual(t, old.Session.ID, next.Session.ID)

		c := parse(t, s, next.AccessToken)
		require.Equal(t, "phr", c.Private.ACR())
		require.Equal(t, want.AuthenticatedAt, c.Private.AuthTime())

		_, err = s.Refresh(t.Context(), old.RefreshToken)
		requireEnded(t, err, session.EndedReplaced)
		requireRevoked(t, s, old.AccessToken)
		refresh(t, s, next.RefreshToken)
	})
}

// A new password: all sessions end but the new one.
func TestReauthenticateEndOthers(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSessions(t)
		a, b := start(t, s), start(t, s)
		other := start(t, s, func(l *session.Login) { l.Subject = "bob" })
		next, err := s.Reauthenticate(t.Context(), a.RefreshToken, session.Login{Subject: "ann", EndOthers: true})
		require.NoError(t, err)
		for _, old := range []*session.Tokens{a, b} {
			_, err := s.Refresh(t.Context(), old.RefreshToken)
			requireEnded(t, err, session.EndedEverywhere)
			requireRevoked(t, s, old.AccessToken)
		}
		parse(t, s, next.AccessToken)
		refresh(t, s, next.RefreshToken)
		parse(t, s, other.AccessToken)
		list, err := s.List(t.Context(), "ann")
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, next.Session.ID, list[0].ID)
	})
}

// Of several at once one wins, and the others create nothing.
func TestReauthenticateAtOnce(t *testing.T) {
	for _, others := range []bool{false, true} {
		in(t, func(t *testing.T) {
			s := newSessions(t)
			for range 50 {
				old := start(t, s)
				var mu sync.Mutex
				var won []*session.Tokens
				var errs []error
				var wg sync.WaitGroup
				for range 4 {
					wg.Go(func() {
						next, err := s.Reauthenticate(t.Context(), old.RefreshToken, session.Login{Subject: "ann", EndOthers: others})
						mu.Lock()
						defer mu.Unlock()
						if err != nil {
							errs = append(errs, err)
						} else {
							won = append(won, next)
						}
					})
				}
				wg.Wait()
				require.Len(t, won, 1)
				require.Len(t, errs, 3)
				for _, err := range errs {
					requireRefused(t, err, session.ErrEnded)
				}
				list, err := s.List(t.Context(), "ann")
				require.NoError(t, err)
				require.Len(t, list, 1)
				refresh(t, s, won[0].RefreshToken)
				require.NoError(t, s.EndAll(t.Context(), "ann"))
			}
		})
	}
}

// What refuses a refresh refuses a step-up, with the same effect.
func TestReauthenticateRefuses(t *testing.T) {
	in(t, func(t *testing.T) {
		var answer error
		s := newSessions(t, func(c *config) {
			c.Claims = func(context.Context, session.Session) (userClaims, error) { return userClaims{}, answer }
		})
		again := func(token string) error {
			next, err := s.Reauthenticate(t.Context(), token, session.Login{Subject: "ann"})
			if err != nil {
				require.Nil(t, next)
			}
			return err
		}
		first := start(t, s)
		time.Sleep(time.Minute)
		second := refresh(t, s, first.RefreshToken)
		parse(t, s, second.AccessToken)

		_, err := s.Reauthenticate(t.Context(), second.RefreshToken, session.Login{Subject: "bob"})
		require.ErrorContains(t, err, "Login.Subject is not the user of the session")
		_, err = s.Reauthenticate(t.Context(), second.RefreshToken, session.Login{})
		require.ErrorContains(t, err, "Login.Subject is empty")
		_, err = s.Reauthenticate(t.Context(), second.RefreshToken, session.Login{Subject: "ann", Previous: first.RefreshToken})
		require.ErrorContains(t, err, "Login.Previous is set")
		requireRefused(t, again("x"), jwt.ErrMalformed)
		time.Sleep(time.Minute)
		second = refresh(t, s, second.RefreshToken) // all of that has changed nothing
		parse(t, s, second.AccessToken)
		time.Sleep(time.Minute)

		requireRefused(t, again(first.RefreshToken), session.ErrReused)
		requireEnded(t, again(second.RefreshToken), session.EndedReuse)

		answer = nil
		third := start(t, s)
		answer = session.ErrEnd
		requireEnded(t, again(third.RefreshToken), session.EndedDenied)
		list, err := s.List(t.Context(), "ann")
		require.NoError(t, err)
		require.Empty(t, list)
	})
}

// Whatever fails, there are never two sessions afterwards; and before the old one has ended,
// it is as it was.
func TestReauthenticateFaults(t *testing.T) {
	for _, others := range []bool{false, true} {
		in(t, func(t *testing.T) {
			st := newFaultyStore()
			s := newSessions(t, func(c *config) { c.Store = st })
			old := start(t, s)
			login := session.Login{Subject: "ann", EndOthers: others}
			for _, method := range []string{"Load", "Swap"} {
				st.fail(method)
				_, err := s.Reauthenticate(t.Context(), old.RefreshToken, login)
				require.ErrorContains(t, err, "store down")
			}
			st.fail()
			refresh(t, s, old.RefreshToken)
			st.fail("Append")
			_, err := s.Reauthenticate(t.Context(), old.RefreshToken, login)
			require.ErrorContains(t, err, "session: Store.Append: store down")
			st.fail()
			list, err := s.List(t.Context(), "ann")
			require.NoError(t, err)
			require.Empty(t, list)
			_, err = s.Refresh(t.Context(), old.RefreshToken)
			requireRefused(t, err, session.ErrEnded)
			requireRevoked(t, s, old.AccessToken)
		})
	}
}
