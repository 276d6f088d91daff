//go:build unix || windows

package boltstore_test

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/boltstore"
)

// bubble runs test with a Store whose transactions wait, once they are done, for a call of
// next. All goroutines are in the bubble.
func bubble(t *testing.T, test func(t *testing.T, s *boltstore.Store, next func())) {
	path := filepath.Join(t.TempDir(), "store.db")
	in(t, func(t *testing.T) {
		s := openAt(t, path)
		turns := make(chan bool)
		s.Around(func(commit func() error) error {
			err := commit()
			<-turns
			return err
		})
		test(t, s, func() { turns <- true; synctest.Wait() })
	})
}

// What arrives while a transaction is written shares the next one.
func TestGroupCommit(t *testing.T) {
	bubble(t, func(t *testing.T, s *boltstore.Store, next func()) {
		var wg sync.WaitGroup
		swap := func(i int) {
			wg.Go(func() {
				ok, err := s.Swap(t.Context(), key(i), 0, record())
				assert.NoError(t, err)
				assert.True(t, ok)
			})
		}
		swap(0)
		synctest.Wait()
		for i := range 100 {
			swap(i + 1)
			wg.Go(func() { assert.NoError(t, s.Append(t.Context(), revocation(key(i)))) })
		}
		synctest.Wait()
		next()
		next()
		wg.Wait()
		n, err := s.Count(t.Context())
		require.NoError(t, err)
		require.Equal(t, 101, n)
	})
}

// Of those who want the same version replaced in one transaction, one succeeds.
func TestGroupConflict(t *testing.T) {
	bubble(t, func(t *testing.T, s *boltstore.Store, next func()) {
		go s.Swap(t.Context(), "other", 0, record())
		synctest.Wait()
		var wg sync.WaitGroup
		won := make(chan bool, 10)
		for range 10 {
			wg.Go(func() {
				ok, err := s.Swap(t.Context(), "key", 0, record())
				assert.NoError(t, err)
				won <- ok
			})
		}
		synctest.Wait()
		next()
		next()
		wg.Wait()
		close(won)
		n := 0
		for ok := range won {
			if ok {
				n++
			}
		}
		require.Equal(t, 1, n)
	})
}

// Load returns a record only when it is on the disk, and does not wait for others.
func TestLoadWaits(t *testing.T) {
	bubble(t, func(t *testing.T, s *boltstore.Store, next func()) {
		ctx := t.Context()
		go s.Swap(ctx, "key", 0, store.Record{Version: 7})
		synctest.Wait()
		records, _, err := s.Load(ctx, "other")
		require.NoError(t, err)
		require.Zero(t, records[0])

		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, _, err = s.Load(short, "other", "key")
		require.EqualError(t, err, "boltstore: Load: context deadline exceeded")

		var loaded []store.Record
		go func() { loaded, _, _ = s.Load(ctx, "key") }()
		synctest.Wait()
		require.Nil(t, loaded)
		next()
		require.Equal(t, uint64(7), loaded[0].Version)
	})
}

// A caller whose time is up does not wait, and what has not begun by then is not stored.
func TestCallerGivesUp(t *testing.T) {
	bubble(t, func(t *testing.T, s *boltstore.Store, next func()) {
		first := make(chan error)
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := s.Swap(ctx, "begun", 0, record())
			first <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		require.EqualError(t, <-first, "boltstore: Swap: context deadline exceeded")
		require.Equal(t, time.Second, time.Since(start))
		_, err := s.Swap(ctx, "waiting", 0, record())
		require.EqualError(t, err, "boltstore: Swap: context deadline exceeded")
		require.Equal(t, 2*time.Second, time.Since(start))
		next()
		records, _, err := s.Load(t.Context(), "begun", "waiting")
		require.NoError(t, err)
		require.NotZero(t, records[0].Version)
		require.Zero(t, records[1].Version)
	})
}

