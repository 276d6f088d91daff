package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cda17858/jwt/store"
)

// soon is how long the records live that a test sees expire.
func soon() time.Duration {
	if testing.Short() {
		return 100 * time.Millisecond
	}
	return 400 * time.Millisecond
}

func testExpiry(t *tester) {
	key, never, gone := t.key("expires"), t.key("never"), t.key("gone")
	_, now := t.load()
	r := t.put(key, store.Record{Expires: now.Add(soon()), Data: []byte("short"), Subject: key})
	forever := t.put(never, store.Record{Data: []byte("for ever")})

	// What has expired already deletes.
	old := t.put(gone, store.Record{Expires: now.Add(time.Hour), Subject: gone})
	if !t.swap(gone, old.Version, store.Record{Version: store.NewVersion(), Expires: now.Add(-time.Hour), Subject: gone}) {
		t.Fatal("Swap to a record that has expired returned false for the right version")
	}
	t.want(gone, store.Record{})

	before, after := t.untilAbsent(key, r)
	cut := r.Expires.Truncate(time.Millisecond)
	if !before.Before(r.Expires) {
		t.Fatalf("Load returned a record that expires at %v after that time, %v", r.Expires, before)
	}
	if after.Before(cut) {
		t.Fatalf("Load returned no record at %v, before it expires at %v", after, r.Expires)
	}
	if t.swap(key, r.Version, store.Record{Version: store.NewVersion(), Expires: now.Add(time.Hour)}) {
		t.Fatal("Swap returned true for the version of a record that has expired")
	}
	t.want(key, store.Record{})
	again := t.put(key, store.Record{Expires: now.Add(time.Hour), Data: []byte("again")})
	t.want(key, again)
	t.want(never, forever)
	t.renewed()
}

// untilAbsent loads key until r has expired. It returns a time at which r was certainly
// asked for while it was returned, and one at which it was certainly not returned.
// A store need not read its clock and a record at one moment: so the former is the time
// of the Load before the last that returned r, and the latter of the one after the first
// that did not.
func (t *tester) untilAbsent(key string, r store.Record) (before, after time.Time) {
	var previous time.Time
	for {
		records, now := t.load(key)
		if records[0].Version == 0 {
			_, after = t.load(key)
			return before, after
		}
		if diff := difference(records[0], r); diff != "" {
			t.Fatalf("Load before the record expires: %s", diff)
		}
		if now.Sub(r.Expires) > 10*time.Second {
			t.Fatalf("Load still returns a record that expired at %v, at %v", r.Expires, now)
		}
		before, previous = previous, now
		time.Sleep(time.Millisecond)
	}
}

// renewed tests that a record whose Expires is moved lives until the new one.
func (t *tester) renewed() {
	longer, shorter := t.key("longer"), t.key("shorter")
	_, now := t.load()
	a := t.put(longer, store.Record{Expires: now.Add(soon())})
	b := t.put(shorter, store.Record{Expires: now.Add(time.Hour)})
	long := store.Record{Version: store.NewVersion(), Expires: now.Add(time.Hour)}
	short := store.Record{Version: store.NewVersion(), Expires: now.Add(soon())}
	if !t.swap(longer, a.Version, long) || !t.swap(shorter, b.Version, short) {
		t.Fatal("Swap to another Expires returned false for the right version")
	}
	for t.one(shorter).Version != 0 {
		time.Sleep(10 * time.Millisecond)
		if _, late := t.load(); late.Sub(now) > 10*time.Second {
			t.Fatal("a record whose Expires was moved to an earlier time has not expired")
		}
	}
	t.want(longer, long)
}

func testClock(t *tester) {
	var last time.Time
	for i := range shorter(200) {
		before := time.Now()
		_, now := t.load(t.key(fmt.Sprint("clock", i%3)))
		after := time.Now()
		if now.Before(last) {
			t.Fatalf("the time went back, from %v to %v", last, now)
		}
		if now.Before(before.Add(-time.Second)) || now.After(after.Add(time.Second)) {
			t.Fatalf("the time is %v, and that of this process is %v", now, after)
		}
		last = now
	}
	if _, now := t.load(); now.IsZero() {
		t.Fatal("Load of no keys returned no time")
	}
}

func testLeftovers(t *tester) {
	counter, ok := t.store.(Counter)
	if !ok {
		t.Skip("the store has no method Count(context.Context) (int, error): see storetest.Counter")
	}
	ctx, n := t.Context(), shorter(10_000)
	before, err := counter.Count(ctx)
	if err != nil {
		t.Fatalf("Count: %v", err)
	}
	t.putMany(n)

	// A store may remove them by itself, or 8 with each Swap.
	key := t.key("last")
	r := t.put(key, store.Record{Expires: time.Now().Add(time.Hour)})
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		for range 100 {
			next := store.Record{Version: store.NewVersion(), Expires: time.Now().Add(time.Hour)}
			if !t.swap(key, r.Version, next) {
				t.Fatal("Swap returned false for the right version")
			}
			r = next
		}
		after, err := counter.Count(ctx)
		if err != nil {
			t.Fatalf("Count: %v", err)
		}
		if after <= before+1 {
			return
		}
		if time.Since(start) > 30*time.Second {
			t.Fatalf("of %d records that have expired, %d are still there", n, after-before-1)
		}
	}
}

// putMany stores n records that expire soon.
func (t *tester) putMany(n int) {
	var wg sync.WaitGroup
	for id := range updaters {
		wg.Go(func() {
			for i := id; i < n; i += updaters {
				ok, err := t.store.Swap(context.WithoutCancel(t.Context()), t.key(fmt.Sprint(i)), 0, store.Record{
					Version: store.NewVersion(), Expires: time.Now().Add(soon()), Data: []byte("short"), Subject: t.prefix,
				})
				if err != nil || !ok {
					t.Errorf("Swap of a new key: %v, %v", ok, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
}
