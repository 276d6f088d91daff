package session

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A search visits every order in which things can happen to one session: each Load, each
// Swap, each answer that is saved or lost, each step of time, and a store that goes back. All
// requests are those of one honest client, with one jar for its refresh token. What decides
// is the real decide. The rest is a model of Refresh, Logout and a check: Load, decide, Swap,
// and the same again if the record has changed meanwhile.

// seconds is a time since noon. All periods of the rules are whole seconds.
type seconds int32

func (t seconds) millis() millis { return noon + millis(t)*second }

// A world is one state of everything. It is comparable, and small: records are numbered.
type world struct {
	now      seconds
	stored   uint16 // the number of the record in the store
	before   uint16 // that of the record which the last Swap has replaced, if it can come back
	jar      uint8  // the generation of the tokens that the client has saved last
	requests [7]request
	left     budget
	truth    truth
}

// A request is one of an actor, which sends the next when it has the answer.
type request struct {
	phase phase
	left  uint8   // how many the actor will send after this one
	gen   uint8   // of the token in the request
	got   uint8   // of the tokens in the answer; 0 if it is a refusal
	found uint16  // the record that the latest Load found
	at    seconds // of the first Load
	now   seconds // of the latest Load
}

type phase uint8

const (
	idle     phase = iota // nothing has been sent
	sent                  // on its way to the server
	loaded                // a Swap comes next
	answered              // on its way back
	done
)

// A budget is what may still happen in a world.
type budget struct{ losses, failovers, within, beyond, recovery uint8 }

// The truth is what an observer of everything knows. The properties are judged by it, not
// by the record.
type truth struct {
	used    [8]seconds // when a client first came with tokens of the generation; 0 if never
	known   [8]seconds // when the store was first told so; forgotten if the store goes back
	given   uint16     // the set of generations that a client has been given
	rotated uint16     // the set of generations that have been rotated since the store went back
	logout  bool       // has been acknowledged
	stale   bool       // more than Recovery has passed at once
	faults  faults     // what has gone wrong
}

// faults is a set of properties that are violated.
type faults uint8

const (
	secondRotation faults = 1 << iota // a generation is rotated twice
	lostLogout                        // a session that was logged out is alive
	falseAlarm                        // an honest client is refused
	missedAlarm                       // a copy is accepted
	deadToken                         // a token that was handed out is not accepted later
)

func (f faults) String() string {
	names := []string{"a second rotation", "a lost logout", "a false alarm", "a missed alarm", "a dead token"}
	var found []string
	for i, name := range names {
		if f&(1<<i) != 0 {
			found = append(found, name)
		}
	}
	return strings.Join(found, ", ")
}

// require adds fault unless ok.
func (w *world) require(ok bool, fault faults) {
	if !ok {
		w.truth.faults |= fault
	}
}

// A kind is what an actor does.
type kind uint8

const (
	refresher kind = iota
	checker
	leaver // logs out
)

func (k kind) String() string { return [...]string{"refresh", "check", "logout"}[k] }

// A design is what decides, and how versions are chosen. The mutants are designs.
type design struct {
	decide   func(state, subject, presented, millis, rules) (state, outcome)
	counting bool // versions count up from that of the record
	blind    bool // Swap does not compare
}

var ours = design{decide: decide}

// A scene is a world in which nothing has happened, and its actors.
type scene struct {
	kinds  []kind
	start  world
	record state
	// travel says that requests and answers take time, so that a late answer can put an
	// older token into the jar. All come in rounds: less than Grace passes until
	// everything has arrived, and more than Grace until the next round. Then whatever the
	// jar holds is honest.
	travel bool
	alike  int // so many of the first actors differ in nothing
}

// A versioned record is a state with the version that the store has it under.
type versioned struct {
	state
	version uint8
}

// A search visits all worlds that a scene can become.
type search struct {
	scene
	design
	rules   rules
	token   presented
	records []versioned // by number
	numbers map[versioned]uint16
	nodes   []node
	visited map[world]struct{}
	faulty  int // the node at which the search ended since something was wrong; 0 if all is well
}

// A node is a world, and how it came about.
type node struct {
	world
	parent int
	step   step
}

// A step is what happened: to which actor, or -1 for none, with which generation, in which
// row of decide, and what became of the answer.
type step struct {
	what  string
	actor int
	gen   uint8
	row   string
	then  string
}

func newSearch(s scene, d design) *search {
	m := &search{
		scene: s, design: d, rules: testRules, token: token(1),
		numbers: make(map[versioned]uint16), visited: make(map[world]struct{}),
	}
	m.rules.idle = 14 * 24 * hour
	m.number(versioned{}) // 0 means no record
	s.start.stored = m.number(versioned{s.record, 1})
	m.add(s.start, 0, step{})
	return m
}

// run visits all worlds, or stops at the first in which something is wrong.
func (m *search) run() {
	for i := 0; i < len(m.nodes); i++ {
		if m.nodes[i].truth.faults != 0 {
			m.faulty = i
			return
		}
		m.steps(i)
	}
}

func (m *search) add(w world, parent int, step step) {
	slices.SortFunc(w.requests[:m.alike], request.compare)
	m.inspect(&w)
	if _, ok := m.visited[w]; ok {
		return
	}
	m.visited[w] = struct{}{}
	m.nodes = append(m.nodes, node{w, parent, step})
}

func (m *search) number(r versioned) uint16 {
	n, ok := m.numbers[r]
	if !ok {
		n = uint16(len(m.records))
		m.records = append(m.records, r)
		m.numbers[r] = n
	}
	return n
}

// story tells how the world of node i came about.
func (m *search) story(i int) string {
	var steps []string
	for ; i > 0; i = m.nodes[i].parent {
		s := m.nodes[i].step
		if s.actor >= 0 {
			s.what = fmt.Sprintf("%s %s, generation %d %s %s", m.kinds[s.actor], s.what, s.gen, s.row, s.then)
		}
		steps = append(steps, s.what)
	}
	slices.Reverse(steps)
	return strings.Join(steps, "\n")
}

// compare orders requests that differ in what has happened to them only.
func (r request) compare(o request) int {
	return cmp.Or(
		cmp.Compare(r.phase, o.phase),
		cmp.Compare(r.found, o.found),
		cmp.Compare(r.at, o.at),
		cmp.Compare(r.now, o.now),
	)
}
