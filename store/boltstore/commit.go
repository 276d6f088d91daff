//go:build unix || windows

package boltstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	bolt "go.etcd.io/bbolt"
)

// All changes are written by one goroutine. Changes that arrive while it writes are written
// together next: one transaction and one fsync for all. So a single caller does not wait
// for others, and a thousand callers do not wait for a thousand fsyncs.

// A change is a Swap or an Append.
type change struct {
	ctx    context.Context
	key    string // of a Swap
	apply  func(tx *bolt.Tx, now time.Time) (stored bool, err error)
	result chan result // buffered
}

type result struct {
	stored bool
	err    error
}

// maxBatch bounds what one transaction keeps in memory.
const maxBatch = 1000

// A batch is a set of changes that are written together.
type batch struct {
	keys map[string]bool
	done chan struct{} // closed when they are on the disk, or have failed
}

// errUnchanged makes bbolt roll back a transaction that would change nothing.
var errUnchanged = errors.New("unchanged")

// change runs apply in a transaction, and returns its result when that is on the disk. If
// ctx is done first, it returns an error, and apply may still take effect.
func (s *Store) change(ctx context.Context, key string, apply func(*bolt.Tx, time.Time) (bool, error)) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	c := &change{ctx, key, apply, make(chan result, 1)}
	select {
	case s.changes <- c:
	case <-s.stop:
		return false, errClosed
	case <-ctx.Done():
		return false, ctx.Err()
	}
	select {
	case r := <-c.result:
		return r.stored, r.err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// run writes changes until the Store is closed.
func (s *Store) run() {
	defer close(s.stopped)
	for {
		select {
		case <-s.stop:
			return
		case first := <-s.changes:
			s.write(s.collect(first))
		}
	}
}

// collect returns first and the changes that are waiting, at most maxBatch.
func (s *Store) collect(first *change) []*change {
	all := []*change{first}
	for len(all) < maxBatch {
		select {
		case c := <-s.changes:
			all = append(all, c)
		default:
			return all
		}
	}
	return all
}

// write writes changes in one transaction, and answers each.
func (s *Store) write(changes []*change) {
	b := &batch{make(map[string]bool), make(chan struct{})}
	for _, c := range changes {
		if c.key != "" {
			b.keys[c.key] = true
		}
	}
	s.writing.Store(b)
	results := make([]result, len(changes))
	err := s.failed()
	if err == nil {
		err = guard(func() error {
			return s.update(func(tx *bolt.Tx) error { return applyAll(tx, changes, results) })
		})
		if err != nil && err != errUnchanged && !harmless(err) {
			err = fmt.Errorf("%w; the file must be opened again", err)
			s.failure.Store(&err)
		}
	}
	close(b.done)
	s.writing.Store(nil)
	for i, c := range changes {
		if err != nil && err != errUnchanged {
			results[i] = result{false, err}
		}
		c.result <- results[i]
	}
}

// applyAll applies changes to tx, and fills in their results. It skips those whose context
// is done.
func applyAll(tx *bolt.Tx, changes []*change, results []result) error {
	now := wallClock()
	swaps, appends := 0, 0
	for i, c := range changes {
		if err := c.ctx.Err(); err != nil {
			results[i].err = err
			continue
		}
		stored, err := c.apply(tx, now)
		if err != nil {
			return err
		}
		results[i].stored = stored
		switch {
		case stored && c.key != "":
			swaps++
		case stored:
			appends++
		}
	}
	if swaps+appends == 0 {
		return errUnchanged
	}
	if err := removeExpired(tx, now, swaps*expiredPerChange); err != nil {
		return err
	}
	return removeExpiredRevocations(tx, now, appends*expiredPerChange)
}

// harmless reports whether a transaction that failed with err has changed nothing: a page
// could not be written, before the meta page that commits it. A failed fsync is not
// harmless, because a later fsync may succeed without those pages on the disk.
func harmless(err error) bool {
	e, ok := errors.AsType[*fs.PathError](err)
	return ok && e.Op == "write"
}

// settled waits until no change to one of keys is being written.
func (s *Store) settled(ctx context.Context, keys []string) error {
	b := s.writing.Load()
	if b == nil {
		return s.failed() // what was read may be of the write that has just failed
	}
	for _, key := range keys {
		if !b.keys[key] {
			continue
		}
		select {
		case <-b.done:
			return s.failed()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.failed()
}
