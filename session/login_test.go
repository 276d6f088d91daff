package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

func TestStart(t *testing.T) {
	in(t, func(t *testing.T) {
		var seen session.Session
		s := newSessions(t, func(c *config) {
			c.Claims = func(_ context.Context, s session.Session) (userClaims, error) {
				seen = s
				return userClaims{AccessToken: s.AccessToken()}, nil
			}
		})
		now := time.Now().UTC()
		login := session.Login{
			Subject: "ann", ACR: "urn:x", AMR: []string{"pwd", "otp"}, Scope: []string{"a", "b"},
			Label: "Firefox", Data: []byte(`{"tenant":1}`), Persistent: true,
		}
		tokens, err := s.Start(t.Context(), login)
		require.NoError(t, err)
		want := session.Session{
			ID: tokens.Session.ID, Subject: "ann", ACR: "urn:x", AMR: []string{"pwd", "otp"}, Scope: []string{"a", "b"},
			Label: "Firefox", Data: []byte(`{"tenant":1}`), Persistent: true,
			StartedAt: now, AuthenticatedAt: now, RefreshedAt: now,
			IdleEnd: now.Add(14 * 24 * time.Hour), AbsoluteEnd: now.Add(90 * 24 * time.Hour),
		}
		require.Equal(t, want, seen)
		require.Equal(t, want, tokens.Session)
		require.Len(t, tokens.Session.ID, 22)
		require.Len(t, tokens.RefreshToken, 97)

		c := parse(t, s, tokens.AccessToken)
		require.Equal(t, tokens.ExpiresIn, c.ExpiresAt.Sub(c.IssuedAt))
		require.Greater(t, tokens.ExpiresIn, 10*time.Minute*94/100)
		require.LessOrEqual(t, tokens.ExpiresIn, 10*time.Minute)
		require.Equal(t, "urn:x", c.Private.ACR())
		require.Equal(t, []string{"a", "b"}, c.Private.Scopes())
		require.Equal(t, now, c.Private.AuthTime())

		time.Sleep(time.Minute)
		require.Equal(t, want.Data, refresh(t, s, tokens.RefreshToken).Session.Data)
		want.RefreshedAt, want.IdleEnd = now.Add(time.Minute), want.IdleEnd.Add(time.Minute)
		require.Equal(t, want.AuthenticatedAt, seen.AuthenticatedAt)
		list, err := s.List(t.Context(), "ann")
		require.NoError(t, err)
		require.Equal(t, []session.Session{want}, list)
	})
}

func TestStartRefuses(t *testing.T) {
	s := newSessions(t)
	for want, l := range map[string]session.Login{
		"Login.Subject is empty":             {},
		"Login.Subject has 257 bytes":        {Subject: strings.Repeat("x", 257)},
		"Login.Subject is not UTF-8":         {Subject: "\xff"},
		"Login.Data has 1025 bytes":          {Subject: "a", Data: make([]byte, 1025)},
		"Login.ACR, AMR and Scope have 4100": {Subject: "a", ACR: strings.Repeat("x", 4095), AMR: []string{"pwd!"}},
		"Login.ACR or AMR is not UTF-8":      {Subject: "a", AMR: []string{"\xff"}},
		"Login.Scope is empty":               {Subject: "a", Scope: []string{}},
		"Login.Scope: \"a b\" has a space":   {Subject: "a", Scope: []string{"a b"}},
		"Login.Scope: \"a\" is given twice":  {Subject: "a", Scope: []string{"a", "a"}},
		"Login.Scope: element 0 is blank":    {Subject: "a", Scope: []string{""}},
	} {
		tokens, err := s.Start(t.Context(), l)
		require.ErrorContains(t, err, "session: "+want)
		require.Nil(t, tokens)
	}
	require.Zero(t, s.Stats().Starts)
}

// A label of any bytes and length is stored, cut between characters.
func TestLabel(t *testing.T) {
	s := newSessions(t)
	for label, want := range map[string]string{
		strings.Repeat("x", 300):       strings.Repeat("x", 256),
		"a" + strings.Repeat("é", 200): "a" + strings.Repeat("é", 127),
		"a\xffb":                       "a\uFFFDb",
		strings.Repeat("😀", 64):        strings.Repeat("😀", 64),
	} {
		require.Equal(t, want, start(t, s, func(l *session.Login) { l.Label = label }).Session.Label)
	}
}

