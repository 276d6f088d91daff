package storetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"time"

	"github.com/cda17858/jwt/store"
)

func testContext(t *tester) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	t.done("cancelled", cancelled)
	t.done("late", late)
	t.interrupted()
}

// done tests that every method returns an error with a context that is done.
func (t *tester) done(what string, ctx context.Context) {
	key, expires := t.key(what), time.Now().Add(time.Hour)
	r := t.put(key, store.Record{Expires: expires, Data: []byte("old")})
	if records, _, err := t.store.Load(ctx, key); err == nil || records != nil {
		t.Fatalf("Load with a context that is %s returned %d records and the error %v", what, len(records), err)
	}
	if ok, err := t.store.Swap(ctx, key, r.Version, store.Record{Version: store.NewVersion(), Expires: expires}); err == nil || ok {
		t.Fatalf("Swap with a context that is %s returned %v and the error %v", what, ok, err)
	}
	t.want(key, r)
	if l, ok := t.store.(store.Lister); ok {
		if keys, err := l.List(ctx, key); err == nil || keys != nil {
			t.Fatalf("List with a context that is %s returned %d keys and the error %v", what, len(keys), err)
		}
	}
	if f, ok := t.store.(store.Feed); ok {
		if err := f.Append(ctx, store.Revocation{Kind: "k", ID: key, Expires: expires}); err == nil {
			t.Fatalf("Append with a context that is %s returned no error", what)
		}
		if rs, _, err := f.Since(ctx, ""); err == nil || rs != nil {
			t.Fatalf("Since with a context that is %s returned %d revocations and the error %v", what, len(rs), err)
		}
	}
}

// interrupted tests that a Swap which is cancelled on the way stores all or nothing.
func (t *tester) interrupted() {
	key, expires := t.key("interrupted"), time.Now().Add(time.Hour)
	patterned := func() store.Record {
		v := store.NewVersion()
		return store.Record{Version: v, Expires: expires, Data: pattern(v)}
	}
	r := t.put(key, patterned())
	for range shorter(200) {
		next := patterned()
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(4000))*time.Microsecond)
		ok, _ := t.store.Swap(ctx, key, r.Version, next)
		cancel()
		r = t.one(key)
		if ok && r.Version != next.Version {
			t.Fatal("Swap returned true and has not stored the record")
		}
		if !bytes.Equal(r.Data, pattern(r.Version)) {
			t.Fatal("a Swap whose context ended has stored a part of the record")
		}
	}
}

// pattern returns 16 KiB that belong to version.
func pattern(version uint64) []byte {
	return bytes.Repeat(binary.BigEndian.AppendUint64(nil, version), 2<<10)
}
