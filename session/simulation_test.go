package session

import "math/rand/v2"

// A server holds one session, and decides about it.
type server struct {
	state
	now    millis
	rules  rules
	token  presented
	decide func(state, subject, presented, millis, rules) (state, outcome)
}

// newServer returns a server with a session that has just been refreshed, and that only
// refreshes can end.
func newServer(now millis) *server {
	s := testState()
	s.Rotated, s.Seen, s.ParentSeen = now, now, now
	s.Absolute = 1 << 50
	s.Idle = s.Absolute
	r := testRules
	r.idle = s.Absolute
	return &server{state: s, now: now, rules: r, token: token(1), decide: decide}
}

// refresh answers a refresh token at the time now.
func (s *server) refresh(gen uint32) outcome {
	p := s.token
	p.gen, p.at = gen, s.now
	next, o := s.decide(s.state, subject{}, p, s.now, s.rules)
	if o.swap {
		s.state = next
	}
	return o
}

// check is a service that is given an access token.
func (s *server) check(gen uint32) { s.state, _ = s.mark(gen, s.now) }

// period is how often clients refresh, more or less.
const period = 600 * second

// A dice is where chance comes from.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 0))} }

func (d dice) between(low, high millis) millis { return low + millis(d.Int64N(int64(high-low)+1)) }

// period is 10 minutes, 5 % more or less.
func (d dice) period() millis { return d.between(period-period/20, period+period/20) }

// after is how long it takes until a client whose answer was lost comes again. The mix is
// assumed from what users of other libraries report: half at once, a fifth after hours.
func (d dice) after() millis {
	roll := d.IntN(100)
	for _, gap := range []struct {
		percent int
		millis
	}{
		{45, 2 * second}, {15, 12 * second}, {10, 45 * second}, {10, 465 * second},
		{10, 70 * 60 * second}, {5, 92 * 60 * second}, {5, 8 * hour},
	} {
		if roll -= gap.percent; roll < 0 {
			return gap.millis
		}
	}
	panic("the percentages are less than 100")
}