// Close waits for what has begun, and what waits behind it is an error.
func TestCloseWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	in(t, func(t *testing.T) {
		s := openAt(t, path)
		turn := make(chan bool)
		s.Around(func(commit func() error) error { <-turn; return commit() })
		results := make(chan error, 2)
		for _, key := range []string{"first", "second"} {
			go func() { _, err := s.Swap(t.Context(), key, 0, record()); results <- err }()
			synctest.Wait()
		}
		closed := false
		go func() { s.Close(); closed = true }()
		synctest.Wait()
		require.False(t, closed)
		require.EqualError(t, <-results, "boltstore: Swap: the store is closed")
		turn <- true
		require.NoError(t, <-results)
		synctest.Wait()
		require.True(t, closed)

		records, _, err := openAt(t, path).Load(t.Context(), "first", "second")
		require.NoError(t, err)
		require.NotZero(t, records[0].Version)
		require.Zero(t, records[1].Version)
	})
}

// A write that fails is an error, and the next one may succeed.
func TestWriteFails(t *testing.T) {
	s, ctx := open(t), t.Context()
	full := true
	s.Around(func(commit func() error) error {
		if full {
			return &fs.PathError{Op: "write", Path: "store.db", Err: syscall.ENOSPC}
		}
		return commit()
	})
	_, err := s.Swap(ctx, "key", 0, record())
	require.ErrorIs(t, err, syscall.ENOSPC)
	records, _, err := s.Load(ctx, "key")
	require.NoError(t, err)
	require.Zero(t, records[0].Version)
	full = false
	ok, err := s.Swap(ctx, "key", 0, record())
	require.NoError(t, err)
	require.True(t, ok)
}

// A Load that has read what a failed write left behind, and looks only when that write has
// ended, does not return it.
func TestSyncFailsDuringLoad(t *testing.T) {
	s, ctx := open(t), t.Context()
	s.Around(func(commit func() error) error {
		if err := commit(); err != nil {
			return err
		}
		return syscall.EIO
	})
	require.NoError(t, s.Settled(ctx, "key"))
	_, err := s.Swap(ctx, "key", 0, record())
	require.ErrorIs(t, err, syscall.EIO)
	require.ErrorIs(t, s.Settled(ctx, "key"), syscall.EIO)
}

// After an fsync that has failed, or a panic of bbolt, nothing is certain. After the panic,
// bbolt may not be able to close the file.
func TestSyncFails(t *testing.T) {
	for name, fail := range map[string]func() error{
		"fsync": func() error { return syscall.EIO },
		"panic": func() error { panic("page 7 already freed") },
	} {
		t.Run(name, func(t *testing.T) {
			path, ctx := filepath.Join(t.TempDir(), "store.db"), t.Context()
			s, err := boltstore.New(ctx, boltstore.Config{Path: path})
			require.NoError(t, err)
			s.Around(func(commit func() error) error { return errors.Join(commit(), fail()) })
			_, err = s.Swap(ctx, "key", 0, record())
			require.ErrorContains(t, err, "the file must be opened again")
			for what, call := range map[string]func() error{
				"Load":   func() error { _, _, err := s.Load(ctx, "key"); return err },
				"Swap":   func() error { _, err := s.Swap(ctx, "other", 0, record()); return err },
				"List":   func() error { _, err := s.List(ctx, "subject"); return err },
				"Append": func() error { return s.Append(ctx, revocation("id")) },
				"Since":  func() error { _, _, err := s.Since(ctx, ""); return err },
			} {
				require.ErrorContains(t, call(), "the file must be opened again", what)
			}
			if name == "panic" {
				require.EqualError(t, s.Close(), "boltstore: Close: the file stays locked until the process ends, since it is damaged")
				return
			}
			require.NoError(t, s.Close())
			require.NoError(t, useAll(ctx, openAt(t, path)))
		})
	}
}

// A Load that waits for a write whose fsync fails returns an error.
func TestLoadAfterSyncFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	in(t, func(t *testing.T) {
		s := openAt(t, path)
		turn := make(chan error)
		s.Around(func(commit func() error) error { return errors.Join(commit(), <-turn) })
		go s.Swap(t.Context(), "key", 0, record())
		synctest.Wait()
		failed := make(chan error, 1)
		go func() { _, _, err := s.Load(t.Context(), "key"); failed <- err }()
		synctest.Wait()
		turn <- syscall.EIO
		require.ErrorContains(t, <-failed, "must be opened again")
	})
}
