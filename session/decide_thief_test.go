package session

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A thief has copied the refresh token of a user who stays active. He refreshes as often as
// the user does.
type thief struct {
	name string
	// Timer says that he comes by a timer of his own. Else he knows when the user will come,
	// and is ahead by a time between min and max, or behind if they are negative.
	timer    bool
	min, max millis
	careful  bool // each fourth time he is at most 10 s ahead instead
	checked  bool // his access tokens are checked, as the user's are
}

var (
	naive       = thief{name: "naive", timer: true, checked: true}
	unseen      = thief{name: "naive, avoids all checks", timer: true}
	leader      = thief{name: "12 to 250 s ahead of the user, avoids all checks", min: 12 * second, max: 250 * second}
	careful     = thief{name: "12 to 250 s ahead, but each fourth time at most 10 s", min: 12 * second, max: 250 * second, careful: true}
	closeLeader = thief{name: "at most 10 s ahead of the user", min: second, max: 9 * second, checked: true}
	follower    = thief{name: "at most 10 s behind the user", min: -9 * second, max: -second, checked: true}
)

// rob runs a theft for a day. It returns how long it took until the session ended.
func (t thief) rob(d dice, s *server) (found millis, ok bool) {
	const never = 1 << 62
	user := s.now + d.period() // when the user comes next
	theft := s.now + d.between(11*second, 300*second)
	next := theft + d.between(0, period)
	if !t.timer {
		next = never
	}
	mine, users := s.Gen, s.Gen // the generations of the tokens that each has
	var aim millis              // the refresh of the user that he has come for
	turns := 0
	for {
		if !t.timer && next == never && aim != user {
			aim, next = user, user-d.between(t.min, t.max)
			if turns++; t.careful && turns%4 == 0 {
				next = user - d.between(second, 9*second)
			}
		}
		s.now = min(user, next)
		switch {
		case s.now > theft+24*hour:
			return 0, false
		case s.now == next:
			next = never
			if s.refresh(mine).answer.good() {
				mine = s.Gen
			}
			if t.checked {
				s.check(mine)
			}
			if t.timer {
				next = s.now + d.period()
			}
		default:
			user = s.now + d.period()
			if s.refresh(users).answer.good() {
				users = s.Gen
			}
			s.check(users)
		}
		if s.End != (ending{}) {
			return s.now - theft, true
		}
	}
}

// robbed is what comes of many thefts.
type robbed struct {
	caught      float64 // percent
	median, p95 float64 // minutes
}

func (t thief) often(times int, change func(*server)) robbed {
	var found []millis
	for i := range times {
		s := newServer(noon)
		change(s)
		if at, ok := t.rob(newDice(uint64(i)), s); ok {
			found = append(found, at)
		}
	}
	slices.Sort(found)
	minutes := func(percent int) float64 {
		if len(found) == 0 {
			return 0
		}
		return float64(found[len(found)*percent/100]) / float64(60*second)
	}
	return robbed{100 * float64(len(found)) / float64(times), minutes(50), minutes(95)}
}

// What rotation finds: a table for docs/sessions.md, which
//
//	go test -run '^TestThieves$' -v ./session
//
// prints. User and thief refresh every 10 minutes, 5 % more or less; the user's access tokens
// are checked at once; a theft begins within 5 minutes after a refresh and lasts for a day.
func TestThieves(t *testing.T) {
	times := 2000
	if testing.Short() {
		times = 100
	}
	asIs := func(*server) {}
	unchecked := func(s *server) {
		s.Checked = false
		s.decide = func(s state, u subject, p presented, now millis, r rules) (state, outcome) {
			s.Checked, s.Seen = false, 0
			return decide(s, u, p, now, r)
		}
	}
	figures := func(name string, r robbed) robbed {
		if r.caught == 0 {
			t.Logf("| %s | 0 %% | | |", name)
		} else {
			t.Logf("| %s | %.1f %% | %.1f min | %.0f min |", name, r.caught, r.median, r.p95)
		}
		return r
	}
	t.Logf("| thief | caught within 24 h | median | 95 %% |")

	r := figures(naive.name, naive.often(times, asIs))
	require.GreaterOrEqual(t, r.caught, 99.0)
	require.LessOrEqual(t, r.median, 10.0)

	r = figures(leader.name, leader.often(times, asIs))
	require.GreaterOrEqual(t, r.caught, 99.0)
	require.LessOrEqual(t, r.median, 45.0)

	r = figures("the same, without T9c", leader.often(times, func(s *server) {
		s.decide = func(s state, u subject, p presented, now millis, r rules) (state, outcome) {
			s.Run = 0
			return decide(s, u, p, now, r)
		}
	}))
	require.Less(t, r.caught, 1.0)

	figures(unseen.name, unseen.often(times, asIs))
	figures("naive, no service checks at all", unseen.often(times, unchecked))

	// What rotation cannot find.
	for _, thief := range []thief{careful, closeLeader, follower} {
		r = figures(thief.name, thief.often(times, asIs))
		require.Zero(t, r.caught)
	}
}
