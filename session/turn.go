package session

import (
	"context"
)

// A turn is a refresh token that has come in, what the store holds about it, and what was
// decided.
type turn struct {
	token   refreshToken
	p       presented
	found   found
	next    state // of the session
	outcome outcome
}

// rowReplaced is the row of a session that a new one takes the place of.
const rowReplaced = "replaced"

// newTurn refuses a refresh token that none of the keys has made: T0, without a look
// into the store.
func (s *Sessions[P]) newTurn(refreshToken string) (*turn, error) {
	t, ok := s.keys.decode(refreshToken)
	if !ok {
		return nil, malformed.refused(state{})
	}
	return &turn{token: t, p: presented{gen: t.gen, secret: t.digest(), subject: t.subject}}, nil
}

// take decides about t and stores what was decided: anew, as long as others change the
// session meanwhile. Before it stores a good outcome it calls accept, which may change the
// outcome. If that returns ErrEnd the session ends (T12); if it returns errConflict all is
// decided anew; any other error is returned, and nothing is stored. take returns nil if
// the outcome was good, and else the error for the client.
func (s *Sessions[P]) take(ctx context.Context, t *turn, accept func() error) error {
	for range maxTries {
		if err := s.decide(ctx, t); err != nil {
			return err
		}
		if t.outcome.answer.good() {
			err := accept()
			switch {
			case err == errConflict:
				continue
			case err == ErrEnd:
				t.next = t.found.session.ended(EndedDenied, t.found.now)
				t.outcome = outcome{"T12", ended, true}
			case err != nil:
				return err
			}
		}
		event := t.found.refreshEvent(t.outcome.row, t.next, t.p)
		if t.outcome.swap {
			next := t.found.session
			next.state = t.next
			ok, err := s.journal.swap(ctx, &t.found, next)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			s.counts.end(t.next.End.Reason)
		}
		if event.Name != "" {
			s.events.report(ctx, event)
		}
		s.tryTell(ctx, &t.found) // the client hears the verdict in any case
		if !t.outcome.answer.good() {
			return t.outcome.answer.refused(t.next)
		}
		return nil
	}
	return errConflict
}

func (s *Sessions[P]) decide(ctx context.Context, t *turn) (err error) {
	if t.found, err = s.journal.load(ctx, t.token.subject, t.token.session); err != nil {
		return err
	}
	if t.p.at == 0 {
		t.p.at = t.found.now
	}
	t.next, t.outcome = decide(t.found.session.state, t.found.subject, t.p, t.found.now, s.rules)
	return nil
}

// tryTell announces what in f has ended and has not been announced. If that fails, it is
// for the next one who reads the record.
func (s *Sessions[P]) tryTell(ctx context.Context, f *found) {
	if err := s.journal.tell(ctx, f); err != nil {
		e := f.event(EventUntold)
		e.Err = err
		s.events.report(ctx, e)
	}
}
