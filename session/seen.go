package session

import (
	"context"
	"sync"
)

const (
	maxVisits   = 1024    // that wait; more are dropped
	maxVisitors = 4       // goroutines that work on them
	maxVisited  = 1 << 16 // in each half of what is remembered
)

// A visit is to a session of which an access token has passed a check, or that has ended
// without an announcement.
type visit struct {
	user subjectID
	id   sessionID
	gen  uint32 // 0 for a session that has ended
}

// visits mark generations as seen, off the path of requests. Each is made once, as far as
// can be remembered; when too many wait, or the store fails, it is not made: the answer to
// a later refresh may be stricter then.
type visits struct {
	visit func(context.Context, visit)
	tasks *tasks

	known sync.RWMutex // guards the two halves; the older is dropped when the newer is full
	newer map[visitKey]struct{}
	older map[visitKey]struct{}

	mu       sync.Mutex // guards what follows
	waiting  []visit
	visitors int
}

type visitKey struct {
	id  sessionID
	gen uint32
}

func newVisits(t *tasks, f func(context.Context, visit)) *visits {
	return &visits{visit: f, tasks: t, newer: make(map[visitKey]struct{})}
}

// made reports whether the visit to generation gen of a session has been made, or waits.
func (v *visits) made(id sessionID, gen uint32) bool {
	v.known.RLock()
	defer v.known.RUnlock()
	_, ok := v.newer[visitKey{id, gen}]
	if !ok {
		_, ok = v.older[visitKey{id, gen}]
	}
	return ok
}

// add makes a visit soon, or drops it.
func (v *visits) add(w visit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.waiting) == maxVisits || !v.remember(w) {
		return
	}
	v.waiting = append(v.waiting, w)
	if v.visitors < maxVisitors && v.tasks.start(v.work) {
		v.visitors++
	}
}

// remember returns false if w is remembered already.
func (v *visits) remember(w visit) bool {
	if v.made(w.id, w.gen) {
		return false
	}
	v.known.Lock()
	defer v.known.Unlock()
	if len(v.newer) == maxVisited {
		v.newer, v.older = make(map[visitKey]struct{}), v.newer
	}
	v.newer[visitKey{w.id, w.gen}] = struct{}{}
	return true
}

// work makes the visits that wait, and ends.
func (v *visits) work(ctx context.Context) {
	for {
		v.mu.Lock()
		if len(v.waiting) == 0 || ctx.Err() != nil {
			v.visitors--
			v.mu.Unlock()
			return
		}
		w := v.waiting[0]
		v.waiting = v.waiting[1:]
		v.mu.Unlock()
		v.visit(ctx, w)
	}
}
