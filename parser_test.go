package jwt_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// sourceOf is a Verifier that says which algorithms its keys have, as jwks.Client does.
type sourceOf struct {
	jwt.Verifier
	algs       []jwt.Algorithm
	generation *uint64
}

func (s sourceOf) Algorithms() []jwt.Algorithm { return s.algs }
func (s sourceOf) Generation() uint64          { return *s.generation }

// issuerOf is one that says whose keys it has.
type issuerOf struct {
	sourceOf
	issuer string
}

func (s issuerOf) Issuer() string { return s.issuer }

// wrapped is a meter or a cache around a Verifier.
type wrapped struct{ jwt.Verifier }

func (w wrapped) Unwrap() jwt.Verifier { return w.Verifier }

// endless wraps itself.
type endless struct{}

func (e *endless) Verify(context.Context, jwt.Header, []byte, []byte) error { return nil }
func (e *endless) Unwrap() jwt.Verifier                                     { return e }

// Types of private claims that golang-jwt's users bring.
type (
	withValid    struct{ Role string }
	withValidate struct{ Role string }
	wrongP       struct {
		Iss string `json:"iss"`
	}
)

func (withValid) Valid() error           { return nil }
func (withValidate) Validate(_ int) bool { return false }

func newParserOf[P any](keys jwt.Verifier, p jwt.Policy) error {
	parser, err := jwt.NewParser[P](keys, p)
	if (parser == nil) != (err != nil) {
		panic("a Parser and an error together")
	}
	return err
}

