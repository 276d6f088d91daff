//go:build unix || windows

package boltstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/boltstore"
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

// BenchmarkRefresh compares, for several numbers of callers, what is durable and stores
// about 300 bytes:
//
//   - what package session asks of a store for one refresh, a Load of two keys and a Swap;
//   - a whole refresh, in which the access token is signed with ES256;
//   - Put in a transaction of bbolt for each (DB.Update), and by DB.Batch.
//
// They take turns, so that the machine is the same for all.
func BenchmarkRefresh(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			s, db := open(b), openBolt(b)
			for i := range callers {
				ok, err := s.Swap(b.Context(), key(i), 0, record())
				require.NoError(b, err)
				require.True(b, ok)
			}
			ways := []struct {
				name  string
				call  func(int) error
				taken time.Duration
			}{
				{name: "refreshes/s", call: func(i int) error { return loadAndSwap(b, s, i) }},
				{name: "whole/s", call: wholeRefresh(b, s, callers)},
				{name: "puts/s", call: put((*bolt.DB).Update, db)},
				{name: "batched/s", call: put((*bolt.DB).Batch, db)},
			}
			n := 0
			for b.Loop() {
				for i := range ways {
					ways[i].taken += turn(b, callers, ways[i].call)
				}
				n += callers * calls
			}
			b.ReportMetric(0, "ns/op")
			for _, way := range ways {
				b.ReportMetric(float64(n)/way.taken.Seconds(), way.name)
			}
		})
	}
}

func loadAndSwap(b *testing.B, s *boltstore.Store, i int) error {
	records, _, err := s.Load(b.Context(), fmt.Sprint("u:", i), key(i))
	if err != nil {
		return err
	}
	ok, err := s.Swap(b.Context(), key(i), records[1].Version, record())
	if err == nil && !ok {
		err = errors.New("Swap returned false")
	}
	return err
}

// wholeRefresh returns a refresh for each caller. Each finds the clock beyond Grace, since
// a session makes no new generation within it.
func wholeRefresh(b *testing.B, st *boltstore.Store, callers int) func(caller int) error {
	s := newSessions(b, &clockStore{Store: st, begin: time.Now()}, func(c *sessionConfig) {
		c.Grace, c.Idle, c.Absolute = time.Second, 5*365*24*time.Hour, 5*365*24*time.Hour
	})
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	tokens := make([]string, callers)
	for i := range tokens {
		tokens[i] = login(b, s, fmt.Sprint("user ", i)).RefreshToken
	}
	return func(i int) error {
		next, err := s.Refresh(b.Context(), tokens[i])
		if err != nil {
			return err
		}
		if next.RefreshToken == tokens[i] {
			return errors.New("Refresh made no new generation")
		}
		tokens[i] = next.RefreshToken
		return nil
	}
}

// A clockStore has a clock that goes on by two seconds with each Load.
type clockStore struct {
	*boltstore.Store
	begin time.Time
	loads atomic.Int64
}

func (s *clockStore) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	rs, _, err := s.Store.Load(ctx, keys...)
	return rs, s.begin.Add(time.Duration(s.loads.Add(1)) * 2 * time.Second), err
}

const calls = 20 // of each caller, in one turn

// turn returns how long all callers need for their calls.
func turn(b *testing.B, callers int, call func(caller int) error) time.Duration {
	var wg sync.WaitGroup
	start := time.Now()
	for i := range callers {
		wg.Go(func() {
			for range calls {
				if err := call(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

// BenchmarkSize measures nothing but the file: what one of 10,000 sessions takes
// of it, after the first refresh.
func BenchmarkSize(b *testing.B) {
	const n = 10_000
	st := open(b)
	s := newSessions(b, st)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	var wg sync.WaitGroup
	for caller := range 50 {
		wg.Go(func() {
			for i := caller; i < n; i += 50 {
				tokens, err := s.Start(b.Context(), session.Login{
					Subject: fmt.Sprintf("%08d-7dec-11d0-a765-00a0c91e6bf6", i), AMR: []string{"pwd", "otp"}, Persistent: true,
					Label: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
				})
				if err == nil {
					_, err = s.Refresh(b.Context(), tokens.RefreshToken)
				}
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for b.Loop() {
	}
	size, err := st.Size()
	require.NoError(b, err)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(size)/float64(n), "bytes/session")
}

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
