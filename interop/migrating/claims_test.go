package migrating

import (
	"encoding/json"
	"testing"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

type untagged struct{ Role string }

// takenSub has a field for a registered claim.
type takenSub struct {
	Sub string `json:"sub"`
}

type oldTakenSub struct {
	Sub string `json:"sub"`
	golangjwt.RegisteredClaims
}

var claimRows = []row{
	{"registered-claims", []difference{
		{"Names are case-sensitive: `Role` is not `role`, so a field without a tag reads its own spelling only. golang-jwt reads both, and reads `\"Exp\"` as `exp`.", func(t *testing.T) {
			token := good(with{"role": "", "Role": `"admin"`})
			before, err := old(token, careful...)
			require.NoError(t, err)
			require.Equal(t, "admin", before.Role)
			after, err := parse[Claims](t, token, nil)
			require.NoError(t, err)
			require.Empty(t, after.Private.Role)
			for token, want := range map[string]string{token: "admin", good(nil): ""} {
				bare, err := parse[untagged](t, token, nil)
				require.NoError(t, err)
				require.Equal(t, want, bare.Private.Role)
			}
			late := hs256(header, `{"exp":1,"Exp":`+unix(now.Add(1e9))+`}`)
			accepted(t)(old(late))
			_, err = parse[Claims](t, late, func(p *jwt.Policy) {
				p.Issuers, p.InsecureSkipIssuer, p.Audiences, p.InsecureSkipAudience = nil, true, nil, true
			})
			requireRefused(t, err, "exp", jwt.ErrExpired)
		}},
		{"A P with a registered claim of its own, such as a field for `sub`, is an error of `NewParser`. With golang-jwt such a field takes the claim away from `RegisteredClaims`.", func(t *testing.T) {
			var c oldTakenSub
			_, err := golangjwt.ParseWithClaims(good(nil), &c, oneKey(secret), atNow)
			require.NoError(t, err)
			require.Equal(t, "alice", c.Sub)
			require.Empty(t, c.Subject)
			require.ErrorContains(t, newParser[takenSub](key, nil), "sub")
		}},
		{"A date as text, and a claim that is `null`, are refused with `ErrMalformed`. `RegisteredClaims` accepts both.", func(t *testing.T) {
			onlyOld(t, good(with{"exp": `"` + unix(now.Add(1e9)) + `"`}), "exp", jwt.ErrMalformed)
			onlyOld(t, good(with{"nbf": "null"}), "nbf", jwt.ErrMalformed)
			onlyOld(t, good(with{"sub": "null"}), "sub", jwt.ErrMalformed)
		}},
		{"A claim that occurs twice is refused with `ErrMalformed`. golang-jwt uses the last.", func(t *testing.T) {
			token := hs256(header, `{"sub":"admin",`+payload(nil)[1:])
			before, err := old(token, careful...)
			require.NoError(t, err)
			require.Equal(t, "alice", before.Subject)
			onlyOld(t, token, "payload", jwt.ErrMalformed)
		}},
	}},
	{"map-claims", []difference{
		{"The map has the private claims only: `claims.Private[\"sub\"]` is absent, `claims.Subject` has it. `claims.Map()` returns all.", func(t *testing.T) {
			before, err := oldMap(good(nil), careful...)
			require.NoError(t, err)
			require.Equal(t, "alice", before["sub"])
			after, err := parse[map[string]any](t, good(nil), nil)
			require.NoError(t, err)
			require.Equal(t, map[string]any{"role": "reader"}, after.Private)
			require.Equal(t, "alice", after.Subject)
			all, err := after.Map()
			require.NoError(t, err)
			require.Len(t, all, len(before))
			require.Equal(t, "alice", all["sub"])
		}},
		{"A registered claim of the wrong type is refused with `ErrMalformed`, whatever the policy. `MapClaims` accepts `\"aud\": 5` and `\"sub\": 5` where no option asks for them.", func(t *testing.T) {
			skip := func(p *jwt.Policy) { p.Audiences, p.InsecureSkipAudience = nil, true }
			for _, name := range []string{"aud", "sub"} {
				accepted(t)(oldMap(good(with{name: "5"}), golangjwt.WithIssuer(issuer)))
				_, err := parse[map[string]any](t, good(with{name: "5"}), skip)
				requireRefused(t, err, name, jwt.ErrMalformed)
			}
		}},
		{"A payload that is `null` is refused. golang-jwt treats it as no claims.", func(t *testing.T) {
			accepted(t)(oldMap(hs256(header, "null")))
			_, err := parse[map[string]any](t, hs256(header, "null"), nil)
			requireRefused(t, err, "payload", jwt.ErrMalformed)
		}},
		{"`Sign` refuses a registered claim in the map.", func(t *testing.T) {
			signs(t, golangjwt.MapClaims{"sub": "alice"}, jwt.Claims[map[string]any]{ExpiresAt: now, Private: map[string]any{"sub": "alice"}}, "sub")
		}},
	}},
	{"claim-strings", []difference{
		{"`aud` is a string or an array of strings; `null`, or an array with something else, is refused. `ClaimStrings` treats `null` as absent.", func(t *testing.T) {
			accepted(t)(old(good(with{"aud": "null"}), golangjwt.WithIssuer(issuer)))
			for _, aud := range []string{"null", `["orders",5]`} {
				_, err := parse[Claims](t, good(with{"aud": aud}), nil)
				requireRefused(t, err, "aud", jwt.ErrMalformed)
			}
			_, err := old(good(with{"aud": `["orders",5]`}))
			require.ErrorIs(t, err, golangjwt.ErrTokenMalformed)
		}},
	}},
	{"float64", []difference{
		{"Numbers are exact. As a `float64`, 9007199254740993 is 9007199254740992: another user.", func(t *testing.T) {
			token := good(with{"user_id": "9007199254740993"})
			before, err := oldMap(token)
			require.NoError(t, err)
			require.EqualValues(t, 9007199254740992, int64(before["user_id"].(float64)))
			type user struct {
				ID int64 `json:"user_id"`
			}
			after, err := parse[user](t, token, nil)
			require.NoError(t, err)
			require.EqualValues(t, 9007199254740993, after.Private.ID)
		}},
		{"In a map a number is a `json.Number`: `.(float64)` panics, and `id, _ := ….(float64)` is 0. Both compile.", func(t *testing.T) {
			claims, err := parse[map[string]any](t, good(with{"user_id": "7"}), nil)
			require.NoError(t, err)
			require.Equal(t, json.Number("7"), claims.Private["user_id"])
			require.Panics(t, func() { _ = claims.Private["user_id"].(float64) })
			id, _ := claims.Private["user_id"].(float64)
			require.Zero(t, id)
		}},
		{"`1e3` and `1.0` do not fit an `int64`, and the token is refused with `ErrMalformed`. As a `float64` they do.", func(t *testing.T) {
			type user struct {
				ID int64 `json:"user_id"`
			}
			for _, id := range []string{"1e3", "1.0"} {
				before, err := oldMap(good(with{"user_id": id}))
				require.NoError(t, err)
				require.NotZero(t, int64(before["user_id"].(float64)))
				_, err = parse[user](t, good(with{"user_id": id}), nil)
				requireRefused(t, err, "user_id", jwt.ErrMalformed)
			}
		}},
	}},
}
