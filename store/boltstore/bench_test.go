//go:build unix || windows

package boltstore_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"github.com/cda17858/jwt/store"
)

// BenchmarkCommit compares ways in which many callers store 300 bytes each, durably, under
// keys of their own:
//
//   - Swap of this package;
//   - Put in a transaction of bbolt for each (DB.Update), which is one fsync for each;
//   - Put by DB.Batch of bbolt, which waits 10 ms for others unless told otherwise.
func BenchmarkCommit(b *testing.B) {
	for _, callers := range []int{1, 16, 64, 512} {
		b.Run(fmt.Sprint("Swap/", callers), func(b *testing.B) {
			s := open(b)
			versions := make([]uint64, callers)
			bench(b, callers, func(i int) error {
				next := store.NewVersion()
				ok, err := s.Swap(b.Context(), key(i), versions[i], store.Record{Version: next, Expires: later, Data: data, Subject: key(i)})
				if err == nil && !ok {
					err = fmt.Errorf("Swap returned false")
				}
				versions[i] = next
				return err
			})
		})
		b.Run(fmt.Sprint("Update/", callers), func(b *testing.B) {
			bench(b, callers, put((*bolt.DB).Update, openBolt(b)))
		})
		for _, delay := range []time.Duration{10 * time.Millisecond, 2 * time.Millisecond, 0} {
			b.Run(fmt.Sprint("Batch of ", delay, "/", callers), func(b *testing.B) {
				db := openBolt(b)
				db.MaxBatchDelay = delay
				bench(b, callers, put((*bolt.DB).Batch, db))
			})
		}
	}
}

var (
	data  = bytes.Repeat([]byte("x"), 300)
	later = time.Now().Add(time.Hour)
)

func key(i int) string { return fmt.Sprint("s:", i) }

// bench has each of callers make its share of b.N calls, and reports calls a second.
func bench(b *testing.B, callers int, call func(caller int) error) {
	var wg sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	for i := range callers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := call(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

func openBolt(b *testing.B) *bolt.DB {
	db, err := bolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, nil)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	require.NoError(b, db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("bare"))
		return err
	}))
	return db
}

// put returns a call that stores data by transact.
func put(transact func(*bolt.DB, func(*bolt.Tx) error) error, db *bolt.DB) func(int) error {
	return func(i int) error {
		return transact(db, func(tx *bolt.Tx) error { return tx.Bucket([]byte("bare")).Put([]byte(key(i)), data) })
	}
}
