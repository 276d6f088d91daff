package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/cda17858/jwt/internal/check"
)

// Moving returns a Store for a service that moves from old to new while it runs. It reads
// both stores and writes to new, so that no session ends and no revocation is lost. It is
// a [Lister] if both are, and a [Feed] if both are. Move in three deployments, each of which
// may be a rolling one:
//
//  1. [Movable] in all processes;
//  2. Moving in all processes;
//  3. new in all processes, after the last record in old has expired or been replaced. For
//     package session, that is Config.Absolute after the second deployment. A key ring does
//     not expire: call Rotate after the second deployment.
//
// Without the first deployment nobody is logged out either. But a process that knows only
// old cannot read what others have moved or created, and returns errors that are not
// verdicts (503) until it is replaced. While a process still writes to old, no process may
// use new except through Moving or Movable. To go back, use Moving with the stores exchanged,
// once no process moves forward.
//
// All calls need both stores, and cost about twice as much. The time is that of new. The
// clocks of both must agree as closely as those of processes: see [Store]. A revocation is
// appended to both feeds.
//
// Neither store may be a Moving or a Movable itself: Swap returns an error.
//
// A record in old with more than [MaxData] - 64 bytes cannot be replaced: Swap returns an
// error.
//
// Moving returns an error if a store is nil, or if both are the same. The returned Store is
// safe for concurrent use if both stores are.
func Moving(old, new Store) (Store, error) { return newMoving("Moving", old, new, false) }

// Movable returns a Store for processes that run while others begin to use [Moving]. It
// writes to old, except for records that others have moved to new. It returns the errors of
// Moving.
func Movable(old, new Store) (Store, error) { return newMoving("Movable", old, new, true) }

func newMoving(name string, old, new Store, stays bool) (Store, error) {
	if check.IsNil(old) || check.IsNil(new) {
		return nil, fmt.Errorf("store: %s: a store is nil; pass both", name)
	}
	if reflect.ValueOf(old).Comparable() && old == new {
		return nil, fmt.Errorf("store: %s: old and new are the same store", name)
	}
	m := &moving{old, new, stays}
	oldLister, ok1 := old.(Lister)
	newLister, ok2 := new.(Lister)
	lister := &movingLister{oldLister, newLister}
	oldFeed, ok3 := old.(Feed)
	newFeed, ok4 := new.(Feed)
	feed := &movingFeed{oldFeed, newFeed}
	switch lists, feeds := ok1 && ok2, ok3 && ok4; {
	case lists && feeds:
		return &struct {
			*moving
			*movingLister
			*movingFeed
		}{m, lister, feed}, nil
	case lists:
		return &struct {
			*moving
			*movingLister
		}{m, lister}, nil
	case feeds:
		return &struct {
			*moving
			*movingFeed
		}{m, feed}, nil
	}
	return m, nil
}

// A moving is a Store over two. There are no transactions across them, so each key moves
// from old to new in three steps, each of which compares versions:
//
//  1. In new, store a claim with a random ID under the key.
//  2. In old, replace the record by a mark, which contains the record and the ID. From then
//     on, processes that know only old cannot read or replace the record.
//  3. In new, replace the claim by the caller's record.
//
// So the record under a key is
//
//   - what is in old, if that is a record and not a mark;
//   - otherwise what is in new, if that is a record and not a claim;
//   - otherwise what is in the mark, if new has the claim with its ID: a move stopped after
//     the second step;
//   - otherwise none: it was deleted or has expired in new, or never existed.
//
// The claim distinguishes the last two cases. Its ID distinguishes it from the claim of a slow
// process that stores it after the move is complete.
//
// A key without a record is marked too before it gets a record in new. So if one process
// creates it in old and another in new, only one succeeds.
//
// A mark outlives its record by an hour, which must be longer than any call takes.
type moving struct {
	old, new Store
	stays    bool // what is in old stays there, and new keys come to it
}

// markMargin is how long a mark or a claim outlives its record. Half of it is enough.
const markMargin = time.Hour

// Load implements [Store].
func (m *moving) Load(ctx context.Context, keys ...string) ([]Record, time.Time, error) {
	olds, news, now, err := m.load(ctx, keys...)
	if err != nil {
		return nil, time.Time{}, err
	}
	records := make([]Record, len(keys))
	for i := range keys {
		records[i] = current(olds[i], news[i])
	}
	return records, now, nil
}

// load reads old first: a key that is moved in between is then found in new.
func (m *moving) load(ctx context.Context, keys ...string) (olds, news []half, now time.Time, err error) {
	inOld, _, err := m.old.Load(ctx, keys...)
	if err != nil {
		return nil, nil, now, fmt.Errorf("store: old store: %w", err)
	}
	inNew, now, err := m.new.Load(ctx, keys...)
	if err != nil {
		return nil, nil, now, fmt.Errorf("store: new store: %w", err)
	}
	if len(inOld) != len(keys) || len(inNew) != len(keys) {
		return nil, nil, now, errors.New("store: Load did not return one record per key")
	}
	for i := range keys {
		olds, news = append(olds, newHalf(inOld[i], now)), append(news, newHalf(inNew[i], now))
	}
	return olds, news, now, nil
}