func TestNewParserRefuses(t *testing.T) {
	es256, hs256 := testKeys(t)[jwt.ES256].verifier, testKeys(t)[jwt.HS256].verifier
	const a, b = "https://a.example", "https://b.example"
	policy := func(change func(p *jwt.Policy)) jwt.Policy {
		p := jwt.Policy{Algorithms: []jwt.Algorithm{jwt.ES256}, Issuers: []string{a}, Audiences: []string{"x"}}
		if change != nil {
			change(&p)
		}
		return p
	}
	one := policy(nil)
	two := policy(func(p *jwt.Policy) { p.Issuers = []string{a, b} })
	byFunc := policy(func(p *jwt.Policy) { p.Issuers, p.IssuerFunc = nil, func(string) bool { return true } })
	skip := policy(func(p *jwt.Policy) { p.Issuers, p.InsecureSkipIssuer = nil, true })
	keyFunc := jwt.KeyFunc[struct{}](func(context.Context, jwt.Unverified[struct{}]) (jwt.Verifier, error) { return es256, nil })
	itself := make(jwt.KeySet, 1)
	itself[0] = itself
	one64 := uint64(1)

	const several = "jwt: NewParser: a policy with several Issuers needs IssuerKeys or a KeyFunc: with other keys, one issuer could sign in the name of another"
	const operator = "jwt: NewParser: a policy with IssuerFunc needs a KeyFunc, or one source of keys of one operator: with a KeySet or IssuerKeys, one issuer could sign in the name of another"
	for _, tt := range []struct {
		keys   jwt.Verifier
		policy jwt.Policy
		text   string // "" if it is accepted
	}{
		{es256, one, ""},
		{jwt.KeySet{es256, wrapped{es256}}, one, ""},
		{wrapped{wrapped{es256}}, one, ""},
		{sourceOf{es256, []jwt.Algorithm{jwt.RS256, jwt.ES256}, &one64}, one, ""},
		{verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error { return nil }), one, ""},
		{jwt.IssuerKeys{a: es256, b: es256}, two, ""},
		{wrapped{jwt.IssuerKeys{a: es256, b: es256}}, two, ""},
		{jwt.IssuerKeys{a: es256}, one, ""},
		{jwt.IssuerKeys{a: es256}, skip, ""},
		{keyFunc, one, ""},
		{keyFunc, two, ""},
		{keyFunc, byFunc, ""},
		{wrapped{keyFunc}, byFunc, ""},
		{sourceOf{es256, []jwt.Algorithm{jwt.ES256}, &one64}, byFunc, ""},

		{nil, one, "jwt: NewParser: nil Verifier"},
		{(*pointerVerifier)(nil), one, "jwt: NewParser: nil Verifier"},
		{wrapped{nil}, one, "jwt: NewParser: nil Verifier"},
		{jwt.KeyFunc[struct{}](nil), one, "jwt: NewParser: nil Verifier"},
		{jwt.KeySet{}, one, "jwt: NewParser: empty KeySet"},
		{jwt.KeySet{es256, nil}, one, "jwt: NewParser: KeySet, element 1: nil Verifier"},
		{jwt.KeySet{jwt.KeySet{}}, one, "jwt: NewParser: KeySet, element 0: empty KeySet"},
		{jwt.IssuerKeys{}, one, "jwt: NewParser: empty IssuerKeys"},
		{jwt.IssuerKeys{a: nil}, one, `jwt: NewParser: IssuerKeys of "https://a.example": nil Verifier`},
		{hs256, one, "jwt: NewParser: the key is for HS256, which is not in Policy.Algorithms"},
		{wrapped{hs256}, one, "jwt: NewParser: a key is for HS256, which is not in Policy.Algorithms [ES256]"},
		{jwt.KeySet{es256, hs256}, one, "jwt: NewParser: KeySet, element 1: a key is for HS256, which is not in Policy.Algorithms [ES256]"},
		{jwt.IssuerKeys{a: hs256}, one, `jwt: NewParser: IssuerKeys of "https://a.example": a key is for HS256, which is not in Policy.Algorithms [ES256]`},
		{sourceOf{es256, []jwt.Algorithm{jwt.RS256}, &one64}, one, "jwt: NewParser: jwt_test.sourceOf has keys for [RS256]; none of these is in Policy.Algorithms [ES256]"},
		{issuerOf{sourceOf{es256, []jwt.Algorithm{jwt.ES256}, &one64}, a}, one, ""},
		{issuerOf{sourceOf{es256, []jwt.Algorithm{jwt.ES256}, &one64}, ""}, one, ""},
		{issuerOf{sourceOf{es256, []jwt.Algorithm{jwt.ES256}, &one64}, b}, skip, ""},
		{issuerOf{sourceOf{es256, []jwt.Algorithm{jwt.ES256}, &one64}, a + "/"}, one, `jwt: NewParser: jwt_test.issuerOf has the keys of "https://a.example/", which is not in Policy.Issuers ["https://a.example"]`},
		{jwt.IssuerKeys{a + "/": es256}, one, `jwt: NewParser: "https://a.example" is in Policy.Issuers, but has no keys in IssuerKeys ["https://a.example/"]`},
		{jwt.IssuerKeys{a: es256, b: es256}, one, `jwt: NewParser: "https://b.example" is in IssuerKeys, but not in Policy.Issuers ["https://a.example"]`},
		{es256, two, several},
		{jwt.KeySet{es256}, two, several},
		{wrapped{jwt.KeySet{es256}}, two, several},
		{sourceOf{es256, []jwt.Algorithm{jwt.ES256}, &one64}, two, several},
		{jwt.KeySet{es256}, byFunc, operator},
		{jwt.IssuerKeys{a: es256}, byFunc, operator},
		{wrapped{jwt.KeySet{es256}}, byFunc, operator},
	} {
		err := newParserOf[struct{}](tt.keys, tt.policy)
		if tt.text == "" {
			require.NoError(t, err)
		} else {
			requirePlainError(t, err, tt.text)
		}
	}
	require.ErrorContains(t, newParserOf[struct{}](itself, one), "sets of keys are nested deeper than 32 levels")
	require.NotPanics(t, func() { _ = newParserOf[struct{}](new(endless), one) })
	require.ErrorContains(t, newParserOf[struct{}](es256, jwt.Policy{}), "jwt: Policy.")
	require.EqualError(t, newParserOf[map[string]any](keyFunc, one),
		"jwt: NewParser: the KeyFunc decodes the private claims into struct {}, the Parser into another type")
	require.EqualError(t, newParserOf[map[string]any](jwt.IssuerKeys{a: jwt.KeySet{wrapped{keyFunc}}}, one),
		`jwt: NewParser: IssuerKeys of "https://a.example": KeySet, element 0: the KeyFunc decodes the private claims into struct {}, the Parser into another type`)
	require.ErrorContains(t, newParserOf[wrongP](es256, one), `has a member "iss"`)
	require.ErrorContains(t, newParserOf[withValid](es256, one), "Valid() error")
	require.ErrorContains(t, newParserOf[withValidate](es256, one), "Validate")
	require.ErrorContains(t, newParserOf[jwt.Claims[struct{}]](es256, one), "Claims")
}

