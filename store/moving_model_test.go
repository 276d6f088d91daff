package store_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
)

// Processes of all kinds use one key at once. After each call of one of the two stores it is
// decided by chance who goes on, and a process may die there. What they have seen must have
// an order in which one register explains it, as Porcupine finds it.
func TestMovingSchedules(t *testing.T) {
	schedules := 40_000
	if testing.Short() {
		schedules = 2000
	}
	for name, c := range map[string]struct {
		kinds string // of processes: old, Movable, Moving, new
		first string // where there may be a record at first: old, or new when it has been moved
	}{
		"first deployment":                    {"oooaa", "old"},
		"second deployment":                   {"aammm", "old"},
		"second deployment without the first": {"oommm", "old"},
		"all moving":                          {"mmm", "old"},
		"third deployment":                    {"mmnn", "new"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			died := 0
			for seed := range uint64(schedules / 5) {
				w := newScheduled(seed, c.kinds, c.first)
				w.run()
				if !porcupine.CheckOperations(register, w.history) {
					t.Fatalf("no order explains seed %d:\n%s", seed, w)
				}
				died += w.died
			}
			require.Positive(t, died)
		})
	}
}

// A scheduled is one schedule.
type scheduled struct {
	*rand.Rand
	old, new store.Store
	clients  []*scheduledClient
	clock    int64
	died     int
	history  []porcupine.Operation
}

const scheduledKey = "key"

func newScheduled(seed uint64, kinds, first string) *scheduled {
	w := &scheduled{Rand: rand.New(rand.NewPCG(seed, 1)), old: store.NewMemory(), new: store.NewMemory()}
	if w.IntN(4) > 0 {
		w.note(0, swapped{0, 1}, outcome{ok: true})
		w.old.Swap(context.Background(), scheduledKey, 0, versioned(1))
		if first == "new" {
			w.note(0, swapped{1, 2}, outcome{ok: true})
			s, _ := store.Moving(w.old, w.new)
			s.Swap(context.Background(), scheduledKey, 1, versioned(2))
		}
	}
	for i, kind := range kinds {
		w.clients = append(w.clients, newScheduledClient(w, i+1, kind))
	}
	return w
}

// run lets clients go on in a random order until all have ended, and then has those who are
// alive read once more.
func (w *scheduled) run() {
	running := append([]*scheduledClient(nil), w.clients...)
	for len(running) > 0 {
		i := w.IntN(len(running))
		c := running[i]
		if w.IntN(40) == 0 {
			w.died++
			c.stop() // its call returns an error
		} else if _, more := c.next(); more {
			continue
		}
		running = append(running[:i], running[i+1:]...)
	}
	for _, c := range w.clients {
		c.dead = false
		c.load()
	}
}

func (w *scheduled) tick() int64 { w.clock++; return w.clock }

// note adds a call that has no other beside it.
func (w *scheduled) note(client int, in, out any) {
	w.history = append(w.history, porcupine.Operation{ClientId: client, Input: in, Call: w.tick(), Output: out, Return: w.tick()})
}

func (w *scheduled) String() string {
	var b strings.Builder
	for _, o := range w.history {
		fmt.Fprintf(&b, "%d to %d, client %d: %+v → %+v\n", o.Call, o.Return, o.ClientId, o.Input, o.Output)
	}
	return b.String()
}

// A scheduledClient is one process, which makes some calls. It waits before each call of
// one of the two stores, and after it, until it is told to go on.
type scheduledClient struct {
	*scheduled
	id    int
	kind  rune
	store store.Store
	seen  uint64 // the version that it has read last
	yield func(struct{}) bool
	dead  bool
	next  func() (struct{}, bool)
	stop  func()
}

func newScheduledClient(w *scheduled, id int, kind rune) *scheduledClient {
	c := &scheduledClient{scheduled: w, id: id, kind: kind}
	old, new := &waiting{w.old, c}, &waiting{w.new, c}
	switch kind {
	case 'o':
		c.store = old
	case 'a':
		c.store, _ = store.Movable(old, new)
	case 'm':
		c.store, _ = store.Moving(old, new)
	case 'n':
		c.store = new
	}
	c.next, c.stop = iter.Pull(func(yield func(struct{}) bool) {
		c.yield = yield
		for range 3 {
			if c.wait() != nil {
				return
			}
			if c.IntN(3) == 0 {
				c.load()
			} else {
				c.swap()
			}
		}
		c.yield = nil
	})
	return c
}

var errDied = errors.New("the process has died")

func (c *scheduledClient) wait() error {
	if c.dead {
		return errDied
	}
	if c.yield != nil && !c.yield(struct{}{}) {
		c.yield, c.dead = nil, true
		return errDied
	}
	return nil
}

func (c *scheduledClient) load() {
	called := c.tick()
	records, _, err := c.store.Load(context.Background(), scheduledKey)
	if err != nil {
		return
	}
	version := records[0].Version
	if version != 0 && string(records[0].Data) != string(versioned(version).Data) {
		if c.kind == 'o' {
			return // a mark, which the caller cannot read
		}
		panic("Load returned the Data of another version")
	}
	c.seen = version
	c.history = append(c.history, porcupine.Operation{ClientId: c.id, Input: loaded{}, Call: called, Output: version, Return: c.tick()})
}

// swap replaces what the client has seen, or nothing. One in four deletes.
func (c *scheduledClient) swap() {
	in := swapped{c.seen, c.Uint64() | 1}
	if c.IntN(4) == 0 {
		in.old = 0
	}
	r := versioned(in.new)
	if c.IntN(4) == 0 {
		in.new = 0
		r.Expires = time.Now().Add(-time.Hour)
	}
	called := c.tick()
	ok, err := c.store.Swap(context.Background(), scheduledKey, in.old, r)
	returned := c.tick()
	if !ok && err == nil && c.kind == 'o' {
		return // for one who knows only old, a mark is another version
	}
	if err != nil {
		returned = math.MaxInt64 // it may be stored later: somebody else goes on
	} else if ok {
		c.seen = in.new
	}
	c.history = append(c.history, porcupine.Operation{ClientId: c.id, Input: in, Call: called, Output: outcome{ok, err != nil}, Return: returned})
}

// A waiting is one of the two stores, for one client.
type waiting struct {
	store.Store
	client *scheduledClient
}

func (w *waiting) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	if err := w.client.wait(); err != nil {
		return nil, time.Time{}, err
	}
	records, now, err := w.Store.Load(ctx, keys...)
	return records, now, errors.Join(err, w.client.wait())
}

func (w *waiting) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	if err := w.client.wait(); err != nil {
		return false, err
	}
	ok, err := w.Store.Swap(ctx, key, old, r)
	return ok, errors.Join(err, w.client.wait())
}

func versioned(version uint64) store.Record {
	return store.Record{Version: version, Data: binary.BigEndian.AppendUint64(nil, version), Expires: time.Now().Add(time.Hour)}
}

type (
	loaded  struct{}
	swapped struct{ old, new uint64 } // new is 0 for a record that has expired
	outcome struct{ ok, unknown bool }
)

// register is what one key of a Store is: its state is the version under it.
var register = porcupine.Model{
	Init: func() any { return uint64(0) },
	Step: func(state, in, out any) (bool, any) {
		version := state.(uint64)
		switch in := in.(type) {
		case swapped:
			result := out.(outcome)
			if version == in.old {
				return result.ok || result.unknown, in.new
			}
			return !result.ok, version
		default:
			return version == out.(uint64), version
		}
	},
}
