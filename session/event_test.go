package session_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

// A theft is one CRITICAL event with what an investigation needs, and then only warnings.
func TestEventReuse(t *testing.T) {
	in(t, func(t *testing.T) {
		var log bytes.Buffer
		o := new(observer)
		s := newSessions(t, func(c *config) { c.Observe, c.Logger = o.observe, newLogger(&log) })
		first := start(t, s)
		parse(t, s, first.AccessToken)
		time.Sleep(time.Minute)
		parse(t, s, refresh(t, s, first.RefreshToken).AccessToken)
		time.Sleep(time.Minute)
		o.take()
		log.Reset()
		for range 3 {
			_, err := s.Refresh(t.Context(), first.RefreshToken)
			require.Error(t, err)
		}
		require.Equal(t, session.Event{
			Name: session.EventReuse, Level: session.LevelCritical,
			Session: first.Session.ID, Subject: "ann", Reason: session.EndedReuse,
			Generation: 1, Current: 2, Age: time.Minute,
		}, o.events[0])
		for _, e := range o.events[1:] {
			require.Equal(t, session.EventLate, e.Name)
			require.Equal(t, slog.LevelWarn, e.Level)
		}
		var line map[string]any
		require.NoError(t, json.Unmarshal(bytes.SplitN(log.Bytes(), []byte("\n"), 2)[0], &line))
		delete(line, "time")
		require.Equal(t, map[string]any{
			"level": "ERROR+4", "msg": "session: authn_token_reuse", "event": "authn_token_reuse", "session": first.Session.ID, "subject": "ann",
			"reason": "reuse", "generation": 1.0, "current": 2.0, "age": 60e9,
		}, line)
		require.Equal(t, 3, bytes.Count(log.Bytes(), []byte("\n")))
	})
}

// The user comes late four times in a row: T9c, a suspicion.
func TestEventSuspected(t *testing.T) {
	in(t, func(t *testing.T) {
		o := new(observer)
		s := newSessions(t, func(c *config) { c.Observe = o.observe })
		tokens := start(t, s)
		parse(t, s, tokens.AccessToken)
		for range 3 {
			time.Sleep(10 * time.Minute)
			late := tokens.RefreshToken
			refresh(t, s, late) // the thief, who shows the access token to nobody
			time.Sleep(time.Minute)
			tokens = refresh(t, s, late)
		}
		time.Sleep(10 * time.Minute)
		refresh(t, s, tokens.RefreshToken)
		time.Sleep(time.Minute)
		o.take()
		_, err := s.Refresh(t.Context(), tokens.RefreshToken)
		requireRefused(t, err, session.ErrReused)
		require.Equal(t, []string{session.EventSuspected}, o.take())
	})
}

// A good tag on what we have not made: another session's record under the ID, or a key
// that somebody else has.
func TestEventCompromised(t *testing.T) {
	shared := store.NewMemory()
	o := new(observer)
	s := newSessions(t, func(c *config) { c.Store, c.Observe = shared, o.observe })
	a, b := start(t, s), start(t, s)
	records, _, err := shared.Load(t.Context(), "s:"+a.Session.ID, "s:"+b.Session.ID)
	require.NoError(t, err)
	ok, err := shared.Swap(t.Context(), "s:"+a.Session.ID, records[0].Version, store.Record{
		Version: store.NewVersion(), Expires: records[1].Expires, Data: records[1].Data,
	})
	require.NoError(t, err)
	require.True(t, ok)
	o.take()
	for _, use := range []func() error{
		func() error { _, err := s.Refresh(t.Context(), a.RefreshToken); return err },
		func() error { return s.Logout(t.Context(), a.RefreshToken) },
	} {
		requireRefused(t, use(), jwt.ErrMalformed)
		require.Equal(t, []string{session.EventCompromised}, o.take())
	}
	refresh(t, s, b.RefreshToken)
}

// subjectKey is the name of ann in the store.
const subjectKey = "_UnTWbFr13YfCWgfYq-Q4g"

// A record that cannot be read is an error, and stays as it is, whatever is done.
func TestUnreadableRecord(t *testing.T) {
	in(t, func(t *testing.T) {
		shared := store.NewMemory()
		s := newSessions(t, func(c *config) { c.Store, c.Check.CheckEveryRequest, c.MaxSessions = shared, true, 5 })
		for _, key := range []func(*session.Tokens) string{
			func(a *session.Tokens) string { return "s:" + a.Session.ID },
			func(*session.Tokens) string { return "u:" + subjectKey },
		} {
			tokens := start(t, s)
			was, _, err := shared.Load(t.Context(), key(tokens))
			require.NoError(t, err)
			bad := store.Record{Version: 1, Expires: time.Now().Add(time.Hour), Data: []byte(`{"v":2}`), Subject: subjectKey}
			ok, err := shared.Swap(t.Context(), key(tokens), was[0].Version, bad)
			require.NoError(t, err)
			require.True(t, ok)
			for _, use := range []func() error{
				func() error { _, err := s.Refresh(t.Context(), tokens.RefreshToken); return err },
				func() error { _, err := s.Parse(t.Context(), tokens.AccessToken); return err },
				func() error { return s.Logout(t.Context(), tokens.RefreshToken) },
				func() error { return s.End(t.Context(), "ann", tokens.Session.ID) },
				func() error { _, err := s.List(t.Context(), "ann"); return err },
				func() error {
					_, err := s.Reauthenticate(t.Context(), tokens.RefreshToken, session.Login{Subject: "ann"})
					return err
				},
			} {
				err := use()
				require.ErrorContains(t, err, "cannot be read")
				_, refused := errors.AsType[*jwt.TokenError](err)
				require.False(t, refused)
			}
			now, _, err := shared.Load(t.Context(), key(tokens))
			require.NoError(t, err)
			require.Equal(t, bad.Data, now[0].Data)
			_, err = shared.Swap(t.Context(), key(tokens), 1, store.Record{Version: 2, Expires: time.Unix(1, 0)})
			require.NoError(t, err)
		}
	})
}
