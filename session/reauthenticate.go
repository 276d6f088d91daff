package session

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// Reauthenticate ends the session of refreshToken and begins another in its place, for a
// user who has authenticated again: with a second factor, before a payment (step-up, RFC
// 9470), or to change the password, then with login.EndOthers. A thief who has a token of
// the old session has none of the new one.
//
// login.Subject must be the user of the session. The new session keeps the start, the
// absolute end, and whether it is persistent; it also keeps the label, the scope and the
// data, unless login has others. login.Previous must be empty.
//
// The refresh token is judged as by Refresh, with the same errors. Of two calls at once one
// succeeds, and the other's error is ErrEnded. After an error that is not a
// [*jwt.TokenError], the user may have to log in again.
func (s *Sessions[P]) Reauthenticate(ctx context.Context, refreshToken string, login Login) (*Tokens, error) {
	if err := login.check(); err != nil {
		return nil, err
	}
	if login.Previous != "" {
		return nil, errors.New("session: Reauthenticate: Login.Previous is set; it is for Start")
	}
	started := s.cfg.Now()
	t, err := s.newTurn(refreshToken)
	if err != nil {
		return nil, err
	}
	r := newRefreshToken(t.token.subject)
	var next found
	var tokens *Tokens
	err = s.take(ctx, t, func() (err error) {
		old := &t.found
		if login.Subject != old.session.Subject {
			return errors.New("session: Reauthenticate: Login.Subject is not the user of the session")
		}
		next = *old
		if login.EndOthers {
			next.subject = s.nextSubject(old)
		}
		next.id, next.sessionVersion = r.session, 0
		next.session = s.successor(&login, &next, r.digest())
		if tokens, err = s.prepare(ctx, &next, r, started); err != nil {
			return err
		}
		if login.EndOthers {
			// The first to store this has won: the other one finds that its login is earlier.
			t.outcome = outcome{rowReplaced, t.outcome.answer, false}
			return s.endBefore(ctx, old, next.subject)
		}
		t.next = old.session.ended(EndedReplaced, old.now)
		t.outcome = outcome{rowReplaced, t.outcome.answer, true}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.journal.tell(ctx, &t.found); err != nil {
		return nil, err
	}
	if err := s.begin(ctx, &next); err != nil {
		return nil, err
	}
	return tokens, nil
}

// successor returns the session that takes the place of the one in f.
func (s *Sessions[P]) successor(l *Login, f *found, secret digest) record {
	old := f.session
	login := *l
	login.Persistent = old.Persistent
	r := s.record(&login, f, secret)
	r.Start, r.Absolute, r.Idle = old.Start, old.Absolute, min(r.Idle, old.Absolute)
	r.Label = cmp.Or(r.Label, old.Label)
	r.JKT = old.JKT
	if r.Scope == nil {
		r.Scope = slices.Clone(old.Scope)
	}
	if r.Data == nil {
		r.Data = slices.Clone(old.Data)
	}
	return r
}
