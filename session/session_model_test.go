package session_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

const grace = 10 * time.Second // the default

// A rewindStore can lose the last change of a record, as a failover does, unless it was Durable.
type rewindStore struct {
	store.Store

	mu   sync.Mutex
	last map[string]change
}

type change struct {
	from store.Record
	to   uint64
}

func (s *rewindStore) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, _, err := s.Load(ctx, key)
	if err != nil {
		return false, err
	}
	ok, err := s.Store.Swap(ctx, key, old, r)
	if ok {
		delete(s.last, key)
		if !r.Durable && old != 0 {
			s.last[key] = change{from[0], r.Version}
		}
	}
	return ok, err
}

// rewind loses the last change of a record.
func (s *rewindStore) rewind(t require.TestingT, key string) bool {
	c, ok := s.last[key]
	if ok {
		swapped, err := s.Store.Swap(context.Background(), key, c.to, c.from)
		require.NoError(t, err)
		require.True(t, swapped)
		delete(s.last, key)
	}
	return ok
}

// A jar is what a browser keeps.
type jar struct{ refresh, access string }

// save does what a browser does with an answer.
func (j *jar) save(r *http.Response) {
	cookies := cookiesOf(r)
	if c := cookies[refreshCookie]; c != nil {
		j.refresh = c.Value
	}
	if c := cookies[accessCookie]; c != nil {
		j.access = c.Value
	}
}

// A browser has one session, and an honest user. What it does comes in rounds: all requests
// of a round are sent and answered, or lost, within Grace.
type browser struct {
	jar
	id       string
	requests []string         // refresh tokens on their way to the server
	answers  []*http.Response // on their way back

	generation map[string]int    // of refresh tokens, in the order in which they were made
	seen       map[int]time.Time // when a check was first given the access token of a generation
	thief      *jar              // of one who has copied the jar

	checked bool      // a check has seen the session
	losses  int       // answers lost since the login
	lost    time.Time // when the first was since one was saved; zero if none was
	rewound bool      // the store has lost a change
	over    bool      // logged out, or found to be stolen
	excused bool      // so much has gone wrong that a login may be needed
}

// A model is what the rules say about browsers and thieves, beside a real service.
type model struct {
	sessions        *session.Sessions[userClaims]
	store           *rewindStore
	refresh, logout http.Handler
	browsers        []*browser
	short           time.Duration // has passed in this round
	ctx             context.Context
}

func newModel(t *testing.T) *model {
	s := &rewindStore{Store: store.NewMemory(), last: make(map[string]change)}
	m := &model{ctx: t.Context(), store: s, sessions: newSessions(t, func(c *config) { c.Store, c.Idle = s, c.Absolute })}
	m.refresh, m.logout = m.sessions.NewRefreshHandler(newCookies(t)), m.sessions.NewLogoutHandler(newCookies(t))
	return m
}

// login begins a session.
func (m *model) login(t *rapid.T) {
	tokens, err := m.sessions.Start(m.ctx, session.Login{Subject: "ann", Persistent: true})
	require.NoError(t, err)
	m.browsers = append(m.browsers, &browser{
		jar: jar{tokens.RefreshToken, tokens.AccessToken}, id: tokens.Session.ID,
		generation: map[string]int{tokens.RefreshToken: 0}, seen: make(map[int]time.Time),
	})
}

// pick returns a browser for which ok holds.
func (m *model) pick(t *rapid.T, ok func(*browser) bool) *browser {
	var some []*browser
	for _, b := range m.browsers {
		if ok(b) {
			some = append(some, b)
		}
	}
	if len(some) == 0 {
		t.Skip("none")
	}
	return some[rapid.IntRange(0, len(some)-1).Draw(t, "browser")]
}

// take removes one of some, in any order.
func take[T any](t *rapid.T, some *[]T) T {
	i := rapid.IntRange(0, len(*some)-1).Draw(t, "which")
	one := (*some)[i]
	*some = slices.Delete(*some, i, i+1)
	return one
}