// Config.Claims decides about a login before anything is stored.
func TestStartClaims(t *testing.T) {
	st := store.NewMemory()
	var answer error
	s := newSessions(t, func(c *config) {
		c.Store = st
		c.Claims = func(context.Context, session.Session) (userClaims, error) { return userClaims{}, answer }
	})
	answer = session.ErrEnd
	_, err := s.Start(t.Context(), session.Login{Subject: "ann"})
	require.ErrorIs(t, err, session.ErrEnd)
	answer = errors.New("database down")
	_, err = s.Start(t.Context(), session.Login{Subject: "ann"})
	require.ErrorContains(t, err, "session: Config.Claims: database down")
	require.Zero(t, st.Len())
}

// A login ends the session that its request came with, whosever it is, before there is a new
// one. Anything else than a token of a live session is ignored.
func TestPrevious(t *testing.T) {
	in(t, func(t *testing.T) {
		st := newFaultyStore()
		s := newSessions(t, func(c *config) { c.Store = st })
		planted := start(t, s, func(l *session.Login) { l.Subject = "mallory" })

		for _, method := range []string{"Load", "Swap", "Append"} {
			st.fail(method)
			tokens, err := s.Start(t.Context(), session.Login{Subject: "ann", Previous: planted.RefreshToken})
			require.ErrorContains(t, err, "store down")
			require.Nil(t, tokens)
		}
		st.fail()
		next := start(t, s, func(l *session.Login) { l.Previous = planted.RefreshToken })
		_, err := s.Refresh(t.Context(), planted.RefreshToken)
		requireEnded(t, err, session.EndedReplaced)
		requireRevoked(t, s, planted.AccessToken)

		for _, previous := range []string{planted.RefreshToken, "", "x", forged(next.RefreshToken), next.AccessToken} {
			start(t, s, func(l *session.Login) { l.Previous = previous })
		}
		refresh(t, s, next.RefreshToken)
	})
}

// A user has so many sessions, and the oldest ends for a new one.
func TestMaxSessions(t *testing.T) {
	in(t, func(t *testing.T) {
		o := new(observer)
		st := newFaultyStore()
		s := newSessions(t, func(c *config) { c.Store, c.MaxSessions, c.Observe = st, 2, o.observe })
		other := start(t, s, func(l *session.Login) { l.Subject = "bob" })
		var all []*session.Tokens
		for range 4 {
			all = append(all, start(t, s))
			time.Sleep(time.Second)
		}
		for i, tokens := range all {
			_, err := s.Refresh(t.Context(), tokens.RefreshToken)
			if i < 2 {
				requireEnded(t, err, session.EndedExcess)
			} else {
				require.NoError(t, err)
			}
		}
		refresh(t, s, other.RefreshToken)
		require.Contains(t, o.take(), session.EventExcess)
		list, err := s.List(t.Context(), "ann")
		require.NoError(t, err)
		require.Len(t, list, 2)

		st.fail("List")
		_, err = s.Start(t.Context(), session.Login{Subject: "ann"})
		require.ErrorContains(t, err, "session: Store.List: store down")
	})
}

// With a clock of the store that differs from the process's, nothing changes but that the
// dates of tokens are the process's.
func TestStartClock(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSessions(t, func(c *config) {
			c.Leeway = 10 * time.Minute
			c.Now = func() time.Time { return time.Now().Add(9 * time.Minute) }
		})
		tokens := start(t, s)
		c := parse(t, s, tokens.AccessToken)
		require.Equal(t, time.Now().Add(9*time.Minute).UTC(), c.IssuedAt)
		require.Equal(t, time.Now().UTC(), tokens.Session.StartedAt)
		require.Equal(t, time.Now().UTC(), c.Private.AuthTime())
	})
}

// Previous and EndOthers of a login: a password that was reset.
func TestStartEndOthers(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSessions(t)
		a, b := start(t, s), start(t, s)
		next := start(t, s, func(l *session.Login) { l.EndOthers = true })
		for _, old := range []*session.Tokens{a, b} {
			_, err := s.Refresh(t.Context(), old.RefreshToken)
			requireEnded(t, err, session.EndedEverywhere)
			requireRevoked(t, s, old.AccessToken)
		}
		parse(t, s, next.AccessToken)
		refresh(t, s, next.RefreshToken)
	})
}
