package migrating

import (
	"encoding/json"
	"testing"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

var dateRows = []row{
	{"with-leeway", []difference{
		{"It must be 0, or 1 second to 10 minutes: a number without a unit is an error of `NewParser`. `WithLeeway(30)` is 30 nanoseconds, and a whole day is allowed.", func(t *testing.T) {
			for _, d := range []time.Duration{30, time.Second - 1, 10*time.Minute + 1, -time.Second} {
				require.ErrorContains(t, newParser[Claims](key, func(p *jwt.Policy) { p.Leeway = d }), "Leeway")
			}
			for _, d := range []time.Duration{0, time.Second, 10 * time.Minute} {
				require.NoError(t, newParser[Claims](key, func(p *jwt.Policy) { p.Leeway = d }))
			}
			late := good(with{"exp": unix(now.Add(-time.Second))})
			_, err := old(late, golangjwt.WithLeeway(30))
			require.ErrorIs(t, err, golangjwt.ErrTokenExpired)
			accepted(t)(old(good(with{"exp": unix(now.Add(-23 * time.Hour))}), golangjwt.WithLeeway(24*time.Hour)))
		}},
		{"It also applies to `iat`, which is always checked.", func(t *testing.T) {
			token := good(with{"iat": unix(now.Add(20 * time.Second))})
			_, err := parse[Claims](t, token, nil)
			requireRefused(t, err, "iat", jwt.ErrNotYetValid)
			accepted(t)(parse[Claims](t, token, func(p *jwt.Policy) { p.Leeway = 30 * time.Second }))
		}},
	}},
	{"with-expiration-required", []difference{
		{"A token without `exp` is refused with `ErrMissing`, unless `InsecureAllowNoExpiry` is set. golang-jwt without the option accepts it.", func(t *testing.T) {
			onlyOld(t, good(with{"exp": ""}), "exp", jwt.ErrMissing)
			claims, err := parse[Claims](t, good(with{"exp": ""}), func(p *jwt.Policy) { p.InsecureAllowNoExpiry = true })
			require.NoError(t, err)
			require.True(t, claims.InsecureNoExpiry)
		}},
		{"`\"exp\": 0` is the year 1970: expired. golang-jwt's `MapClaims` treats it as absent, so that the token never expires.", func(t *testing.T) {
			accepted(t)(oldMap(good(with{"exp": "0"}), careful...))
			_, err := parse[Claims](t, good(with{"exp": "0"}), nil)
			requireRefused(t, err, "exp", jwt.ErrExpired)
		}},
	}},
	{"with-issued-at", []difference{
		{"A token whose `iat` is in the future is refused with `ErrNotYetValid`: clocks that differ need `Leeway`. golang-jwt without the option does not check it.", func(t *testing.T) {
			token := good(with{"iat": unix(now.Add(time.Second))})
			onlyOld(t, token, "iat", jwt.ErrNotYetValid)
			_, err := old(token, golangjwt.WithIssuedAt())
			require.ErrorIs(t, err, golangjwt.ErrTokenUsedBeforeIssued)
		}},
	}},
	{"with-time-func", []difference{
		{"While the clock is not between the years 1970 and 9999, every token is an error that is not a `*TokenError`. With the zero time golang-jwt accepts tokens that expired long ago.", func(t *testing.T) {
			zero := func() time.Time { return time.Time{} }
			_, err := golangjwt.Parse(good(with{"exp": "1"}), oneKey(secret), golangjwt.WithTimeFunc(zero))
			require.NoError(t, err)
			_, err = parse[Claims](t, good(nil), func(p *jwt.Policy) { p.Now = zero })
			require.ErrorContains(t, err, "clock")
			require.NotErrorAs(t, err, new(*jwt.TokenError))
		}},
	}},
	{"numeric-date", []difference{
		{"An absent date is the zero time. golang-jwt has a nil pointer.", func(t *testing.T) {
			before, err := old(good(with{"iat": ""}), careful...)
			require.NoError(t, err)
			require.Nil(t, before.IssuedAt)
			after, err := parse[Claims](t, good(with{"iat": ""}), nil)
			require.NoError(t, err)
			require.True(t, after.IssuedAt.IsZero())
		}},
		{"Dates are in UTC. golang-jwt's are in the local zone.", func(t *testing.T) {
			before, err := old(good(nil), careful...)
			require.NoError(t, err)
			require.Equal(t, time.Local, before.IssuedAt.Location())
			after, err := parse[Claims](t, good(nil), nil)
			require.NoError(t, err)
			require.Equal(t, time.UTC, after.IssuedAt.Location())
			require.True(t, before.IssuedAt.Equal(after.IssuedAt))
		}},
		{"A date before 1970 or after 9999 is refused with `ErrMalformed`. golang-jwt treats `\"nbf\": 1e30` as a date in the past.", func(t *testing.T) {
			onlyOld(t, good(with{"nbf": "1e30"}), "nbf", jwt.ErrMalformed)
			for _, date := range []string{"-1", "253402300800"} {
				_, err := parse[Claims](t, good(with{"iat": date}), nil)
				requireRefused(t, err, "iat", jwt.ErrMalformed)
			}
		}},
	}},
	{"globals", []difference{
		{"One audience is always written as a string, and dates as whole seconds. Fractions are read, and cut.", func(t *testing.T) {
			token, err := jwt.Sign(ctx, newSigner(), jwt.Claims[struct{}]{Audience: []string{audience}, ExpiresAt: now.Add(1500 * time.Millisecond)})
			require.NoError(t, err)
			require.Equal(t, `{"aud":"orders","exp":`+unix(now.Add(time.Second))+`}`, decoded(t, token, 1))
			defer func(d time.Duration) { golangjwt.TimePrecision = d }(golangjwt.TimePrecision)
			golangjwt.TimePrecision = time.Millisecond
			fraction := string(made(json.Marshal(golangjwt.NewNumericDate(now.Add(1500 * time.Millisecond)))))
			require.Contains(t, fraction, ".500")
			claims, err := parse[Claims](t, good(with{"exp": fraction}), nil)
			require.NoError(t, err)
			require.Equal(t, now.Add(time.Second), claims.ExpiresAt)
		}},
	}},
}
