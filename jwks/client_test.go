package jwks_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwks"
)

const (
	down   = `Get "https://issuer.example/keys": connection refused`
	closed = uncheck + "jwks: the Client is closed, or the context given to New is over"
)

// TestStartWhileDown: a Client is made while its issuer is down, says so, retries less
// and less often, and works as soon as the issuer does.
func TestStartWhileDown(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		begin := time.Now()
		c := i.start(t)
		require.Zero(t, time.Since(begin))
		require.EqualError(t, c.Ready(), "jwks: no set has been fetched: "+down)
		require.ErrorIs(t, c.Ready(), errDown)
		require.Nil(t, c.Keys())

		sleep(5 * time.Minute)
		requests := i.seen()
		for n, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
			gap := requests[n+1].time.Sub(requests[n].time)
			require.LessOrEqual(t, gap, want*time.Second)
			require.GreaterOrEqual(t, gap, want*time.Second*9/10)
		}
		expect(t, uncheck+"jwks: no set has been fetched: "+down, c, keyA)
		require.Equal(t, len(requests)+1, i.count())

		i.serve(setOf(keyA))
		sleep(time.Minute)
		require.NoError(t, c.Ready())
		require.Len(t, c.Keys(), 1)
		expect(t, "ok", c, keyA)
	})
}

// TestBeforeFirstFetch: until the first fetch ends, a readiness probe learns that none
// has, and callers wait for it.
func TestBeforeFirstFetch(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		release := i.hang(setOf(keyA))
		c := i.start(t)
		require.EqualError(t, c.Ready(), "jwks: no set has been fetched yet")

		begin := time.Now()
		for range 100 {
			go func() {
				expect(t, "ok", c, keyA)
				assert.Equal(t, 2*time.Second, time.Since(begin))
			}()
		}
		sleep(2 * time.Second)
		close(release)
		synctest.Wait()
		require.NoError(t, c.Ready())
		require.Equal(t, 1, i.count())
	})
}

// TestDownCostsLittle: while there is no set, callers together cause a fetch in 30
// seconds at most, beside the Client's own, and do not wait in between.
func TestDownCostsLittle(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		c := i.start(t)
		for range 300 { // 5 minutes
			for range 4 {
				go func() {
					begin := time.Now()
					expect(t, uncheck+"jwks: no set has been fetched: "+down, c, keyA)
					assert.Zero(t, time.Since(begin))
				}()
			}
			sleep(time.Second)
		}
		// Once a fetch of a caller has failed, the Client's own is put off.
		require.LessOrEqual(t, i.count(), 11+10)
		require.GreaterOrEqual(t, i.count(), 10)
	})
}

// TestClose: a closed Client has no goroutine left, which synctest checks; its keys go on.
func TestClose(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		var r recorder
		c := i.start(t, func(cfg *jwks.Config) { cfg.Observe = r.observe })
		require.NoError(t, c.Close())
		require.NoError(t, c.Close())
		sleep(23 * time.Hour)
		require.Equal(t, 1, i.count())
		require.Len(t, r.all(), 1)
		require.NoError(t, c.Ready())
		expect(t, "ok", c, keyA)
		expect(t, forged, c, forger)
		for range 20 {
			expect(t, closed, c, keyB)
		}
		sleep(2 * time.Hour)
		require.EqualError(t, c.Ready(), "jwks: the set is older than 24h0m0s: no fetch since")
		for range 20 {
			expect(t, closed, c, keyA)
		}
		require.Equal(t, 1, i.count())
	})
}

// TestCloseDuringFetch: the fetch ends at once, nobody is told that it failed, and
// whoever waits for it gets an answer.
func TestCloseDuringFetch(t *testing.T) {
	for _, name := range []string{"Close", "context"} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				i.hang("")
				ctx, cancel := context.WithCancel(t.Context())
				cfg := jwks.Config{URL: setURL, Algorithms: validAlgorithms, Transport: i, Observe: func(jwks.Fetch) { t.Error("observed") }}
				c, err := jwks.New(ctx, cfg)
				require.NoError(t, err)
				answered := false
				go func() {
					expect(t, closed, c, keyA)
					answered = true
				}()
				synctest.Wait()
				require.NoError(t, i.seen()[0].ctx.Err())
				if name == "Close" {
					begin := time.Now()
					require.NoError(t, c.Close())
					require.Zero(t, time.Since(begin))
				}
				cancel()
				synctest.Wait()
				require.True(t, answered)
				require.ErrorIs(t, i.seen()[0].ctx.Err(), context.Canceled)
				require.EqualError(t, c.Ready(), "jwks: no set has been fetched yet")
				sleep(time.Hour)
				require.Equal(t, 1, i.count())
			})
		})
	}
}

