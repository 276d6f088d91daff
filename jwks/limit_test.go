package jwks_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// TestFlood: unknown kids cause two fetches at once and one in 30 seconds after that, all
// callers together, whatever their number. The others wait for no fetch.
func TestFlood(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "Cache-Control", "max-age=86400")
		c := i.start(t)
		n := 0
		flood := func() {
			for range 20 {
				n++
				go func(kid string) {
					begin := time.Now()
					requireRefused(t, verify(c, kid))
					assert.Zero(t, time.Since(begin))
				}(fmt.Sprint("kid-", n))
			}
			synctest.Wait()
		}
		flood()
		flood()
		require.Equal(t, 3, i.count(), "one of its own, and two for all of them")
		for second := range 300 {
			flood()
			require.LessOrEqual(t, i.count(), 3+second/30)
			sleep(time.Second)
		}
		require.Equal(t, 12, i.count())
		require.LessOrEqual(t, c.Unknown(), 1024)
		expect(t, "ok", c, keyA)
	})
}

// TestCooldown is the Config's.
func TestCooldown(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "Cache-Control", "max-age=86400")
		c := i.start(t, func(cfg *jwks.Config) { cfg.Cooldown = time.Second })
		for n := range 100 {
			_ = verify(c, fmt.Sprint("kid-", n))
			sleep(100 * time.Millisecond)
		}
		require.Equal(t, 1+2+9, i.count())
	})
}

// TestErrLimited: a kid that no fetch has looked for could not be checked, which says
// nothing of the issuer.
func TestErrLimited(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "Cache-Control", "max-age=86400")
		c := i.start(t)
		expect(t, unknown, c, newKey("x", 8))
		expect(t, unknown, c, newKey("y", 8))
		sleep(10 * time.Second)
		err := parse(c, newKey("z", 8))
		require.ErrorIs(t, err, jwks.ErrLimited)
		require.NotErrorIs(t, err, jwt.ErrUnknownKey)
		require.EqualError(t, err, "jwt: could not check the signature: jwks: kid not in the set, and fetches are limited: the next one may begin in 21s")
		var wait interface{ RetryAfter() time.Duration }
		require.ErrorAs(t, err, &wait)
		require.Equal(t, 21*time.Second, wait.RetryAfter())
		_, ok := errors.AsType[*jwt.TokenError](err)
		require.False(t, ok)
		require.NoError(t, c.Ready())

		// After that time it is looked for, whatever else has come in between.
		i.serve(setOf(keyA, newKey("z", 8)), "Cache-Control", "max-age=86400")
		sleep(wait.RetryAfter())
		expect(t, "ok", c, newKey("z", 8))
		require.Equal(t, 4, i.count())

		// While the last fetch has failed, it names the reason as well.
		i.set(nil)
		sleep(time.Minute)
		expect(t, lastFailed+down, c, newKey("q", 8))
		err = parse(c, newKey("q", 8))
		require.ErrorIs(t, err, jwks.ErrLimited)
		require.ErrorIs(t, err, errDown)
		require.ErrorContains(t, err, "jwks: kid not in the last good set, and fetches are limited: the last one failed: "+down)
		require.ErrorAs(t, err, &wait)
		require.Equal(t, time.Second, wait.RetryAfter())
		require.NoError(t, c.Ready())
	})
}

// TestEarlyToken: a token with a kid that the issuer has not published yet delays that key
// for no longer than Cooldown.
func TestEarlyToken(t *testing.T) {
	for _, early := range []time.Duration{0, time.Second, 15 * time.Second, 29 * time.Second} {
		bubble(t, func(t *testing.T, i *issuer) {
			i.serve(setOf(keyA), "Cache-Control", "max-age=86400")
			c := i.start(t)
			expect(t, unknown, c, newKey("b", 9))
			sleep(early)
			expect(t, unknown, c, newKey("b", 9))
			i.serve(setOf(keyA, keyB), "Cache-Control", "max-age=86400")
			begin := time.Now()
			for parse(c, keyB) != nil {
				_ = verify(c, "b")
				sleep(time.Second)
			}
			require.LessOrEqual(t, time.Since(begin), 30*time.Second)
		})
	}
}

// TestNoFetch: a token whose kid is known causes no fetch, however bad it is.
func TestNoFetch(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA, keyB), "Cache-Control", "max-age=86400")
		c := i.start(t)
		for range 100 {
			sleep(time.Minute)
			expect(t, forged, c, forger)
			require.ErrorIs(t, c.Verify(t.Context(), jwt.Header{Algorithm: jwt.ES256, KeyID: "a"}, nil, nil), jwt.ErrUnknownKey)
		}
		require.Equal(t, 1, i.count())
	})
}

