package jwt_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// testTime is the time of all tests that do not say otherwise.
var testTime = time.Unix(1_700_000_000, 0).UTC()

// laxPolicy accepts all that is not malformed and signed by the HS256 key of
// testKeys.
func laxPolicy() jwt.Policy {
	return jwt.Policy{
		Algorithms:            []jwt.Algorithm{jwt.HS256},
		InsecureSkipIssuer:    true,
		InsecureSkipAudience:  true,
		InsecureAllowNoExpiry: true,
		Now:                   func() time.Time { return testTime },
	}
}

const plainHeader = `{"alg":"HS256"}`

// handmade returns the token of header and payload as they are, signed with the
// HS256 key of testKeys.
func handmade(header, payload string) string {
	return signInput(encode(header) + "." + encode(payload))
}

// signInput returns input, which need not be base64url, with its signature as handmade
// makes it.
func signInput(input string) string {
	mac := hmac.New(sha256.New, firstRaw().secret)
	mac.Write([]byte(input))
	return input + "." + encode(string(mac.Sum(nil)))
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func decode(tb testing.TB, segment string) string {
	tb.Helper()
	b, err := base64.RawURLEncoding.DecodeString(segment)
	require.NoError(tb, err)
	return string(b)
}

// parts returns the header and the payload of token.
func parts(tb testing.TB, token string) (header, payload string) {
	tb.Helper()
	segments := strings.Split(token, ".")
	require.Len(tb, segments, 3)
	return decode(tb, segments[0]), decode(tb, segments[1])
}

// parseLax parses token with laxPolicy.
func parseLax[P any](tb testing.TB, token string) (*jwt.Claims[P], error) {
	tb.Helper()
	return jwt.Parse[P](tb.Context(), token, testKeys(tb)[jwt.HS256].verifier, must(jwt.NewValidator(laxPolicy())))
}

// parsePayload parses the handmade token of payload with laxPolicy.
func parsePayload[P any](tb testing.TB, payload string) (*jwt.Claims[P], error) {
	tb.Helper()
	return parseLax[P](tb, handmade(plainHeader, payload))
}

// signPrivate returns the payload of a token with nothing but private claims.
func signPrivate[P any](tb testing.TB, private P) (string, error) {
	tb.Helper()
	token, err := jwt.Sign(tb.Context(), testKeys(tb)[jwt.HS256].signer, jwt.Claims[P]{InsecureNoExpiry: true, Private: private})
	if err != nil {
		require.Empty(tb, token)
		return "", err
	}
	_, payload := parts(tb, token)
	return payload, nil
}

func TestRoundTripAlgorithms(t *testing.T) {
	type private struct {
		Role  string   `json:"role"`
		Teams []string `json:"teams"`
	}
	for _, pair := range allKeys(t) {
		t.Run(string(pair.alg), func(t *testing.T) {
			claims := jwt.Claims[private]{
				Issuer:    "https://auth.example.com",
				Subject:   "user-1",
				Audience:  []string{"orders", "billing"},
				ExpiresAt: testTime.Add(time.Minute),
				NotBefore: testTime.Add(-time.Minute),
				IssuedAt:  testTime,
				ID:        "id-1",
				Private:   private{"admin", []string{"a", "ü"}},
			}
			token, err := jwt.Sign(t.Context(), pair.signer, claims)
			require.NoError(t, err)
			header, _ := parts(t, token)
			require.Equal(t, `{"alg":"`+string(pair.alg)+`","kid":"k1","typ":"JWT"}`, header)

			val, err := jwt.NewValidator(jwt.Policy{
				Algorithms: []jwt.Algorithm{pair.alg},
				Issuers:    []string{"https://auth.example.com"},
				Audiences:  []string{"billing"},
				Now:        func() time.Time { return testTime },
			})
			require.NoError(t, err)
			claims.Type, claims.Algorithm, claims.KeyID = "JWT", pair.alg, "k1"
			for range 2 { // the second time with all memos filled
				got, err := jwt.Parse[private](t.Context(), token, pair.verifier, val)
				require.NoError(t, err)
				require.Equal(t, &claims, got)
			}
		})
	}
}

// Each row is one claim alone, as it is signed.
func TestSignBytes(t *testing.T) {
	type claims = jwt.Claims[map[string]any]
	local := time.FixedZone("here", 5400)
	tests := map[string]struct {
		claims          claims
		header, payload string
	}{
		"nothing":                     {claims{}, "", `{}`},
		"iss":                         {claims{Issuer: "a"}, "", `{"iss":"a"}`},
		"sub":                         {claims{Subject: "a"}, "", `{"sub":"a"}`},
		"one audience is a string":    {claims{Audience: []string{"a"}}, "", `{"aud":"a"}`},
		"several are an array":        {claims{Audience: []string{"b", "a"}}, "", `{"aud":["b","a"]}`},
		"no audience":                 {claims{Audience: []string{}}, "", `{}`},
		"nbf":                         {claims{NotBefore: testTime}, "", `{"nbf":1700000000}`},
		"iat":                         {claims{IssuedAt: testTime}, "", `{"iat":1700000000}`},
		"fractions are cut":           {claims{IssuedAt: testTime.Add(time.Second - 1)}, "", `{"iat":1700000000}`},
		"dates are UTC":               {claims{IssuedAt: testTime.In(local)}, "", `{"iat":1700000000}`},
		"the zero time in any zone":   {claims{IssuedAt: time.Time{}.In(local)}, "", `{}`},
		"the first date":              {claims{IssuedAt: time.Unix(0, 0)}, "", `{"iat":0}`},
		"the last date":               {claims{IssuedAt: time.Unix(253402300799, 999)}, "", `{"iat":253402300799}`},
		"jti":                         {claims{ID: "a"}, "", `{"jti":"a"}`},
		"private alone":               {claims{Private: map[string]any{"a": 1}}, "", `{"a":1}`},
		"private names are sorted":    {claims{Private: map[string]any{"b": 1, "a": 2, "B": 3}}, "", `{"B":3,"a":2,"b":1}`},
		"HTML is not escaped":         {claims{Issuer: "<&>", Private: map[string]any{"<": "\u2028&"}}, "", `{"iss":"<&>","<":"` + "\u2028" + `&"}`},
		"quotes are":                  {claims{Issuer: `"\` + "\n\x01"}, "", `{"iss":"\"\\\n\u0001"}`},
		"Algorithm and KeyID ignored": {claims{Algorithm: "none", KeyID: "other"}, `{"alg":"HS256","kid":"k1","typ":"JWT"}`, `{}`},
		"typ":                         {claims{Type: "at+jwt"}, `{"alg":"HS256","kid":"k1","typ":"at+jwt"}`, `{}`},
		"a full typ":                  {claims{Type: "application/at+jwt"}, `{"alg":"HS256","kid":"k1","typ":"application/at+jwt"}`, `{}`},
		"typ and exp are fine names":  {claims{Private: map[string]any{"typ": "x", "Exp": 1}}, "", `{"Exp":1,"typ":"x"}`},
		"all in order": {
			claims{
				Private: map[string]any{"a": nil}, ID: "4", IssuedAt: testTime, NotBefore: testTime,
				Audience: []string{"3"}, Subject: "2", Issuer: "1",
			}, "", `{"iss":"1","sub":"2","aud":"3","nbf":1700000000,"iat":1700000000,"jti":"4","a":null}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.claims.InsecureNoExpiry = true
			token, err := jwt.Sign(t.Context(), testKeys(t)[jwt.HS256].signer, test.claims)
			require.NoError(t, err)
			header, payload := parts(t, token)
			require.Equal(t, test.payload, payload)
			if test.header != "" {
				require.Equal(t, test.header, header)
			}
			require.Equal(t, handmade(header, payload), token)
		})
	}

	withExp := claims{Issuer: "1", ExpiresAt: testTime.Add(time.Hour), NotBefore: testTime, Audience: []string{"a", "b"}}
	token, err := jwt.Sign(t.Context(), testKeys(t)[jwt.HS256].signer, withExp)
	require.NoError(t, err)
	_, payload := parts(t, token)
	require.Equal(t, `{"iss":"1","aud":["a","b"],"exp":1700003600,"nbf":1700000000}`, payload)
}

// A header without kid has no empty one.
func TestSignWithoutKeyID(t *testing.T) {
	signer := must(jwt.NewHMACSigner(jwt.HS256, "", firstRaw().secret))
	token, err := jwt.Sign(t.Context(), signer, jwt.Claims[struct{}]{InsecureNoExpiry: true})
	require.NoError(t, err)
	header, _ := parts(t, token)
	require.Equal(t, `{"alg":"HS256","typ":"JWT"}`, header)
}

// The payload of RFC 7519 section 3.1 and of RFC 7515 appendices A.1 to A.3.
const rfcPayload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

func TestRFCTokens(t *testing.T) {
	bigEndian := func(s string) *big.Int { return new(big.Int).SetBytes([]byte(decode(t, s))) }
	// RFC 7519 section 3.1 is the token of RFC 7515 appendix A.1.
	secret := decode(t, "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
	modulus := "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_" +
		"YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV" +
		"MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
	point := "\x04" + decode(t, "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU") + decode(t, "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
	tests := map[string]struct {
		verifier          jwt.Verifier
		header, signature string
		alg               jwt.Algorithm
		typ               string
	}{
		"RFC 7519 3.1, RFC 7515 A.1": {
			must(jwt.NewHMACVerifier(jwt.HS256, "", []byte(secret))),
			"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
			jwt.HS256, "JWT",
		},
		"RFC 7515 A.2": {
			must(jwt.NewVerifier(jwt.RS256, "", &rsa.PublicKey{N: bigEndian(modulus), E: 65537})),
			"eyJhbGciOiJSUzI1NiJ9",
			"cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZ" +
				"cAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-" +
				"eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
			jwt.RS256, "",
		},
		"RFC 7515 A.3": {
			must(jwt.NewVerifier(jwt.ES256, "", must(ecdsa.ParseUncompressedPublicKey(elliptic.P256(), []byte(point))))),
			"eyJhbGciOiJFUzI1NiJ9", "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
			jwt.ES256, "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			policy := jwt.Policy{
				Algorithms: []jwt.Algorithm{test.alg}, Issuers: []string{"joe"}, InsecureSkipAudience: true,
				Now: func() time.Time { return time.Unix(1300819379, 0) },
			}
			token := test.header + "." + rfcPayload + "." + test.signature
			claims, err := jwt.Parse[map[string]bool](t.Context(), token, test.verifier, must(jwt.NewValidator(policy)))
			require.NoError(t, err)
			require.Equal(t, &jwt.Claims[map[string]bool]{
				Issuer: "joe", ExpiresAt: time.Unix(1300819380, 0).UTC(), Type: test.typ, Algorithm: test.alg,
				Private: map[string]bool{"http://example.com/is_root": true},
			}, claims)

			policy.Now = func() time.Time { return time.Unix(1300819380, 0) }
			claims, err = jwt.Parse[map[string]bool](t.Context(), token, test.verifier, must(jwt.NewValidator(policy)))
			require.ErrorIs(t, err, jwt.ErrExpired)
			require.Nil(t, claims)
		})
	}
}

// A context that is done stops both, and is not a fault of the token.
func TestContextOver(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	pair := testKeys(t)[jwt.HS256]
	token, err := jwt.Sign(ctx, pair.signer, jwt.Claims[struct{}]{InsecureNoExpiry: true})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, token)

	claims, err := jwt.Parse[struct{}](ctx, handmade(plainHeader, "{}"), pair.verifier, must(jwt.NewValidator(laxPolicy())))
	require.ErrorIs(t, err, context.Canceled)
	require.Nil(t, claims)
	_, ok := errors.AsType[*jwt.TokenError](err)
	require.False(t, ok)
}

