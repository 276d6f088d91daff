package jwks_test

import (
	"net/http"
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
		require.Equal(t, jwks.Fetch{URL: setURL, Duration: 2 * time.Second, Err: first.Err}, first)

		mixed := `{"keys":[` + unsupported + `,` + setOf(keyA, keyB)[len(`{"keys":[`):]
		slowly(time.Second, response(200, mixed, "ETag", `"1"`, "Cache-Control", "max-age=60"), nil)
		sleep(2 * time.Second)
		require.Equal(t, jwks.Fetch{URL: setURL, Duration: time.Second, Keys: 2,
			Skipped: []jwk.Skipped{{Index: 0, KeyID: "z", Err: jwk.ErrUnsupported}}}, r.last())

		slowly(3*time.Second, response(304, "", "Cache-Control", "max-age=60"), nil)
		sleep(52 * time.Second)
		require.Equal(t, jwks.Fetch{URL: setURL, Duration: 3 * time.Second, Keys: 2, NotModified: true}, r.last())

		slowly(0, nil, errDown)
		sleep(49 * time.Second)
		last := r.last()
		require.ErrorIs(t, last.Err, errDown)
		require.Greater(t, last.Age, 40*time.Second)
		require.Equal(t, jwks.Fetch{URL: setURL, Err: last.Err, Keys: 2, Age: last.Age}, last)
	})
}

// TestObserveUsesClient: an observer may ask the Client, but not close it.
func TestObserveUsesClient(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		made, asked := make(chan *jwks.Client, 1), 0
		c := i.start(t, func(cfg *jwks.Config) {
			cfg.Observe = func(jwks.Fetch) {
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
