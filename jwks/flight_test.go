package jwks_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// requireGap fails unless got is 80 percent of life, less up to a tenth of that.
func requireGap(t *testing.T, life, got time.Duration) {
	t.Helper()
	require.LessOrEqual(t, got, life*80/100)
	require.GreaterOrEqual(t, got, life*72/100-time.Millisecond)
}

// TestLifetime reads it from the headers of the answer. The bubble begins on
// 1 January 2000 at midnight.
func TestLifetime(t *testing.T) {
	const (
		at0  = "Sat, 01 Jan 2000 00:00:00 GMT"
		at20 = "Sat, 01 Jan 2000 00:20:00 GMT"
		at50 = "Sat, 01 Jan 2000 00:50:00 GMT"
	)
	for _, tt := range []struct {
		name   string
		header []string
		want   time.Duration
	}{
		{"nothing", nil, 15 * time.Minute},
		{"max-age", []string{"Cache-Control", "max-age=600"}, 10 * time.Minute},
		{"other case", []string{"cache-control", "Public, MAX-AGE=600"}, 10 * time.Minute},
		{"quoted", []string{"Cache-Control", `max-age="600"`}, 10 * time.Minute},
		{"among others", []string{"Cache-Control", "public,  max-age=600 , must-revalidate"}, 10 * time.Minute},
		{"two lines", []string{"Cache-Control", "public", "Cache-Control", "max-age=600"}, 10 * time.Minute},
		{"twice", []string{"Cache-Control", "max-age=600, max-age=900"}, 10 * time.Minute},
		{"s-maxage is not for us", []string{"Cache-Control", "s-maxage=900, max-age=600"}, 10 * time.Minute},
		{"no max-age", []string{"Cache-Control", "public"}, 15 * time.Minute},
		{"too short", []string{"Cache-Control", "max-age=5"}, time.Minute},
		{"0", []string{"Cache-Control", "max-age=0"}, time.Minute},
		{"too long", []string{"Cache-Control", "max-age=31536000"}, 24 * time.Hour},
		{"more than 31 bits", []string{"Cache-Control", "max-age=99999999999999999999"}, 24 * time.Hour},
		{"negative", []string{"Cache-Control", "max-age=-600"}, time.Minute},
		{"no number", []string{"Cache-Control", "max-age=ten"}, time.Minute},
		{"empty", []string{"Cache-Control", "max-age="}, time.Minute},
		{"no value", []string{"Cache-Control", "max-age"}, time.Minute},
		{"no-store", []string{"Cache-Control", "no-store"}, time.Minute},
		{"no-cache", []string{"Cache-Control", "No-Cache"}, time.Minute},
		{"max-age, no-store", []string{"Cache-Control", "max-age=600, no-store"}, time.Minute},
		{"max-age, no-cache on another line", []string{"Cache-Control", "max-age=600", "Cache-Control", "no-cache"}, time.Minute},
		{"Keycloak", []string{"Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"}, time.Minute},
		{"Age", []string{"Cache-Control", "max-age=1200", "Age", "600"}, 10 * time.Minute},
		{"Age beyond max-age", []string{"Cache-Control", "max-age=600", "Age", "601"}, time.Minute},
		{"Age no number", []string{"Cache-Control", "max-age=600", "Age", "old"}, 10 * time.Minute},
		{"Age alone", []string{"Age", "600"}, 15 * time.Minute},
		{"Expires", []string{"Expires", at50, "Date", at20}, 30 * time.Minute},
		{"Expires without Date", []string{"Expires", at20}, 20 * time.Minute},
		{"Expires with a bad Date", []string{"Expires", at20, "Date", "today"}, 20 * time.Minute},
		{"Expires and Age", []string{"Expires", at20, "Date", at0, "Age", "300"}, 15 * time.Minute},
		{"Expires before Date", []string{"Expires", at0, "Date", at20}, time.Minute},
		{"Expires 0", []string{"Expires", "0"}, time.Minute},
		{"max-age goes before Expires", []string{"Cache-Control", "max-age=600", "Expires", at50, "Date", at0}, 10 * time.Minute},
		{"Expires of the year 9999", []string{"Expires", "Fri, 31 Dec 9999 23:59:59 GMT"}, 24 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				i.serve(setOf(keyA), tt.header...)
				i.start(t)
				sleep(tt.want)
				requests := i.seen()
				requireGap(t, tt.want, requests[1].time.Sub(requests[0].time))
			})
		})
	}
}

// TestLifetimeBounds are those of the Config.
func TestLifetimeBounds(t *testing.T) {
	for _, tt := range []struct {
		header string
		want   time.Duration
	}{
		{"max-age=1", 10 * time.Second}, {"max-age=15", 15 * time.Second}, {"max-age=3600", 20 * time.Second}, {"", 20 * time.Second},
	} {
		bubble(t, func(t *testing.T, i *issuer) {
			i.serve(setOf(keyA), "Cache-Control", tt.header)
			i.start(t, func(cfg *jwks.Config) { cfg.MinRefresh, cfg.MaxRefresh = 10*time.Second, 20*time.Second })
			sleep(2 * time.Minute)
			requests := i.seen()
			for n := range requests[1:] {
				requireGap(t, tt.want, requests[n+1].time.Sub(requests[n].time))
			}
		})
	}
}

