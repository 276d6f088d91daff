package jwks_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// TestLongestTimes: no lifetime that an issuer names overflows, however long the caller
// allows it to be.
func TestLongestTimes(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "Cache-Control", "max-age=2147483647")
		c := i.start(t, func(cfg *jwks.Config) { cfg.MaxStale, cfg.MaxRefresh = 8784*time.Hour, 8784*time.Hour })
		sleep(8784 * time.Hour / 10 * 7)
		require.Equal(t, 1, i.count())
		sleep(8784 * time.Hour / 10)
		require.Equal(t, 2, i.count())
		require.NoError(t, c.Ready())
	})
}

// TestConditionsAreDropped: a server that cannot deal with If-None-Match is asked without
// after it has failed, and an ETag that is too long is not repeated at all.
func TestConditionsAreDropped(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.set(func(req *http.Request) (*http.Response, error) {
			if req.Header.Get("If-None-Match") != "" {
				return response(http.StatusPreconditionFailed, "no"), nil
			}
			return response(200, setOf(keyA), "ETag", `"x"`), nil
		})
		c := i.start(t)
		sleep(12*time.Minute + time.Second)
		require.Equal(t, 3, i.count())
		require.NoError(t, c.Ready())
		require.NotEmpty(t, i.seen()[1].header.Get("If-None-Match"))
		require.Empty(t, i.seen()[2].header.Get("If-None-Match"))
	})
	for _, tt := range []struct {
		size int
		sent bool
	}{{1024, true}, {1025, false}} {
		bubble(t, func(t *testing.T, i *issuer) {
			i.serve(setOf(keyA), "ETag", `"`+strings.Repeat("x", tt.size-2)+`"`)
			i.start(t)
			sleep(12 * time.Minute)
			require.Equal(t, tt.sent, i.seen()[1].header.Get("If-None-Match") != "")
		})
	}
}

// TestLongTexts: what an issuer says comes into errors and logs shortened.
func TestLongTexts(t *testing.T) {
	long := "https://issuer.example/" + strings.Repeat("a", 100_000)
	t.Run("jwks_uri", func(t *testing.T) {
		bubble(t, func(t *testing.T, i *issuer) {
			i.set(site{wellKnown: metadata("https://issuer.example", long)}.answer)
			c := i.start(t, ofIssuer("https://issuer.example"))
			require.EqualError(t, c.Ready(), "jwks: no set has been fetched: "+wellKnown+": jwks_uri is longer than 2048 bytes")
		})
	})
	t.Run("redirect", func(t *testing.T) {
		bubble(t, func(t *testing.T, i *issuer) {
			i.set(func(*http.Request) (*http.Response, error) {
				return response(http.StatusFound, "", "Location", strings.Replace(long, "issuer", "other", 1)), nil
			})
			c := i.start(t)
			require.Less(t, len(c.Ready().Error()), 2200)
		})
	})
	t.Run("skipped keys", func(t *testing.T) {
		bubble(t, func(t *testing.T, i *issuer) {
			var log logBuffer
			list := strings.Repeat(`{"kty":"AKP","kid":"`+strings.Repeat("k", 1000)+`"},`, 500)
			i.serve(strings.Replace(setOf(keyA), "[", "["+list, 1))
			i.start(t, func(cfg *jwks.Config) { cfg.Logger = log.untimed() })
			text := log.take()
			require.Equal(t, 12, strings.Count(text, "\n"))
			require.Contains(t, text, `"jwks: more keys skipped" url=https://issuer.example/keys duration=0s age=0s keys=1 count=490`)
			require.Contains(t, text, " kid="+strings.Repeat("k", 256)+" ")
		})
	})
	require.EqualError(t, errOf(jwks.New(t.Context(), jwks.Config{URL: long, Algorithms: []jwt.Algorithm{jwt.EdDSA}})),
		"jwks: Config.URL is longer than 2048 bytes")
	require.EqualError(t, errOf(jwks.New(t.Context(), jwks.Config{URL: setURL, Algorithms: []jwt.Algorithm{jwt.EdDSA}, MaxStale: math.MaxInt64})),
		"jwks: Config.MaxStale is 2562047h47m16.854775807s; the longest is 8784h0m0s")
}

func errOf[T any](_ T, err error) error { return err }

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
