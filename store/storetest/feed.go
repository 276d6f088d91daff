package storetest

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cda17858/jwt/store"
)

func testFeed(t *tester) {
	feed, ok := t.store.(store.Feed)
	if !ok {
		t.Skip("the store is not a store.Feed")
	}
	f := &feedTester{t, feed}
	f.fields()
	f.limits()
	f.expiry()
	f.cursors()
	f.concurrent()
	f.pages()
}

type feedTester struct {
	*tester
	feed store.Feed
}

// revocation returns one that no other test appends.
func (f *feedTester) revocation(id string) store.Revocation {
	return store.Revocation{Kind: "jti", ID: f.key(id), Expires: time.Now().Add(time.Hour)}
}

func (f *feedTester) append(r store.Revocation) {
	f.Helper()
	if err := f.feed.Append(f.Context(), r); err != nil {
		f.Fatalf("Append: %v", err)
	}
}

// id is what a Revocation is about.
type id struct{ kind, id string }

// since returns all pages after cursor, without what other tests have appended.
func (f *feedTester) since(cursor string) (map[id]store.Revocation, string) {
	all := make(map[id]store.Revocation)
	for {
		page, next, err := f.feed.Since(f.Context(), cursor)
		if err != nil {
			f.Errorf("Since: %v", err)
			return nil, cursor
		}
		for _, r := range page {
			if strings.HasPrefix(r.ID, f.prefix) {
				all[id{r.Kind, r.ID}] = r
			}
		}
		cursor = next
		if len(page) > store.FeedPage {
			f.Errorf("Since returned %d revocations, more than FeedPage", len(page))
		}
		if len(page) < store.FeedPage {
			return all, cursor
		}
	}
}

// fields tests that Since returns what was appended.
func (f *feedTester) fields() {
	_, cursor := f.since("")
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	now := time.Now()
	for _, want := range []store.Revocation{
		{Kind: "subject", ID: f.key("a"), NotBefore: now, Expires: now.Add(time.Hour)},
		{Kind: "subject", ID: f.key("A"), NotBefore: now.Add(time.Hour), Expires: now.Add(time.Minute)},
		{Kind: "session", ID: f.key("a"), Expires: now.Add(100 * 365 * 24 * time.Hour)},
		{Kind: string(every[:32]), ID: f.key(string(every)), Expires: now.Add(time.Hour)},
		{Kind: "k", ID: f.prefix + strings.Repeat("\xff", store.MaxKey-len(f.prefix)), Expires: now.Add(time.Hour)},
	} {
		f.append(want)
		f.append(want) // duplicates are harmless
		for _, cursor := range []string{cursor, ""} {
			rs, _ := f.since(cursor)
			got, ok := rs[id{want.Kind, want.ID}]
			if !ok {
				f.Fatalf("Since lacks a revocation that was appended before")
			}
			if !sameTime(got.NotBefore, want.NotBefore) || !sameTime(got.Expires, want.Expires) {
				f.Fatalf("Since returned %v, not %v", got, want)
			}
		}
	}
}

// limits tests that what breaks a limit is an error.
func (f *feedTester) limits() {
	for what, change := range map[string]func(r *store.Revocation){
		"no Kind":                func(r *store.Revocation) { r.Kind = "" },
		"a Kind of 33 bytes":     func(r *store.Revocation) { r.Kind = strings.Repeat("k", 33) },
		"no ID":                  func(r *store.Revocation) { r.ID = "" },
		"an ID that is too long": func(r *store.Revocation) { r.ID = strings.Repeat("i", store.MaxKey+1) },
		"no Expires":             func(r *store.Revocation) { r.Expires = time.Time{} },
	} {
		r := f.revocation("limits")
		change(&r)
		if err := f.feed.Append(f.Context(), r); err == nil {
			f.Errorf("Append of a revocation with %s returned no error", what)
		}
	}
}

