package storetest

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/cda17858/jwt/store"
)

const (
	clients        = 8
	callsPerClient = 20
)

func testLinearizable(t *tester) {
	for round := range shorter(40) {
		var keys []string
		for i := range 1 + round%4 {
			keys = append(keys, t.key(fmt.Sprint("linearizable ", round, " ", i)))
		}
		history := t.history(keys)
		if t.Failed() {
			return
		}
		switch porcupine.CheckOperationsTimeout(model, history, 20*time.Second) {
		case porcupine.Illegal:
			t.Fatalf("no order of these calls explains what they returned:\n%s", unexplained(history))
		case porcupine.Unknown:
			t.Fatalf("Porcupine has found no answer within 20 s")
		}
	}
}

// An input is a call of Load or Swap for one key.
type input struct {
	key      string
	swap     bool
	old, new uint64
}

// An output is what the call returned.
type output struct {
	version uint64 // Load
	stored  bool   // Swap
	unknown bool   // Swap returned an error: r was stored or not
}

// The model is one register for each key: its state is the version under it.
var model = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := make(map[string][]porcupine.Operation)
		for _, o := range history {
			key := o.Input.(input).key
			byKey[key] = append(byKey[key], o)
		}
		var parts [][]porcupine.Operation
		for _, part := range byKey {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return uint64(0) },
	Step: func(state, in, out any) (bool, any) {
		version, call, result := state.(uint64), in.(input), out.(output)
		switch {
		case !call.swap:
			return version == result.version, version
		case version == call.old:
			return result.stored || result.unknown, call.new
		default:
			return !result.stored, version
		}
	},
	DescribeOperation: func(in, out any) string { return describe(in.(input), out.(output)) },
}

func describe(in input, out output) string {
	switch {
	case !in.swap:
		return fmt.Sprintf("Load → %x", out.version)
	case out.unknown:
		return fmt.Sprintf("Swap(%x, %x) → error", in.old, in.new)
	default:
		return fmt.Sprintf("Swap(%x, %x) → %v", in.old, in.new, out.stored)
	}
}

// history returns what concurrent clients have done and seen.
func (t *tester) history(keys []string) []porcupine.Operation {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		all   []porcupine.Operation
		event atomic.Int64
	)
	for id := range clients {
		wg.Go(func() {
			c := client{tester: t, id: id, event: &event, seen: make(map[string]uint64)}
			for range callsPerClient {
				c.call(keys[rand.IntN(len(keys))])
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, c.history...)
		})
	}
	wg.Wait()
	return all
}

// A client calls the store and writes down what happened.
type client struct {
	*tester
	id      int
	event   *atomic.Int64     // numbers the calls and returns of all clients
	seen    map[string]uint64 // the version of each key that the client saw last
	history []porcupine.Operation
}

// call is a Load, or a Swap of the version that the client has seen last. One call in
// 16 is cancelled early, which may be before, within or after what it does.
func (c *client) call(key string) {
	ctx, cancelled := c.Context(), rand.IntN(16) == 0
	if cancelled {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(rand.IntN(1000))*time.Microsecond)
		defer cancel()
	}
	in := input{key: key, swap: rand.IntN(3) > 0, old: c.seen[key], new: store.NewVersion()}
	var out output
	called := c.event.Add(1)
	if in.swap {
		ok, err := c.store.Swap(ctx, key, in.old, store.Record{
			Version: in.new,
			Expires: time.Now().Add(time.Hour),
			Data:    binary.BigEndian.AppendUint64(nil, in.new),
		})
		if err != nil && !cancelled {
			c.Errorf("Swap: %v", err)
		}
		out = output{stored: ok, unknown: err != nil}
		if ok {
			c.seen[key] = in.new
		}
	} else {
		records, _, err := c.store.Load(ctx, key)
		if err != nil {
			if !cancelled {
				c.Errorf("Load: %v", err)
			}
			return
		}
		if r := records[0]; r.Version != 0 && counter(r) != r.Version {
			c.Errorf("Load returned the Data of another Version")
		}
		out.version = records[0].Version
		c.seen[key] = out.version
	}
	returned := c.event.Add(1)
	if out.unknown {
		returned = math.MaxInt64 // it may still be stored, or never
	}
	c.history = append(c.history, porcupine.Operation{ClientId: c.id, Input: in, Call: called, Output: out, Return: returned})
}

// unexplained returns the calls for the first key whose history has no order.
func unexplained(history []porcupine.Operation) string {
	for _, part := range model.Partition(history) {
		if porcupine.CheckOperations(model, part) {
			continue
		}
		var text string
		for _, o := range part {
			text += fmt.Sprintf("%d to %d, client %d: %s\n", o.Call, o.Return, o.ClientId, describe(o.Input.(input), o.Output.(output)))
		}
		return text
	}
	return ""
}
