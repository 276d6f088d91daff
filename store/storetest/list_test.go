package storetest_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cda17858/jwt/store"
)

var listFaults = []fault{
	faulty("List", "index that lags", "lacks", func(b *broken, m *store.Memory) {
		b.list = func(ctx context.Context, subject string) ([]string, error) {
			keys, err := m.List(ctx, subject)
			if len(keys) > 0 {
				keys = keys[1:]
			}
			return keys, err
		}
	}),
	faulty("List", "everything", "never was a record of that subject", func(b *broken, m *store.Memory) {
		all := make(map[string]bool)
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			all[key] = true
			return m.Swap(ctx, key, old, r)
		}
		b.list = func(ctx context.Context, subject string) (keys []string, err error) {
			for key := range all {
				keys = append(keys, key)
			}
			return keys, ctx.Err()
		}
	}),
	faulty("List", "one key twice", "twice", func(b *broken, m *store.Memory) {
		b.list = func(ctx context.Context, subject string) ([]string, error) {
			keys, err := m.List(ctx, subject)
			return append(keys, keys...), err
		}
	}),
	faulty("List", "the subject of the first Swap", "lacks", func(b *broken, m *store.Memory) {
		first := make(map[string]string)
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			if old == 0 {
				first[key] = r.Subject
			}
			r.Subject = first[key]
			return m.Swap(ctx, key, old, r)
		}
	}),
	faulty("List", "written after the record", "stored before List was called", func(b *broken, m *store.Memory) {
		var mu sync.Mutex
		written := make(map[string]time.Time)
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			written[key] = time.Now().Add(time.Millisecond)
			return m.Swap(ctx, key, old, r)
		}
		b.list = func(ctx context.Context, subject string) ([]string, error) {
			keys, err := m.List(ctx, subject)
			mu.Lock()
			defer mu.Unlock()
			return slices.DeleteFunc(keys, func(key string) bool {
				return strings.HasSuffix(subject, "concurrent") && time.Now().Before(written[key])
			}), err
		}
	}),
}