// A header with a nonce gets the same answer each time, and is not kept: each one kept
// would copy the memo, and push out a header that comes again.
func TestNonceInHeader(t *testing.T) {
	val := must(jwt.NewValidator(laxPolicy()))
	parse := func(token string) (*jwt.Claims[struct{}], error) {
		return jwt.Parse[struct{}](t.Context(), token, testKeys(t)[jwt.HS256].verifier, val)
	}
	nonce := func(i int) string {
		return handmade(fmt.Sprintf(`{"alg":"HS256","nonce":"%04d","kid":"k1","typ":"JWT"}`, i), `{"sub":"ann"}`)
	}
	cold, warm := must(parse(nonce(0))), must(parse(nonce(0)))
	require.Equal(t, "ann", cold.Subject)
	require.Equal(t, cold, warm)
	_, err := parse(nonce(0)[:len(nonce(0))-4] + "AAAA")
	requireRefused(t, err, "signature", jwt.ErrSignature)

	var tokens []string
	for i := range 100 {
		tokens = append(tokens, nonce(i))
	}
	bytes := allocatedBytes(func() {
		for _, token := range tokens {
			if _, err := parse(token); err != nil {
				t.Error(err)
			}
		}
	})
	require.Less(t, bytes/100, int64(4096), "bytes for one token")
}