// A Parser answers as Parse does.
func TestParserIsParse(t *testing.T) {
	for _, k := range allKeys(t) {
		policy := keyPolicy()
		parser := must(jwt.NewParser[struct{}](k.verifier, policy))
		val := must(jwt.NewValidator(policy))
		good := signToken(t, k.signer)
		for _, token := range []string{good, good + "x", "", "..", signToken(t, otherKeys(t)[k.alg].signer)} {
			want, wantErr := jwt.Parse[struct{}](t.Context(), token, k.verifier, val)
			got, err := parser.Parse(t.Context(), token)
			require.Equal(t, want, got)
			require.Equal(t, wantErr, err)
		}
		require.Equal(t, uint64(1), parser.Generation())
	}
	for _, p := range []*jwt.Parser[struct{}]{nil, new(jwt.Parser[struct{}])} {
		claims, err := p.Parse(t.Context(), "")
		require.Nil(t, claims)
		requirePlainError(t, err, "jwt: Parse: the Parser is nil or zero; NewParser makes one")
		requirePlainError(t, p.Recheck(new(jwt.Claims[struct{}])), "jwt: Recheck: the Parser is nil or zero; NewParser makes one")
		require.Zero(t, p.Generation())
	}
	parser := must(jwt.NewParser[struct{}](testKeys(t)[jwt.HS256].verifier, keyPolicy()))
	var none context.Context
	_, err := parser.Parse(none, "")
	requirePlainError(t, err, "jwt: Parse: nil context")
	requirePlainError(t, parser.Recheck(nil), "jwt: Recheck: nil claims")
}

func TestRecheck(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	now := start
	k := testKeys(t)[jwt.HS256]
	parser := must(jwt.NewParser[struct{}](k.verifier, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256}, Issuers: []string{"a"}, Audiences: []string{"x"},
		Leeway: 10 * time.Second, MaxAge: 30 * time.Minute, Now: func() time.Time { return now },
	}))
	token := must(jwt.Sign(t.Context(), k.signer, jwt.Claims[struct{}]{
		Issuer: "a", Audience: []string{"x"}, IssuedAt: start, NotBefore: start, ExpiresAt: start.Add(15 * time.Minute),
	}))
	claims := must(parser.Parse(t.Context(), token))
	for _, tt := range []struct {
		at     time.Duration
		field  string
		reason error
	}{
		{0, "", nil},
		{-10 * time.Second, "", nil},
		{-11 * time.Second, "nbf", jwt.ErrNotYetValid},
		{15*time.Minute + 9*time.Second, "", nil},
		{15*time.Minute + 10*time.Second, "exp", jwt.ErrExpired},
		{31 * time.Minute, "iat", jwt.ErrMismatch},
	} {
		now = start.Add(tt.at)
		_, parseErr := parser.Parse(t.Context(), token)
		err := parser.Recheck(claims)
		require.Equal(t, parseErr, err, "%v", tt.at)
		if tt.field != "" {
			requireRefused(t, err, tt.field, tt.reason)
		}
	}
	now = start
	claims.ExpiresAt = time.Time{}
	requireRefused(t, parser.Recheck(claims), "exp", jwt.ErrMissing)
}