// TestCloseWhileAsked: whether a kid is unknown cannot be told by a fetch that Close has
// ended, in whatever order the waiters learn of both.
func TestCloseWhileAsked(t *testing.T) {
	for range 50 {
		bubble(t, func(t *testing.T, i *issuer) {
			i.serve(setOf(keyA))
			c := i.start(t)
			i.hang("")
			for range 10 {
				go expect(t, closed, c, keyB)
			}
			synctest.Wait()
			require.NoError(t, c.Close())
			synctest.Wait()
		})
	}
}

// TestCloseWaits for a fetch that is slow to end.
func TestCloseWaits(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.set(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			time.Sleep(time.Second)
			return nil, req.Context().Err()
		})
		c := i.start(t)
		begin := time.Now()
		require.NoError(t, c.Close())
		require.Equal(t, time.Second, time.Since(begin))
	})
}

// TestCloseAtOnce closes Clients at every stage of their first fetch, from many goroutines.
func TestCloseAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		for range 200 {
			c, err := jwks.New(t.Context(), jwks.Config{URL: setURL, Algorithms: validAlgorithms, Transport: i})
			require.NoError(t, err)
			for range 3 {
				go func() { _ = parse(c, keyB) }()
				go func() { assert.NoError(t, c.Close()) }()
			}
		}
		synctest.Wait()
	})
}

func TestCanceledContext(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		c, err := jwks.New(ctx, jwks.Config{URL: setURL, Algorithms: validAlgorithms, Transport: i})
		require.EqualError(t, err, "jwks: New: context canceled")
		require.ErrorIs(t, err, context.Canceled)
		require.Nil(t, c)
		sleep(time.Hour)
		require.Zero(t, i.count())
	})
}

// TestContextEnds: a Client whose context ends says so, once, unless it has been closed.
func TestContextEnds(t *testing.T) {
	const stopped = "level=WARN msg=\"jwks: stopped: the context given to New is over\"\n"
	for _, tt := range []struct {
		name string
		end  func(c *jwks.Client, cancel func())
		want string
	}{
		{"context", func(_ *jwks.Client, cancel func()) { cancel() }, stopped},
		{"context, then Close", func(c *jwks.Client, cancel func()) { cancel(); c.Close() }, stopped},
		{"Close", func(c *jwks.Client, _ func()) { c.Close() }, ""},
		{"Close, then context", func(c *jwks.Client, cancel func()) { c.Close(); cancel() }, ""},
	} {
		for _, hangs := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, hangs %v", tt.name, hangs), func(t *testing.T) {
				bubble(t, func(t *testing.T, i *issuer) {
					var log logBuffer
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					cfg := jwks.Config{URL: setURL, Algorithms: validAlgorithms, Transport: i, Logger: log.untimed()}
					quiet := cfg
					quiet.Logger = nil
					i.serve(setOf(keyA), "Cache-Control", "max-age=0")
					c, err := jwks.New(ctx, cfg)
					require.NoError(t, err)
					_, err = jwks.New(ctx, quiet)
					require.NoError(t, err)
					synctest.Wait()
					if hangs {
						i.hang("")
						sleep(time.Minute)
					}
					log.take()
					tt.end(c, cancel)
					synctest.Wait()
					require.Equal(t, tt.want, log.take())
					expect(t, "ok", c, keyA)
					expect(t, closed, c, keyB)
					sleep(time.Hour)
					require.NoError(t, c.Close())
					require.Empty(t, log.take())
				})
			})
		}
	}
}

// The zero Client accepts nothing, and nothing panics.
func TestZeroClient(t *testing.T) {
	c := new(jwks.Client)
	require.EqualError(t, c.Ready(), "jwks: no set has been fetched yet")
	require.Empty(t, c.Keys())
	expect(t, uncheck+"jwks: the Client is zero; New makes one", c, keyA)
	require.NoError(t, c.Close())
}
