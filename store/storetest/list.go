package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cda17858/jwt/store"
)

func testList(t *tester) {
	lister, ok := t.store.(store.Lister)
	if !ok {
		t.Skip("the store is not a store.Lister")
	}
	l := listTester{t, lister, make(map[string][]string)}
	expires := time.Now().Add(time.Hour)
	alice, bob, long := t.key("alice"), t.key("bob"), t.prefix+strings.Repeat("\xff", store.MaxKey-len(t.prefix))
	l.want(alice)
	for i := range 20 {
		subject := []string{alice, bob, long, t.key("Alice"), t.key("alice\x00")}[i%5]
		l.put(subject, t.key(fmt.Sprint("list ", i)), expires)
	}
	for subject := range l.live {
		l.want(subject)
	}
	if keys := l.list(""); len(keys) > 0 {
		t.Fatalf("List of the empty subject returned %d keys", len(keys))
	}

	// A record that is replaced stays under its subject, or moves to another.
	key := l.live[alice][0]
	r := t.one(key)
	next := store.Record{Version: store.NewVersion(), Expires: expires, Subject: alice}
	if !t.swap(key, r.Version, next) {
		t.Fatal("Swap returned false for the right version")
	}
	l.want(alice)
	if !t.swap(key, next.Version, store.Record{Version: store.NewVersion(), Expires: expires, Subject: bob}) {
		t.Fatal("Swap returned false for the right version")
	}
	l.live[bob] = append(l.live[bob], key)
	l.live[alice] = l.live[alice][1:]
	l.want(alice, key)
	l.want(bob)
	l.concurrent(expires)
}

// A listTester knows what List must return.
type listTester struct {
	*tester
	lister store.Lister
	live   map[string][]string // the keys of each subject
}

func (l *listTester) put(subject, key string, expires time.Time) {
	l.tester.put(key, store.Record{Expires: expires, Subject: subject})
	l.live[subject] = append(l.live[subject], key)
}

func (l *listTester) list(subject string) []string {
	l.Helper()
	keys, err := l.lister.List(l.Context(), subject)
	if err != nil {
		l.Fatalf("List: %v", err)
	}
	return keys
}

// want fails the test if List of subject lacks a live key, has one twice, or has one that
// never was of this subject; those in before were.
func (l *listTester) want(subject string, before ...string) {
	l.Helper()
	keys := l.list(subject)
	slices.Sort(keys)
	for _, key := range l.live[subject] {
		if !slices.Contains(keys, key) {
			l.Fatalf("List(%q) lacks %q, which is a live record of that subject", subject, key)
		}
	}
	for i, key := range keys {
		if i > 0 && key == keys[i-1] {
			l.Fatalf("List(%q) returned %q twice", subject, key)
		}
		if !slices.Contains(l.live[subject], key) && !slices.Contains(before, key) {
			l.Fatalf("List(%q) returned %q, which never was a record of that subject", subject, key)
		}
	}
}

// concurrent tests that each of several processes sees what it has stored, while the
// others store as well.
func (l *listTester) concurrent(expires time.Time) {
	var wg sync.WaitGroup
	subject := l.key("concurrent")
	for id := range updaters {
		wg.Go(func() {
			for i := range shorter(40) {
				key := l.key(fmt.Sprint("concurrent ", id, " ", i))
				ok, err := l.store.Swap(l.Context(), key, 0, store.Record{Version: store.NewVersion(), Expires: expires, Subject: subject})
				if err != nil || !ok {
					l.Errorf("Swap of a new key: %v, %v", ok, err)
					return
				}
				keys, err := l.lister.List(l.Context(), subject)
				if err != nil {
					l.Errorf("List: %v", err)
					return
				}
				if !slices.Contains(keys, key) {
					l.Errorf("List lacks a key that was stored before List was called")
					return
				}
			}
		})
	}
	wg.Wait()
}