// What a Validator remembers of headers is of tokens whose signature held: a second flood
// of the same forged tokens costs what the first did, and no more is kept.
func TestForgedHeadersAreNotRemembered(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools at random")
	}
	const n = 60 // fewer than a Validator remembers
	verifier := testKeys(t)[jwt.HS256].verifier
	flood := func(val *jwt.Validator, forged bool) func() {
		var tokens []string
		for i := range n {
			token := handmade(fmt.Sprintf(`{"alg":"HS256","typ":"t%03d","kid":"k1"}`, i), "{}")
			if forged {
				token = token[:len(token)-4] + "AAAA"
			}
			tokens = append(tokens, token)
		}
		return func() {
			for _, token := range tokens {
				if claims, err := jwt.Parse[struct{}](t.Context(), token, verifier, val); claims != nil || err == nil {
					t.Error("accepted")
				}
			}
		}
	}
	flood(must(jwt.NewValidator(laxPolicy())), true)() // the pools are full then
	val := must(jwt.NewValidator(laxPolicy()))
	first, second := allocatedBytes(flood(val, true)), allocatedBytes(flood(val, true))
	require.InDelta(t, first, second, n*64)

	// Those of the issuer are remembered, or the test would show nothing.
	first = allocatedBytes(flood(val, false))
	require.Greater(t, first, second+n*64)
}

