package storetest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cda17858/jwt/store"
)

// keysChanged is a store that changes keys before it uses them.
func keysChanged(demand, name, want string, change func(key string) string) fault {
	return faulty(demand, name, want, func(b *broken, m *store.Memory) {
		b.load = func(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
			keys = slices.Clone(keys)
			for i, key := range keys {
				keys[i] = change(key)
			}
			return m.Load(ctx, keys...)
		}
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			return m.Swap(ctx, change(key), old, r)
		}
	})
}

var dataFaults = []fault{
	faulty("Load", "order of the database", "record 0", func(b *broken, m *store.Memory) {
		b.load = func(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
			keys = slices.Clone(keys)
			slices.Sort(keys)
			return m.Load(ctx, keys...)
		}
	}),
	faulty("Load", "absent ones left out", "records", func(b *broken, m *store.Memory) {
		b.load = func(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
			records, now, err := m.Load(ctx, keys...)
			if len(keys) > 1 {
				records = slices.DeleteFunc(records, func(r store.Record) bool { return r.Version == 0 })
			}
			return records, now, err
		}
	}),
	faulty("Load", "a key twice is found once", "record", func(b *broken, m *store.Memory) {
		b.load = func(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
			records, now, err := m.Load(ctx, keys...)
			for i, key := range keys {
				if slices.Index(keys, key) < i {
					records[i] = store.Record{}
				}
			}
			return records, now, err
		}
	}),
	keysChanged("Data", "keys in any case", "returned false", strings.ToLower),
	keysChanged("Data", "keys without trailing spaces", "returned false", func(key string) string { return strings.TrimRight(key, " ") }),
	keysChanged("Data", "keys end at NUL", "returned false", func(key string) string { key, _, _ = strings.Cut(key, "\x00"); return key }),
	keysChanged("Data", "keys are UTF-8", "returned false", func(key string) string { return strings.ToValidUTF8(key, "\uFFFD") }),
	keysChanged("Data", "keys of 255 bytes", "returned false", func(key string) string { return key[:min(len(key), 255)] }),
	faulty("Data", "64 KiB", "too large", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			if len(r.Data) > 64<<10 {
				return false, errors.New("row too large")
			}
			return m.Swap(ctx, key, old, r)
		}
	}),
	faulty("Data", "data is text", "is not what was stored", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			r.Data = []byte(strings.ToValidUTF8(string(r.Data), "?"))
			return m.Swap(ctx, key, old, r)
		}
	}),
	faulty("Data", "keeps Data", "is not what was stored", func(b *broken, m *store.Memory) {
		kept := make(map[uint64][]byte)
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			kept[r.Version] = r.Data
			return m.Swap(ctx, key, old, r)
		}
		b.load = func(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
			records, now, err := m.Load(ctx, keys...)
			for i := range records {
				records[i].Data = kept[records[i].Version]
			}
			return records, now, err
		}
	}),
	faulty("Data", "appends to Data", "has changed Data", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			if cap(r.Data) > len(r.Data) {
				_ = append(r.Data, 0)
			}
			return m.Swap(ctx, key, old, r)
		}
	}),
}
