package storetest_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/cda17858/jwt/store"
)

var swapFaults = []fault{
	faulty("Swap", "update that inserts", "old version that is not 0", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			if records, _, err := m.Load(ctx, key); err == nil && records[0].Version == 0 {
				old = 0
			}
			return m.Swap(ctx, key, old, r)
		}
	}),
	faulty("Swap", "insert that overwrites", "wrong version (0)", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			if old == 0 {
				return force(ctx, m, key, r)
			}
			return m.Swap(ctx, key, old, r)
		}
	}),
	faulty("Swap", "signed versions", "right version", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			if int64(old) < 0 {
				return false, nil
			}
			return m.Swap(ctx, key, old, r)
		}
	}),
	faulty("Swap", "refused and stored", "Version is", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			ok, err := m.Swap(ctx, key, old, r)
			if !ok && err == nil && old != 0 {
				_, err = force(ctx, m, key, r)
			}
			return ok, err
		}
	}),
	faulty("Swap", "no limits", "too much Data", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			r.Data = r.Data[:min(len(r.Data), store.MaxData)]
			return m.Swap(ctx, key, old, r)
		}
	}),
	faulty("LostUpdates", "read, then write", "updates", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			records, _, err := m.Load(ctx, key)
			if err != nil || records[0].Version != old {
				return false, err
			}
			time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
			return force(ctx, m, key, r)
		}
	}),
	faulty("LostUpdates", "two are first", "returned true", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			if old != 0 || strings.HasSuffix(key, "counter") {
				return m.Swap(ctx, key, old, r)
			}
			records, _, err := m.Load(ctx, key)
			if err != nil || records[0].Version != 0 {
				return false, err
			}
			time.Sleep(time.Millisecond)
			return force(ctx, m, key, r)
		}
	}),
}
