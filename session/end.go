package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cda17858/jwt/store"
)

// Logout ends the session of a refresh token of any age. It is not an error if the session
// is unknown or has ended; of one that the store may have lost, the access tokens end. The
// error is a [*jwt.TokenError] if the token is not one of ours, so that there is nothing to
// end. After any other error the session may be alive.
//
// So an old refresh token, which is good for nothing else, can still end its session.
func (s *Sessions[P]) Logout(ctx context.Context, refreshToken string) error {
	t, err := s.newTurn(refreshToken)
	if err != nil {
		return err
	}
	f, err := s.end(ctx, t.token.subject, t.token.session, EndedLogout, EventLogout, func(f *found) error {
		return s.genuine(ctx, t, f)
	})
	if err == nil && f.session.Gen == 0 {
		return s.endLost(ctx, t.token.session)
	}
	return err
}

// endLost announces the end of a session that the store does not have. It may have lost it in
// a failover, right after the login, and then its access tokens are alive. That is announced
// once, so that nobody fills the feed with one old refresh token.
func (s *Sessions[P]) endLost(ctx context.Context, id sessionID) error {
	if s.journal.feed == nil {
		return nil // checks ask for the record
	}
	key := revokedKey(id.String())
	rs, now, err := s.journal.read(ctx, key)
	if err != nil || rs[0].Version != 0 {
		return err
	}
	until := now.Add(s.journal.remember)
	if err := s.journal.append(ctx, store.Revocation{Kind: kindSession, ID: id.String(), Expires: until}); err != nil {
		return err
	}
	if _, err := s.cfg.Store.Swap(ctx, key, 0, store.Record{Version: store.NewVersion(), Expires: until}); err != nil {
		return outside("Store.Swap", err)
	}
	return nil
}

// genuine refuses a token with a good tag that is not of the session that it names.
func (s *Sessions[P]) genuine(ctx context.Context, t *turn, f *found) error {
	_, o := decide(f.session.state, f.subject, t.p, f.now, s.rules)
	if o.answer != malformed {
		return nil
	}
	s.events.report(ctx, f.refreshEvent(o.row, f.session.state, t.p))
	return malformed.refused(f.session.state)
}

// End ends one session of a user, by its ID. Subject is who asks: the ID of a session stands
// in each of its access tokens, and so must never be enough to end it. The error wraps
// [ErrUnknown] if the user has no such session. It is not an error if the session has ended
// already.
func (s *Sessions[P]) End(ctx context.Context, subject, id string) error {
	sid, ok := parseSessionID(id)
	if !ok {
		return fmt.Errorf("session: End: %w", ErrUnknown)
	}
	_, err := s.end(ctx, newSubjectID(s.cfg.Issuer, subject), sid, EndedByID, EventRevoked, func(f *found) error {
		if f.session.Subject != subject {
			return fmt.Errorf("session: End: %w", ErrUnknown)
		}
		return nil
	})
	return err
}

// end ends a session unless it is unknown or has ended, or allow refuses. It returns what the
// store has of it.
func (s *Sessions[P]) end(ctx context.Context, user subjectID, id sessionID, why Reason, name string, allow func(*found) error) (found, error) {
	var changed bool
	f, err := s.journal.update(ctx, user, id, func(f *found) (record, bool, error) {
		next := f.session
		changed = next.Gen != 0 && next.End == ending{}
		next.state = next.ended(why, f.now)
		return next, changed, allow(f)
	})
	if err != nil {
		return found{}, err
	}
	if changed {
		s.counts.end(why)
		s.events.report(ctx, f.event(name))
	}
	return f, s.journal.tell(ctx, &f)
}

// endPrevious ends the session that a login takes the place of, if the token is one.
func (s *Sessions[P]) endPrevious(ctx context.Context, refreshToken string) error {
	t, err := s.newTurn(refreshToken)
	if err != nil {
		return nil
	}
	_, err = s.end(ctx, t.token.subject, t.token.session, EndedReplaced, EventRevoked, func(f *found) error {
		return s.genuine(ctx, t, f)
	})
	if isRefusal(err) {
		return nil
	}
	return err
}

// EndAll ends all sessions of a user: logout everywhere. It is one write, however many
// there are. Later logins are not affected.
func (s *Sessions[P]) EndAll(ctx context.Context, subject string) error {
	_, err := s.endAll(ctx, subject)
	return err
}

func (s *Sessions[P]) endAll(ctx context.Context, subject string) (found, error) {
	user := newSubjectID(s.cfg.Issuer, subject)
	for range maxTries {
		f, _, err := s.journal.loadAll(ctx, user)
		if err != nil {
			return found{}, err
		}
		f.session.Subject = subject
		err = s.endBefore(ctx, &f, s.nextSubject(&f))
		if err != errConflict {
			return f, err
		}
	}
	return found{}, errConflict
}

// nextSubject returns the user in f after all sessions have ended. The limit lies ahead, by
// half of the grace period, since clocks may differ by so much.
func (s *Sessions[P]) nextSubject(f *found) subject {
	return subject{NotBefore: max(f.subject.NotBefore, f.now+s.rules.grace/2) + 1}
}

// endBefore stores and announces that all sessions of the user in f have ended. It
// returns errConflict if another has done so meanwhile.
func (s *Sessions[P]) endBefore(ctx context.Context, f *found, next subject) error {
	ok, err := s.journal.swapSubject(ctx, f, next, f.now.time().Add(s.cfg.Absolute))
	if err != nil {
		return err
	}
	if !ok {
		return errConflict
	}
	s.events.report(ctx, Event{Name: EventRevoked, Subject: f.session.Subject, Reason: EndedEverywhere})
	return s.journal.tell(ctx, f)
}

// Revoke ends one access token: jti and exp are those of its claims. The session goes on.
func (s *Sessions[P]) Revoke(ctx context.Context, jti string, exp time.Time) error {
	if _, ok := parseAccessID(jti); !ok {
		return errors.New("session: Revoke: the jti is not that of an access token of a session")
	}
	if exp.Unix() <= 0 {
		return errors.New("session: Revoke: exp is not a time after 1970")
	}
	r := store.Revocation{Kind: kindToken, ID: jti, Expires: exp.Add(revocationMargin + s.cfg.Check.Staleness)}
	record := store.Record{Version: store.NewVersion(), Expires: exp.Add(revocationMargin), Durable: true}
	if _, err := s.cfg.Store.Swap(ctx, revokedKey(jti), 0, record); err != nil {
		return outside("Store.Swap", err)
	}
	// Even if it was there already: it may not have been announced.
	if err := s.journal.append(ctx, r); err != nil {
		return err
	}
	s.events.report(ctx, Event{Name: EventRevoked})
	return nil
}