// send has a tab send the refresh token in the jar.
func (m *model) send(t *rapid.T) {
	b := m.pick(t, func(b *browser) bool { return !b.over && len(b.requests)+len(b.answers) < 3 })
	b.requests = append(b.requests, b.jar.refresh)
}

// arrive has one of the requests answered.
func (m *model) arrive(t *rapid.T) {
	b := m.pick(t, func(b *browser) bool { return len(b.requests) > 0 })
	m.answer(t, b, take(t, &b.requests))
}

// arriveTogether has all requests of a browser answered at the same time.
func (m *model) arriveTogether(t *rapid.T) {
	b := m.pick(t, func(b *browser) bool { return len(b.requests) > 1 })
	all := make([]*http.Response, len(b.requests))
	var wg sync.WaitGroup
	for i, token := range b.requests {
		wg.Go(func() { all[i] = serve(m.refresh, post(nil, token)) })
	}
	wg.Wait()
	for i, token := range b.requests {
		m.judge(t, b, token, all[i], true)
		b.answers = append(b.answers, all[i])
	}
	b.requests = nil
}

// answer has the server answer an honest request.
func (m *model) answer(t *rapid.T, b *browser, token string) {
	r := serve(m.refresh, post(nil, token))
	m.judge(t, b, token, r, true)
	b.answers = append(b.answers, r)
}

// judge requires that the answer to a refresh token is right.
func (m *model) judge(t *rapid.T, b *browser, token string, r *http.Response, honest bool) {
	good := r.StatusCode == http.StatusNoContent
	if !good {
		require.Equal(t, http.StatusUnauthorized, r.StatusCode)
	}
	gen, isKnown := b.generation[token]
	require.True(t, isKnown)
	copied := false // somebody else has gone on with a later generation
	for later, at := range b.seen {
		copied = copied || later > gen && time.Since(at) > grace
	}
	switch {
	case b.over:
		require.False(t, good, "the session has ended")
	case copied && !b.rewound:
		require.False(t, good, "a copy")
	case honest && b.thief == nil && !b.excused:
		require.True(t, good, "an honest client")
	}
	b.over = b.over || !good
	if good {
		next := cookiesOf(r)[refreshCookie].Value
		if _, ok := b.generation[next]; !ok {
			require.True(t, b.rewound || gen == len(b.generation)-1, "only the newest generation has a successor")
			b.generation[next] = len(b.generation)
		}
	}
}

// save has an answer arrive, in any order.
func (m *model) save(t *rapid.T) {
	b := m.pick(t, func(b *browser) bool { return len(b.answers) > 0 })
	m.saveOne(t, b)
}

func (m *model) saveOne(t *rapid.T, b *browser) {
	if r := take(t, &b.answers); r.StatusCode == http.StatusNoContent {
		b.jar.save(r)
		b.lost = time.Time{}
	}
}

// lose loses an answer.
func (m *model) lose(t *rapid.T) {
	b := m.pick(t, func(b *browser) bool { return len(b.answers) > 0 })
	take(t, &b.answers)
	if b.losses++; b.lost.IsZero() {
		b.lost = time.Now()
	}
	b.excused = b.excused || b.losses == 4
}

// use has a service check the access token.
func (m *model) use(t *rapid.T) {
	b := m.pick(t, func(b *browser) bool { return true })
	m.check(t, b, &b.jar)
}

func (m *model) check(t *rapid.T, b *browser, j *jar) {
	if claims, err := m.sessions.Parse(m.ctx, j.access); err == nil {
		require.False(t, b.over, "an access token of a session that has ended")
		require.Equal(t, b.id, session.ID(claims))
		synctest.Wait() // until the session is marked
		gen := b.generation[j.refresh]
		if _, ok := b.seen[gen]; !ok && gen == len(b.generation)-1 {
			b.seen[gen] = time.Now()
			b.checked = !b.rewound // a check marks a generation once only, lost or not
		}
	}
}

// steal copies a jar.
func (m *model) steal(t *rapid.T) {
	b := m.pick(t, func(b *browser) bool { return b.thief == nil })
	thief := b.jar
	b.thief = &thief
}