// TestNoKidRotation: a token without kid that no key verifies causes a fetch, as an unknown
// kid does, within the same limit. Without one left, the keys at hand decide.
func TestNoKidRotation(t *testing.T) {
	first, next := newKey("", 1), newKey("", 2)
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(first), "Cache-Control", "max-age=86400")
		c := i.start(t)
		i.serve(setOf(first, next), "Cache-Control", "max-age=86400")
		expect(t, "ok", c, next)
		expect(t, "ok", c, first)
		require.Equal(t, 2, i.count())
		for range 20 {
			expect(t, forged, c, newKey("", 9))
		}
		require.Equal(t, 3, i.count())
		expect(t, limited, c, keyC) // the limit is for both kinds
		sleep(30 * time.Second)
		expect(t, unknown, c, keyC)
		require.Equal(t, 4, i.count())
		require.Equal(t, 1, c.Unknown(), "tokens without kid are not remembered")

		// A fetch that failed cannot tell; afterwards none is left until its retry.
		i.set(nil)
		sleep(30 * time.Second)
		expect(t, lastFailed+down, c, newKey("", 9))
		expect(t, forged, c, newKey("", 9))
		expect(t, "ok", c, next)
	})
	// Nor does a good token without kid ever wait.
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(first))
		c := i.start(t)
		i.hang("")
		go func() { _ = parse(c, next) }()
		synctest.Wait()
		begin := time.Now()
		expect(t, "ok", c, first)
		require.Zero(t, time.Since(begin))
	})
}

// TestMemory: a kid that a fetch did not bring causes none for one Cooldown.
func TestMemory(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "Cache-Control", "max-age=86400")
		c := i.start(t)
		ask := func(kid string, want int) {
			t.Helper()
			require.ErrorIs(t, verify(c, kid), jwt.ErrUnknownKey)
			require.Equal(t, want, i.count())
		}
		ask("x", 2)
		sleep(30*time.Second - 1)
		ask("x", 2)
		sleep(1)
		ask("x", 3)

		// It does not hide a key that another fetch brings.
		i.serve(setOf(keyA, newKey("x", 7)))
		ask("y", 4)
		expect(t, "ok", c, newKey("x", 7))
		require.Equal(t, 4, i.count())

		// A long kid is not remembered, but limited as any.
		long := strings.Repeat("z", 257)
		sleep(time.Minute)
		ask(long, 5)
		ask(long, 6)
		require.ErrorIs(t, verify(c, long), jwks.ErrLimited)
		sleep(30 * time.Second)
		ask(long[1:], 7)
		ask(long[1:], 7)
	})
}

// TestMemoryBounded fills the memory with the kids that wait for one fetch.
func TestMemoryBounded(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		c := i.start(t)
		for round := range 2 {
			release := i.hang(setOf(keyA))
			for n := range 3000 {
				go func() { assert.ErrorIs(t, verify(c, fmt.Sprint("kid-", round, n)), jwt.ErrUnknownKey) }()
			}
			synctest.Wait()
			close(release)
			synctest.Wait()
			require.Equal(t, 2+round, i.count())
			require.Equal(t, 1024, c.Unknown())
		}
		expect(t, "ok", c, keyA)
	})
}

// TestMemoryOutlivesSets: every fetch that ends well records the kids that wait for it,
// and a new set removes from the memory only the kids that it has.
func TestMemoryOutlivesSets(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "ETag", `"1"`, "Cache-Control", "max-age=86400")
		c := i.start(t)
		i.status(304)
		require.ErrorIs(t, verify(c, "x"), jwt.ErrUnknownKey)
		require.ErrorIs(t, verify(c, "x"), jwt.ErrUnknownKey)
		require.Equal(t, 1, c.Unknown(), "recorded by a 304")
		require.Equal(t, 2, i.count())
		i.serve(setOf(keyA, keyB))
		require.ErrorIs(t, verify(c, "y"), jwt.ErrUnknownKey)
		require.Equal(t, 2, c.Unknown(), "x and y")
		i.serve(setOf(keyA, newKey("x", 7)))
		require.NoError(t, c.Refresh(t.Context()))
		require.Equal(t, 1, c.Unknown(), "y")
		require.ErrorIs(t, verify(c, "y"), jwt.ErrUnknownKey)
		require.Equal(t, 4, i.count())

		// One that failed records nothing.
		sleep(time.Minute)
		i.set(nil)
		require.ErrorIs(t, verify(c, "z"), errDown)
		i.serve(setOf(keyA))
		sleep(time.Second)
		require.Zero(t, c.Unknown())
	})
	// A waiter that has given up counts as well.
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		c := i.start(t)
		release := i.hang(setOf(keyA))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := c.Verify(ctx, jwt.Header{Algorithm: jwt.EdDSA, KeyID: "x"}, []byte("e30.e30"), make([]byte, 64))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		close(release)
		synctest.Wait()
		require.Equal(t, 1, c.Unknown())
	})
}

