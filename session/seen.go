package session

import (
	"context"
	"hash/maphash"
	"sync"
)

const (
	maxVisits   = 1024    // that wait; more are dropped
	maxVisitors = 4       // goroutines that work on them
	maxSeen     = 1 << 16 // in each half of what is remembered
)

// A visit is to a session of which an access token has passed a check, or, with generation
// 0, which has ended without an announcement.
type visit struct {
	generation
	user subjectID
}

// visits mark generations as seen, off the path of requests. Each is made once, as far as
// can be remembered; when too many wait, or the store fails, it is not made: the answer to
// a later refresh may be stricter then.
type visits struct {
	visit func(context.Context, visit)
	tasks *tasks
	seen  seen

	mu       sync.Mutex // guards what follows
	waiting  []visit
	visitors int
}

// add makes a visit soon, or drops it.
func (v *visits) add(w visit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.waiting) == maxVisits || !v.seen.add(w.generation, w.user) {
		return
	}
	v.waiting = append(v.waiting, w)
	if v.visitors < maxVisitors && v.tasks.start(v.work) {
		v.visitors++
	}
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

// A seen remembers which generations have been seen, and the IDs of their users, whose
// SHA-256 would otherwise be a third of the time of a check.
type seen struct {
	seed maphash.Seed

	mu    sync.RWMutex
	newer map[generation]subjectID // at most maxSeen: then it becomes the older
	older map[generation]subjectID
}

// A generation is one of a session, as a token names it. The user is part of it, by a hash
// whose seed nobody knows, since another issuer may put the session into its own tokens.
type generation struct {
	session sessionID
	gen     uint32
	user    uint64
}

func newSeen() seen {
	return seen{seed: maphash.MakeSeed(), newer: make(map[generation]subjectID)}
}

func (s *seen) generation(a *accessID, issuer, subject string) generation {
	return generation{a.session, a.gen, maphash.String(s.seed, issuer)*31 + maphash.String(s.seed, subject)}
}

// get returns the user of g, if g has been seen.
func (s *seen) get(g generation) (user subjectID, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if user, ok = s.newer[g]; !ok {
		user, ok = s.older[g]
	}
	return user, ok
}

// add returns false if g has been seen before.
func (s *seen) add(g generation, user subjectID) bool {
	if _, ok := s.get(g); ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.newer) == maxSeen {
		s.newer, s.older = make(map[generation]subjectID), s.newer
	}
	s.newer[g] = user
	return true
}