// rob has a thief refresh, and perhaps use what he gets.
func (m *model) rob(t *rapid.T) {
	b := m.pick(t, func(b *browser) bool { return b.thief != nil })
	r := serve(m.refresh, post(nil, b.thief.refresh))
	m.judge(t, b, b.thief.refresh, r, false)
	b.thief.save(r)
	if rapid.Bool().Draw(t, "used") {
		m.check(t, b, b.thief)
	}
}

// leave logs out.
func (m *model) leave(t *rapid.T) {
	b := m.pick(t, func(b *browser) bool { return !b.over })
	r := serve(m.logout, post(nil, b.jar.refresh))
	require.Equal(t, http.StatusNoContent, r.StatusCode)
	b.over = true
}

// pass lets time pass within a round.
func (m *model) pass(t *rapid.T) {
	d := time.Duration(rapid.IntRange(1, 4000).Draw(t, "milliseconds")) * time.Millisecond
	if m.short+d > grace*8/10 {
		t.Skip("the round has ended")
	}
	m.short += d
	time.Sleep(d)
}

// rest ends the round, and lets more time pass.
func (m *model) rest(t *rapid.T) {
	m.settle(t)
	d := rapid.SampledFrom([]time.Duration{11 * time.Second, 45 * time.Second, 11 * time.Minute, 3 * time.Hour, 25 * time.Hour}).Draw(t, "rest")
	time.Sleep(d)
	m.short = 0
	for _, b := range m.browsers {
		recovery := 50 * time.Second // a minute, and the round
		if b.checked {
			recovery = 24*time.Hour - grace
		}
		b.excused = b.excused || !b.lost.IsZero() && time.Since(b.lost) > recovery
	}
}

// settle has all that is on its way arrive.
func (m *model) settle(t *rapid.T) {
	for _, b := range m.browsers {
		for len(b.requests) > 0 {
			m.answer(t, b, take(t, &b.requests))
		}
		for len(b.answers) > 0 {
			m.saveOne(t, b)
		}
	}
}

// rewind has the store lose the last change of a session.
func (m *model) rewind(t *rapid.T) {
	b := m.pick(t, func(b *browser) bool { return !b.over })
	if !m.store.rewind(t, "s:"+b.id) {
		t.Skip("nothing to lose")
	}
	b.rewound, b.checked = true, false
	b.excused = b.excused || !b.lost.IsZero() // the floor after a late client is lost too
}

// run is one history: of honest tabs, in half of all cases with a thief, and in some with
// logouts or a store that goes back.
func (m *model) run(t *rapid.T) {
	for range rapid.IntRange(1, 2).Draw(t, "browsers") {
		m.login(t)
	}
	actions := map[string]func(*rapid.T){
		"send": m.send, "send again": m.send, "arrive": m.arrive, "save": m.save, "use": m.use, "rest": m.rest,
	}
	some := func(name string, action func(*rapid.T)) {
		if rapid.Bool().Draw(t, name+" happens") {
			actions[name] = action
		}
	}
	some("arrive together", m.arriveTogether)
	some("lose", m.lose)
	some("pass", m.pass)
	some("steal", m.steal)
	some("rob", m.rob)
	some("rewind", m.rewind)
	some("logout", m.leave)
	for range 3 {
		t.Repeat(actions)
	}
	m.rest(t)
	for _, b := range m.browsers {
		m.answer(t, b, b.jar.refresh)
	}
}

// TestModel drives the real handlers over a real store in any order, and compares the answers
// with what the rules say. The rare orders are for TestInterleave, which has all of them.
func TestModel(t *testing.T) {
	times := 20 // of the 100 histories that rapid makes of itself
	if testing.Short() {
		times = 1
	}
	seedForBubble(t)
	for range times {
		rapid.Check(t, func(rt *rapid.T) {
			var failure any // rapid fails by a panic, which must not end the bubble
			synctest.Test(t, func(t *testing.T) {
				defer func() { failure = recover() }()
				newModel(t).run(rt)
			})
			switch {
			case rt.Failed():
				rt.FailNow()
			case failure != nil:
				panic(failure)
			}
		})
	}
}
