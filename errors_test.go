package jwt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// reasons are all of the package's.
var reasons = []error{
	jwt.ErrMalformed, jwt.ErrAlgorithm, jwt.ErrUnknownKey, jwt.ErrSignature,
	jwt.ErrMissing, jwt.ErrExpired, jwt.ErrNotYetValid, jwt.ErrMismatch, jwt.ErrRevoked,
}

// details are what an error says of the token after its signature has held.
var details = regexp.MustCompile(`: (since |not before |issued at |"|\["|Policy\.IssuerFunc ).*$`)

// withoutDetails returns the text of an error as far as it does not depend on the token.
// TestErrorDetails has the rest.
func withoutDetails(err error) string { return details.ReplaceAllString(err.Error(), "") }

// requireTokenError requires a TokenError with that text, field and reason, and no
// other reason.
func requireTokenError(tb testing.TB, err error, text, field string, reason error) {
	tb.Helper()
	require.Error(tb, err)
	require.Equal(tb, text, withoutDetails(err))
	e, ok := errors.AsType[*jwt.TokenError](err)
	require.True(tb, ok)
	require.Equal(tb, field, e.Field)
	for _, r := range reasons {
		require.Equal(tb, r == reason, errors.Is(err, r), "%v", r)
	}
}

func TestErrors(t *testing.T) {
	const (
		malformed  = ": malformed token: "
		twoParts   = "signature" + malformed + "not three parts"
		base64Text = malformed + "not canonical base64url"
		spaceText  = `: it has a space; is "Bearer " still before the token?`
		headerJSON = "header" + malformed + "not one JSON object"
	)
	head, rest, _ := strings.Cut(handmade(`{"alg":"HS256","kid":"k1"}`, "{}"), ".")
	body, sig, _ := strings.Cut(rest, ".")
	token := func(header string) string { return encode(header) + "." + body + "." + sig }
	signed := func(body string) string { return signInput(head + "." + body) }
	tests := []struct {
		name, token, want, field string
		reason                   error
	}{
		{"empty", "", "header" + malformed + "empty token", "header", jwt.ErrMalformed},
		{"no dots", head, "payload" + malformed + "not three parts", "payload", jwt.ErrMalformed},
		{"one dot", head + "." + body, twoParts, "signature", jwt.ErrMalformed},
		{"four parts", head + "." + body + "." + sig + ".", "signature" + malformed + "more than three parts", "signature", jwt.ErrMalformed},
		{"five parts", head + "." + body + "." + sig + ".a.b", "signature" + malformed + "more than three parts", "signature", jwt.ErrMalformed},
		{"too long", head + "." + body + "." + strings.Repeat("A", 16<<10), "payload" + malformed + "token longer than the limit", "payload", jwt.ErrMalformed},
		{"no signature", head + "." + body + ".", "signature" + malformed + "empty", "signature", jwt.ErrMalformed},
		{"no header", "." + body + "." + sig, headerJSON, "header", jwt.ErrMalformed},
		{"dots", "..", headerJSON, "header", jwt.ErrMalformed},
		{"none, unsigned", encode(`{"alg":"none"}`) + "." + body + ".", "alg: algorithm not allowed", "alg", jwt.ErrAlgorithm},
		{"Bearer", "Bearer " + head + "." + body + "." + sig, "header" + base64Text + spaceText, "header", jwt.ErrMalformed},
		{"space before", " " + head + "." + body + "." + sig, "header" + base64Text + spaceText, "header", jwt.ErrMalformed},
		{"newline after", head + "." + body + "." + sig + "\n", "signature" + base64Text, "signature", jwt.ErrMalformed},
		{"newline in the payload", signed(body + "\n"), "payload" + base64Text, "payload", jwt.ErrMalformed},
		{"padding", signed(body + "="), "payload" + base64Text, "payload", jwt.ErrMalformed},
		{"standard base64", head + "." + body + ".+/" + sig[2:], "signature" + base64Text, "signature", jwt.ErrMalformed},
		{"unused bits", signed(body[:len(body)-1] + "1"), "payload" + base64Text, "payload", jwt.ErrMalformed},
		{"not ASCII", head + "." + body + ".\u0130" + sig, "signature" + base64Text, "signature", jwt.ErrMalformed},

		{"header null", token("null"), headerJSON, "header", jwt.ErrMalformed},
		{"header array", token("[]"), headerJSON, "header", jwt.ErrMalformed},
		{"header cut off", token(`{"alg":"HS256"`), headerJSON, "header", jwt.ErrMalformed},
		{"header and more", token(`{"alg":"HS256"}{}`), headerJSON, "header", jwt.ErrMalformed},
		{"header with a BOM", token("\ufeff" + `{"alg":"HS256"}`), headerJSON, "header", jwt.ErrMalformed},
		{"header not UTF-8", token("{\"alg\":\"HS256\",\"x\":\"\xff\"}"), "header" + malformed + "not UTF-8", "header", jwt.ErrMalformed},
		{"header duplicate", token(`{"alg":"HS256","alg":"HS256"}`), "header" + malformed + "duplicate member name", "header", jwt.ErrMalformed},
		{"header deep", token(`{"alg":"HS256","x":` + nested("[", "", "]", 32) + "}"), "header" + malformed + "nested deeper than 32 levels", "header", jwt.ErrMalformed},
		{"b64", token(`{"alg":"HS256","b64":true}`), "header" + malformed + "b64 is not for this kind of token", "header", jwt.ErrMalformed},
		{"crit", token(`{"alg":"HS256","crit":["exp"],"exp":1}`), "crit" + malformed + "no extension is supported", "crit", jwt.ErrMalformed},
		{"crit empty", token(`{"alg":"HS256","crit":[]}`), "crit" + malformed + "no extension is supported", "crit", jwt.ErrMalformed},
		{"crit null", token(`{"crit":null,"alg":"HS256"}`), "crit" + malformed + "no extension is supported", "crit", jwt.ErrMalformed},

		{"no alg", token(`{}`), "alg" + malformed + "absent", "alg", jwt.ErrMalformed},
		{"alg empty", token(`{"alg":""}`), "alg" + malformed + "absent", "alg", jwt.ErrMalformed},
		{"ALG", token(`{"ALG":"HS256"}`), "alg" + malformed + "absent", "alg", jwt.ErrMalformed},
		{"alg null", token(`{"alg":null}`), "alg" + malformed + "not a string", "alg", jwt.ErrMalformed},
		{"alg array", token(`{"alg":["HS256"]}`), "alg" + malformed + "not a string", "alg", jwt.ErrMalformed},
		{"alg none", token(`{"alg":"none"}`), "alg: algorithm not allowed", "alg", jwt.ErrAlgorithm},
		{"alg nOnE", token(`{"alg":"nOnE"}`), "alg: algorithm not allowed", "alg", jwt.ErrAlgorithm},
		{"alg hs256", token(`{"alg":"hs256"}`), "alg: algorithm not allowed", "alg", jwt.ErrAlgorithm},
		{"alg ES256", token(`{"alg":"ES256"}`), "alg: algorithm not allowed", "alg", jwt.ErrAlgorithm},
		{"alg and NUL", token(`{"alg":"HS256\u0000"}`), "alg: algorithm not allowed", "alg", jwt.ErrAlgorithm},
		{"kid number", token(`{"alg":"HS256","kid":1}`), "kid" + malformed + "not a string", "kid", jwt.ErrMalformed},
		{"kid null", token(`{"alg":"HS256","kid":null}`), "kid" + malformed + "not a string", "kid", jwt.ErrMalformed},
		{"typ number", token(`{"alg":"HS256","typ":1}`), "typ" + malformed + "not a string", "typ", jwt.ErrMalformed},
		{"typ null", token(`{"alg":"HS256","typ":null}`), "typ" + malformed + "not a string", "typ", jwt.ErrMalformed},
		{"kid of another key", token(`{"alg":"HS256","kid":"k2"}`), "kid: no key for this token", "kid", jwt.ErrUnknownKey},

		{"another header", token(plainHeader), "signature: signature does not verify", "signature", jwt.ErrSignature},
		{"another payload", head + "." + encode(`{"a":1}`) + "." + sig, "signature: signature does not verify", "signature", jwt.ErrSignature},
		{"another payload, not base64url", head + "." + body + "=." + sig, "signature: signature does not verify", "signature", jwt.ErrSignature},
		{"signature cut", head + "." + body + "." + sig[:40], "signature: signature does not verify", "signature", jwt.ErrSignature},
		{"signature of one byte", head + "." + body + ".AA", "signature: signature does not verify", "signature", jwt.ErrSignature},
		{"no payload", handmade(plainHeader, ""), "payload" + malformed + "not one JSON object", "payload", jwt.ErrMalformed},
		{"expired", handmade(plainHeader, `{"exp":1}`), "exp: token expired", "exp", jwt.ErrExpired},
		{"early", handmade(plainHeader, `{"nbf":1800000000}`), "nbf: token not valid yet", "nbf", jwt.ErrNotYetValid},
		{"typ", handmade(`{"alg":"HS256","typ":"x"}`, `{}`), "typ: does not match the policy", "typ", jwt.ErrMismatch},
		{"no role", handmade(plainHeader, `{"x":1}`), "role: required, but missing", "role", jwt.ErrMissing},
	}
	policy := laxPolicy()
	policy.Required = []string{"role"}
	required := must(jwt.NewValidator(policy))
	lax := must(jwt.NewValidator(laxPolicy()))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			val := lax
			if test.reason == jwt.ErrMissing {
				val = required
			}
			claims, err := jwt.Parse[json.RawMessage](t.Context(), test.token, testKeys(t)[jwt.HS256].verifier, val)
			require.Nil(t, claims)
			requireTokenError(t, err, "jwt: "+test.want, test.field, test.reason)
		})
	}
}