func TestSignBadInput(t *testing.T) {
	var none context.Context
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	good := testKeys(t)[jwt.ES256].signer
	answer := func(alg jwt.Algorithm, n int) *fakeSigner {
		return &fakeSigner{alg, "k", func(jwt.Header, []byte) ([]byte, error) { return make([]byte, n), nil }}
	}
	type test struct {
		ctx    context.Context
		signer jwt.Signer
		text   string
	}
	tests := []test{
		{none, good, "jwt: Sign: nil context"},
		{canceled, good, "jwt: Sign: context canceled"},
		{late, good, "jwt: Sign: context deadline exceeded"},
		{t.Context(), nil, "jwt: Sign: nil Signer"},
		{t.Context(), (*fakeSigner)(nil), "jwt: Sign: nil Signer"},
		{none, nil, "jwt: Sign: nil context"},
		{t.Context(), &fakeSigner{alg: ""}, "jwt: alg: no algorithm"},
		{t.Context(), &fakeSigner{alg: "none"}, `jwt: alg: "none" is not a signature algorithm`},
		{t.Context(), &fakeSigner{alg: "nOnE"}, `jwt: alg: "none" is not a signature algorithm`},
		{t.Context(), &fakeSigner{alg: `A"B`}, "jwt: alg: algorithm has a character that no algorithm name has"},
		{t.Context(), &fakeSigner{alg: "ES256", kid: "\xff"}, "jwt: kid: not UTF-8"},
		{t.Context(), &fakeSigner{alg: "ES256", kid: strings.Repeat("k", 1<<14)}, "jwt: header longer than 16384 bytes"},
		{t.Context(), answer("XX256", 0), "jwt: could not sign: the Signer returned 0 bytes, which is not the length of a signature by XX256"},
	}
	sizes := map[jwt.Algorithm]int{
		jwt.HS256: 32, jwt.HS384: 48, jwt.HS512: 64, jwt.ES256: 64, jwt.ES384: 96, jwt.ES512: 132, jwt.EdDSA: 64, jwt.Ed25519: 64,
	}
	for _, alg := range allAlgorithms {
		lengths := []int{0}
		if size, ok := sizes[alg]; ok {
			lengths = append(lengths, 1, size-1, size+1, 1<<16)
		}
		for _, n := range lengths {
			tests = append(tests, test{t.Context(), answer(alg, n), "jwt: could not sign: the Signer returned " +
				strconv.Itoa(n) + " bytes, which is not the length of a signature by " + string(alg)})
		}
	}
	for _, tt := range tests {
		token, err := jwt.Sign(tt.ctx, tt.signer, keyClaims())
		require.Empty(t, token)
		requirePlainError(t, err, tt.text)
	}
	_, err := jwt.Sign(canceled, good, keyClaims())
	require.ErrorIs(t, err, context.Canceled)
}