func TestGeneration(t *testing.T) {
	k := testKeys(t)[jwt.HS256]
	one, two := uint64(1), uint64(1)
	source := func(g *uint64) jwt.Verifier { return sourceOf{k.verifier, []jwt.Algorithm{jwt.HS256}, g} }
	policy := jwt.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}, Issuers: []string{"a", "b"}, Audiences: []string{"x"}}
	issuers := must(jwt.NewParser[struct{}](jwt.IssuerKeys{"a": wrapped{source(&one)}, "b": jwt.KeySet{k.verifier, source(&two)}}, policy))
	seen := map[uint64]bool{}
	for range 10 {
		for _, g := range []*uint64{&one, &two} {
			now := issuers.Generation()
			require.Equal(t, now, issuers.Generation())
			require.NotZero(t, now)
			require.False(t, seen[now], "each change shows")
			seen[now] = true
			*g++
		}
	}
	for _, g := range []*uint64{&one, &two} {
		old := *g
		*g = 0
		require.Zero(t, issuers.Generation(), "one cannot tell")
		*g = old
	}
	policy.Issuers = []string{"a"}
	other := policy
	other.Issuers = []string{"b"}
	zero := uint64(0)
	joined := must(jwt.JoinParsers(must(jwt.NewParser[struct{}](k.verifier, policy)), must(jwt.NewParser[struct{}](source(&zero), other))))
	require.Zero(t, joined.Generation())
	blind := must(jwt.NewParser[struct{}](verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error { return nil }), policy))
	require.Zero(t, blind.Generation())
	fixed := must(jwt.NewParser[struct{}](jwt.KeySet{k.verifier, k.verifier}, policy))
	require.NotZero(t, fixed.Generation())
	require.Equal(t, fixed.Generation(), fixed.Generation())
}

// What a Verifier reports has one reason. ErrExpired beside ErrSignature would make a forged
// token an expired one.
func TestVerifierErrorHasOneReason(t *testing.T) {
	expired := &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}
	for _, bad := range []error{
		errors.Join(jwt.ErrSignature, expired), errors.Join(expired, jwt.ErrSignature), errors.Join(jwt.ErrSignature, jwt.ErrExpired),
	} {
		keys := verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error { return bad })
		err := parseToken(t, signToken(t, testKeys(t)[jwt.HS256].signer), keys)
		e, ok := errors.AsType[*jwt.TokenError](err)
		require.True(t, ok)
		require.Equal(t, "signature", e.Field)
		for _, r := range reasons {
			require.Equal(t, r == jwt.ErrSignature, errors.Is(err, r), "%v", r)
		}
	}
}

func TestErrorDetails(t *testing.T) {
	k := testKeys(t)[jwt.HS256]
	now := time.Unix(1_800_000_000, 0)
	long := strings.Repeat("é", 40)
	for _, tt := range []struct {
		claims jwt.Claims[struct{}]
		text   string
	}{
		{jwt.Claims[struct{}]{Issuer: "https://a/", Audience: []string{"x"}}, `jwt: iss: does not match the policy: "https://a/" is not in Policy.Issuers ["https://a"]`},
		{jwt.Claims[struct{}]{Issuer: "a\nb", Audience: []string{"x"}}, `jwt: iss: does not match the policy: "a\nb" is not in Policy.Issuers ["https://a"]`},
		{jwt.Claims[struct{}]{Issuer: "https://a", Audience: []string{"1", "2", "3", "4", "5", "6"}},
			`jwt: aud: does not match the policy: ["1" "2" "3" "4" and 2 more] has none of Policy.Audiences ["x" "y"]`},
		{jwt.Claims[struct{}]{Issuer: long, Audience: []string{"x"}}, `jwt: iss: does not match the policy: "` + long[:64] + `"... is not in Policy.Issuers ["https://a"]`},
		{jwt.Claims[struct{}]{Issuer: "https://a", Audience: []string{"x"}, Type: "at+jwt"}, `jwt: typ: does not match the policy: "at+jwt" is not in Policy.Types ["JWT"]`},
		{jwt.Claims[struct{}]{Issuer: "https://a", Audience: []string{"x"}, NotBefore: now.Add(time.Minute)}, "jwt: nbf: token not valid yet: not before 2027-01-15T08:01:00Z"},
		{jwt.Claims[struct{}]{Issuer: "https://a", Audience: []string{"x"}, ExpiresAt: now.Add(-time.Minute)}, "jwt: exp: token expired: since 2027-01-15T07:59:00Z"},
	} {
		if tt.claims.ExpiresAt.IsZero() {
			tt.claims.ExpiresAt = now.Add(time.Hour)
		}
		parser := must(jwt.NewParser[struct{}](k.verifier, jwt.Policy{
			Algorithms: []jwt.Algorithm{jwt.HS256}, Issuers: []string{"https://a"}, Audiences: []string{"x", "y"}, Now: func() time.Time { return now },
		}))
		_, err := parser.Parse(t.Context(), must(jwt.Sign(t.Context(), k.signer, tt.claims)))
		require.EqualError(t, err, tt.text)
		// Nothing of it is said before the signature holds.
		_, err = parser.Parse(t.Context(), must(jwt.Sign(t.Context(), otherKeys(t)[jwt.HS256].signer, tt.claims)))
		require.EqualError(t, err, "jwt: signature: signature does not verify")
	}
}

