package jwks_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
		{"only Age", []string{"Age", "600"}, 15 * time.Minute},
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
