package jwks_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/jwks"
)

// TestFetchOfCallerPlansRefresh: a fetch that a caller began counts as any. It may have
// brought another lifetime, or have failed.
func TestFetchOfCallerPlansRefresh(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*issuer)
		within time.Duration
	}{
		{"another lifetime", func(i *issuer) { i.serve(setOf(keyA), "Cache-Control", "max-age=60") }, 48 * time.Second},
		{"failed", func(i *issuer) { i.set(nil) }, time.Second},
		{"closed", func(i *issuer) { i.serve(`{"keys":[]}`) }, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				i.serve(setOf(keyA), "Cache-Control", "max-age=86400")
				c := i.start(t)
				sleep(time.Hour)
				tt.change(i)
				require.Error(t, verify(c, "x"))
				require.Equal(t, 2, i.count())
				// Nobody asks any more: a load balancer looks at Ready.
				i.serve(setOf(keyB), "Cache-Control", "max-age=86400")
				sleep(tt.within)
				require.Equal(t, 3, i.count())
				require.NoError(t, c.Ready())
				require.Equal(t, "b", c.Keys()[0].KeyID())
				sleep(17 * time.Hour)
				require.Equal(t, 3, i.count(), "and is fresh again for its lifetime")
			})
		})
	}
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

// TestRefresh waits for a fetch, which no limit delays.
func TestRefresh(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		release := i.hang(setOf(keyA))
		c := i.start(t)
		time.AfterFunc(2*time.Second, func() { close(release) })
		begin := time.Now()
		require.NoError(t, c.Refresh(t.Context()))
		require.Equal(t, 2*time.Second, time.Since(begin))
		require.Equal(t, 1, i.count(), "it has waited for the first one")
		expect(t, "ok", c, keyA)

		i.serve(setOf(keyB), "Cache-Control", "max-age=600")
		for n := range 10 {
			require.NoError(t, c.Refresh(t.Context()))
			require.Equal(t, n+2, i.count())
		}
		expect(t, unknown, c, keyA)
		expect(t, "ok", c, keyB)
		n := i.count()
		sleep(7 * time.Minute)
		require.Equal(t, n, i.count(), "it sets when the next one is due")

		i.set(nil)
		require.EqualError(t, c.Refresh(t.Context()), "jwks: "+down)
		require.ErrorIs(t, c.Refresh(t.Context()), errDown)
		require.NoError(t, c.Ready())
		i.serve(`{"keys":[]}`)
		require.ErrorIs(t, c.Refresh(t.Context()), jwk.ErrNoUsableKey)
		i.serve(setOf(keyA))
		require.NoError(t, c.Refresh(t.Context()))
		require.NoError(t, c.Ready())
	})
}

// TestRefreshGivesUp with its context, and with the Client.
func TestRefreshGivesUp(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.hang("")
		c := i.start(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.EqualError(t, c.Refresh(ctx), "jwks: waiting for the set: context deadline exceeded")
		go func() {
			assert.EqualError(t, c.Refresh(t.Context()), "jwks: the Client is closed, or the context given to New is done")
		}()
		synctest.Wait()
		require.NoError(t, c.Close())
		require.EqualError(t, c.Refresh(t.Context()), "jwks: the Client is closed, or the context given to New is done")
	})
	bubble(t, func(t *testing.T, i *issuer) {
		c := i.start(t)
		//lint:ignore SA1012 the mistake is the point
		require.EqualError(t, c.Refresh(nil), "jwks: nil context")
	})
	require.EqualError(t, new(jwks.Client).Refresh(t.Context()), "jwks: the Client is zero; New makes one")
}
