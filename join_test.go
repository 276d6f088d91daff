package jwt_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

func TestJoinParsers(t *testing.T) {
	const a, b, c = "https://a.example", "https://b.example", "https://c.example"
	hs, es := testKeys(t)[jwt.HS256], testKeys(t)[jwt.ES256]
	now := time.Unix(1_800_000_000, 0)
	policy := func(alg jwt.Algorithm, issuer, audience string, maxBytes int) jwt.Policy {
		return jwt.Policy{
			Algorithms: []jwt.Algorithm{alg}, Issuers: []string{issuer}, Audiences: []string{audience}, MaxBytes: maxBytes,
			Now: func() time.Time { return now },
		}
	}
	pa := must(jwt.NewParser[struct{}](hs.verifier, policy(jwt.HS256, a, "for-a", 1000)))
	pb := must(jwt.NewParser[struct{}](es.verifier, policy(jwt.ES256, b, "for-b", 2000)))
	joined := must(jwt.JoinParsers(pa, pb))

	token := func(k keyPair, issuer, audience, id string) string {
		return must(jwt.Sign(t.Context(), k.signer, jwt.Claims[struct{}]{
			Issuer: issuer, Audience: []string{audience}, ID: id, ExpiresAt: now.Add(time.Minute),
		}))
	}
	for _, tt := range []struct {
		name   string
		token  string
		field  string // "" if it is accepted
		reason error
	}{
		{"of a", token(hs, a, "for-a", ""), "", nil},
		{"of b", token(es, b, "for-b", ""), "", nil},
		{"a with the key of b", token(es, a, "for-a", ""), "alg", jwt.ErrAlgorithm},
		{"b with the key of a", token(hs, b, "for-b", ""), "alg", jwt.ErrAlgorithm},
		{"forged", token(otherKeys(t)[jwt.HS256], a, "for-a", ""), "signature", jwt.ErrSignature},
		{"a for the audience of b", token(hs, a, "for-b", ""), "aud", jwt.ErrMismatch},
		{"another issuer", token(hs, c, "for-a", ""), "iss", jwt.ErrUnknownKey},
		{"no issuer", token(hs, "", "for-a", ""), "iss", jwt.ErrUnknownKey},
		{"another algorithm", token(testKeys(t)[jwt.RS256], a, "for-a", ""), "alg", jwt.ErrAlgorithm},
		{"a, too long for a", token(hs, a, "for-a", strings.Repeat("x", 1000)), "payload", jwt.ErrMalformed},
		{"b, as long", token(es, b, "for-b", strings.Repeat("x", 1000)), "", nil},
		{"b, too long for all", token(es, b, "for-b", strings.Repeat("x", 2000)), "payload", jwt.ErrMalformed},
		{"iss twice", payloadToken(t, hs, `{"iss":"`+a+`","iss":"`+b+`"}`), "iss", jwt.ErrMalformed},
		{"iss in another case", payloadToken(t, hs, `{"ISS":"`+a+`"}`), "iss", jwt.ErrUnknownKey},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, p := range []*jwt.Parser[struct{}]{joined, must(jwt.JoinParsers(joined)), must(jwt.JoinParsers(must(jwt.JoinParsers(pb)), pa))} {
				for range 2 { // the second time by the memo
					claims, err := p.Parse(t.Context(), tt.token)
					if tt.field == "" {
						require.NoError(t, err)
						require.NoError(t, p.Recheck(claims))
					} else {
						require.Nil(t, claims)
						requireRefused(t, err, tt.field, tt.reason)
					}
				}
			}
		})
	}

	require.NotZero(t, joined.Generation())
	requireRefused(t, joined.Recheck(&jwt.Claims[struct{}]{Issuer: c, ExpiresAt: now.Add(time.Hour)}), "iss", jwt.ErrUnknownKey)
	requireRefused(t, joined.Recheck(&jwt.Claims[struct{}]{Issuer: a, ExpiresAt: now}), "exp", jwt.ErrExpired)
}

func TestJoinParsersRefuses(t *testing.T) {
	key := testKeys(t)[jwt.HS256].verifier
	policy := jwt.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}, Issuers: []string{"a"}, Audiences: []string{"x"}}
	a := must(jwt.NewParser[struct{}](key, policy))
	policy.Issuers, policy.IssuerFunc = nil, func(string) bool { return true }
	byFunc := must(jwt.NewParser[struct{}](key, policy))
	policy.IssuerFunc, policy.InsecureSkipIssuer = nil, true
	anyone := must(jwt.NewParser[struct{}](key, policy))
	const nameless = "jwt: JoinParsers: the policy of argument 1 does not name its Issuers, so that no token can be assigned to it"
	for text, parsers := range map[string][]*jwt.Parser[struct{}]{
		"jwt: JoinParsers: no parsers":                                          nil,
		"jwt: JoinParsers: argument 1 is nil or zero; NewParser makes a Parser": {a, nil},
		"jwt: JoinParsers: argument 0 is nil or zero; NewParser makes a Parser": {new(jwt.Parser[struct{}])},
		`jwt: JoinParsers: two parsers have the issuer "a"`:                     {a, a},
	} {
		joined, err := jwt.JoinParsers(parsers...)
		require.Nil(t, joined)
		require.EqualError(t, err, text)
	}
	for _, p := range []*jwt.Parser[struct{}]{byFunc, anyone} {
		_, err := jwt.JoinParsers(a, p)
		require.EqualError(t, err, nameless)
	}
}
