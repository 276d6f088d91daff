package migrating

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

// key is one key of the good secret.
var key = made(jwt.NewHMACVerifier(jwt.HS256, "", secret))

var optionRows = []row{
	{"with-valid-methods", []difference{
		{"It is required. golang-jwt without the option, or with nil, accepts every algorithm that it knows.", func(t *testing.T) {
			token := made(golangjwt.New(golangjwt.SigningMethodHS512).SignedString(secret))
			accepted(t)(old(token))
			accepted(t)(old(token, golangjwt.WithValidMethods(nil)))
			require.ErrorContains(t, newParser[Claims](key, func(p *jwt.Policy) { p.Algorithms = nil }), "Policy.Algorithms")
		}},
		{"The error is `ErrAlgorithm`. golang-jwt's wraps `ErrTokenSignatureInvalid`.", func(t *testing.T) {
			token := made(golangjwt.New(golangjwt.SigningMethodHS512).SignedString(secret))
			_, err := old(token, careful...)
			require.ErrorIs(t, err, golangjwt.ErrTokenSignatureInvalid)
			_, err = parse[Claims](t, token, nil)
			requireRefused(t, err, "alg", jwt.ErrAlgorithm)
		}},
	}},
	{"with-issuer", []difference{
		{"An empty name, such as a variable that is not set, is an error of `NewParser`. `WithIssuer(\"\")` checks nothing.", func(t *testing.T) {
			accepted(t)(old(good(with{"iss": `"of anyone"`}), golangjwt.WithIssuer("")))
			require.ErrorContains(t, newParser[Claims](key, func(p *jwt.Policy) { p.Issuers = []string{""} }), "Issuers: element 0 is blank")
		}},
		{"`InsecureSkipIssuer` checks nothing.", func(t *testing.T) {
			skip := func(p *jwt.Policy) { p.Issuers, p.InsecureSkipIssuer = nil, true }
			for _, iss := range []string{"", `"of anyone"`} {
				accepted(t)(parse[Claims](t, good(with{"iss": iss}), skip))
			}
		}},
		{"A token without `iss` is refused by both.", func(t *testing.T) {
			_, err := old(good(with{"iss": ""}), careful...)
			require.ErrorIs(t, err, golangjwt.ErrTokenRequiredClaimMissing)
			_, err = parse[Claims](t, good(with{"iss": ""}), nil)
			requireRefused(t, err, "iss", jwt.ErrMissing)
		}},
	}},
	{"with-audience", []difference{
		{"An empty list is an error of `NewParser`. `WithAudience()` checks nothing.", func(t *testing.T) {
			accepted(t)(old(good(with{"aud": `"other"`}), golangjwt.WithAudience()))
			require.ErrorContains(t, newParser[Claims](key, func(p *jwt.Policy) { p.Audiences = []string{} }), "Audiences is empty")
		}},
		{"`InsecureSkipAudience` checks nothing.", func(t *testing.T) {
			skip := func(p *jwt.Policy) { p.Audiences, p.InsecureSkipAudience = nil, true }
			for _, aud := range []string{"", `"other"`} {
				accepted(t)(parse[Claims](t, good(with{"aud": aud}), skip))
			}
		}},
	}},
	{"with-all-audiences", []difference{
		{"With both names in `Policy.Audiences` a token for one of them is accepted.", func(t *testing.T) {
			_, err := old(good(nil), golangjwt.WithAllAudiences(audience, "billing"))
			require.ErrorIs(t, err, golangjwt.ErrTokenInvalidAudience)
			accepted(t)(parse[Claims](t, good(nil), func(p *jwt.Policy) { p.Audiences = []string{audience, "billing"} }))
		}},
	}},
	{"with-subject", []difference{
		{"With an empty `user.ID` this check accepts a token without `sub`, unless `sub` is in `Policy.Required`. `WithSubject(\"\")` accepts every token.", func(t *testing.T) {
			accepted(t)(old(good(nil), golangjwt.WithSubject("")))
			claims, err := parse[Claims](t, good(with{"sub": ""}), nil)
			require.NoError(t, err)
			require.Empty(t, claims.Subject)
			_, err = parse[Claims](t, good(with{"sub": ""}), func(p *jwt.Policy) { p.Required = []string{"sub"} })
			requireRefused(t, err, "sub", jwt.ErrMissing)
		}},
	}},
	{"with-not-before-required", []difference{
		{"Any claim can be required, private ones too. golang-jwt can require `exp`, `nbf`, `iss`, `sub` and `aud`.", func(t *testing.T) {
			for _, name := range []string{"nbf", "iat", "jti", "role"} {
				_, err := parse[Claims](t, good(with{name: ""}), func(p *jwt.Policy) { p.Required = []string{name} })
				requireRefused(t, err, name, jwt.ErrMissing)
			}
			for name, option := range map[string]golangjwt.ParserOption{
				"exp": golangjwt.WithExpirationRequired(), "nbf": golangjwt.WithNotBeforeRequired(),
				"iss": golangjwt.WithIssuer(issuer), "sub": golangjwt.WithSubject("alice"), "aud": golangjwt.WithAudience(audience),
			} {
				_, err := old(good(with{name: ""}), option)
				require.ErrorIs(t, err, golangjwt.ErrTokenRequiredClaimMissing)
			}
		}},
	}},
	{"with-json-number", []difference{
		{"Numbers in an `any` are always a `json.Number`: see [float64](#float64).", func(t *testing.T) {
			token := good(with{"n": "1"})
			for want, options := range map[any][]golangjwt.ParserOption{1.0: nil, json.Number("1"): {golangjwt.WithJSONNumber()}} {
				before, err := oldMap(token, options...)
				require.NoError(t, err)
				require.Equal(t, want, before["n"])
			}
			after, err := parse[map[string]any](t, token, nil)
			require.NoError(t, err)
			require.Equal(t, json.Number("1"), after.Private["n"])
		}},
		{"Data after the claims, such as a second object, is refused. With the option golang-jwt ignores it.", func(t *testing.T) {
			token := hs256(header, payload(nil)+`{"role":"admin"}`)
			accepted(t)(oldMap(token, golangjwt.WithJSONNumber()))
			_, err := oldMap(token)
			require.ErrorIs(t, err, golangjwt.ErrTokenMalformed)
			_, err = parse[map[string]any](t, token, nil)
			requireRefused(t, err, "payload", jwt.ErrMalformed)
		}},
	}},
	{"with-strict-decoding", []difference{
		{"The last character may not have unused bits that are set. golang-jwt without the option ignores them, so that one token has several texts.", func(t *testing.T) {
			token := otherBits()
			onlyOld(t, token, "signature", jwt.ErrMalformed)
			_, err := old(token, golangjwt.WithStrictDecoding())
			require.ErrorIs(t, err, golangjwt.ErrTokenMalformed)
		}},
		{"A line break within the token is refused. golang-jwt skips it, with the option too.", func(t *testing.T) {
			token := good(nil) + "\n"
			accepted(t)(old(token, golangjwt.WithStrictDecoding()))
			onlyOld(t, token, "signature", jwt.ErrMalformed)
		}},
	}},
	{"with-padding-allowed", []difference{
		{"Padding is refused. There is no option for it.", func(t *testing.T) {
			padded := b64(payload(with{"role": `"xx"`}))
			padded += strings.Repeat("=", (4-len(padded)%4)%4)
			require.Contains(t, padded, "=")
			token := sealed(b64(header), padded, secret)
			accepted(t)(old(token, golangjwt.WithPaddingAllowed()))
			_, err := parse[Claims](t, token, nil)
			requireRefused(t, err, "payload", jwt.ErrMalformed)
		}},
	}},
	{"without-claims-validation", []difference{
		{"Issuer, audience and the other dates are still checked, and a token that expired longer ago is refused. golang-jwt checks nothing.", func(t *testing.T) {
			logout := func(p *jwt.Policy) { p.InsecureAcceptExpired = 24 * time.Hour }
			past := func(d time.Duration) string { return unix(now.Add(-d)) }
			accepted(t)(parse[Claims](t, good(with{"exp": past(time.Hour)}), logout))
			for _, c := range []struct {
				claim, value string
				reason       error
			}{
				{"exp", past(25 * time.Hour), jwt.ErrExpired}, {"nbf", past(-time.Hour), jwt.ErrNotYetValid},
				{"iss", `"other"`, jwt.ErrMismatch}, {"aud", `"other"`, jwt.ErrMismatch},
			} {
				token := good(with{c.claim: c.value})
				accepted(t)(old(token, append(careful, golangjwt.WithoutClaimsValidation())...))
				_, err := parse[Claims](t, token, logout)
				requireRefused(t, err, c.claim, c.reason)
			}
		}},
		{"`UnmarshalJSON` refuses claims that are not strict JSON, and applies no policy.", func(t *testing.T) {
			validator, err := jws.NewValidator(jws.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}, Types: []string{"JWT"}})
			require.NoError(t, err)
			read := func(payload string) error {
				accepted(t)(old(hs256(header, payload), golangjwt.WithoutClaimsValidation()))
				message, err := jws.Verify(ctx, hs256(header, payload), key, validator)
				require.NoError(t, err)
				return new(jwt.Claims[Claims]).UnmarshalJSON(message.Payload)
			}
			require.NoError(t, read(payload(with{"exp": "1", "iss": `"other"`})))
			require.ErrorContains(t, read(`{"sub":"alice","sub":"admin"}`), "duplicate")
		}},
	}},
}

func unix(t time.Time) string { return string(made(json.Marshal(t.Unix()))) }

// otherBits returns a good token whose last character encodes the same bytes otherwise.
func otherBits() string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	token := good(nil)
	last := strings.IndexByte(alphabet, token[len(token)-1]) // 32 bytes leave two bits over
	return token[:len(token)-1] + alphabet[last+1:last+2]
}
