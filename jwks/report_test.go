package jwks_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/jwks"
)

// TestObserve has all that a fetch says about itself.
func TestObserve(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		var r recorder
		slowly := func(d time.Duration, resp *http.Response, err error) {
			i.set(func(*http.Request) (*http.Response, error) {
				time.Sleep(d)
				return resp, err
			})
		}
		const unsupported = `{"kty":"AKP","kid":"z","pub":"AA"}`
		slowly(2*time.Second, nil, errDown)
		i.start(t, func(cfg *jwks.Config) { cfg.Observe = r.observe })
		sleep(2 * time.Second)
		first := r.last()
		require.ErrorIs(t, first.Err, errDown)
		require.Equal(t, jwks.Report{URL: setURL, Duration: 2 * time.Second, Err: first.Err}, first)

		mixed := `{"keys":[` + unsupported + `,` + setOf(keyA, keyB)[len(`{"keys":[`):]
		slowly(time.Second, response(200, mixed, "ETag", `"1"`, "Cache-Control", "max-age=60"), nil)
		sleep(2 * time.Second)
		require.Equal(t, jwks.Report{URL: setURL, Duration: time.Second, Keys: 2,
			Skipped: []jwk.Skipped{{Index: 0, KeyID: "z", Err: jwk.ErrUnsupported}}}, r.last())

		slowly(3*time.Second, response(304, "", "Cache-Control", "max-age=60"), nil)
		sleep(52 * time.Second)
		require.Equal(t, jwks.Report{URL: setURL, Duration: 3 * time.Second, Keys: 2, NotModified: true}, r.last())

		slowly(0, nil, errDown)
		sleep(49 * time.Second)
		last := r.last()
		require.ErrorIs(t, last.Err, errDown)
		require.Greater(t, last.Age, 40*time.Second)
		require.Equal(t, jwks.Report{URL: setURL, Err: last.Err, Keys: 2, Age: last.Age}, last)
	})
}

// TestObserveDelaysNothing: while Observe does not return, Verify keeps its Timeout, the
// set is refreshed, and reports wait, or are dropped if they are too many.
func TestObserveDelaysNothing(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		var r recorder
		release := make(chan struct{})
		i.status(404)
		c := i.start(t, func(cfg *jwks.Config) {
			cfg.Timeout, cfg.MaxStale = time.Second, 2*time.Hour
			cfg.Observe = func(f jwks.Report) {
				<-release
				r.observe(f)
			}
		})
		begin := time.Now()
		expect(t, uncheck+"jwks: no set has been fetched: "+setURL+" answered 404", c, keyA)
		require.Zero(t, time.Since(begin))
		i.hang("")
		sleep(time.Second)
		begin = time.Now()
		require.ErrorContains(t, verify(c, "x"), "context deadline exceeded")
		require.LessOrEqual(t, time.Since(begin), time.Second)

		i.serve(setOf(keyA))
		sleep(24 * time.Hour)
		require.NoError(t, c.Ready())
		require.Greater(t, i.count(), 100)
		require.Empty(t, r.all())
		close(release)
		synctest.Wait()
		require.Len(t, r.all(), 1+16)
		require.ErrorContains(t, r.all()[0].Err, "answered 404")
	})
}

// TestObserveAsks for a kid that it has to wait for: not for its own fetch, as it were.
func TestObserveAsks(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		made, asked := make(chan *jwks.Client, 1), 0
		c := i.start(t, func(cfg *jwks.Config) {
			cfg.Observe = func(jwks.Report) {
				c := <-made
				expect(t, unknown, c, keyB)
				asked++
				made <- c
			}
		})
		made <- c
		sleep(time.Second)
		require.Equal(t, 2, asked)
		require.NoError(t, c.Close())
	})
}

// TestCloseTellsAll: when Close returns, Observe has been told of every fetch.
func TestCloseTellsAll(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		var r recorder
		i.serve(setOf(keyA))
		c := i.start(t, func(cfg *jwks.Config) {
			cfg.Observe = func(f jwks.Report) {
				time.Sleep(time.Second)
				r.observe(f)
			}
		})
		require.NoError(t, c.Refresh(t.Context()))
		require.NoError(t, c.Refresh(t.Context()))
		begin := time.Now()
		require.NoError(t, c.Close())
		require.Equal(t, 3*time.Second, time.Since(begin))
		require.Len(t, r.all(), 3)
	})
}

// TestObserveUsesClient: an observer may ask the Client, but not close it.
func TestObserveUsesClient(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		made, asked := make(chan *jwks.Client, 1), 0
		c := i.start(t, func(cfg *jwks.Config) {
			cfg.Observe = func(jwks.Report) {
				c := <-made
				asked += len(c.Keys())
				expect(t, "ok", c, keyA)
			}
		})
		made <- c
		sleep(time.Second)
		require.Equal(t, 1, asked)
	})
}

func TestLogger(t *testing.T) {
	// Encryption keys, which are of no interest here, are for those who debug.
	bubble(t, func(t *testing.T, i *issuer) {
		var log logBuffer
		i.serve(strings.Replace(setOf(keyA, newKey("e", 8)), `"kid":"e","alg":"EdDSA","use":"sig"`, `"kid":"e","use":"enc"`, 1))
		i.start(t, func(cfg *jwks.Config) { cfg.Logger = log.untimed() })
		require.NotContains(t, log.take(), "skipped")
		i.start(t, func(cfg *jwks.Config) { cfg.Logger = log.leveled(slog.LevelDebug) })
		require.Contains(t, log.take(), "level=DEBUG msg=\"jwks: key skipped\" url=https://issuer.example/keys duration=0s age=0s keys=1 index=1 kid=e ")
	})
	bubble(t, func(t *testing.T, i *issuer) {
		var log logBuffer
		lines := func(want string) {
			t.Helper()
			require.Equal(t, want, log.take())
		}
		c := i.start(t, func(cfg *jwks.Config) { cfg.Logger = log.untimed() })
		lines("level=ERROR msg=\"jwks: fetch failed\" url=https://issuer.example/keys duration=0s age=0s keys=0 " +
			"error=\"Get \\\"https://issuer.example/keys\\\": connection refused\"\n")
		i.serve(`{"keys":[{"kty":"AKP","kid":"z"},`+setOf(keyA)[len(`{"keys":[`):], "ETag", `"1"`)
		sleep(time.Second)
		lines("level=WARN msg=\"jwks: key skipped\" url=https://issuer.example/keys duration=0s age=0s keys=1 index=0 kid=z reason=\"kty or crv is not supported\"\n" +
			"level=INFO msg=\"jwks: fetched\" url=https://issuer.example/keys duration=0s age=0s keys=1 not_modified=false\n")
		i.status(304)
		sleep(12 * time.Minute)
		lines("level=INFO msg=\"jwks: fetched\" url=https://issuer.example/keys duration=0s age=0s keys=1 not_modified=true\n")

		// Tokens leave no trace, whatever they are.
		expect(t, "ok", c, keyA)
		expect(t, forged, c, forger)
		lines("")
		i.hang("")
		go func() { _ = verify(c, "x") }()
		synctest.Wait()
		require.NoError(t, c.Close())
		lines("")
	})
}
