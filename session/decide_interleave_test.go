package session

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// siblings is a client that has sent n requests with one refresh token at once. Another
// request follows with the successor, as soon as one answer is saved; its access token is
// checked, and the user logs out.
func siblings(n int, left budget) scene {
	s := scene{record: testState(), start: world{now: 600, jar: 2, left: left}, alike: n}
	s.record.Gen, s.record.Seen, s.record.Idle = 2, noon+second, s.record.Absolute
	for i := range n {
		s.kinds = append(s.kinds, refresher)
		s.start.requests[i] = request{phase: sent, gen: 2}
	}
	for _, k := range []kind{refresher, checker, leaver} {
		s.start.requests[len(s.kinds)].left = 1
		s.kinds = append(s.kinds, k)
	}
	return s
}

// tabs is a client with two tabs and one jar. Each refreshes up to n times, and there is one
// check of the access token.
func tabs(n uint8, left budget) scene {
	s := scene{record: testState(), start: world{now: 600, jar: 2, left: left}, travel: true}
	s.record.Gen, s.record.Seen, s.record.Idle = 2, noon+second, s.record.Absolute
	s.kinds = []kind{refresher, refresher, checker}
	for i := range s.kinds {
		s.start.requests[i].left = n
	}
	s.start.requests[2].left = 1
	return s
}

// unchecked is s with a session that no check has seen yet.
func unchecked(s scene) scene {
	s.record.Checked = false
	return s
}

// Every world that these scenes can become keeps all properties. The long form visits about a
// million.
func TestInterleave(t *testing.T) {
	tests := []struct {
		name  string
		scene scene
		long  bool
	}{
		{"siblings", siblings(2, budget{losses: 1, beyond: 1}), false},
		{"siblings, the store goes back", siblings(2, budget{losses: 1, failovers: 1}), false},
		{"siblings, days", unchecked(siblings(2, budget{losses: 1, recovery: 1})), false},
		{"tabs", tabs(2, budget{within: 1, beyond: 1}), false},
		{"tabs, two rounds after a lost answer", tabs(2, budget{losses: 1, beyond: 2}), false},

		{"four siblings", siblings(4, budget{losses: 1, beyond: 1}), true},
		{"four siblings, the store goes back", siblings(4, budget{losses: 1, failovers: 1}), true},
		{"four siblings, days", siblings(4, budget{losses: 1, recovery: 1}), true},
		{"three siblings, the store goes back", siblings(3, budget{failovers: 1, beyond: 1}), true},
		{"two siblings, short and long times", siblings(2, budget{losses: 1, within: 1, beyond: 1}), true},
		{"tabs, within grace", tabs(2, budget{losses: 1, within: 2, beyond: 1}), true},
		{"tabs, three rounds", tabs(3, budget{losses: 1, beyond: 2}), true},
		{"tabs, the store goes back", tabs(2, budget{failovers: 1, within: 1, beyond: 1}), true},
		{"tabs, days", unchecked(tabs(2, budget{losses: 1, beyond: 1, recovery: 1})), true},
	}
	total := 0
	for _, tt := range tests {
		if tt.long && testing.Short() {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			m := newSearch(tt.scene, ours)
			m.run()
			t.Logf("%d worlds, %d records", len(m.nodes), len(m.records))
			require.Zero(t, m.faulty, "%v:\n%s", m.nodes[m.faulty].truth.faults, m.story(m.faulty))
			total += len(m.nodes)
		})
	}
	t.Logf("%d worlds", total)
	if !testing.Short() {
		require.Greater(t, total, 100_000)
	}
}

// without returns a design without a row: there, decide is asked again after change to the
// state, or the session ends if change is nil.
func without(row string, change func(*state)) design {
	return design{decide: func(s state, u subject, p presented, now millis, r rules) (state, outcome) {
		next, o := decide(s, u, p, now, r)
		switch {
		case o.row != row:
			return next, o
		case change == nil:
			return s.ended(EndedReuse, now), outcome{"T11", reused, true}
		}
		change(&next)
		return decide(next, u, p, now, r)
	}}
}

// Each of these changes to the design breaks a property, so the search can fail.
func TestInterleaveMutants(t *testing.T) {
	for _, tt := range []struct {
		name string
		design
		scene
		fault faults
	}{
		{
			"no floor", // T6
			without("T6", func(s *state) { s.Rotated = 0 }),
			tabs(2, budget{beyond: 1}), deadToken,
		},
		{
			"a floor that counts from when a generation was made only", // T6 after T9b
			design{decide: func(s state, u subject, p presented, now millis, r rules) (state, outcome) {
				s.Again = 0
				return decide(s, u, p, now, r)
			}},
			tabs(2, budget{losses: 1, beyond: 2}), deadToken,
		},
		{
			"a store that goes back is ahead at once", // a T8 that advances
			without("T8", func(s *state) { s.Rotated, s.Seen = 0, 0 }),
			tabs(2, budget{failovers: 1, beyond: 1}), deadToken,
		},
		{
			"no adoption", // T8
			without("T8", nil),
			siblings(2, budget{failovers: 1}), deadToken,
		},
		{
			"no second chance within grace", // T9a
			without("T9a", nil),
			siblings(2, budget{}), falseAlarm,
		},
		{
			"no second chance later", // T9b
			without("T9b", nil),
			siblings(2, budget{losses: 1, beyond: 1}), falseAlarm,
		},
		{
			"grace for the previous generation only", // T10
			design{decide: func(s state, u subject, p presented, now millis, r rules) (state, outcome) {
				s.ParentSeen = 0
				return decide(s, u, p, now, r)
			}},
			siblings(2, budget{losses: 1, beyond: 1}), falseAlarm,
		},
		{
			"grace by the time of the latest Load",
			design{decide: func(s state, u subject, p presented, now millis, r rules) (state, outcome) {
				p.at = now
				return decide(s, u, p, now, r)
			}},
			siblings(2, budget{beyond: 1}), falseAlarm,
		},
		{
			"seen is never set",
			design{decide: func(s state, u subject, p presented, now millis, r rules) (state, outcome) {
				s.Seen = 0
				return decide(s, u, p, now, r)
			}},
			siblings(2, budget{beyond: 1}), missedAlarm,
		},
		{
			"versions that count",
			design{decide: decide, counting: true},
			siblings(2, budget{failovers: 1}), lostLogout,
		},
		{
			"a Swap that does not compare",
			design{decide: decide, blind: true},
			siblings(2, budget{}), secondRotation,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newSearch(tt.scene, tt.design)
			m.run()
			t.Log(m.story(m.faulty))
			require.Equal(t, tt.fault, m.nodes[m.faulty].truth.faults)
		})
	}
}
