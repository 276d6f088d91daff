//go:build unix || windows

package boltstore_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/boltstore"
)

func TestConfig(t *testing.T) {
	for want, cfg := range map[string]boltstore.Config{
		"boltstore: Config.Path is empty; set it to a file, for example /var/lib/app/sessions.db": {},
		"boltstore: Config.LockWait is -1ns; it must be between 0 and 10m0s":                      {Path: "x", LockWait: -1},
		"boltstore: Config.LockWait is 10m0.000000001s; it must be between 0 and 10m0s":           {Path: "x", LockWait: 10*time.Minute + 1},
	} {
		s, err := boltstore.New(t.Context(), cfg)
		require.EqualError(t, err, want)
		require.Nil(t, s)
	}
}

// A file is open once. Who comes second waits for it.
func TestLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	first := openAt(t, path)

	_, err := boltstore.New(t.Context(), boltstore.Config{Path: path, LockWait: time.Millisecond})
	require.ErrorContains(t, err, "the file is open in another process, or twice in this one (waited 1ms)")
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = boltstore.New(ctx, boltstore.Config{Path: path})
	require.ErrorIs(t, err, context.DeadlineExceeded)

	time.AfterFunc(10*time.Millisecond, func() { first.Close() })
	openAt(t, path)
}

func TestClose(t *testing.T) {
	s, ctx := open(t), t.Context()
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, _, err := s.Load(ctx, "key")
	require.EqualError(t, err, "boltstore: Load: the store is closed")
	_, err = s.Swap(ctx, "key", 0, store.Record{Version: 1})
	require.EqualError(t, err, "boltstore: Swap: the store is closed")
	_, err = s.List(ctx, "subject")
	require.EqualError(t, err, "boltstore: List: the store is closed")
	require.EqualError(t, s.Append(ctx, revocation("id")), "boltstore: Append: the store is closed")
	_, _, err = s.Since(ctx, "")
	require.EqualError(t, err, "boltstore: Since: the store is closed")
}
