package store_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
)

func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		m := store.NewMemorySize(3)
		swap := func(key string, old uint64, r store.Record) error {
			ok, err := m.Swap(ctx, key, old, r)
			if err == nil {
				require.True(t, ok, key)
			}
			return err
		}
		for i := range 3 {
			require.NoError(t, swap(strconv.Itoa(i), 0, store.Record{Version: 1, Expires: time.Now().Add(time.Minute)}))
		}
		require.ErrorContains(t, swap("more", 0, store.Record{Version: 1}), "full")
		require.NoError(t, swap("0", 1, store.Record{Version: 2}), "a key that is there can be replaced")

		time.Sleep(time.Minute)
		require.NoError(t, swap("more", 0, store.Record{Version: 1}))
		require.Equal(t, 2, m.Len(), "what has expired is gone")
	})
}

func TestMemoryFeedIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := store.NewMemorySize(100)
		add := func(i int) error {
			return m.Append(t.Context(), store.Revocation{Kind: "k", ID: strconv.Itoa(i), Expires: time.Now().Add(time.Minute)})
		}
		for i := range 100 {
			require.NoError(t, add(i))
		}
		require.ErrorContains(t, add(100), "full")
		time.Sleep(time.Minute)
		require.NoError(t, add(101))
		rs, _, err := m.Since(context.Background(), "")
		require.NoError(t, err)
		require.Len(t, rs, 1)
		require.Equal(t, "101", rs[0].ID)
	})
}

// Expiry in the memory store is exact, and what has expired is removed bit by bit.
func TestMemoryExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, m, expires := t.Context(), store.NewMemory(), time.Now().Add(time.Second)
		for i := range 100 {
			ok, err := m.Swap(ctx, strconv.Itoa(i), 0, store.Record{Version: 1, Expires: expires, Subject: "s"})
			require.NoError(t, err)
			require.True(t, ok)
		}
		time.Sleep(time.Second - 1)
		records, now, err := m.Load(ctx, "0")
		require.NoError(t, err)
		require.Equal(t, uint64(1), records[0].Version)
		require.True(t, now.Equal(expires.Add(-1)))
		time.Sleep(time.Nanosecond)
		records, _, err = m.Load(ctx, "0")
		require.NoError(t, err)
		require.Zero(t, records[0])

		for n := 100; n > 0; n = m.Len() {
			ok, err := m.Swap(ctx, "gone", 0, store.Record{Version: 1, Expires: expires})
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, max(n-8, 0), m.Len())
		}
		keys, err := m.List(ctx, "s")
		require.NoError(t, err)
		require.Empty(t, keys)
	})
}

// A cursor of one log is the beginning in another.
func TestMemoryCursorOfAnother(t *testing.T) {
	ctx, a, b := t.Context(), store.NewMemory(), store.NewMemory()
	for _, m := range []*store.Memory{a, b} {
		require.NoError(t, m.Append(ctx, store.Revocation{Kind: "k", ID: "i", Expires: time.Now().Add(time.Hour)}))
	}
	_, cursor, err := a.Since(ctx, "")
	require.NoError(t, err)
	rs, _, err := a.Since(ctx, cursor)
	require.NoError(t, err)
	require.Empty(t, rs)
	rs, _, err = b.Since(ctx, cursor)
	require.NoError(t, err)
	require.Len(t, rs, 1)
}
