package session

import "slices"

// steps adds each world that is one step from that of node i.
func (m *search) steps(i int) {
	w := m.nodes[i].world
	for a := range m.kinds {
		m.act(i, w, a)
	}
	m.pass(i, w)
	if w.left.failovers > 0 && w.before != 0 && m.records[w.stored].End == (ending{}) { // an end is Durable
		w.stored, w.before = w.before, 0
		w.left.failovers--
		w.truth.rotated, w.truth.known = 0, [8]seconds{}
		m.add(w, i, step{what: "the store goes back", actor: -1})
	}
}

// pass lets time pass.
func (m *search) pass(i int, w world) {
	if w := w; w.left.within > 0 {
		w.left.within--
		w.now += 4
		m.add(w, i, step{what: "4 s pass", actor: -1})
	}
	travels := func(r request) bool { return r.phase == sent || r.phase == loaded || r.phase == answered }
	if m.travel && slices.ContainsFunc(w.requests[:], travels) {
		return
	}
	if m.travel {
		w.left.within = m.start.left.within // a new round begins
	}
	if w := w; w.left.beyond > 0 {
		w.left.beyond--
		w.now += 11
		m.add(w, i, step{what: "11 s pass", actor: -1})
	}
	if w.left.recovery > 0 {
		w.left.recovery--
		w.now += 25 * 3600
		w.truth.stale = true
		m.add(w, i, step{what: "25 h pass", actor: -1})
	}
}

// act makes the steps that actor a can make.
func (m *search) act(i int, w world, a int) {
	switch r := &w.requests[a]; r.phase {
	case idle:
		if r.left == 0 || !m.travel && m.kinds[a] != leaver && w.jar == m.start.jar {
			return // a sibling's successor comes first
		}
		r.left--
		r.phase, r.gen = sent, w.jar
		if m.travel {
			m.add(w, i, step{"sent", a, r.gen, "", ""})
			return
		}
		fallthrough
	case sent:
		gen := r.gen
		row := m.load(&w, a)
		m.answer(i, w, step{"Load", a, gen, row, ""})
	case loaded:
		gen := r.gen
		row := m.swap(&w, a)
		m.answer(i, w, step{"Swap", a, gen, row, ""})
	case answered:
		m.save(i, w, step{"answer", a, r.got, "", ""})
	}
}

// answer adds w, or what the client makes of it if it has an answer that need not travel.
func (m *search) answer(i int, w world, s step) {
	if w.requests[s.actor].phase == answered && !m.travel {
		m.save(i, w, s)
	} else {
		m.add(w, i, s)
	}
}

// save adds what the client makes of the answer in w.
func (m *search) save(i int, w world, s step) {
	r := &w.requests[s.actor]
	got := r.got
	r.rest()
	if w.left.losses > 0 {
		lost := w
		lost.left.losses--
		s.then = "lost"
		m.add(lost, i, s)
	}
	w.jar = got
	s.then = "saved"
	m.add(w, i, s)
}

// rest is what an actor does between requests.
func (r *request) rest() {
	if r.left > 0 {
		*r = request{phase: idle, left: r.left}
	} else {
		*r = request{phase: done}
	}
}

// load is the first step of a request on the server, and each one after a conflict.
func (m *search) load(w *world, a int) (row string) {
	r := &w.requests[a]
	r.now = w.now
	if r.at == 0 {
		r.at = w.now
		m.first(&w.truth.used, a, r.gen, w.now)
	}
	r.found = w.stored
	_, o := m.outcome(w.requests[a], m.kinds[a])
	if o.swap {
		r.phase = loaded
	} else {
		m.finish(w, a, m.records[r.found].state, o)
	}
	return o.row
}

