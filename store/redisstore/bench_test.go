//go:build unix

package redisstore_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/redisstore"
)

const (
	callers = 16
	calls   = 20 // of each caller, in one batch
)

// BenchmarkRefresh compares what is asked of one server by 16 callers:
//
//   - what package session does with a store for one refresh: a Load of two keys, decoding
//     and encoding the record, a Swap;
//   - a whole refresh, in which the access token is signed with ES256;
//   - a GET of as many bytes.
//
// They take turns, and are compared within a turn: what is reported are medians. The server does not wait for its
// disk, since a GET does not either.
func BenchmarkRefresh(b *testing.B) {
	s, client, _ := open(b, "appendfsync", "everysec")
	ctx, expires := b.Context(), time.Now().Add(time.Hour)
	data, err := json.Marshal(benchRecord{Subject: strings.Repeat("s", 36), Secret: strings.Repeat("f", 43), Label: strings.Repeat("l", 70), AMR: []string{"pwd", "otp"}})
	require.NoError(b, err)
	for i := range callers {
		ok, err := s.Swap(ctx, fmt.Sprint("s:", i), 0, store.Record{Version: store.NewVersion(), Expires: expires, Data: data, Subject: "subject"})
		require.NoError(b, err)
		require.True(b, ok)
		require.NoError(b, client.Set(ctx, fmt.Sprint("bare:", i), data, time.Hour).Err())
	}
	get := func(i int) error { return client.Get(ctx, fmt.Sprint("bare:", i)).Err() }
	change := func(i int) error {
		key := fmt.Sprint("s:", i)
		records, _, err := s.Load(ctx, key, fmt.Sprint("u:", i))
		if err != nil {
			return err
		}
		var r benchRecord
		if err := json.Unmarshal(records[0].Data, &r); err != nil {
			return err
		}
		r.Gen++
		next, err := json.Marshal(r)
		if err != nil {
			return err
		}
		ok, err := s.Swap(ctx, key, records[0].Version, store.Record{Version: store.NewVersion(), Expires: expires, Data: next, Subject: "subject"})
		if err == nil && !ok {
			err = errors.New("Swap returned false")
		}
		return err
	}
	rows := []struct {
		name string
		call func(caller int) error
		took []time.Duration
	}{{"GET", get, nil}, {"Load+decide+Swap", change, nil}, {"Refresh", wholeRefresh(b, s), nil}}
	for b.Loop() {
		for i := range rows {
			rows[i].took = append(rows[i].took, batch(b, rows[i].call))
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, r := range rows {
		ratios := make([]float64, len(r.took))
		for i := range ratios {
			ratios[i] = float64(rows[0].took[i]) / float64(r.took[i])
		}
		b.ReportMetric(median(ratios), r.name+"/GET")
		b.ReportMetric(callers*calls/median(r.took).Seconds(), r.name+"/s")
	}
}

func median[T cmp.Ordered](s []T) T { return slices.Sorted(slices.Values(s))[len(s)/2] }

// A benchRecord has as many members and bytes as a session.
type benchRecord struct {
	Subject, Secret, Label           string
	Gen                              uint32
	Rot, Seen, Start, Auth, Abs, End int64
	Persistent                       bool
	AMR                              []string
}

// wholeRefresh returns a refresh for each caller. Each finds the clock beyond Grace, since
// a session makes no new generation within it.
func wholeRefresh(b *testing.B, st *redisstore.Store) func(caller int) error {
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

// BenchmarkSize measures nothing but sizes: what a session takes of the server's memory, with
// the index, after the first refresh, and what a revocation takes in the feed.
func BenchmarkSize(b *testing.B) {
	s, client, _ := open(b, "appendfsync", "no")
	service := newSessions(b, s)
	memory := func() float64 {
		text, err := client.Info(b.Context(), "memory").Result()
		require.NoError(b, err)
		_, text, _ = strings.Cut(text, "used_memory:")
		text, _, _ = strings.Cut(text, "\r\n")
		n, err := strconv.ParseFloat(text, 64)
		require.NoError(b, err)
		return n
	}
	const n = 30_000
	before := memory()
	for i := range n {
		tokens, err := service.Start(b.Context(), session.Login{
			Subject: fmt.Sprintf("%08d-7dec-11d0-a765-00a0c91e6bf6", i), AMR: []string{"pwd", "otp"}, Persistent: true,
			Label: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		})
		require.NoError(b, err)
		_, err = service.Refresh(b.Context(), tokens.RefreshToken)
		require.NoError(b, err)
	}
	for b.Loop() {
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric((memory()-before)/n, "bytes/session")
	before = memory()
	for i := range n {
		require.NoError(b, s.Append(b.Context(), store.Revocation{Kind: "session", ID: fmt.Sprintf("%022d", i), Expires: time.Now().Add(21 * time.Minute)}))
	}
	b.ReportMetric((memory()-before)/n, "bytes/revocation")
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