// TestJitter: the Clients of an issuer do not come at once.
func TestJitter(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "Cache-Control", "max-age=600")
		for range 20 {
			i.start(t)
		}
		sleep(10 * time.Minute)
		times := make(map[time.Time]bool)
		for _, r := range i.seen()[20:] {
			times[r.time] = true
		}
		require.Greater(t, len(times), 15)
	})
}

func TestETag(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		var r recorder
		i.serve(setOf(keyA), "ETag", `"1"`, "Cache-Control", "max-age=60")
		c := i.start(t, func(cfg *jwks.Config) {
			cfg.MaxStale, cfg.MaxRefresh = 10*time.Minute, 10*time.Minute
			cfg.Observe = r.observe
		})
		require.Equal(t, "", i.seen()[0].header.Get("If-None-Match"))
		require.Equal(t, "application/jwk-set+json, application/json", i.seen()[0].header.Get("Accept"))

		// Not modified: the keys stay, and are as fresh as this answer says.
		i.set(func(*http.Request) (*http.Response, error) {
			return response(304, "", "Cache-Control", "max-age=600"), nil
		})
		sleep(48 * time.Second)
		require.Equal(t, `"1"`, i.seen()[1].header.Get("If-None-Match"))
		require.True(t, r.all()[1].NotModified)
		require.NoError(t, r.all()[1].Err)
		require.Equal(t, 1, r.all()[1].Keys)
		expect(t, "ok", c, keyA)
		sleep(9 * time.Minute)
		requests := i.seen()
		requireGap(t, 10*time.Minute, requests[2].time.Sub(requests[1].time))

		// For hours, without the keys ever being sent again.
		sleep(3 * time.Hour)
		expect(t, "ok", c, keyA)

		// A set with another tag, and one without.
		i.serve(setOf(keyB), "ETag", `W/"2"`)
		sleep(8 * time.Minute)
		expect(t, unknown, c, keyA)
		expect(t, "ok", c, keyB)
		i.serve(setOf(keyC))
		sleep(8 * time.Minute)
		require.Equal(t, `W/"2"`, i.seen()[i.count()-1].header.Get("If-None-Match"))
		expect(t, "ok", c, keyC)
		sleep(8 * time.Minute)
		require.Equal(t, "", i.seen()[i.count()-1].header.Get("If-None-Match"))

		// Nobody asked for this one.
		i.status(304)
		sleep(12 * time.Minute)
		require.EqualError(t, r.last().Err, "https://issuer.example/keys answered 304")
		require.EqualError(t, c.Ready(), "jwks: the set is older than 10m0s: https://issuer.example/keys answered 304")
	})
}

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

// TestRefreshBesideCallers: a refresh that falls together with a fetch that was not
// allowed is not lost.
func TestRefreshBesideCallers(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "Cache-Control", "max-age=60")
		c := i.start(t)
		release := make(chan struct{})
		sleep(40 * time.Second)
		go c.Limited(release)
		sleep(10 * time.Second)
		require.Equal(t, 1, i.count())
		close(release)
		synctest.Wait()
		require.Equal(t, 2, i.count())
	})
}

// TestUnchangedKeys keep their Verifiers, with whatever those have cached.
func TestUnchangedKeys(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		var w wrapper
		i.serve(setOf(keyA, keyB))
		c := i.start(t, func(cfg *jwks.Config) { cfg.Wrap = w.wrap })
		require.Equal(t, []string{"EdDSA(a)", "EdDSA(b)"}, w.made)
		expect(t, "ok", c, keyA)
		first := w.last

		// Withdrawn, added, in another order, and twice.
		i.serve(setOf(keyC, keyA, keyA))
		sleep(15 * time.Minute)
		require.Equal(t, []string{"EdDSA(a)", "EdDSA(b)", "EdDSA(c)"}, w.made)
		expect(t, "ok", c, keyA)
		require.Same(t, first, w.last)

		// Another key of the same kid.
		i.serve(setOf(forger, keyC))
		sleep(15 * time.Minute)
		require.Equal(t, []string{"EdDSA(a)", "EdDSA(b)", "EdDSA(c)", "EdDSA(a)"}, w.made)
		expect(t, "ok", c, forger)
		expect(t, forged, c, keyA)
		require.NotSame(t, first, w.last)

		for _, key := range c.Keys() {
			_, wrapped := key.(jwt.Verifier).(*wrapped)
			require.False(t, wrapped)
		}
	})
}

// TestIdentity: what names a key tells it from all others, so that a refresh of a set of
// a thousand keys of one kid costs no million comparisons.
func TestIdentity(t *testing.T) {
	seen := make(map[string]bool)
	for _, key := range []jwt.KeyVerifier{keyA.public, keyB.public, forger.public, newKey("", 1).public,
		&otherKey{"ML-DSA-44", "a", "1"}, &otherKey{"ML-DSA-65", "a", "1"}, &otherKey{"ML-DSA-44", "b", "1"}} {
		require.False(t, seen[jwks.Identity(key)])
		seen[jwks.Identity(key)] = true
	}
	require.True(t, seen[jwks.Identity(newKey("a", 1).public)])
}
