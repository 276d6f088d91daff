package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/cda17858/jwt/internal/check"
)

// Moving returns a Store over two, for a service that moves from old to new. It reads both,
// and what is written goes to new: so no session ends, and no revocation is forgotten. It
// is a [Lister] if both are, and a [Feed] if both are. Use it in three deployments, each of
// which may be a rolling one:
//
//  1. [Movable] in all processes;
//  2. Moving in all processes;
//  3. new in all processes, when the last record that was in old has expired or has been
//     replaced. For package session, that is Config.Absolute after the second. A key ring
//     has no end: call Rotate after the second.
//
// Without the first deployment nobody is logged out either. But a process that knows only
// old cannot read what others have moved or begun, and returns errors that are not verdicts
// (503) until it is replaced. No process may use new, other than through these two, while
// one still writes to old. The way back is Moving with both exchanged, when no process moves
// forward any more.
//
// All calls need both stores, and cost about twice as much. The time is that of new. The
// clocks of both must agree as those of processes must: see [Store]. A revocation is
// appended to both feeds.
//
// A record of more than [MaxData] - 64 bytes that is in old cannot be replaced.
//
// The error says that a store is nil, or that both are the same.
func Moving(old, new Store) (Store, error) { return newMoving("Moving", old, new, false) }

// Movable returns a Store over old, for processes that run while others begin to use
// [Moving]: it writes to old, except what others have moved to new.
func Movable(old, new Store) (Store, error) { return newMoving("Movable", old, new, true) }

func newMoving(name string, old, new Store, stays bool) (Store, error) {
	if check.IsNil(old) || check.IsNil(new) {
		return nil, fmt.Errorf("store: %s was given no store", name)
	}
	if reflect.ValueOf(old).Comparable() && old == new {
		return nil, fmt.Errorf("store: %s was given the same store twice", name)
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

// A moving is a Store over two. There are no transactions across them, so each key goes
// from old to new in three steps, each of which compares versions:
//
//  1. In new, a claim with a random id is stored under the key.
//  2. In old, the record is replaced by a mark, which has the record and the id in it. From
//     now on, those who know only old cannot read or replace it.
//  3. In new, the claim is replaced by what the caller stores.
//
// So the record under a key is
//
//   - what is in old, if that is a record and not a mark;
//   - else what is in new, if that is a record and not a claim;
//   - else what is in the mark, if new has the claim that it names: somebody has stopped
//     after the second step;
//   - else none. It has been deleted or has expired in new, or there never was one.
//
// The claim is what tells the last two apart. Its id tells it from one that somebody who is
// very slow stores when all has been done.
//
// A key without a record is marked as well before it gets one in new. So of two who want to
// be first, one in old and one in new, one succeeds.
//
// A mark outlives what it stands for by an hour, which must be longer than any call takes.
type moving struct {
	old, new Store
	stays    bool // what is in old stays there, and new keys come to it
}

// markMargin is how long a mark or a claim outlives what it stands for, at least by half.
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

// load reads old first. A key may be moved meanwhile, and then is found in new.
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
		return nil, nil, now, errors.New("store: Load returned not one record for each key")
	}
	for i := range keys {
		olds, news = append(olds, newHalf(inOld[i], now)), append(news, newHalf(inNew[i], now))
	}
	return olds, news, now, nil
}

// Swap implements [Store]. When it has taken a step, it looks again: others may have taken
// one as well.
func (m *moving) Swap(ctx context.Context, key string, old uint64, r Record) (bool, error) {
	if err := CheckKey(key); err != nil {
		return false, err
	}
	if err := r.Check(); err != nil {
		return false, err
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

// movingTries bounds how often Swap looks. Others who take steps for the same key make it
// look a few times more than the five times that it may need by itself.
const movingTries = 100

var errNoProgress = errors.New("store: a record cannot be moved: do the clocks of both stores differ by an hour?")

// move takes the first two steps.
func (m *moving) move(ctx context.Context, key string, o, n half, r Record, now time.Time) error {
	if len(o.Data) > MaxData-markOverhead {
		return fmt.Errorf("store: a record of %d bytes is too long to be moved; the limit is %d", len(o.Data), MaxData-markOverhead)
	}
	if n.kind == isRecord {
		// Either somebody has moved the key meanwhile, or this is a left-over.
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

// until returns when a mark or a claim expires that stands for records which expire at times.
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

// outlives reports whether a mark or a claim that expires at mark stands long enough for a
// record that expires at t.
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
