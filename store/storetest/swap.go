package storetest

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cda17858/jwt/store"
)

func testSwap(t *tester) {
	key := t.key("swap")
	next := func() store.Record { // each with another version, data and time
		v := store.NewVersion()
		return store.Record{Version: v, Data: binary.BigEndian.AppendUint64(nil, v), Expires: time.Now().Add(time.Hour + time.Duration(v%1000)*time.Second)}
	}
	t.want(key, store.Record{})
	if t.swap(key, store.NewVersion(), next()) {
		t.Fatal("Swap of a key without a record returned true for an old version that is not 0")
	}
	t.want(key, store.Record{})

	first := t.put(key, next())
	t.want(key, first)
	for what, old := range map[string]uint64{"0": 0, "of nobody": store.NewVersion(), "plus 1": first.Version + 1, "minus 1": first.Version - 1} {
		if t.swap(key, old, next()) {
			t.Fatalf("Swap returned true for a wrong version (%s)", what)
		}
		t.want(key, first)
	}

	second := next()
	if !t.swap(key, first.Version, second) {
		t.Fatal("Swap returned false for the right version")
	}
	t.want(key, second)
	if t.swap(key, first.Version, next()) {
		t.Fatal("Swap returned true for a version that has been replaced")
	}
	t.want(key, second)

	// The lowest and the highest versions are versions.
	old := second.Version
	for _, v := range []uint64{1, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
		r := next()
		r.Version = v
		if !t.swap(key, old, r) {
			t.Fatalf("Swap returned false for the right version before %d", v)
		}
		t.want(key, r)
		old = v
	}
	t.limits(key, old)
}

// limits tests that what is too long is an error and changes nothing.
func (t *tester) limits(key string, old uint64) {
	now, before := time.Now(), t.one(key)
	valid := store.Record{Version: store.NewVersion(), Expires: now.Add(time.Hour)}
	bad := func(what, key string, change func(r *store.Record)) {
		r := valid
		change(&r)
		if ok, err := t.store.Swap(t.Context(), key, old, r); ok || err == nil {
			t.Errorf("Swap of %s returned %v and the error %v", what, ok, err)
		}
	}
	bad("a Version of 0", key, func(r *store.Record) { r.Version = 0 })
	bad("too much Data", key, func(r *store.Record) { r.Data = make([]byte, store.MaxData+1) })
	bad("a Subject that is too long", key, func(r *store.Record) { r.Subject = strings.Repeat("s", store.MaxKey+1) })
	bad("Expires after the year 9999", key, func(r *store.Record) { r.Expires = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) })
	bad("Expires before 1970", key, func(r *store.Record) { r.Expires = time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC) })
	old = 0
	for _, key := range []string{"", strings.Repeat("k", store.MaxKey+1)} {
		bad("a key of the wrong length", key, func(*store.Record) {})
		if records, _, err := t.store.Load(t.Context(), t.key("absent"), key); err == nil || records != nil {
			t.Errorf("Load of a key of %d bytes returned %d records and the error %v", len(key), len(records), err)
		}
	}
	t.want(key, before)
}

// one returns the record under key.
func (t *tester) one(key string) store.Record {
	t.Helper()
	records, _ := t.load(key)
	return records[0]
}

const updaters = 16

func testLostUpdates(t *tester) {
	key, each := t.key("counter"), shorter(200)
	var wg sync.WaitGroup
	for range updaters {
		wg.Go(func() {
			for range each {
				if !t.increment(key) {
					return
				}
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	if got, want := counter(t.one(key)), uint64(updaters*each); got != want {
		t.Fatalf("the counter is %d after %d updates", got, want)
	}

	// Of many that want to be first, one is.
	for i := range shorter(100) {
		key := t.key(fmt.Sprint("first ", i))
		var first atomic.Int32
		for range updaters {
			wg.Go(func() {
				ok, err := t.store.Swap(t.Context(), key, 0, store.Record{Version: store.NewVersion(), Expires: time.Now().Add(time.Minute)})
				if err != nil {
					t.Errorf("Swap: %v", err)
				}
				if ok {
					first.Add(1)
				}
			})
		}
		wg.Wait()
		if n := first.Load(); n != 1 {
			t.Fatalf("of %d calls of Swap(0) for one key, %d returned true", updaters, n)
		}
	}
}

// increment adds 1 to the counter under key, and reports whether that worked.
func (t *tester) increment(key string) bool {
	for {
		records, now, err := t.store.Load(t.Context(), key)
		if err != nil {
			t.Errorf("Load: %v", err)
			return false
		}
		ok, err := t.store.Swap(t.Context(), key, records[0].Version, store.Record{
			Version: store.NewVersion(),
			Expires: now.Add(time.Hour),
			Data:    binary.BigEndian.AppendUint64(nil, counter(records[0])+1),
		})
		if err != nil {
			t.Errorf("Swap: %v", err)
			return false
		}
		if ok {
			return true
		}
	}
}

func counter(r store.Record) uint64 {
	if len(r.Data) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(r.Data)
}
