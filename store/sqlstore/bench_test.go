//go:build unix

package sqlstore_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
)

const (
	callers = 16
	calls   = 50 // of each caller, in one batch
)

// BenchmarkRefresh compares what package session asks of a store for one refresh, a Load
// of two keys and a Swap, with an UPDATE of one row by its primary key. Both are durable
// (fsync is on), store 300 bytes and have 16 callers. They take turns, so that the
// machine is the same for both.
func BenchmarkRefresh(b *testing.B) {
	s, db, _ := open(b)
	ctx, data := b.Context(), bytes.Repeat([]byte("x"), 300)
	_, err := db.ExecContext(ctx, `create table bare (id bytea primary key, data bytea not null) with (fillfactor = 70)`)
	require.NoError(b, err)
	expires := time.Now().Add(time.Hour)
	for i := range callers {
		ok, err := s.Swap(ctx, fmt.Sprint("s:", i), 0, store.Record{Version: store.NewVersion(), Expires: expires, Data: data, Subject: "subject"})
		require.NoError(b, err)
		require.True(b, ok)
		_, err = db.ExecContext(ctx, `insert into bare values ($1, $2)`, []byte(fmt.Sprint("s:", i)), data)
		require.NoError(b, err)
	}

	refresh := func(i int) error {
		key := fmt.Sprint("s:", i)
		records, _, err := s.Load(ctx, key, fmt.Sprint("u:", i))
		if err != nil {
			return err
		}
		ok, err := s.Swap(ctx, key, records[0].Version, store.Record{Version: store.NewVersion(), Expires: expires, Data: data, Subject: "subject"})
		if err == nil && !ok {
			err = fmt.Errorf("Swap returned false")
		}
		return err
	}
	update := func(i int) error {
		_, err := db.ExecContext(ctx, `update bare set data = $2 where id = $1`, []byte(fmt.Sprint("s:", i)), data)
		return err
	}
	var refreshing, updating time.Duration
	n := 0
	for b.Loop() {
		refreshing += batch(b, refresh)
		updating += batch(b, update)
		n += callers * calls
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(n)/refreshing.Seconds(), "refreshes/s")
	b.ReportMetric(float64(n)/updating.Seconds(), "updates/s")
	b.ReportMetric(updating.Seconds()/refreshing.Seconds(), "refreshes/update")
}

// batch returns how long all callers need for their calls.
func batch(b *testing.B, call func(caller int) error) time.Duration {
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
