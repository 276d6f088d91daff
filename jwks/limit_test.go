package jwks_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// verify asks v about a token of kid that nobody has signed: the cheapest way to an
// answer.
func verify(v jwt.Verifier, kid string) error {
	return v.Verify(context.Background(), jwt.Header{Algorithm: jwt.EdDSA, KeyID: kid}, []byte("e30.e30"), make([]byte, 64))
}

// TestKnownKidNeverWaits, whatever else goes on.
func TestKnownKidNeverWaits(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		c := i.start(t)
		at := func(when string) {
			begin := time.Now()
			expect(t, "ok", c, keyA)
			expect(t, forged, c, forger)
			require.Zero(t, time.Since(begin), when)
		}
		at("fresh")

		i.hang("")
		for range 50 {
			go func() { _ = verify(c, "x") }()
		}
		sleep(time.Second)
		require.Equal(t, 2, i.count())
		at("a fetch for an unknown kid hangs")

		sleep(12 * time.Minute)
		require.Greater(t, i.count(), 2)
		at("a refresh hangs or has failed")

		i.status(500)
		sleep(12 * time.Hour)
		at("the issuer fails")
		require.NoError(t, c.Close())
		at("closed")
	})
}

// TestFlood: unknown kids cause one fetch in 30 seconds at most, for all callers
// together, whatever their number.
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
					assert.ErrorIs(t, verify(c, kid), jwt.ErrUnknownKey)
					assert.Zero(t, time.Since(begin))
				}(fmt.Sprint("kid-", n))
			}
			synctest.Wait()
		}
		flood()
		require.Equal(t, 2, i.count(), "one of its own, and one for all of them")
		for second := range 300 {
			flood()
			require.LessOrEqual(t, i.count(), 2+second/30)
			sleep(time.Second)
		}
		require.Equal(t, 11, i.count())
		expect(t, "ok", c, keyA)
	})
}

// TestRotation: the first token of a new key is verified at once.
func TestRotation(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		c := i.start(t)
		i.serve(setOf(keyA, keyB))
		expect(t, "ok", c, keyB)
		require.Equal(t, 2, i.count())

		// The set replaces the one before: what has been withdrawn stops working.
		sleep(time.Minute)
		i.serve(setOf(keyB, keyC))
		expect(t, "ok", c, keyC)
		expect(t, unknown, c, keyA)
		expect(t, "ok", c, keyB)
		require.Equal(t, 3, i.count())
	})
}

// TestJoin: an unknown kid waits for the fetch that is under way, and causes no other.
func TestJoin(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "Cache-Control", "max-age=60")
		c := i.start(t)
		release := i.hang(setOf(keyA, keyB))
		sleep(48 * time.Second)
		require.Equal(t, 2, i.count(), "a refresh is under way")
		for range 100 {
			go expect(t, "ok", c, keyB)
			go expect(t, unknown, c, keyC)
		}
		synctest.Wait()
		close(release)
		synctest.Wait()
		require.Equal(t, 2, i.count())

		// It has not used up what callers may fetch.
		expect(t, unknown, c, newKey("d", 5))
		require.Equal(t, 3, i.count())
	})
}

// TestWaiterGivesUp: the fetch goes on for the others.
func TestWaiterGivesUp(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		c := i.start(t)
		release := i.hang(setOf(keyA, keyB))
		var done atomic.Int32
		// The first of them starts the fetch.
		for _, patience := range []time.Duration{time.Second, time.Millisecond, 2 * time.Second} {
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				begin := time.Now()
				_, err := jwt.Parse[struct{}](ctx, token(keyB), c, validator)
				assert.Equal(t, uncheck+"jwks: waiting for the set: context deadline exceeded", outcome(err))
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, patience, time.Since(begin))
				done.Add(1)
			}()
			synctest.Wait()
		}
		go expect(t, "ok", c, keyB)
		sleep(3 * time.Second)
		require.EqualValues(t, 3, done.Load())
		require.Equal(t, 2, i.count())
		require.NoError(t, i.seen()[1].ctx.Err())
		close(release)
		synctest.Wait()
		expect(t, "ok", c, keyB)
		require.Equal(t, 2, i.count())
	})
}