// A TokenError that nobody filled in says no more than that.
func TestTokenErrorZero(t *testing.T) {
	for _, e := range []*jwt.TokenError{nil, {}, {Field: "exp"}} {
		require.Equal(t, "jwt: token refused", e.Error())
		require.NoError(t, e.Unwrap())
	}
}

// canaries stand in every place of a token that a stranger can fill in, and occur in
// no message.
var canaries = []string{"Xq7zKw", "Vj3pQx", "Zy8kJv", "Wx5qZj", "Kv2zXp", "Jw9xVq", "Qz4vKy", "Px6jWz"}

// No error about a token whose signature did not hold shows any of it.
func TestErrorsShowNothing(t *testing.T) {
	c := canaries
	headers := []string{
		`{"alg":"` + c[0] + `"}`,
		`{"alg":["` + c[0] + `"]}`,
		`{"alg":"HS256","kid":"` + c[1] + `"}`,
		`{"alg":"HS256","kid":{"` + c[1] + `":1}}`,
		`{"alg":"HS256","typ":"` + c[2] + `"}`,
		`{"alg":"HS256","typ":["` + c[2] + `"]}`,
		`{"alg":"HS256","crit":["` + c[3] + `"],"` + c[3] + `":1}`,
		`{"alg":"HS256","` + c[3] + `":"` + c[4] + `"}`,
		`{"alg":"HS256","` + c[3] + `":1,"` + c[3] + `":2}`,
		`{"alg":"HS256","` + c[3] + `\x":1}`,
		`{"alg":"HS256","x":` + c[4] + `}`,
		"{\"alg\":\"HS256\",\"x\":\"" + c[4] + "\xff\"}",
		`{"alg":"HS256","x":` + nested(`{"`+c[3]+`":`, "1", "}", 40) + `}`,
		`{"alg":"HS256"}` + c[4],
		`"` + c[4] + `"`,
		c[4],
	}
	payloads := []string{
		`{"iss":"` + c[5] + `","` + c[6] + `":"` + c[7] + `"}`,
		`{"iss":["` + c[5] + `"]}`,
		`{"iss":"` + c[5] + `","iss":"` + c[5] + `"}`,
		`{"iss":"` + c[5] + `","` + c[6] + `":` + c[7] + `}`,
		"{\"iss\":\"" + c[5] + "\xff\"}",
		nested(`{"`+c[6]+`":`, "1", "}", 40),
		c[7],
	}
	var tokens []string
	for _, header := range headers {
		for _, payload := range payloads {
			good, _, _ := strings.Cut(handmade(header, payload), ".")
			tokens = append(tokens,
				encode(header)+"."+encode(payload)+"."+encode(c[0]+strings.Repeat("x", 26)),
				encode(header)+"."+encode(payload)+"."+c[0]+"=",
				encode(header)+"."+encode(payload)+".",
				encode(header)+"."+encode(payload),
				encode(header)+"."+encode(payload)+"."+c[0]+"."+c[1],
				good+".\n"+c[6]+"."+c[7],
				c[0]+" "+good+".",
			)
		}
	}
	kp := testKeys(t)[jwt.HS256]
	verifiers := []jwt.Verifier{
		kp.verifier, jwt.KeySet{otherKeys(t)[jwt.HS256].verifier, kp.verifier}, jwt.KeySet{},
		jwt.IssuerKeys{"issuer": kp.verifier}, jwt.IssuerKeys{c[5]: otherKeys(t)[jwt.HS256].verifier},
		verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error { return io.ErrUnexpectedEOF }),
	}
	val := must(jwt.NewValidator(laxPolicy()))
	for _, token := range tokens {
		for _, verifier := range verifiers {
			claims, err := jwt.Parse[map[string]any](t.Context(), token, verifier, val)
			require.Nil(t, claims)
			require.Error(t, err)
			text := fmt.Sprintf("%v %+v %#v", err, err, err)
			for e := err; e != nil; e = errors.Unwrap(e) {
				text += fmt.Sprintf(" %v %#v", e, e)
			}
			for _, canary := range canaries {
				require.False(t, strings.Contains(text, canary), "%s in %q", canary, text)
			}
			for _, segment := range strings.Split(token, ".") {
				for i := range max(0, len(segment)-8) {
					require.False(t, strings.Contains(text, segment[i:i+8]), "%s in %q", segment, text)
				}
			}
		}
	}
}

