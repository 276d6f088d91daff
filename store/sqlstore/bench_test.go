//go:build unix

package sqlstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/sqlstore"
)

const (
	callers = 16
	calls   = 50 // of each caller, in one batch
)

// BenchmarkRefresh compares three things that are durable (fsync is on), store about 300
// bytes and have 16 callers:
//
//   - what package session asks of a store for one refresh, a Load of two keys and a Swap;
//   - a whole refresh, in which the access token is signed with ES256;
//   - an UPDATE of one row by its primary key.
//
// They take turns, so that the machine is the same for all.
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
	whole := wholeRefresh(b, s)
	var refreshing, signing, updating time.Duration
	n := 0
	for b.Loop() {
		refreshing += batch(b, refresh)
		signing += batch(b, whole)
		updating += batch(b, update)
		n += callers * calls
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(n)/refreshing.Seconds(), "refreshes/s")
	b.ReportMetric(float64(n)/signing.Seconds(), "whole/s")
	b.ReportMetric(float64(n)/updating.Seconds(), "updates/s")
	b.ReportMetric(updating.Seconds()/refreshing.Seconds(), "refreshes/update")
	b.ReportMetric(updating.Seconds()/signing.Seconds(), "whole/update")
}

// wholeRefresh returns a refresh for each caller. Each finds the clock beyond Grace, since
// a session makes no new generation within it.
func wholeRefresh(b *testing.B, st *sqlstore.Store) func(caller int) error {
	var loads atomic.Int64
	begin := time.Now()
	advancing := &clockStore{st, func() time.Time { return begin.Add(time.Duration(loads.Add(1)) * 2 * time.Second) }}
	s := newSessions(b, advancing, func(c *sessionConfig) {
		c.Grace, c.Idle, c.Absolute = time.Second, 5*365*24*time.Hour, 5*365*24*time.Hour
	})
	var tokens [callers]string
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

// BenchmarkSize measures nothing but the size of sessions: that of a record, and what a
// session takes of the database, with its indices, after the first refresh.
func BenchmarkSize(b *testing.B) {
	s, db, _ := open(b, "fsync=off")
	sessions := newSessions(b, s)
	const n = 1000
	for i := range n {
		tokens, err := sessions.Start(b.Context(), session.Login{
			Subject: fmt.Sprintf("%08d-7dec-11d0-a765-00a0c91e6bf6", i), AMR: []string{"pwd", "otp"}, Persistent: true,
			Label: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		})
		require.NoError(b, err)
		_, err = sessions.Refresh(b.Context(), tokens.RefreshToken)
		require.NoError(b, err)
	}
	for b.Loop() {
	}
	_, err := db.ExecContext(b.Context(), `vacuum full jwt_record`)
	require.NoError(b, err)
	var record, row, total float64
	require.NoError(b, db.QueryRowContext(b.Context(), `select avg(octet_length(data)), avg(pg_column_size(r.*)), pg_total_relation_size('jwt_record') from jwt_record r`).
		Scan(&record, &row, &total))
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(record, "record-bytes")
	b.ReportMetric(row, "row-bytes")
	b.ReportMetric(total/n, "bytes/session")
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
