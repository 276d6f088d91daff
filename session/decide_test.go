package session

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The rules of the tests: an issuer, the periods that a zero Config has, and lives of a
// day, or an hour if the session is not persistent.
var testRules = rules{
	issuer: "https://a.example",
	grace:  10 * second, recovery: 24 * hour, recoveryUnchecked: 60 * second,
	idle: 24 * hour, shortIdle: hour,
}

const (
	second millis = 1000
	hour          = 3600 * second
	// noon is when the newest generation of the test session was made.
	noon = 1_000_000 * second
)

// testState is a session in generation 5, which nobody has been seen with.
func testState() state {
	return state{
		Subject: "ann", Secret: digest{1},
		Gen: 5, Rotated: noon, ParentSeen: noon - 600*second, Checked: true, Persistent: true,
		Start: noon - hour, Auth: noon - hour, Absolute: noon + 90*24*hour, Idle: noon + 24*hour,
	}
}

func token(gen uint32) presented {
	return presented{gen: gen, secret: digest{1}, subject: newSubjectID(testRules.issuer, "ann")}
}

// Each row of the table, at its edges. The name of a test begins with that of its row.
//
// Mutants of decide.go that live: p.gen >= s.Gen for T8, since T6 and T7 have taken p.gen ==
// s.Gen; and three in within and two in childSeen about the time 0, which means never: 1 ms
// before or after it, or without a test for it, it is not within any grace either.
func TestDecide(t *testing.T) {
	type change func(*state)
	as := func(changes ...change) change {
		return func(s *state) {
			for _, c := range changes {
				c(s)
			}
		}
	}
	none := as()
	seen := func(at millis) change { return func(s *state) { s.Seen = at } }
	unchecked := func(s *state) { s.Checked = false }
	gen := func(g uint32) change { return func(s *state) { s.Gen = g } }
	run := func(late, run uint32) change { return func(s *state) { s.Late, s.Run = late, run } }
	again := func(late, run uint32, at millis) change {
		return func(s *state) { s.Late, s.Run, s.Again = late, run, noon+at }
	}
	end := func(r Reason, at millis) change { return func(s *state) { s.End = ending{at, r} } }
	told := func(s *state) { s.Told = true }
	adopt := func(g uint32, at millis) change {
		return func(s *state) { s.Gen, s.Rotated, s.Seen, s.ParentSeen, s.Adopted = g, at, at, 0, at }
	}
	rotate := func(at, parentSeen, idle millis) change {
		return func(s *state) {
			s.Gen, s.Rotated, s.Seen, s.ParentSeen, s.Idle = s.Gen+1, at, 0, parentSeen, idle
		}
	}

	tests := []struct {
		name   string
		before change
		user   subject
		p      presented
		after  millis // since noon
		arrive millis // since noon, if not the same
		answer answer
		want   change // of the state before; nil if nothing is stored
	}{
		{name: "T1 no session", before: func(s *state) { *s = state{} }, p: token(5), answer: unknown},

		{name: "T2 other secret", p: presented{gen: 5, secret: digest{2}, subject: token(5).subject}, answer: malformed},
		{name: "T2 other user", p: presented{gen: 5, secret: digest{1}, subject: newSubjectID(testRules.issuer, "bob")}, answer: malformed},
		{name: "T2 other issuer", p: presented{gen: 5, secret: digest{1}, subject: newSubjectID("https://b.example", "ann")}, answer: malformed},
		{name: "T2 before T3", before: end(EndedLogout, noon), p: presented{gen: 5}, answer: malformed},

		{name: "T3 newest", before: end(EndedLogout, noon), p: token(5), after: second, answer: ended},
		{name: "T3 old", before: as(end(EndedReuse, noon), told), p: token(1), after: second, answer: ended},
		{name: "T3 before T4", before: end(EndedReuse, noon), p: token(5), after: 25 * hour, answer: ended},

		{name: "T4 idle", p: token(5), after: 24 * hour, answer: expired},
		{name: "T7 just before T4", p: token(5), after: 24*hour - 1, answer: rotated, want: rotate(noon+24*hour-1, noon+24*hour-1, noon+48*hour-1)},
		{name: "T4 absolute", before: func(s *state) { s.Absolute = noon + hour }, p: token(5), after: hour, answer: expired},
		{name: "T4 last generation", before: gen(lastGen), p: token(lastGen), after: hour, answer: expired},
		{name: "T4 last generation ahead", p: token(lastGen), after: hour, answer: expired},
		{name: "T4 before T5", user: subject{NotBefore: noon}, p: token(5), after: 24 * hour, answer: expired},

		{name: "T5 user", user: subject{NotBefore: noon - hour + 1}, p: token(5), after: hour, answer: ended, want: as(end(EndedEverywhere, noon+hour), told)},
		{name: "T7 login at the time of the user's limit", user: subject{NotBefore: noon - hour}, p: token(5), after: hour, answer: rotated, want: rotate(noon+hour, noon+hour, noon+25*hour)},
		{name: "T5 before T11", user: subject{NotBefore: noon}, p: token(1), after: hour, answer: ended, want: as(end(EndedEverywhere, noon+hour), told)},

		{name: "T6 at once", p: token(5), answer: repeated},
		{name: "T6 within grace", p: token(5), after: 10 * second, answer: repeated},
		{name: "T6 seen", before: seen(noon + second), p: token(5), after: 10 * second, answer: repeated},
		{name: "T6 by the time of arrival", p: token(5), after: 30 * second, arrive: 10 * second, answer: repeated},
		{name: "T6 arrived before it was made", p: token(5), after: second, arrive: -second, answer: repeated},
		{name: "T6 second generation", before: gen(2), p: token(2), answer: repeated},
		{name: "T7 first generation, at once", before: gen(1), p: token(1), answer: rotated, want: rotate(noon, noon, noon+24*hour)},

		{name: "T6 given to a late parent", before: again(5, 1, hour), p: token(5), after: hour + 10*second, answer: repeated},

		{name: "T7 after a late parent", before: again(5, 1, hour), p: token(5), after: hour + 10*second + 1, answer: rotated, want: as(rotate(noon+hour+10*second+1, noon+hour+10*second+1, noon+25*hour+10*second+1), func(s *state) { s.Again = 0 })},
		{name: "T7 unseen", p: token(5), after: 10*second + 1, answer: rotated, want: rotate(noon+10*second+1, noon+10*second+1, noon+10*second+1+24*hour)},
		{name: "T7 seen", before: seen(noon + second), p: token(5), after: hour, answer: rotated, want: rotate(noon+hour, noon+second, noon+25*hour)},
		{name: "T7 not persistent", before: as(func(s *state) { s.Persistent = false }), p: token(5), after: hour, answer: rotated, want: rotate(noon+hour, noon+hour, noon+2*hour)},
		{name: "T7 cut to the absolute end", before: func(s *state) { s.Absolute = noon + 2*hour }, p: token(5), after: hour, answer: rotated, want: rotate(noon+hour, noon+hour, noon+2*hour)},

		{name: "T8 next", p: token(6), after: second, answer: adopted, want: adopt(6, noon+second)},
		{name: "T8 far", before: as(seen(noon), run(5, 2)), p: token(500), after: hour, answer: adopted, want: adopt(500, noon+hour)},
		{name: "T8 after a late parent", before: again(5, 1, 0), p: token(6), after: hour, answer: adopted, want: as(adopt(6, noon+hour), func(s *state) { s.Again = 0 })},

		{name: "T9a", p: token(4), after: 10 * second, answer: repeated},
		{name: "T9a by the time of arrival", p: token(4), after: 30 * second, arrive: 10 * second, answer: repeated},

		{name: "T9a after another late one", before: again(5, 1, hour), p: token(4), after: hour + 10*second, answer: repeated},
		{name: "T9a after a late one, beyond recovery", before: as(unchecked, again(5, 1, 59*second)), p: token(4), after: 69 * second, answer: repeated},

		{name: "T9b checked", p: token(4), after: 24*hour - second, answer: repeated, want: again(5, 1, 24*hour-second)},
		{name: "T9b unchecked", before: unchecked, p: token(4), after: 60 * second, answer: repeated, want: again(5, 1, 60*second)},
		{name: "T9b just after grace", p: token(4), after: 10*second + 1, answer: repeated, want: again(5, 1, 10*second+1)},
		{name: "T9b again", before: again(5, 1, 60*second), p: token(4), after: hour, answer: repeated, want: again(5, 1, hour)},
		{name: "T9b again, third of a run", before: again(5, 3, 60*second), p: token(4), after: hour, answer: repeated, want: again(5, 3, hour)},
		{name: "T9b second in a row", before: run(4, 1), p: token(4), after: hour, answer: repeated, want: again(5, 2, hour)},
		{name: "T9b third in a row", before: run(4, 2), p: token(4), after: hour, answer: repeated, want: again(5, 3, hour)},
		{name: "T9b after a pause", before: run(3, 3), p: token(4), after: hour, answer: repeated, want: again(5, 1, hour)},
		{name: "T9b first child", before: as(gen(2), run(0, 0)), p: token(1), after: hour, answer: repeated, want: again(2, 1, hour)},

		{name: "T9c fourth in a row", before: run(4, 3), p: token(4), after: hour, answer: reused, want: end(EndedReuse, noon+hour)},

		{name: "T9d checked", before: func(s *state) { s.Idle = s.Absolute }, p: token(4), after: 24*hour + 1, answer: expired, want: end(EndedStale, noon+24*hour+1)},
		{name: "T9d unchecked", before: unchecked, p: token(4), after: 60*second + 1, answer: expired, want: end(EndedStale, noon+60*second+1)},
		{name: "T9d before T9c", before: as(unchecked, run(4, 3)), p: token(4), after: hour, answer: expired, want: end(EndedStale, noon+hour)},

		{name: "T10 parent", before: seen(noon + second), p: token(4), after: 11 * second, answer: repeated},
		{name: "T10 grandparent", before: func(s *state) { s.ParentSeen = noon }, p: token(3), after: 10 * second, answer: repeated},
		{name: "T10 grandparent, by the time of arrival", before: func(s *state) { s.ParentSeen = noon }, p: token(3), after: hour, arrive: 10 * second, answer: repeated},
		{name: "T10 any, after an adoption", before: adopt(5, noon), p: token(1), after: 10 * second, answer: repeated},

		{name: "T11 parent", before: seen(noon + second), p: token(4), after: 11*second + 1, answer: reused, want: end(EndedReuse, noon+11*second+1)},
		{name: "T11 grandparent", before: func(s *state) { s.ParentSeen = noon }, p: token(3), after: 10*second + 1, answer: reused, want: end(EndedReuse, noon+10*second+1)},
		{name: "T11 grandparent, parent never seen", before: as(func(s *state) { s.ParentSeen = 0 }, seen(noon)), p: token(3), after: second, answer: reused, want: end(EndedReuse, noon+second)},
		{name: "T11 older", before: as(func(s *state) { s.ParentSeen = noon }, seen(noon)), p: token(2), after: 0, answer: reused, want: end(EndedReuse, noon)},
		{name: "T11 any, long after an adoption", before: adopt(5, noon), p: token(3), after: 10*second + 1, answer: reused, want: end(EndedReuse, noon+10*second+1)},
		{name: "T11 told before, by a restart", before: as(told, seen(noon)), p: token(1), after: hour, answer: reused, want: as(end(EndedReuse, noon+hour), func(s *state) { s.Told = false })},

		// A request that came a second ago, and lost a Swap meanwhile: only grace counts from
		// when it came.
		{name: "T4 came before", p: token(5), after: 24 * hour, arrive: 24*hour - second, answer: expired},
		{name: "T5 came before", user: subject{NotBefore: noon}, p: token(5), after: hour, arrive: hour - second, answer: ended, want: as(end(EndedEverywhere, noon+hour), told)},
		{name: "T7 came before", p: token(5), after: hour, arrive: hour - second, answer: rotated, want: rotate(noon+hour, noon+hour, noon+25*hour)},
		{name: "T8 came before", p: token(6), after: hour, arrive: hour - second, answer: adopted, want: adopt(6, noon+hour)},
		{name: "T9b came before", p: token(4), after: hour, arrive: hour - second, answer: repeated, want: again(5, 1, hour)},
		{name: "T9c came before", before: run(4, 3), p: token(4), after: hour, arrive: hour - second, answer: reused, want: end(EndedReuse, noon+hour)},
		{name: "T9d came before", before: unchecked, p: token(4), after: 60*second + 1, arrive: 60 * second, answer: expired, want: end(EndedStale, noon+60*second+1)},
		{name: "T10 came before, after an adoption", before: adopt(5, noon), p: token(1), after: 30 * second, arrive: 10 * second, answer: repeated},
		{name: "T11 came before", before: seen(noon), p: token(1), after: hour, arrive: hour - second, answer: reused, want: end(EndedReuse, noon+hour)},
	}
	for _, tt := range tests {
		row, rest, _ := strings.Cut(tt.name, " ")
		t.Run(row+"/"+rest, func(t *testing.T) {
			before := testState()
			if tt.before == nil {
				tt.before = none
			}
			tt.before(&before)
			p := tt.p
			p.at = noon + tt.after
			if tt.arrive != 0 {
				p.at = noon + tt.arrive
			}
			got, o := decide(before, tt.user, p, noon+tt.after, testRules)

			want := before
			if tt.want != nil {
				tt.want(&want)
			}
			require.Equal(t, outcome{row, tt.answer, tt.want != nil}, o)
			require.Equal(t, want, got)
		})
	}
}