// expiry tests that an entry is there until it expires.
func (f *feedTester) expiry() {
	_, now := f.load()
	r := f.revocation("expiry")
	r.Expires = now.Add(soon())
	f.append(r)
	for {
		rs, _ := f.since("")
		if _, now := f.load(); now.After(r.Expires.Add(-time.Millisecond)) {
			return
		}
		if _, ok := rs[id{r.Kind, r.ID}]; !ok {
			f.Fatal("Since lacks a revocation that has not expired")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// cursors tests that a cursor goes on where it was returned, for any number of readers,
// and that one which the log has not made starts at the beginning.
func (f *feedTester) cursors() {
	first, second := f.revocation("first"), f.revocation("second")
	f.append(first)
	_, cursor := f.since("")
	f.append(second)
	for range 3 { // the same cursor may be used again
		if rs, _ := f.since(cursor); rs[id{second.Kind, second.ID}].ID == "" {
			f.Fatal("Since lacks a revocation that was appended after its cursor was returned")
		}
	}
	for _, cursor := range []string{"", "x", "0", "18446744073709551615", "\x00\xff", "x" + cursor, strings.Repeat("9", 1000)} {
		rs, next := f.since(cursor)
		for _, want := range []store.Revocation{first, second} {
			if rs[id{want.Kind, want.ID}].ID == "" {
				f.Fatalf("Since(%q), a cursor that this log has not made, lacks a revocation", cursor)
			}
		}
		third := f.revocation("after " + cursor[:min(len(cursor), 100)])
		f.append(third)
		if rs, _ := f.since(next); rs[id{third.Kind, third.ID}].ID == "" {
			f.Fatalf("the cursor that Since(%q) returned does not go on", cursor)
		}
	}
}

// concurrent tests that a reader misses nothing while others append: everything that was
// appended before a Since is in it or was in one before.
func (f *feedTester) concurrent() {
	var (
		each     = shorter(200)
		appended [updaters]atomic.Int64 // how many Appends of each writer have returned
		writers  sync.WaitGroup
		readers  sync.WaitGroup
		done     = make(chan struct{})
	)
	name := func(writer int, i int64) string { return fmt.Sprint("concurrent ", writer, " ", i) }
	for w := range updaters {
		writers.Go(func() {
			for i := range each {
				if err := f.feed.Append(f.Context(), f.revocation(name(w, int64(i)))); err != nil {
					f.Errorf("Append: %v", err)
					return
				}
				appended[w].Store(int64(i) + 1)
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			seen, cursor := make(map[id]bool), ""
			var checked [updaters]int64
			for last := false; !last && !f.Failed(); runtime.Gosched() {
				select {
				case <-done:
					last = true
				default:
				}
				var before [updaters]int64
				for w := range before {
					before[w] = appended[w].Load()
				}
				var rs map[id]store.Revocation
				rs, cursor = f.since(cursor)
				for key := range rs {
					seen[key] = true
				}
				for w, n := range before {
					for ; checked[w] < n; checked[w]++ {
						if !seen[id{"jti", f.key(name(w, checked[w]))}] {
							f.Errorf("a reader has missed a revocation that was appended before it called Since")
							return
						}
					}
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
}

// pages tests that more than FeedPage of them come in pages, and nothing is left out.
func (f *feedTester) pages() {
	const n = store.FeedPage + 10
	if shorter(n) < n {
		return
	}
	_, before := f.since("")
	var wg sync.WaitGroup
	for w := range updaters {
		wg.Go(func() {
			for i := w; i < n; i += updaters {
				if err := f.feed.Append(f.Context(), f.revocation(fmt.Sprint("page ", i))); err != nil {
					f.Errorf("Append: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, cursor := range []string{before, ""} {
		rs, _ := f.since(cursor)
		for i := range n {
			if _, ok := rs[id{"jti", f.key(fmt.Sprint("page ", i))}]; !ok {
				f.Fatalf("Since lacks a revocation, of more than one page")
			}
		}
	}
}
