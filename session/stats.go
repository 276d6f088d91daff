package session

import (
	"sync/atomic"
	"time"
)

// Stats are counts since New. They are what to draw and to alert on:
//
//   - Reused against Rotated: where nobody steals tokens, Reused stays 0.
//   - Adopted above 0: the store loses what it has acknowledged.
//   - Unavailable: the store, the signer or Config.Claims failed.
type Stats struct {
	Starts    uint64 // sessions begun
	Refreshes Refreshes
	Ends      map[Reason]uint64 // sessions ended; those that EndAll has ended, when they come back
	// Staleness is the age of the revocations that checks use: 0 if every check asks the
	// store, or no check has been made.
	Staleness time.Duration
}

// Refreshes count answers of Refresh.
type Refreshes struct {
	Rotated, Repeated, Adopted, Malformed, Unknown, Ended, Expired, Reused, Unavailable uint64
}

// counters are what Stats are read from.
type counters struct {
	starts, unavailable atomic.Uint64
	answers             [reused + 1]atomic.Uint64
	ends                [8]atomic.Uint64 // as reasons
}

var reasons = [...]Reason{
	EndedLogout, EndedEverywhere, EndedReplaced, EndedReuse, EndedStale, EndedDenied, EndedByID, EndedExcess,
}

func (c *counters) end(r Reason) {
	for i := range reasons {
		if reasons[i] == r {
			c.ends[i].Add(1)
		}
	}
}

func (c *counters) stats() Stats {
	n := func(a answer) uint64 { return c.answers[a].Load() }
	s := Stats{
		Starts: c.starts.Load(),
		Refreshes: Refreshes{
			Rotated: n(rotated), Repeated: n(repeated), Adopted: n(adopted), Malformed: n(malformed), Unknown: n(unknown),
			Ended: n(ended), Expired: n(expired), Reused: n(reused), Unavailable: c.unavailable.Load(),
		},
		Ends: make(map[Reason]uint64),
	}
	for i, r := range reasons {
		s.Ends[r] = c.ends[i].Load()
	}
	return s
}