// The name of a claim is the issuer's text, and could write lines of a log.
func TestErrorQuotesField(t *testing.T) {
	for field, want := range map[string]string{
		"exp": "exp", "https://a.example/role": "https://a.example/role", "x5t#S256": "x5t#S256",
		"": `""`, "a b": `"a b"`, "a\n2026 login ok": `"a\n2026 login ok"`, `a"`: `"a\""`, "é": `"é"`,
		strings.Repeat("a", 65): `"` + strings.Repeat("a", 64) + `"...`,
	} {
		require.EqualError(t, &jwt.TokenError{Field: field, Err: jwt.ErrMissing}, "jwt: "+want+": required, but missing")
	}
}

func TestInsecurePolicy(t *testing.T) {
	k := testKeys(t)[jwt.HS256]
	now := time.Unix(1_800_000_000, 0)
	policy := jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256}, Issuers: []string{"a"}, Audiences: []string{"x"}, Leeway: time.Second,
		InsecureSkipType: true, InsecureAcceptExpired: time.Hour, Now: func() time.Time { return now },
	}
	parser := must(jwt.NewParser[struct{}](k.verifier, policy))
	claims := jwt.Claims[struct{}]{Issuer: "a", Audience: []string{"x"}, Type: "anything", ExpiresAt: now.Add(-time.Hour)}
	got := must(parser.Parse(t.Context(), must(jwt.Sign(t.Context(), k.signer, claims))))
	require.Equal(t, "anything", got.Type)
	claims.ExpiresAt = now.Add(-time.Hour - time.Second)
	_, err := parser.Parse(t.Context(), must(jwt.Sign(t.Context(), k.signer, claims)))
	requireRefused(t, err, "exp", jwt.ErrExpired)

	policy.IssuerFunc, policy.Issuers = func(iss string) bool { return strings.HasPrefix(iss, "a") }, nil
	parser = must(jwt.NewParser[struct{}](k.verifier, policy))
	for iss, text := range map[string]string{
		"a/1": "", "b": `jwt: iss: does not match the policy: Policy.IssuerFunc refuses "b"`, "": "jwt: iss: required, but missing",
	} {
		claims.Issuer, claims.ExpiresAt = iss, now.Add(time.Minute)
		_, err := parser.Parse(t.Context(), must(jwt.Sign(t.Context(), k.signer, claims)))
		if text == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, text)
		}
	}
	for text, change := range map[string]func(p *jwt.Policy){
		"jwt: Policy.IssuerFunc is set beside Issuers; remove one of them":                              func(p *jwt.Policy) { p.Issuers = []string{"a"} },
		"jwt: Policy.InsecureSkipIssuer is set beside IssuerFunc, which it cancels; remove one of them": func(p *jwt.Policy) { p.InsecureSkipIssuer = true },
		"jwt: Policy.InsecureSkipType is set beside Types, which it cancels; remove one of them":        func(p *jwt.Policy) { p.Types = []string{"JWT"} },
		"jwt: Policy.InsecureAcceptExpired is set beside MaxAge; remove one of them":                    func(p *jwt.Policy) { p.MaxAge = time.Hour },
		"jwt: Policy.InsecureAcceptExpired is 30ns; is a unit missing, such as time.Second?":            func(p *jwt.Policy) { p.InsecureAcceptExpired = 30 },
		"jwt: Policy.InsecureAcceptExpired is 876001h0m0s; the longest is 876000h0m0s":                  func(p *jwt.Policy) { p.InsecureAcceptExpired = 876001 * time.Hour },
		"jwt: Policy.InsecureAcceptExpired is negative":                                                 func(p *jwt.Policy) { p.InsecureAcceptExpired = -time.Hour },
	} {
		p := policy
		change(&p)
		_, err := jwt.NewValidator(p)
		require.EqualError(t, err, text)
	}
}