// TestNoFetch: nothing but an unknown kid causes a fetch.
func TestNoFetch(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA, keyB), "Cache-Control", "max-age=86400")
		c := i.start(t)
		for range 100 {
			sleep(time.Minute)
			expect(t, forged, c, forger)
			expect(t, forged, c, newKey("", 9)) // without kid
			require.ErrorIs(t, c.Verify(t.Context(), jwt.Header{Algorithm: jwt.ES256, KeyID: "a"}, nil, nil), jwt.ErrUnknownKey)
			require.ErrorIs(t, c.Verify(t.Context(), jwt.Header{Algorithm: jwt.ES256}, nil, nil), jwt.ErrUnknownKey)
		}
		require.Equal(t, 1, i.count())
	})
}

// TestNegativeCache: a kid that a fetch did not bring causes none for a minute.
func TestNegativeCache(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "Cache-Control", "max-age=86400")
		c := i.start(t)
		ask := func(kid string, want int) {
			t.Helper()
			require.ErrorIs(t, verify(c, kid), jwt.ErrUnknownKey)
			require.Equal(t, want, i.count())
		}
		ask("x", 2)
		sleep(59 * time.Second)
		ask("x", 2)
		sleep(time.Second)
		ask("x", 3)

		// Nor does it hide a key that another fetch brings.
		i.serve(setOf(keyA, newKey("x", 7)))
		sleep(31 * time.Second)
		ask("y", 4)
		expect(t, "ok", c, newKey("x", 7))
		require.Equal(t, 4, i.count())

		// A long kid is not remembered, but limited as any.
		long := strings.Repeat("z", 257)
		sleep(30 * time.Second)
		ask(long, 5)
		ask(long, 5)
		sleep(31 * time.Second)
		ask(long, 6)
		sleep(31 * time.Second)
		ask(long[1:], 7)
		sleep(31 * time.Second)
		ask(long[1:], 7)
	})
}

// TestNegativeCacheBounded fills the memory with the kids that wait for one fetch.
func TestNegativeCacheBounded(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		c := i.start(t)
		release := i.hang(setOf(keyA))
		for n := range 3000 {
			go func() { _ = verify(c, fmt.Sprint("kid-", n)) }()
		}
		synctest.Wait()
		require.Zero(t, c.Unknown())
		close(release)
		synctest.Wait()
		require.Equal(t, 2, i.count())
		require.Equal(t, 3000%1024, c.Unknown())
		expect(t, "ok", c, keyA)
	})
}

// TestNegativeCacheReset: a new set starts the memory anew, an unchanged one does not.
func TestNegativeCacheReset(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "ETag", `"1"`, "Cache-Control", "max-age=60")
		c := i.start(t)
		require.ErrorIs(t, verify(c, "x"), jwt.ErrUnknownKey)
		require.Equal(t, 1, c.Unknown())
		i.status(304)
		sleep(55 * time.Second)
		require.Equal(t, 3, i.count())
		require.Equal(t, 1, c.Unknown())
		i.serve(setOf(keyA))
		sleep(15 * time.Minute)
		require.Equal(t, 0, c.Unknown())
	})
}

// TestUnknownKidAfterFailure: with the last fetch failed, nobody can tell whether a kid
// is unknown.
func TestUnknownKidAfterFailure(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		var r recorder
		c := i.start(t, func(cfg *jwks.Config) { cfg.Observe = r.observe })
		i.set(nil)
		for range 3 { // the one that starts the fetch, and those that may not
			expect(t, lastFailed+down, c, keyB)
		}
		require.Equal(t, 2, i.count())
		require.ErrorIs(t, r.last().Err, errDown)
		require.Equal(t, 1, r.last().Keys)
		expect(t, "ok", c, keyA)
		expect(t, forged, c, forger)
		expect(t, forged, c, newKey("", 9))

		i.serve(setOf(keyA))
		sleep(2 * time.Second)
		require.NoError(t, r.last().Err)
		expect(t, unknown, c, keyB)
	})
}
