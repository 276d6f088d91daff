package jwt_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// A boundary is a claim alone, and the last moment at which it is one thing and the
// first at which it is another.
type boundary struct {
	claim         string
	maxAge        time.Duration
	offset        time.Duration // from the claim to the first moment of after
	before, after string        // errors; empty for none
}

// boundaries are those of a policy with that leeway.
func boundaries(leeway time.Duration) []boundary {
	return []boundary{
		{claim: "exp", offset: leeway, after: "jwt: exp: token expired"},
		{claim: "nbf", offset: -leeway, before: "jwt: nbf: token not valid yet"},
		{claim: "iat", offset: -leeway, before: "jwt: iat: token not valid yet"},
		{claim: "iat", maxAge: time.Hour, offset: -leeway, before: "jwt: iat: token not valid yet"},
		// A token is as old as MaxAge, but no older.
		{claim: "iat", maxAge: time.Hour, offset: time.Hour + leeway + 1, after: "jwt: iat: does not match the policy: older than MaxAge"},
	}
}

var leeways = []time.Duration{0, 30 * time.Second, 10 * time.Minute}

func (b boundary) String() string { return fmt.Sprint(b.claim, " ", b.maxAge, " ", b.offset) }

func (b boundary) token(at time.Time) string {
	return handmade(plainHeader, fmt.Sprintf(`{"%s":%d}`, b.claim, at.Unix()))
}

func (b boundary) policy(leeway time.Duration) jwt.Policy {
	policy := laxPolicy()
	policy.Leeway, policy.MaxAge = leeway, b.maxAge
	return policy
}

func TestTimeBoundaries(t *testing.T) {
	for _, leeway := range leeways {
		for _, b := range boundaries(leeway) {
			t.Run(fmt.Sprint(b, " ", leeway), func(t *testing.T) {
				token, first := b.token(testTime), testTime.Add(b.offset)
				for distance, want := range map[time.Duration]string{
					-time.Second: b.before, -1: b.before, 0: b.after, 1: b.after, time.Second: b.after,
				} {
					for _, zone := range []*time.Location{time.UTC, time.FixedZone("east", 12*3600)} {
						policy := b.policy(leeway)
						policy.Now = func() time.Time { return first.Add(distance).In(zone) }
						claims, err := jwt.Parse[struct{}](t.Context(), token, testKeys(t)[jwt.HS256].verifier, must(jwt.NewValidator(policy)))
						requireError(t, want, err)
						require.Equal(t, want == "", claims != nil)
					}
				}
			})
		}
	}
}

func requireError(tb testing.TB, want string, err error) {
	tb.Helper()
	if want == "" {
		require.NoError(tb, err)
		return
	}
	require.Error(tb, err)
	require.Equal(tb, want, withoutDetails(err))
}

// The same with the clock that a policy without Now reads, one validator for all.
func TestTimeBoundariesSystemClock(t *testing.T) {
	verifier := testKeys(t)[jwt.HS256].verifier
	for _, leeway := range leeways {
		for _, b := range boundaries(leeway) {
			t.Run(fmt.Sprint(b, " ", leeway), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					policy := b.policy(leeway)
					policy.Now = nil
					val := must(jwt.NewValidator(policy))
					at := time.Now().Add(time.Hour)
					token, first := b.token(at), at.Add(b.offset)
					for _, step := range []struct {
						distance time.Duration
						want     string
					}{{-time.Second, b.before}, {-1, b.before}, {0, b.after}, {time.Second, b.after}, {time.Minute, b.after}} {
						time.Sleep(time.Until(first.Add(step.distance)))
						_, err := jwt.Parse[struct{}](t.Context(), token, verifier, val)
						requireError(t, step.want, err)
					}
				})
			})
		}
	}
}

// No date overflows, at either end of the clock.
func TestTimeExtremes(t *testing.T) {
	const noClock = "jwt: the clock is not between the years 1970 and 9999"
	for _, test := range []struct {
		now     time.Time
		payload string
		want    string
	}{
		{time.Unix(253402300798, 0), `{"exp":253402300799,"nbf":0,"iat":253402300798}`, ""},
		{time.Unix(253402300799+600, 0), `{"exp":253402300799}`, noClock},
		{time.Unix(253402300799, 0), `{"exp":253402300199}`, "jwt: exp: token expired"},
		{time.Unix(0, 1), `{"nbf":253402300799}`, "jwt: nbf: token not valid yet"},
		{time.Unix(1<<55, 0), `{"exp":253402300799}`, noClock},
		{time.Unix(1<<63-1, 0), `{"exp":5}`, noClock}, // it wraps around
		{time.Unix(-1, 0), `{"exp":5}`, noClock},
		{time.Time{}.Add(1), `{"exp":5}`, noClock},
		{time.Unix(0, 0), `{"exp":0,"iat":0}`, ""}, // not expired until the leeway is over
	} {
		policy := laxPolicy()
		policy.Leeway, policy.MaxAge = 10*time.Minute, 876000*time.Hour
		policy.Now = func() time.Time { return test.now }
		if test.payload[2] != 'i' {
			policy.MaxAge = 0
		}
		_, err := jwt.Parse[struct{}](t.Context(), handmade(plainHeader, test.payload), testKeys(t)[jwt.HS256].verifier, must(jwt.NewValidator(policy)))
		requireError(t, test.want, err)
	}
}
