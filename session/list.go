package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// listPage is how many sessions are read at a time.
const listPage = 100

// List returns the sessions of a user that are alive, the oldest first. [ID] tells which of
// them a request belongs to. The store must be a [store.Lister].
func (s *Sessions[P]) List(ctx context.Context, subject string) ([]Session, error) {
	live, err := s.list(ctx, subject)
	if err != nil {
		return nil, err
	}
	var sessions []Session
	for i := range live {
		sessions = append(sessions, live[i].session.session(live[i].id))
	}
	return sessions, nil
}

func (s *Sessions[P]) list(ctx context.Context, subject string) ([]found, error) {
	if s.lister == nil {
		return nil, errors.New("session: List: Config.Store is not a store.Lister")
	}
	user := newSubjectID(s.cfg.Issuer, subject)
	names, err := s.lister.List(ctx, user.String())
	if err != nil {
		return nil, outside("Store.List", err)
	}
	var ids []sessionID
	for _, name := range names {
		if text, ok := strings.CutPrefix(name, "s:"); ok {
			if id, ok := parseSessionID(text); ok {
				ids = append(ids, id)
			}
		}
	}
	var live []found
	for page := range slices.Chunk(ids, listPage) {
		_, all, err := s.journal.loadAll(ctx, user, page...)
		if err != nil {
			return nil, err
		}
		for _, f := range all {
			s.tryTell(ctx, &f)
			if f.session.Subject == subject && s.alive(&f) {
				live = append(live, f)
			}
		}
	}
	slices.SortFunc(live, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.session.Start, b.session.Start), cmp.Compare(a.id.String(), b.id.String()))
	})
	return live, nil
}

// alive reports whether the session in f could be refreshed.
func (s *Sessions[P]) alive(f *found) bool {
	p := presented{gen: f.session.Gen, secret: f.session.Secret, subject: f.user, at: f.now}
	_, o := decide(f.session.state, f.subject, p, f.now, s.rules)
	return o.answer.good()
}

// endExcess ends the oldest sessions of the user in f beyond Config.MaxSessions, but not
// the one in f, which has just begun.
func (s *Sessions[P]) endExcess(ctx context.Context, f *found) error {
	if s.cfg.MaxSessions == 0 {
		return nil
	}
	live, err := s.list(ctx, f.session.Subject)
	if err != nil {
		return err
	}
	live = slices.DeleteFunc(live, func(other found) bool { return other.id == f.id })
	for i := range max(0, len(live)-(s.cfg.MaxSessions-1)) {
		_, err := s.end(ctx, f.user, live[i].id, EndedExcess, EventExcess, func(*found) error { return nil })
		if err != nil {
			return err
		}
	}
	return nil
}

// Limit narrows the scope of a session for good, from the next refresh on. An access token
// that has been issued already keeps its scopes. Subject and id are as for End, and so is
// ErrUnknown; the error is [ErrScope] if scopes is empty or not within the grant. Only a
// new login can widen the scope.
func (s *Sessions[P]) Limit(ctx context.Context, subject, id string, scopes ...string) error {
	if err := checkScopes(*new(P), []string{}); err != nil {
		return err
	}
	sid, ok := parseSessionID(id)
	if !ok {
		return fmt.Errorf("session: Limit: %w", ErrUnknown)
	}
	_, err := s.journal.update(ctx, newSubjectID(s.cfg.Issuer, subject), sid, func(f *found) (record, bool, error) {
		if f.session.Subject != subject || !s.alive(f) {
			return record{}, false, fmt.Errorf("session: Limit: %w", ErrUnknown)
		}
		next := f.session
		var err error
		next.Scope, err = grant(next.Scope, []RefreshOption{Narrow(scopes...)})
		return next, true, err
	})
	return err
}
