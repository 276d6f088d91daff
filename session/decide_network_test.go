package session

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"
)

// A network is an honest client with one jar behind a network that loses answers.
type network struct {
	name   string
	tabs   int
	loss   int            // how many of a hundred answers are lost
	bursts bool           // they are lost in bursts: half of about eight in a row
	slow   bool           // answers take 15 s
	apart  bool           // each tab has a timer of its own; else all refresh within 2 s
	change func(s *state) // of what the store holds, before each decision: a mutant
}

// way is how long a request is on its way, or an answer: 50 to 250 ms as a rule, and one
// in fifty up to 3 s.
func (w network) way(d dice) millis {
	switch {
	case w.slow:
		return d.between(7*second, 8*second)
	case d.IntN(50) == 0:
		return d.between(250, 3*second)
	}
	return d.between(50, 250)
}

// An event is what will happen next to a tab.
type event struct {
	at   millis
	what what
	gen  uint32
}

type what int

const (
	send   what = iota // what the jar holds
	arrive             // at the server
	save               // the answer
)

// A client is what is behind a network: tabs with one jar.
type client struct {
	network
	dice
	server  *server
	tabs    []event // the next of each
	jar     uint32
	round   millis // the one that tabs wait for
	burst   bool   // answers are being lost
	logouts int
}

// logouts has a client refresh n times and returns how often it had to log in again.
func (w network) logouts(d dice, n int) int {
	c := &client{network: w, dice: d, server: newServer(noon), tabs: make([]event, w.tabs)}
	if w.change != nil {
		c.server.decide = func(s state, u subject, p presented, now millis, r rules) (state, outcome) {
			w.change(&s)
			return decide(s, u, p, now, r)
		}
	}
	c.begin()
	for range 3 * n {
		c.step()
	}
	return c.logouts
}

// begin is what happens after a login.
func (c *client) begin() {
	c.jar = c.server.Gen
	for i := range c.tabs {
		c.tabs[i] = c.wait()
	}
}

// step is the next thing that happens. A refresh has three.
func (c *client) step() {
	e := &c.tabs[0]
	for i := range c.tabs {
		if c.tabs[i].at < e.at {
			e = &c.tabs[i]
		}
	}
	now := e.at
	c.server.now = now
	switch e.what {
	case send:
		*e = event{now + c.way(c.dice), arrive, c.jar}
	case arrive:
		switch good := c.server.refresh(e.gen).answer.good(); {
		case !good:
			c.logouts++
			c.server.state = newServer(now).state
			c.begin()
		case c.loses():
			*e = event{now + c.after(), send, 0}
		default:
			*e = event{now + c.way(c.dice), save, c.server.Gen}
		}
	case save:
		c.jar = e.gen
		c.server.check(c.jar)
		*e = c.wait()
	}
}

// wait returns the next refresh of a tab.
func (c *client) wait() event {
	now := c.server.now
	if c.apart || len(c.tabs) == 1 {
		return event{now + c.period(), send, 0}
	}
	if now >= c.round {
		c.round = now + c.period()
	}
	return event{c.round + c.between(0, 2*second), send, 0}
}

// loses reports whether an answer is lost.
func (c *client) loses() bool {
	share := float64(c.loss) / 100
	if !c.bursts {
		return c.Float64() < share
	}
	if c.burst {
		c.burst = c.IntN(8) != 0
	} else {
		c.burst = c.Float64() < 2*share/(1-2*share)/8
	}
	return c.burst && c.IntN(2) == 0
}

var refreshes = flag.Int("refreshes", 1_000_000, "for each row of TestFalseLogouts")

// What honest clients suffer: a table for docs/sessions.md, which
//
//	go test -run '^TestFalseLogouts$' -v ./session -refreshes 5000000
//
// prints. A client refreshes every 10 minutes, 5 % more or less, and its new access token is
// checked at once. The tabs of one client refresh within 2 seconds of each other. Requests and
// answers are quick, and when an answer is lost the client comes again after 2 s to 8 h.
func TestFalseLogouts(t *testing.T) {
	const any = 1_000_000
	n := *refreshes
	if testing.Short() {
		n = 10_000
	}
	t.Log("| client | lost answers | logouts in a million refreshes |")
	for _, tt := range []struct {
		network
		most int // in a million
	}{
		{network{name: "one tab", tabs: 1}, 0},
		{network{name: "one tab", tabs: 1, loss: 1}, 0},
		{network{name: "one tab", tabs: 1, loss: 5}, 1},
		{network{name: "one tab", tabs: 1, loss: 10}, any},
		{network{name: "one tab, in bursts", tabs: 1, loss: 1, bursts: true}, any},
		{network{name: "one tab, in bursts", tabs: 1, loss: 5, bursts: true}, any},
		{network{name: "one tab, in bursts", tabs: 1, loss: 10, bursts: true}, any},
		{network{name: "one tab, answers take 15 s", tabs: 1, slow: true}, 0},
		{network{name: "one tab, answers take 15 s", tabs: 1, loss: 5, slow: true}, 1},
		{network{name: "three tabs", tabs: 3}, 0},
		{network{name: "three tabs", tabs: 3, loss: 5}, 1},
		{network{name: "three tabs, in bursts", tabs: 3, loss: 5, bursts: true}, any},
		{network{name: "three tabs, answers take 15 s", tabs: 3, slow: true}, 0},
		{network{name: "three tabs, each by a timer of its own", tabs: 3, apart: true}, any},
	} {
		got := float64(tt.logouts(newDice(1), n)) / float64(n) * 1e6
		t.Logf("| %s | %d %% | %.1f |", tt.name, tt.loss, got)
		require.LessOrEqual(t, got, float64(tt.most))
	}
}

// Without the floor, tabs that share a jar are logged out by a network that loses nothing.
func TestFalseLogoutsWithoutFloor(t *testing.T) {
	tabs := network{tabs: 3, change: func(s *state) { s.Rotated -= 11 * second }}
	require.NotZero(t, tabs.logouts(newDice(1), 10_000))
}
