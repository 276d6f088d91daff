package storetest_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cda17858/jwt/store"
)

var linearizableFaults = []fault{
	faulty("Linearizable", "replica that lags", "no order of these calls", func(b *broken, m *store.Memory) {
		var mu sync.Mutex
		replica := make(map[string]store.Record)
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
			records, _, _ := m.Load(ctx, key)
			ok, err := m.Swap(ctx, key, old, r)
			mu.Lock()
			defer mu.Unlock()
			if ok && records != nil {
				replica[key] = records[0]
			}
			return ok, err
		}
		b.load = func(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
			time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
			mu.Lock()
			defer mu.Unlock()
			if r, ok := replica[keys[0]]; ok && rand.IntN(10) == 0 {
				return []store.Record{r}, time.Now(), nil
			}
			return m.Load(ctx, keys...)
		}
	}),
	faulty("Linearizable", "retry of a write that was stored", "no order of these calls", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
			ok, err := m.Swap(ctx, key, old, r)
			if ok && rand.IntN(10) == 0 { // the answer was lost, and the driver asks again
				return m.Swap(ctx, key, old, r)
			}
			return ok, err
		}
	}),
	faulty("Linearizable", "forgets after an error", "no order of these calls", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			before, _, err := m.Load(ctx, key)
			if err != nil {
				return false, err
			}
			time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
			ok, _ := m.Swap(context.WithoutCancel(ctx), key, old, r)
			time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
			if ok && ctx.Err() != nil { // rolls back what others have seen
				_, _ = force(context.WithoutCancel(ctx), m, key, orDeleted(before[0]))
			}
			return ok, ctx.Err()
		}
	}),
}

// orDeleted returns r, or a record that deletes if r is none.
func orDeleted(r store.Record) store.Record {
	if r.Version == 0 {
		return store.Record{Version: store.NewVersion(), Expires: time.Unix(1, 0)}
	}
	return r
}
