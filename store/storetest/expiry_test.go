package storetest_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cda17858/jwt/store"
)

var expiryFaults = []fault{
	faulty("Expiry", "never", "still returns a record", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			r.Expires = later(r.Expires, time.Hour)
			return m.Swap(ctx, key, old, r)
		}
		b.load = loadWithExpiry(m, -time.Hour)
	}),
	faulty("Expiry", "whole seconds, rounded up", "after that time", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			r.Expires = later(r.Expires, time.Second)
			return m.Swap(ctx, key, old, r)
		}
		b.load = loadWithExpiry(m, -time.Second)
	}),
	faulty("Expiry", "early", "before it expires", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			r.Expires = later(r.Expires, -100*time.Millisecond)
			return m.Swap(ctx, key, old, r)
		}
		b.load = loadWithExpiry(m, 100*time.Millisecond)
	}),
	faulty("Expiry", "keeps the first Expires", "Expires was moved", func(b *broken, m *store.Memory) {
		first := make(map[string]time.Time)
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			if old == 0 {
				first[key] = r.Expires
			} else if r.Expires.After(time.Now()) {
				r.Expires = first[key]
			}
			return m.Swap(ctx, key, old, r)
		}
	}),
	faulty("Expiry", "expired rows stand in the way", "returned false", func(b *broken, m *store.Memory) {
		used := make(map[string]bool)
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			if old == 0 && used[key] {
				return false, nil
			}
			used[key] = true
			return m.Swap(ctx, key, old, r)
		}
	}),
	faulty("Clock", "none", "no time", func(b *broken, m *store.Memory) {
		b.load = func(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
			records, now, err := m.Load(ctx, keys...)
			if len(keys) == 0 {
				now = time.Time{}
			}
			return records, now, err
		}
	}),
	faulty("Clock", "of another node each time", "went back", func(b *broken, m *store.Memory) {
		b.load = func(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
			records, now, err := m.Load(ctx, keys...)
			return records, now.Add(time.Duration(rand.IntN(100)) * time.Millisecond), err
		}
	}),
	faulty("Clock", "wrong", "that of this process", func(b *broken, m *store.Memory) {
		b.load = func(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
			records, now, err := m.Load(ctx, keys...)
			return records, now.Add(time.Hour), err
		}
	}),
	faulty("Leftovers", "no clean-up", "are still there", func(b *broken, m *store.Memory) {
		var mu sync.Mutex
		rows := make(map[string]bool)
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			time.Sleep(time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			rows[key] = true
			return m.Swap(ctx, key, old, r)
		}
		b.count = func() int {
			mu.Lock()
			defer mu.Unlock()
			return len(rows)
		}
	}),
}

// later returns t+d, or never if t is never.
func later(t time.Time, d time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(d)
}

// loadWithExpiry is Load of m with Expires moved by d.
func loadWithExpiry(m *store.Memory, d time.Duration) func(context.Context, ...string) ([]store.Record, time.Time, error) {
	return func(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
		records, now, err := m.Load(ctx, keys...)
		for i := range records {
			records[i].Expires = later(records[i].Expires, d)
		}
		return records, now, err
	}
}
