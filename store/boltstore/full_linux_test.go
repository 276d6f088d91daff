package boltstore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
)

// A disk that is full makes Swap and Append fail. Everything that was acknowledged is there,
// and writing goes on when there is room again.
func TestDiskFull(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=512k"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("needs the right to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 256<<10), 0o600))
	path := filepath.Join(dir, "store.db")
	s := openAt(t, path)

	n := 0
	var err error
	for err == nil {
		require.Less(t, n, 10_000)
		_, err = s.Swap(ctx, fmt.Sprint(n), 0, store.Record{Version: uint64(n + 1), Data: data, Expires: time.Now().Add(time.Hour)})
		n++
	}
	require.True(t, errors.Is(err, syscall.ENOSPC), "%v", err)
	for i := range n {
		records, _, err := s.Load(ctx, fmt.Sprint(i))
		require.NoError(t, err)
		require.Equal(t, i < n-1, records[0].Version == uint64(i+1), "record %d of %d", i, n)
	}
	require.NoError(t, os.Remove(ballast))
	ok, err := s.Swap(ctx, fmt.Sprint(n), 0, record())
	require.NoError(t, err)
	require.True(t, ok)
	require.NoError(t, s.Close())
	count, err := openAt(t, path).Count(ctx)
	require.NoError(t, err)
	require.Equal(t, n, count)
}
