package jwks_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// BenchmarkFlood measures how long good tokens take, by themselves and while others send tokens
// with random kids as fast as they can. Beside it stands a flood of forged tokens with a
// kid that is known, which costs the machine a signature check each.
func BenchmarkFlood(b *testing.B) {
	needSockets(b)
	server := httptest.NewServer(must(jwks.NewHandler(jwks.HandlerConfig{Source: sourceOf(keyA), MaxAge: time.Hour})))
	defer server.Close()
	var r recorder
	c, err := jwks.New(b.Context(), jwks.Config{URL: server.URL, Algorithms: validAlgorithms, Observe: r.observe})
	require.NoError(b, err)
	defer c.Close()
	good, bad := token(keyA), token(forger)
	ctx := context.Background()
	parse := func(token string) error {
		_, err := jwt.Parse[struct{}](ctx, token, c, validator)
		return err
	}
	require.NoError(b, parse(good))
	for _, flood := range []struct {
		name string
		send func() error
	}{
		{"alone", nil},
		{"unknown", func() error { return parse(token(newKid())) }},
		{"forged", func() error { return parse(bad) }},
	} {
		b.Run(flood.name, func(b *testing.B) {
			var stop atomic.Bool
			var sent atomic.Int64
			var wg sync.WaitGroup
			if flood.send != nil {
				wg.Go(func() {
					for !stop.Load() {
						if flood.send() == nil {
							panic("a bad token was accepted")
						}
						sent.Add(1)
					}
				})
			}
			var times []time.Duration
			for b.Loop() {
				begin := time.Now()
				if err := parse(good); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(begin))
			}
			stop.Store(true)
			wg.Wait()
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(sent.Load())/b.Elapsed().Seconds(), "floods/s")
		})
	}
	b.Logf("%d fetches", len(r.all()))
}

// newKid returns a Signer with a random kid that signs nothing.
func newKid() jwt.Signer { return &otherKey{jwt.EdDSA, randomKid(), otherPublic(make([]byte, 64))} }
