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

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

const (
	down   = `Get "https://issuer.example/keys": connection refused`
	closed = uncheck + "jwks: the Client is closed, or the context given to New is done"
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
		require.Equal(t, len(requests), i.count(), "nobody else asks before the retry is due")

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

// TestDownCostsLittle: while fetches fail, callers cause none beside the Client's own, and
// do not wait for those that are not under way.
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
		require.LessOrEqual(t, i.count(), 12)
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
// every waiter gets an answer.
func TestCloseDuringFetch(t *testing.T) {
	for _, name := range []string{"Close", "context"} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				i.hang("")
				ctx, cancel := context.WithCancel(t.Context())
				cfg := jwks.Config{URL: setURL, Algorithms: validAlgorithms, Transport: i, Observe: func(jwks.Report) { t.Error("observed") }}
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
	const stopped = "level=WARN msg=\"jwks: stopped: the context given to New is done\"\n"
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

// TestClosedClientAnswersOneWay: what was unknown before Close cannot be checked after.
func TestClosedClientAnswersOneWay(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		c := i.start(t)
		expect(t, unknown, c, keyB)
		require.NoError(t, c.Close())
		for _, key := range []testKey{keyB, keyC} {
			err := parse(c, key)
			require.ErrorContains(t, err, "the Client is closed")
		}
		expect(t, "ok", c, keyA)
	})
}

// TestClientPrints: fmt does not look into a Client, which changes all the time, and
// shows no kid of a token.
func TestClientPrints(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		c := i.start(t)
		expect(t, unknown, c, newKey("attacker\n", 5))
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			require.Equal(t, "jwks.Client(https://issuer.example/keys)", fmt.Sprintf(verb, c))
		}
		require.Equal(t, "jwks.Client()", fmt.Sprint(new(jwks.Client)))
	})
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
		require.Equal(t, 4, i.count())
	})
}

// TestGeneration changes when a key stops verifying, and only then.
func TestGeneration(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		c := i.start(t, func(cfg *jwks.Config) { cfg.MaxStale = 2 * time.Hour })
		seen := []uint64{c.Generation()}
		refresh := func(why string, changes bool, body string, header ...string) {
			t.Helper()
			i.serve(body, header...)
			_ = c.Refresh(t.Context())
			now := c.Generation()
			if changes {
				require.NotContains(t, seen, now, why)
				seen = append(seen, now)
			} else {
				require.Equal(t, seen[len(seen)-1], now, why)
			}
		}
		require.NotZero(t, seen[0])
		refresh("the first set", false, setOf(keyA, keyB))
		refresh("the same", false, setOf(keyA, keyB))
		refresh("in another order", false, setOf(keyB, keyA))
		refresh("one more", false, setOf(keyA, keyB, keyC))
		refresh("an error page", false, "<html>")
		refresh("one less", true, setOf(keyA, keyB))
		refresh("another key of the same kid", true, setOf(forger, keyB))
		refresh("no key", true, `{"keys":[]}`)
		refresh("still none", false, `{"keys":[]}`)
		refresh("keys again", false, setOf(keyA), "ETag", `"1"`)

		// A set that becomes stale has keys no more, and none of its numbers comes back.
		for _, status := range []int{200, 304} {
			i.set(nil)
			sleep(2*time.Hour - time.Minute)
			require.Equal(t, seen[len(seen)-1], c.Generation())
			sleep(2 * time.Minute)
			require.Error(t, c.Ready())
			require.NotContains(t, seen, c.Generation())
			seen = append(seen, c.Generation())
			if status == 304 {
				i.status(304)
			} else {
				i.serve(setOf(keyA), "ETag", `"1"`)
			}
			sleep(time.Minute)
			if status == 304 {
				// It has been asked without conditions, and so this is an error.
				require.Error(t, c.Ready())
				continue
			}
			require.NoError(t, c.Ready())
			require.NotContains(t, seen, c.Generation())
			seen = append(seen, c.Generation())
		}
	})
	require.NotZero(t, new(jwks.Client).Generation())
}

// TestParserOfClient: what a Client says of itself is what NewParser and Generation ask.
func TestParserOfClient(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		c := i.start(t)
		policy := jwt.Policy{Algorithms: []jwt.Algorithm{jwt.ES256}, InsecureSkipIssuer: true, InsecureSkipAudience: true}
		_, err := jwt.NewParser[struct{}](c, policy)
		require.ErrorContains(t, err, "EdDSA")
		policy.Algorithms = append(policy.Algorithms, jwt.EdDSA)
		parser, err := jwt.NewParser[struct{}](c, policy)
		require.NoError(t, err)
		_, err = parser.Parse(t.Context(), token(keyA))
		require.NoError(t, err)
		before := parser.Generation()
		require.NotZero(t, before)
		i.serve(setOf(keyB))
		require.NoError(t, c.Refresh(t.Context()))
		require.NotEqual(t, before, parser.Generation())
	})
}
