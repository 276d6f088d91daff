// Package storetest tests that a [store.Store] keeps the contract of package store. If you
// write a Store, call [Run] from a test, with a real server behind the store: that is where
// faults show.
//
// Each demand is a subtest:
//
//	Swap          stores if the version is the one given, and only then; limits are kept
//	LostUpdates   16 goroutines raise one counter 200 times each, and nothing is lost
//	Linearizable  histories of concurrent calls, some of them cancelled, have an order
//	              that explains them, as Porcupine finds it
//	Expiry        a record is there until Expires and not from then on
//	Load          many keys in order, absent ones zero
//	Clock         the time does not go back, and is within a second of the process's
//	Data          0 bytes to 256 KiB of any value; keys of any bytes are different keys
//	Context       a context that is done is an error, and nothing is stored in part
//	List          all live records of a subject, for a [store.Lister]
//	Feed          nothing is lost or left out, for a [store.Feed]
//	Leftovers     10,000 records expire and leave nothing behind, for a [Counter]
//
// A suite cannot show what happens when the store's server fails. Test that as well:
// nothing that Swap has acknowledged may be lost when the server is killed, and a server
// that hangs must lead to errors, not to wrong answers.
package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/cda17858/jwt/store"
)

// A Counter is a store that can say how many records it has, including those that have
// expired but have not been removed yet. It is for tests: a Store need not have it, but
// what open of [Run] returns may be a Store with this method added.
type Counter interface {
	Count(ctx context.Context) (int, error)
}

// Run runs the demands as subtests of t. Each of them calls open for a Store.
//
// The stores may all be the same, and need not be empty: keys and subjects are random.
// Nothing else may use a store meanwhile if it is a [Counter]. Demands on a [store.Lister],
// a [store.Feed] and a Counter are skipped if the Store is not one.
//
// With go test -short fewer calls are made. Otherwise there are about 30,000.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, d := range demands {
		t.Run(d.name, func(t *testing.T) { d.test(newTester(t, open(t))) })
	}
}

// A demand is one part of the contract. Its test fails for a store that does not keep
// it.
type demand struct {
	name string
	test func(t *tester)
}

var demands = []demand{
	{"Swap", testSwap},
	{"LostUpdates", testLostUpdates},
	{"Linearizable", testLinearizable},
	{"Expiry", testExpiry},
	{"Load", testLoad},
	{"Clock", testClock},
	{"Data", testData},
	{"Context", testContext},
	{"List", testList},
	{"Feed", testFeed},
	{"Leftovers", testLeftovers},
}

// A tester is a test with its store.
type tester struct {
	testing.TB
	store  store.Store
	prefix string // of all keys and subjects of this test
}

func newTester(t testing.TB, s store.Store) *tester {
	return &tester{TB: t, store: s, prefix: rand.Text()[:12] + "/"}
}

// key returns a key that no other test uses.
func (t *tester) key(name string) string { return t.prefix + name }

// load returns what is under keys. It fails the test if there is an error.
func (t *tester) load(keys ...string) ([]store.Record, time.Time) {
	t.Helper()
	records, now, err := t.store.Load(t.Context(), keys...)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	if len(records) != len(keys) {
		t.Fatalf("Load of %d keys returned %d records", len(keys), len(records))
	}
	return records, now
}

// swap returns what Swap does. It fails the test if there is an error.
func (t *tester) swap(key string, old uint64, r store.Record) bool {
	t.Helper()
	ok, err := t.store.Swap(t.Context(), key, old, r)
	if err != nil {
		t.Fatalf("Swap: %v", err)
	}
	return ok
}

// put stores r under key, which has no record, and fails the test if that does not work.
func (t *tester) put(key string, r store.Record) store.Record {
	t.Helper()
	if r.Version == 0 {
		r.Version = store.NewVersion()
	}
	if !t.swap(key, 0, r) {
		t.Fatalf("Swap(%q, 0) of a key without a record returned false", key)
	}
	return r
}

// want fails the test if what is under key is not r.
func (t *tester) want(key string, r store.Record) {
	t.Helper()
	records, _ := t.load(key)
	if diff := difference(records[0], r); diff != "" {
		t.Fatalf("Load(%q): %s", key, diff)
	}
}

// difference says how got, which Load has returned, differs from want, which was stored.
func difference(got, want store.Record) string {
	switch {
	case got.Version != want.Version:
		return fmt.Sprintf("Version is %d, not %d", got.Version, want.Version)
	case !bytes.Equal(got.Data, want.Data):
		return fmt.Sprintf("Data of %d bytes is not what was stored, %d bytes", len(got.Data), len(want.Data))
	case !sameTime(got.Expires, want.Expires):
		return fmt.Sprintf("Expires is %v, not %v", got.Expires, want.Expires)
	case got.Subject != "" || got.Durable:
		return "Subject and Durable are set, but Load does not return them"
	}
	return ""
}

// sameTime reports whether got is want, or want cut to milliseconds.
func sameTime(got, want time.Time) bool {
	if want.IsZero() {
		return got.IsZero()
	}
	return got.UnixMilli() == want.UnixMilli() && !got.After(want)
}

// shorter returns n, or a part of it with -short.
func shorter(n int) int {
	if testing.Short() {
		return max(n/20, 1)
	}
	return n
}