// What a Verifier returns is about the signature, or says that it could not tell.
func TestErrorsOfVerifier(t *testing.T) {
	const could = "jwt: could not check the signature: "
	foreign := &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}
	cause := errors.New("no route to host")
	tests := []struct {
		name  string
		err   error
		want  string
		field string // of a TokenError; empty for a plain error
	}{
		{"ErrSignature", jwt.ErrSignature, "jwt: signature: signature does not verify", "signature"},
		{"ErrSignature wrapped", fmt.Errorf("kms: %w", jwt.ErrSignature), "jwt: signature: kms: signature does not verify", "signature"},
		{"ErrUnknownKey", jwt.ErrUnknownKey, "jwt: kid: no key for this token", "kid"},
		{"ErrUnknownKey wrapped", fmt.Errorf("jwks: %w", jwt.ErrUnknownKey), "jwt: kid: jwks: no key for this token", "kid"},
		{"both", errors.Join(jwt.ErrSignature, jwt.ErrUnknownKey), "jwt: kid: signature does not verify\nno key for this token", "kid"},
		{"plain", cause, could + "no route to host", ""},
		{"cancelled", context.Canceled, could + "context canceled", ""},
		{"TokenError", foreign, could + "jwt: exp: token expired", ""},
		{"TokenError wrapped", fmt.Errorf("kms: %w", foreign), could + "kms: jwt: exp: token expired", ""},
		{"TokenError joined", errors.Join(cause, foreign), could + "no route to host\njwt: exp: token expired", ""},
		{"ErrExpired", fmt.Errorf("kms: %w", jwt.ErrExpired), could + "kms: token expired", ""},
		{"ErrMalformed", fmt.Errorf("kms: %w", jwt.ErrMalformed), could + "kms: malformed token", ""},
	}
	for _, test := range tests {
		for _, set := range []bool{false, true} {
			t.Run(fmt.Sprint(test.name, set), func(t *testing.T) {
				var verifier jwt.Verifier = verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error { return test.err })
				if set {
					verifier = jwt.KeySet{verifier}
				}
				claims, err := jwt.Parse[struct{}](t.Context(), handmade(plainHeader, "{}"), verifier, must(jwt.NewValidator(laxPolicy())))
				require.Nil(t, claims)
				want := test.want
				if set && test.field == "kid" { // of its members that have no key, a set says nothing
					want = "jwt: kid: no key for this token"
				}
				require.EqualError(t, err, want)
				e, ok := errors.AsType[*jwt.TokenError](err)
				require.Equal(t, test.field != "", ok)
				if ok {
					require.Equal(t, test.field, e.Field)
					return
				}
				for _, reason := range reasons {
					require.NotErrorIs(t, err, reason, "a plain error has no reason for refusing a token")
				}
				require.Equal(t, test.err == cause || test.err == context.Canceled, errors.Is(err, test.err))
			})
		}
	}
}