// Swap implements [Store]. After each step it loads again, since others may have taken a step
// too.
func (m *moving) Swap(ctx context.Context, key string, old uint64, r Record) (bool, error) {
	if err := CheckKey(key); err != nil {
		return false, err
	}
	if err := r.Check(); err != nil {
		return false, err
	}
	if bytes.HasPrefix(r.Data, markMagic) {
		return false, errMark
	}
	for range movingTries {
		olds, news, now, err := m.load(ctx, key)
		if err != nil {
			return false, err
		}
		o, n, stored := olds[0], news[0], false
		free := old == 0 && o.kind != isMark // if current is none
		switch {
		case current(o, n).Version != old:
			return false, nil
		case m.stays && (free || o.kind == isRecord):
			stored, err = m.old.Swap(ctx, key, o.Version, r)
		case o.kind == isRecord:
			err = m.move(ctx, key, o, n, r, now)
		case free:
			err = m.mark(ctx, key, o, mark{}, until(now, r.Expires))
		case o.kind == isMark && !outlives(o.Expires, r.Expires):
			err = m.mark(ctx, key, o, o.mark, until(now, r.Expires))
		default:
			stored, err = m.new.Swap(ctx, key, n.Version, r)
		}
		if stored || err != nil {
			return stored, err
		}
	}
	return false, errNoProgress
}

// movingTries bounds how often Swap loads. It needs at most five loads by itself, and more if
// others take steps for the same key.
const movingTries = 100

// errMark is for a Moving over another one, and for a caller who would lose the record.
var errMark = errors.New("store: Data begins like a mark of Moving; neither of its two stores may be a Moving itself")

var errNoProgress = errors.New("store: a record cannot be moved; check that the clocks of both stores agree")

// move takes the first two steps.
func (m *moving) move(ctx context.Context, key string, o, n half, r Record, now time.Time) error {
	if len(o.Data) > MaxData-markOverhead {
		return fmt.Errorf("store: a record of %d bytes is too long to be moved; the limit is %d", len(o.Data), MaxData-markOverhead)
	}
	if n.kind == isRecord {
		// Either the key has been moved in between, or this record is a leftover.
		again, _, err := m.old.Load(ctx, key)
		if err != nil || len(again) != 1 || again[0].Version != o.Version {
			return err
		}
	}
	claim := n.mark
	if n.kind != isClaim {
		claim = mark{id: newMarkID()}
	}
	if n.kind != isClaim || !outlives(n.Expires, o.Expires) {
		ok, err := m.new.Swap(ctx, key, n.Version, Record{
			Version: NewVersion(), Expires: until(now, o.Expires), Data: claim.encode(isClaim), Subject: r.Subject, Durable: true,
		})
		if !ok || err != nil {
			return err
		}
	}
	return m.mark(ctx, key, o, mark{claim.id, o.Record}, until(now, o.Expires, r.Expires))
}

// mark replaces o, which is under key in old.
func (m *moving) mark(ctx context.Context, key string, o half, v mark, expires time.Time) error {
	_, err := m.old.Swap(ctx, key, o.Version, Record{
		Version: NewVersion(), Expires: expires, Data: v.encode(isMark), Durable: true,
	})
	return err
}

// until returns the expiry of a mark or a claim for records that expire at times.
func until(now time.Time, times ...time.Time) time.Time {
	last := now
	for _, t := range times {
		if t.IsZero() {
			return t
		}
		if t.After(last) {
			last = t
		}
	}
	last = last.Add(markMargin)
	if checkTime("", last) != nil {
		return time.Time{}
	}
	return last
}

// outlives reports whether a mark or a claim that expires at mark lasts long enough for a record
// that expires at t.
func outlives(mark, t time.Time) bool {
	return mark.IsZero() || !t.IsZero() && !mark.Before(t.Add(markMargin/2))
}

type movingLister struct{ old, new Lister }

// List implements [Lister]. It reads old first, as Load does.
func (m *movingLister) List(ctx context.Context, subject string) ([]string, error) {
	olds, err := m.old.List(ctx, subject)
	if err != nil {
		return nil, fmt.Errorf("store: old store: %w", err)
	}
	news, err := m.new.List(ctx, subject)
	if err != nil {
		return nil, fmt.Errorf("store: new store: %w", err)
	}
	keys := slices.Concat(olds, news)
	slices.Sort(keys)
	return slices.Compact(keys), nil
}