// TestUnknownKidAfterFailure: with the last fetch failed, nobody can tell whether a kid
// is unknown, and none is started before its retry is due.
func TestUnknownKidAfterFailure(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		var r recorder
		c := i.start(t, func(cfg *jwks.Config) { cfg.Observe = r.observe })
		i.set(nil)
		expect(t, lastFailed+down, c, keyB)
		for range 3 {
			expect(t, limited+down, c, keyB)
		}
		require.Equal(t, 2, i.count())
		synctest.Wait()
		require.ErrorIs(t, r.last().Err, errDown)
		require.Equal(t, 1, r.last().Keys)
		expect(t, "ok", c, keyA)
		expect(t, forged, c, forger)

		i.serve(setOf(keyA))
		sleep(2 * time.Second)
		require.NoError(t, r.last().Err)
		expect(t, unknown, c, keyB)
	})
}

// TestLoad: 50,000 requests with random kids, from 50 goroutines within five minutes,
// cause no more fetches than the limit allows, and nothing waits.
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
					requireRefused(t, verify(c, randomKid()))
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
		require.Equal(t, 1+2+9, i.count(), "one at the start, two for unknown kids at once, and one in each 30 seconds")
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
	server := httptest.NewServer(must(jwks.NewHandler(jwks.HandlerConfig{Source: sourceOf(keyA), MaxAge: time.Hour})))
	defer server.Close()
	var r recorder
	begin := time.Now()
	c, err := jwks.New(t.Context(), jwks.Config{URL: server.URL, Algorithms: validAlgorithms, Observe: r.observe})
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range requests / 8 {
				requireRefused(t, verify(c, randomKid()))
			}
		})
	}
	wg.Wait()
	require.NoError(t, c.Close())
	require.LessOrEqual(t, len(r.all()), 3+int(time.Since(begin)/(30*time.Second)))
}

// randomKid does not use crypto/rand, which in FIPS 140-3 mode needs a clock that runs.
func randomKid() string { return fmt.Sprintf("%016x", rand.Uint64()) }

// requireRefused fails unless err is about an unknown kid, looked for or not.
func requireRefused(t *testing.T, err error) {
	if !errors.Is(err, jwks.ErrLimited) {
		assert.ErrorIs(t, err, jwt.ErrUnknownKey)
	}
}

// TestLimitRandom has an issuer that adds and withdraws keys and fails now and then, and
// attackers who send tokens with random kids, and with those of keys to come. Whatever they
// do, no more fetches are made than the limit allows, and a token is refused with 401 only
// if its key was not published within the last Cooldown.
func TestLimitRandom(t *testing.T) {
	if testing.Short() {
		t.Skip("the other tests of the limit are enough for a short run")
	}
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	var keys []testKey
	for n := range 10 {
		keys = append(keys, newKey(fmt.Sprint("kid-", n), byte(n)))
	}
	for round := range rounds {
		bubble(t, func(t *testing.T, i *issuer) {
			random := rand.New(rand.NewPCG(uint64(round), 0))
			// Some issuers have one key that changes and never fail; some are asked rarely.
			keys, fails, pause := keys[:1+9*(round%2)], round/2%2, 1+9*(round/4%2)
			published, since := make(map[int]bool), make(map[int]time.Time)
			var down atomic.Bool
			var failed atomic.Int32
			publish := func() {
				var set []testKey
				for n := range keys {
					if published[n] {
						set = append(set, keys[n])
					}
				}
				i.set(func(*http.Request) (*http.Response, error) {
					time.Sleep(time.Second)
					if down.Load() {
						failed.Add(1)
						return nil, errDown
					}
					return response(200, setOf(append(set, keyA)...), "Cache-Control", "max-age=86400"), nil
				})
			}
			publish()
			begin := time.Now()
			c := i.start(t)
			sleep(2 * time.Second)
			tokens := make([]string, len(keys))
			for n, key := range keys {
				tokens[n] = token(key)
			}
			for range 400 {
				n := random.IntN(len(keys))
				switch random.IntN(12) {
				case 0:
					published[n], since[n] = !published[n], time.Now()
					publish()
				case 1:
					down.Store(fails == 1 && random.IntN(3) == 0)
				case 2, 3:
					go func() { _ = verify(c, randomKid()) }()
				default:
					_, err := jwt.Parse[struct{}](t.Context(), tokens[n], c, validator)
					if errors.Is(err, jwt.ErrUnknownKey) && published[n] {
						require.LessOrEqual(t, time.Since(since[n]), 31*time.Second, "round %d", round)
					}
				}
				sleep(time.Duration(random.IntN(1000*pause)) * time.Millisecond)
			}
			failures := int(failed.Load())
			require.LessOrEqual(t, i.count()-failures, 1+2+failures+int(time.Since(begin)/(30*time.Second)), "round %d", round)
		})
	}
}
