package storetest_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/storetest"
)

// A counted Memory is a storetest.Counter.
type counted struct{ *store.Memory }

func (c counted) Count(context.Context) (int, error) { return c.Len(), nil }

// A broken store is a Memory of which some methods are replaced.
type broken struct {
	*store.Memory
	load   func(ctx context.Context, keys ...string) ([]store.Record, time.Time, error)
	swap   func(ctx context.Context, key string, old uint64, r store.Record) (bool, error)
	list   func(ctx context.Context, subject string) ([]string, error)
	append func(ctx context.Context, r store.Revocation) error
	since  func(ctx context.Context, cursor string) ([]store.Revocation, string, error)
	count  func() int
}

func (b *broken) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	if b.load == nil {
		return b.Memory.Load(ctx, keys...)
	}
	return b.load(ctx, keys...)
}

func (b *broken) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	if b.swap == nil {
		return b.Memory.Swap(ctx, key, old, r)
	}
	return b.swap(ctx, key, old, r)
}

func (b *broken) List(ctx context.Context, subject string) ([]string, error) {
	if b.list == nil {
		return b.Memory.List(ctx, subject)
	}
	return b.list(ctx, subject)
}

func (b *broken) Append(ctx context.Context, r store.Revocation) error {
	if b.append == nil {
		return b.Memory.Append(ctx, r)
	}
	return b.append(ctx, r)
}

func (b *broken) Since(ctx context.Context, cursor string) ([]store.Revocation, string, error) {
	if b.since == nil {
		return b.Memory.Since(ctx, cursor)
	}
	return b.since(ctx, cursor)
}

func (b *broken) Count(context.Context) (int, error) {
	if b.count == nil {
		return b.Len(), nil
	}
	return b.count(), nil
}

// failure runs a demand on s and returns what it complains about, or "" if it passes.
func failure(t *testing.T, demand string, s store.Store) string {
	r := &recorder{TB: t}
	var wg sync.WaitGroup
	wg.Go(func() { storetest.Demand(r, demand, s) }) // Fatalf ends the goroutine
	wg.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.complaints, "\n")
}

// A recorder is a testing.TB whose failures are not those of the test.
type recorder struct {
	testing.TB
	mu         sync.Mutex
	complaints []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.complaints = append(r.complaints, fmt.Sprintf(format, args...))
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.complaints) > 0
}

func (r *recorder) Helper()  {}
func (r *recorder) FailNow() { runtime.Goexit() }

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	r.FailNow()
}

func (r *recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprint(args...)) }
func (r *recorder) Skip(args ...any)  { r.Fatalf("skipped: %s", fmt.Sprint(args...)) }