// Whatever a Verifier returns, nothing panics, and Field is never empty.
func TestErrorsOfStrangeVerifier(t *testing.T) {
	for name, strange := range map[string]error{
		"typed nil":           (*jwt.TokenError)(nil),
		"zero":                &jwt.TokenError{},
		"no Field":            &jwt.TokenError{Err: jwt.ErrUnknownKey},
		"no Field, signature": &jwt.TokenError{Err: jwt.ErrSignature},
		"another Field":       &jwt.TokenError{Field: "exp", Err: jwt.ErrUnknownKey},
	} {
		t.Run(name, func(t *testing.T) {
			verifier := verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error { return strange })
			require.NotPanics(t, func() {
				claims, err := jwt.Parse[struct{}](t.Context(), handmade(plainHeader, "{}"), verifier, must(jwt.NewValidator(laxPolicy())))
				require.Nil(t, claims)
				require.NotEmpty(t, err.Error())
				if e, ok := errors.AsType[*jwt.TokenError](err); ok {
					require.NotEmpty(t, e.Field)
				}
			})
		})
	}
}

// nestedJWT is a claim that is a token itself, and expired.
type nestedJWT struct{}

func (*nestedJWT) UnmarshalJSON([]byte) error {
	return &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}
}

// ErrExpired means that all else held, so a method in P cannot bring it in.
func TestErrorsOfPrivate(t *testing.T) {
	claims, err := parsePayload[map[string]nestedJWT](t, `{"a":"x"}`)
	require.Nil(t, claims)
	e, ok := errors.AsType[*jwt.TokenError](err)
	require.True(t, ok)
	require.Equal(t, "a", e.Field)
	require.ErrorIs(t, err, jwt.ErrMalformed)
	require.NotErrorIs(t, err, jwt.ErrExpired)
}

// What a Signer or a method of P returns may be about another token.
func TestSignHidesTokenErrors(t *testing.T) {
	foreign := fmt.Errorf("kms: %w", &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired})
	signer := signerFunc(func() ([]byte, error) { return nil, foreign })
	_, fromSigner := jwt.Sign(t.Context(), signer, jwt.Claims[struct{}]{InsecureNoExpiry: true})
	_, fromMethod := signPrivate(t, failingMarshaler{foreign})
	for name, err := range map[string]error{"Signer": fromSigner, "MarshalJSON": fromMethod} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, err, "kms: jwt: exp: token expired")
			_, ok := errors.AsType[*jwt.TokenError](err)
			require.False(t, ok)
		})
	}
}

type signerFunc func() ([]byte, error)

func (f signerFunc) Algorithm() jwt.Algorithm { return jwt.HS256 }
func (f signerFunc) KeyID() string            { return "" }
func (f signerFunc) Sign(context.Context, jwt.Header, []byte) ([]byte, error) {
	return f()
}

type failingMarshaler struct{ err error }

func (m failingMarshaler) MarshalJSON() ([]byte, error)  { return nil, m.err }
func (m *failingMarshaler) UnmarshalJSON(b []byte) error { return m.err }