// T5 by the service's own limit, which is set after a backup was restored.
func TestDecideNotBefore(t *testing.T) {
	r := testRules
	r.notBefore = noon - hour + 1
	p := token(5)
	p.at = noon + hour
	s, o := decide(testState(), subject{}, p, noon+hour, r)
	require.Equal(t, outcome{"T5", ended, true}, o)
	require.Equal(t, ending{noon + hour, EndedEverywhere}, s.End)

	r.notBefore--
	_, o = decide(testState(), subject{}, p, noon+hour, r)
	require.Equal(t, "T7", o.row)
}

// A check marks the newest generation, once, and only while the session lives.
func TestMark(t *testing.T) {
	s := testState()
	s.Checked = false
	want := s
	want.Seen, want.Checked = noon+second, true

	got, ok := s.mark(5, noon+second)
	require.True(t, ok)
	require.Equal(t, want, got)

	for name, s := range map[string]state{
		"seen":       want,
		"ended":      s.ended(EndedLogout, noon),
		"no session": {},
		"older":      func() state { s := s; s.Gen = 6; return s }(),
		"newer":      func() state { s := s; s.Gen = 4; return s }(),
	} {
		got, ok := s.mark(5, noon+2*second)
		require.False(t, ok, name)
		require.Equal(t, s, got, name)
	}

	s.Gen, s.Seen = 1, 0
	_, ok = s.mark(1, noon)
	require.True(t, ok, "the first generation")

	_, ok = state{}.mark(0, noon)
	require.False(t, ok, "a visit that only announces, to no session")
}