func TestParseBadInput(t *testing.T) {
	var none context.Context
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	k := testKeys(t)[jwt.ES256]
	token := signToken(t, k.signer)
	val := must(jwt.NewValidator(keyPolicy()))
	tired := verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error { return context.DeadlineExceeded })
	const noValidator = "jwt: Parse: the Validator is nil or zero; NewValidator makes one"
	for _, tt := range []struct {
		name string
		ctx  context.Context
		v    jwt.Verifier
		val  *jwt.Validator
		text string
	}{
		{"nil context", none, k.verifier, val, "jwt: Parse: nil context"},
		{"nil Validator", t.Context(), k.verifier, nil, noValidator},
		{"zero Validator", t.Context(), k.verifier, new(jwt.Validator), noValidator},
		{"nil Verifier", t.Context(), nil, val, "jwt: Parse: nil Verifier"},
		{"typed nil Verifier", t.Context(), (*pointerVerifier)(nil), val, "jwt: Parse: nil Verifier"},
		{"pointer to no KeySet", t.Context(), (*jwt.KeySet)(nil), val, "jwt: Parse: nil Verifier"},
		{"pointer to no IssuerKeys", t.Context(), (*jwt.IssuerKeys)(nil), val, "jwt: Parse: nil Verifier"},
		{"nil function", t.Context(), verifierFunc(nil), val, "jwt: Parse: nil Verifier"},
		{"everything nil", none, nil, nil, "jwt: Parse: the Validator is nil or zero; NewValidator makes one"},
		{"nil KeySet", t.Context(), jwt.KeySet(nil), val, "jwt: could not check the signature: empty KeySet"},
		{"empty KeySet", t.Context(), jwt.KeySet{}, val, "jwt: could not check the signature: empty KeySet"},
		{"nil IssuerKeys", t.Context(), jwt.IssuerKeys(nil), val, "jwt: could not check the signature: empty IssuerKeys"},
		{"a Verifier that gave up", t.Context(), tired, val, "jwt: could not check the signature: context deadline exceeded"},
		{"canceled", canceled, k.verifier, val, "jwt: Parse: context canceled"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var claims *jwt.Claims[struct{}]
			var err error
			require.NotPanics(t, func() { claims, err = jwt.Parse[struct{}](tt.ctx, token, tt.v, tt.val) })
			require.Nil(t, claims)
			requirePlainError(t, err, tt.text)
		})
	}
}
