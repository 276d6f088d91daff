package session

import (
	"context"
	"errors"
	"time"

	"github.com/cda17858/jwt/store"
)

// maxTries is how often a change is decided anew because others have changed the same
// record meanwhile.
const maxTries = 8

// Kinds of revocations in the feed.
const (
	kindSession = "session"
	kindSubject = "subject"
	kindToken   = "jti"
)

// A journal reads and writes the records of sessions and users, and announces in the
// feed what has ended. The order is: the record with told = false, the feed, told = true.
// So whatever crashes in between is announced by the next one who reads the record.
type journal struct {
	store store.Store
	feed  store.Feed // nil if the store has none
	// remember is for how long after a login has ended it must be known: until the last
	// of its access tokens has expired everywhere.
	remember time.Duration
}

func newJournal(s store.Store, remember time.Duration) *journal {
	feed, _ := s.(store.Feed)
	return &journal{s, feed, remember}
}

// A found is what one Load found: a session and its user, both perhaps zero.
type found struct {
	id      sessionID
	user    subjectID
	session record
	subject subject
	now     millis // by the clock of the user's record

	sessionVersion, subjectVersion uint64
	subjectExpires                 time.Time
}

// loadAll reads a user and sessions of that user.
func (j *journal) loadAll(ctx context.Context, user subjectID, ids ...sessionID) (found, []found, error) {
	keys := []string{subjectKey(user)}
	for _, id := range ids {
		keys = append(keys, sessionKey(id))
	}
	rs, now, err := j.read(ctx, keys...)
	if err != nil {
		return found{}, nil, err
	}
	u := found{user: user, now: newMillis(now), subjectVersion: rs[0].Version, subjectExpires: rs[0].Expires}
	if u.subject, err = decodeSubject(rs[0]); err != nil {
		return found{}, nil, err
	}
	all := make([]found, len(ids))
	for i, r := range rs[1:] {
		all[i] = u
		all[i].id, all[i].sessionVersion = ids[i], r.Version
		if all[i].session, err = decodeSession(r); err != nil {
			return found{}, nil, err
		}
	}
	return u, all, nil
}

// load reads a session and its user.
func (j *journal) load(ctx context.Context, user subjectID, id sessionID) (found, error) {
	_, all, err := j.loadAll(ctx, user, id)
	if err != nil {
		return found{}, err
	}
	return all[0], nil
}

// update replaces a session by what change makes of it: anew, as long as others change it
// meanwhile. It returns what was stored, or what was found if change returns false.
func (j *journal) update(ctx context.Context, user subjectID, id sessionID, change func(*found) (record, bool, error)) (found, error) {
	for range maxTries {
		f, err := j.load(ctx, user, id)
		if err != nil {
			return found{}, err
		}
		next, changed, err := change(&f)
		if err != nil || !changed {
			return f, err
		}
		if ok, err := j.swap(ctx, &f, next); ok || err != nil {
			return f, err
		}
	}
	return found{}, errConflict
}

func (j *journal) read(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	rs, now, err := j.store.Load(ctx, keys...)
	switch {
	case err != nil:
		return nil, now, outside("Store.Load", err)
	case len(rs) != len(keys) || now.UnixMilli() <= 0:
		return nil, now, errors.New("session: Store.Load returned no time, or not one record for each key")
	}
	return rs, now, nil
}

// swap stores next in place of the session in f, and updates f. It returns false if another
// has changed it.
func (j *journal) swap(ctx context.Context, f *found, next record) (bool, error) {
	next.Told = next.Told || j.feed == nil
	r, err := next.encode()
	if err != nil {
		return false, err
	}
	r.Subject = f.user.String()
	ok, err := j.store.Swap(ctx, sessionKey(f.id), f.sessionVersion, r)
	if err != nil {
		return false, outside("Store.Swap", err)
	}
	if ok {
		f.session, f.sessionVersion = next, r.Version
	}
	return ok, nil
}

// swapSubject does the same for the user in f.
func (j *journal) swapSubject(ctx context.Context, f *found, next subject, expires time.Time) (bool, error) {
	next.Told = next.Told || j.feed == nil
	r, err := next.encode(expires)
	if err != nil {
		return false, err
	}
	ok, err := j.store.Swap(ctx, subjectKey(f.user), f.subjectVersion, r)
	if err != nil {
		return false, outside("Store.Swap", err)
	}
	if ok {
		f.subject, f.subjectVersion, f.subjectExpires = next, r.Version, expires
	}
	return ok, nil
}

// tell announces what in f has ended and has not been announced.
func (j *journal) tell(ctx context.Context, f *found) error {
	if s := f.subject; s.NotBefore != 0 && !s.Told {
		err := j.append(ctx, store.Revocation{
			Kind: kindSubject, ID: f.user.String(),
			NotBefore: s.NotBefore.time(), Expires: s.NotBefore.time().Add(j.remember),
		})
		if err != nil {
			return err
		}
		s.Told = true
		j.swapSubject(ctx, f, s, f.subjectExpires) // else the next one announces it again: harmless
	}
	if s := f.session; s.End != (ending{}) && !s.Told {
		err := j.append(ctx, store.Revocation{
			Kind: kindSession, ID: f.id.String(),
			Expires: s.End.At.time().Add(j.remember),
		})
		if err != nil {
			return err
		}
		s.Told = true
		j.swap(ctx, f, s)
	}
	return nil
}

func (j *journal) append(ctx context.Context, r store.Revocation) error {
	if j.feed == nil {
		return nil
	}
	if err := j.feed.Append(ctx, r); err != nil {
		return outside("Store.Append", err)
	}
	return nil
}
