//go:build unix

package redisstore_test

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
	calls   = 200 // of each caller, in one batch
)

// BenchmarkRefresh compares three things that are asked of one server by 16 callers:
//
//   - what package session asks of a store for one refresh, a Load of two keys and a Swap;
//   - a whole refresh, in which the access token is signed with ES256;
//   - a GET of as many bytes.
//
// They take turns, so that the machine is the same for all. The server does not wait for its
// disk, since a GET does not either.
func BenchmarkRefresh(b *testing.B) {
	s, client, _ := open(b, "appendfsync", "everysec")
	ctx, data := b.Context(), bytes.Repeat([]byte("x"), 300)
	expires := time.Now().Add(time.Hour)
	for i := range callers {
		ok, err := s.Swap(ctx, fmt.Sprint("s:", i), 0, store.Record{Version: store.NewVersion(), Expires: expires, Data: data, Subject: "subject"})
		require.NoError(b, err)
		require.True(b, ok)
		require.NoError(b, client.Set(ctx, fmt.Sprint("bare:", i), data, time.Hour).Err())
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
	get := func(i int) error { return client.Get(ctx, fmt.Sprint("bare:", i)).Err() }
	var refreshing, getting time.Duration
	n := 0
	for b.Loop() {
		refreshing += batch(b, refresh)
		getting += batch(b, get)
		n += callers * calls
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(n)/refreshing.Seconds(), "refreshes/s")
	b.ReportMetric(float64(n)/getting.Seconds(), "GETs/s")
	b.ReportMetric(getting.Seconds()/refreshing.Seconds(), "refreshes/GET")
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
