package storetest_test

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/cda17858/jwt/store"
)

var contextFaults = []fault{
	faulty("Context", "ignored by Swap", "Swap with a context that is", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			return m.Swap(context.WithoutCancel(ctx), key, old, r)
		}
	}),
	faulty("Context", "seen after the write", "Version is", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			ok, err := m.Swap(context.WithoutCancel(ctx), key, old, r)
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			return ok, err
		}
	}),
	faulty("Context", "two writes for one record", "stored a part", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			half := r
			half.Data = half.Data[:len(half.Data)/2]
			if ok, err := m.Swap(ctx, key, old, half); !ok || err != nil {
				return ok, err
			}
			select {
			case <-ctx.Done():
				return false, ctx.Err()
			case <-time.After(2 * time.Millisecond):
				return force(ctx, m, key, r)
			}
		}
	}),
	faulty("Context", "done, and Swap has stored nothing", "has not stored", func(b *broken, m *store.Memory) {
		b.swap = func(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
			time.Sleep(time.Millisecond)
			ok, err := m.Swap(ctx, key, old, r)
			if errors.Is(err, context.DeadlineExceeded) && strings.HasSuffix(key, "interrupted") {
				return true, nil
			}
			return ok, err
		}
	}),
}