// swap is the last one, unless there is a conflict.
func (m *search) swap(w *world, a int) (row string) {
	r := &w.requests[a]
	next, o := m.outcome(*r, m.kinds[a])
	if w.stored != r.found && !m.blind && !(m.counting && m.records[w.stored].version == m.records[r.found].version) {
		r.phase, r.found = sent, 0
		return "conflict"
	}
	version := m.newVersion(w)
	if m.counting {
		version = m.records[w.stored].version + 1
	}
	w.before, w.stored = w.stored, m.number(versioned{next, version})
	m.first(&w.truth.known, a, r.gen, r.now)
	m.finish(w, a, next, o)
	return o.row
}

// newVersion returns a version that is not used twice, as far as anybody could tell: that of
// no record which anybody holds.
func (m *search) newVersion(w *world) uint8 {
	held := []uint8{m.records[w.stored].version, m.records[w.before].version}
	for _, r := range w.requests {
		held = append(held, m.records[r.found].version)
	}
	v := uint8(1)
	for slices.Contains(held, v) {
		v++
	}
	return v
}

// outcome decides about what a request has found.
func (m *search) outcome(r request, k kind) (state, outcome) {
	s := m.records[r.found].state
	switch k {
	case checker:
		next, changed := s.mark(uint32(r.gen), r.now.millis())
		return next, outcome{row: "mark", swap: changed}
	case leaver:
		return s.ended(EndedLogout, r.now.millis()), outcome{row: "end", swap: s.End == ending{}}
	}
	return m.ask(s, r.gen, r.at, r.now)
}

// ask decides about a refresh token that came first at the time at.
func (m *search) ask(s state, gen uint8, at, now seconds) (state, outcome) {
	p := m.token
	p.gen, p.at = uint32(gen), at.millis()
	return m.decide(s, subject{}, p, now.millis(), m.rules)
}

// finish ends a request on the server.
func (m *search) finish(w *world, a int, next state, o outcome) {
	r := &w.requests[a]
	switch m.kinds[a] {
	case leaver:
		w.truth.logout = true
	case refresher:
		m.judge(w, r.gen, r.at, o, falseAlarm)
		if o.row == "T7" {
			w.require(w.truth.rotated&(1<<r.gen) == 0, secondRotation)
			w.truth.rotated |= 1 << r.gen
		}
		if o.answer.good() {
			r.got = uint8(next.Gen)
			w.truth.given |= 1 << r.got
		}
	}
	if r.got != 0 {
		*r = request{phase: answered, left: r.left, got: r.got}
	} else {
		r.rest()
	}
}

// judge requires that a refresh token of generation gen that came at the time at was answered
// rightly. Honest is who comes before anybody has used the successor, or within Grace of that.
func (m *search) judge(w *world, gen uint8, at seconds, o outcome, fault faults) {
	const grace = 10
	used, known := w.truth.used[gen+1], w.truth.known[gen+1]
	honest := used == 0 || at-used <= grace || m.travel
	switch {
	case o.answer.good():
		w.require(known == 0 || at-known <= grace, missedAlarm)
	case o.row == "T3": // whether it ended rightly has been judged
	case o.row == "T9d":
		w.require(w.truth.stale, fault)
	default:
		w.require(!honest, fault)
	}
}

// inspect requires what holds in each world: an end is an end, and each token that the client
// may hold would be answered rightly now.
func (m *search) inspect(w *world) {
	s := m.records[w.stored].state
	w.require(!w.truth.logout || s.End != ending{}, lostLogout)
	if s.End != (ending{}) {
		return
	}
	for gen := range uint8(len(w.truth.used) - 1) {
		if w.truth.given&(1<<gen) != 0 && (!m.travel || gen == w.jar) {
			_, o := m.ask(s, gen, w.now, w.now)
			m.judge(w, gen, w.now, o, deadToken)
		}
	}
}

// first notes when actor a came with a generation that is new, if nobody has before.
func (m *search) first(t *[8]seconds, a int, gen uint8, now seconds) {
	if m.kinds[a] != leaver && gen > m.start.jar && t[gen] == 0 {
		t[gen] = now
	}
}
