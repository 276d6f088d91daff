package jwks_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// TestLoad: 50,000 requests with random kids, from 50 goroutines within five minutes,
// cause no more fetches than the limit allows, and good tokens among them never wait.
func TestLoad(t *testing.T) {
	requests, goroutines := 50_000, 50
	if testing.Short() {
		requests = 5_000
	}
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "Cache-Control", "max-age=86400")
		c := i.start(t)
		good := token(keyA)
		pause := 5 * time.Minute * time.Duration(goroutines) / time.Duration(requests)
		var wg sync.WaitGroup
		for g := range goroutines {
			wg.Go(func() {
				for n := range requests / goroutines {
					begin := time.Now()
					assert.ErrorIs(t, verify(c, randomKid()), jwt.ErrUnknownKey)
					if n%50 == g {
						_, err := jwt.Parse[struct{}](context.Background(), good, c, validator)
						assert.NoError(t, err)
					}
					assert.Zero(t, time.Since(begin))
					time.Sleep(pause)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1+10, i.count(), "one at the start, one for unknown kids in each 30 seconds")
		require.LessOrEqual(t, c.Unknown(), 1024)
	})
}

// TestLoadReal is the same as fast as it goes, over a real connection.
func TestLoadReal(t *testing.T) {
	needSockets(t)
	requests := 50_000
	if testing.Short() {
		requests = 5_000
	}
	server := httptest.NewServer(must(jwks.Handler(sourceOf(keyA), time.Hour)))
	defer server.Close()
	var r recorder
	begin := time.Now()
	c, err := jwks.New(t.Context(), jwks.Config{URL: server.URL, Algorithms: validAlgorithms, Observe: r.observe})
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range requests / 8 {
				assert.ErrorIs(t, verify(c, randomKid()), jwt.ErrUnknownKey)
			}
		})
	}
	wg.Wait()
	require.NoError(t, c.Close())
	require.LessOrEqual(t, len(r.all()), 2+int(time.Since(begin)/(30*time.Second)))
}

// BenchmarkFlood measures how long good tokens take, alone and while others send tokens
// with random kids as fast as they can. Beside it stands a flood of forged tokens with a
// kid that is known, which costs the machine a signature check each.
func BenchmarkFlood(b *testing.B) {
	needSockets(b)
	server := httptest.NewServer(must(jwks.Handler(sourceOf(keyA), time.Hour)))
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

// randomKid does not use crypto/rand, which in FIPS 140-3 mode needs a clock that runs.
func randomKid() string { return fmt.Sprintf("%016x", rand.Uint64()) }

// newKid returns a Signer with a random kid that signs nothing.
func newKid() jwt.Signer { return &otherKey{jwt.EdDSA, randomKid(), otherPublic(make([]byte, 64))} }
