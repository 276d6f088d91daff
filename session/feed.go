package session

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cda17858/jwt/store"
)

// revocationMargin is how long after the exp of a token its revocation is remembered: the
// longest leeway of a policy, and a minute for clocks that differ.
const revocationMargin = maxLeeway + time.Minute

// storeTimeout bounds what a check asks of the store.
const storeTimeout = 5 * time.Second

var (
	errClosed = errors.New("session: closed")
	errSlow   = errors.New("session: reading the feed takes longer than Staleness")
)

// A feed is what one instance knows of the revocations in a store.Feed. It reads that only
// while it is asked, when what it knows is older than half of stale. So it has no goroutine
// and no traffic when it is idle.
type feed struct {
	source store.Feed
	stale  time.Duration
	tasks  *tasks
	events reporter

	asOf  atomic.Pointer[time.Time] // the start of the last read that succeeded
	known revoked

	mu      sync.Mutex // guards what follows
	current *read      // under way
	last    time.Time  // the start of the last read, successful or not
	cursor  string     // used by the read under way only
}

// A read is one pass through what is new in the feed.
type read struct {
	done chan struct{}
	err  error
}

func newFeed(source store.Feed, stale time.Duration, t *tasks, events reporter) *feed {
	return &feed{source: source, stale: stale, tasks: t, events: events, known: newRevoked()}
}

// age returns how long ago it was true what f knows.
func (f *feed) age() (age time.Duration, ever bool) {
	if t := f.asOf.Load(); t != nil {
		return time.Since(*t), true
	}
	return 0, false
}

// refresh makes f fresh enough to be asked. It waits only if f is older than stale. It
// returns an error if f could not be read; f is then older than stale.
func (f *feed) refresh(ctx context.Context) error {
	age, ever := f.age()
	if ever && age < f.stale/2 {
		return nil
	}
	fresh := ever && age < f.stale
	r := f.start(fresh)
	if fresh {
		return nil
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if age, _ := f.age(); r.err == nil && age >= f.stale {
		return errSlow
	}
	return r.err
}

// start returns the read that is under way, or starts one. If it is early, so that nobody
// waits for it, it does not start another one right after one that has failed.
func (f *feed) start(early bool) *read {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.current != nil || early && time.Since(f.last) < f.stale/8 {
		return f.current
	}
	r := &read{done: make(chan struct{})}
	started := time.Now()
	ok := f.tasks.start(func(ctx context.Context) {
		r.err = f.read(ctx, started)
		f.mu.Lock()
		f.current = nil
		f.mu.Unlock()
		close(r.done)
	})
	if !ok {
		r.err = errClosed
		close(r.done)
		return r
	}
	f.current, f.last = r, started
	return r
}

// read reads what is new, page by page. What it has read stays read even if it fails.
func (f *feed) read(ctx context.Context, started time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	for {
		rs, next, err := f.source.Since(ctx, f.cursor)
		if err != nil {
			err = outside("Store.Since", err)
			f.events.report(ctx, Event{Name: EventUnread, Err: err})
			return err
		}
		f.known.add(rs, newMillis(started))
		f.cursor = next
		if len(rs) < store.FeedPage {
			f.asOf.Store(&started)
			return nil
		}
	}
}

// revoked are the revocations that have not expired.
type revoked struct {
	mu       sync.RWMutex
	sessions map[sessionID]millis // until when it has to be known
	tokens   map[string]millis    // by jti
	subjects map[subjectID]limit
	sweepAt  millis
}

// A limit ends all logins of a user before it.
type limit struct{ notBefore, until millis }

func newRevoked() revoked {
	return revoked{
		sessions: make(map[sessionID]millis),
		tokens:   make(map[string]millis),
		subjects: make(map[subjectID]limit),
	}
}

// has reports whether the access token with the ID a, whose text is jti, is revoked.
func (r *revoked) has(a *accessID, jti string, user subjectID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if _, ok := r.sessions[a.session]; ok {
		return true
	}
	if _, ok := r.tokens[jti]; ok {
		return true
	}
	return r.subjects[user].notBefore > a.auth
}

// add adds rs, without those that are not of this package.
func (r *revoked) add(rs []store.Revocation, now millis) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range rs {
		until := newMillis(v.Expires)
		switch v.Kind {
		case kindSession:
			if id, ok := parseSessionID(v.ID); ok {
				r.sessions[id] = max(r.sessions[id], until)
			}
		case kindToken:
			r.tokens[v.ID] = max(r.tokens[v.ID], until)
		case kindSubject:
			if id, ok := parseSessionID(v.ID); ok {
				l := r.subjects[subjectID(id)]
				r.subjects[subjectID(id)] = limit{max(l.notBefore, newMillis(v.NotBefore)), max(l.until, until)}
			}
		}
	}
	if now >= r.sweepAt {
		r.sweepAt = now + millis(time.Minute.Milliseconds())
		maps.DeleteFunc(r.sessions, func(_ sessionID, until millis) bool { return until <= now })
		maps.DeleteFunc(r.tokens, func(_ string, until millis) bool { return until <= now })
		maps.DeleteFunc(r.subjects, func(_ subjectID, l limit) bool { return l.until <= now })
	}
}
