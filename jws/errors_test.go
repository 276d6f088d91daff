package jws_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

// verifierFunc is a Verifier.
type verifierFunc func(ctx context.Context, h jwt.Header, input, sig []byte) error

func (f verifierFunc) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	return f(ctx, h, input, sig)
}

// TestTokenErrors: each way to refuse a token, in the order of the checks. The
// second fault of a token shows that the first is reported.
func TestTokenErrors(t *testing.T) {
	_, verifier := hmacPair(t, "k")
	good := handmade(`{"alg":"HS256","typ":"JOSE","kid":"k"}`, "payload")
	head, _, _ := strings.Cut(good, ".")
	badSig := func(token string) string { return token[:strings.LastIndexByte(token, '.')+1] + "AAAA" }
	for _, tt := range []struct {
		name, token, field string
		reason             error
		message            string
	}{
		{"empty", "", "header", jwt.ErrMalformed, "jwt: header: malformed token: empty token"},
		{"two parts", "eyJhbGciOiJIUzI1NiJ9.AAAA", "signature", jwt.ErrMalformed, "jwt: signature: malformed token: not three parts"},
		{"four parts", good + ".", "signature", jwt.ErrMalformed, "jwt: signature: malformed token: more than three parts"},
		{"header base64", "=." + good, "signature", jwt.ErrMalformed, "jwt: signature: malformed token: more than three parts"},
		{"header padded", strings.Replace(good, ".", "=.", 1), "header", jwt.ErrMalformed, "jwt: header: malformed token: not canonical base64url"},
		{"payload padded", signInput(head + ".cGF5bG9hZA=="), "payload", jwt.ErrMalformed, "jwt: payload: malformed token: not canonical base64url"},
		{"payload not canonical", signInput(head + ".cGF5bG9hZB"), "payload", jwt.ErrMalformed, "jwt: payload: malformed token: not canonical base64url"},
		{"signature with newline", good + "\n", "signature", jwt.ErrMalformed, "jwt: signature: malformed token: not canonical base64url"},
		{"no signature", good[:strings.LastIndexByte(good, '.')+1], "signature", jwt.ErrMalformed, "jwt: signature: malformed token: empty"},
		{"header no JSON", handmade("x", ""), "header", jwt.ErrMalformed, "jwt: header: malformed token: not one JSON object"},
		{"header duplicate", handmade(`{"alg":"HS256","\u0061lg":"HS256"}`, ""), "header", jwt.ErrMalformed, "jwt: header: malformed token: duplicate member name"},
		{"header duplicate within", handmade(`{"alg":"HS256","x":[{"y":1,"y":2}]}`, ""), "header", jwt.ErrMalformed, "jwt: header: malformed token: duplicate member name"},
		{"header UTF-8", handmade("{\"alg\":\"HS256\",\"x\":\"\xff\"}", ""), "header", jwt.ErrMalformed, "jwt: header: malformed token: not UTF-8"},
		{"header depth", handmade(`{"alg":"HS256","x":`+strings.Repeat("[", 32)+strings.Repeat("]", 32)+"}", ""), "header", jwt.ErrMalformed, "jwt: header: malformed token: nested deeper than 32 levels"},
		{"no alg", handmade(`{"typ":"JOSE"}`, ""), "alg", jwt.ErrMalformed, "jwt: alg: malformed token: absent"},
		{"alg in capitals", handmade(`{"ALG":"HS256"}`, ""), "alg", jwt.ErrMalformed, "jwt: alg: malformed token: absent"},
		{"alg no string", handmade(`{"alg":["HS256"]}`, ""), "alg", jwt.ErrMalformed, "jwt: alg: malformed token: not a string"},
		{"kid no string", handmade(`{"alg":"HS256","kid":1}`, ""), "kid", jwt.ErrMalformed, "jwt: kid: malformed token: not a string"},
		{"typ no string", handmade(`{"alg":"HS256","typ":null}`, ""), "typ", jwt.ErrMalformed, "jwt: typ: malformed token: not a string"},
		{"crit", handmade(`{"alg":"HS256","crit":["exp"],"exp":1}`, ""), "crit", jwt.ErrMalformed, "jwt: crit: malformed token: no extension is supported"},
		{"crit empty", handmade(`{"alg":"HS256","crit":[]}`, ""), "crit", jwt.ErrMalformed, "jwt: crit: malformed token: no extension is supported"},
		{"crit null", handmade(`{"alg":"HS256","crit":null}`, ""), "crit", jwt.ErrMalformed, "jwt: crit: malformed token: no extension is supported"},
		{"b64", handmade(`{"alg":"HS256","b64":false,"crit":["b64"]}`, ""), "header", jwt.ErrMalformed, "jwt: header: malformed token: b64 is not for this kind of token"},
		{"b64 true", handmade(`{"alg":"HS256","b64":true}`, ""), "header", jwt.ErrMalformed, "jwt: header: malformed token: b64 is not for this kind of token"},
		{"none", handmade(`{"alg":"none"}`, ""), "alg", jwt.ErrAlgorithm, "jwt: alg: algorithm not allowed"},
		{"lower case", badSig(handmade(`{"alg":"hs256","typ":"JWT"}`, "")), "alg", jwt.ErrAlgorithm, "jwt: alg: algorithm not allowed"},
		{"another algorithm", handmade(`{"alg":"HS512"}`, ""), "alg", jwt.ErrAlgorithm, "jwt: alg: algorithm not allowed"},
		{"another kid", badSig(handmade(`{"alg":"HS256","kid":"K"}`, "")), "kid", jwt.ErrUnknownKey, "jwt: kid: no key for this token"},
		{"forged", badSig(handmade(`{"alg":"HS256","typ":"JWT"}`, "")), "signature", jwt.ErrSignature, "jwt: signature: signature does not verify"},
		{"typ", handmade(`{"alg":"HS256","typ":"JWT"}`, ""), "typ", jwt.ErrMismatch, "jwt: typ: does not match the policy"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := jws.Verify(t.Context(), tt.token, verifier, hs256(t))
			refused(t, m, err, tt.field, tt.reason)
			require.EqualError(t, err, tt.message)

			// Unverified refuses what is malformed, in the same words, and nothing else; crit
			// and b64 are to be looked at.
			u, err := jws.Unverified(tt.token)
			if tt.reason == jwt.ErrMalformed && !strings.HasPrefix(tt.name, "crit") && !strings.HasPrefix(tt.name, "b64") {
				require.EqualError(t, err, tt.message)
				var e *jwt.TokenError
				require.ErrorAs(t, err, &e)
				require.Nil(t, u)
			} else {
				require.NoError(t, err)
			}
		})
	}
	_, err := jws.Verify(t.Context(), good, verifier, hs256(t))
	require.NoError(t, err)
}

func TestUnverified(t *testing.T) {
	u, err := jws.Unverified("eyJhbGciOiJub25lIiwia2lkIjoiXHUwMDZiIiwidHlwIjoieCB5In0.AP8.AA")
	require.NoError(t, err)
	require.Equal(t, &jws.UnverifiedMessage{Algorithm: "none", KeyID: "k", Type: "x y", Payload: []byte{0, 0xff}}, u)

	u, err = jws.Unverified(handmade(`{"alg":"ES256","b64":false,"crit":["b64"],"x":[1]}`, ""))
	require.NoError(t, err)
	require.Equal(t, map[string]any{"b64": false, "crit": []any{"b64"}, "x": []any{json.Number("1")}}, u.Header)
	require.Empty(t, u.Payload)
}

// TestVerifierAnswers: what each answer of a Verifier becomes.
func TestVerifierAnswers(t *testing.T) {
	token := handmade(`{"alg":"HS256","kid":"k","typ":"JOSE"}`, "payload")
	errKMS := errors.New("KMS: no answer")
	for _, tt := range []struct {
		answer  error
		field   string // "" for a plain error
		message string
	}{
		{jwt.ErrUnknownKey, "kid", "jwt: kid: no key for this token"},
		{fmt.Errorf("set: %w", jwt.ErrUnknownKey), "kid", "jwt: kid: set: no key for this token"},
		{jwt.ErrSignature, "signature", "jwt: signature: signature does not verify"},
		{fmt.Errorf("KMS: %w", jwt.ErrSignature), "signature", "jwt: signature: KMS: signature does not verify"},
		{errKMS, "", "jws: could not check the signature: KMS: no answer"},
		{context.Canceled, "", "jws: could not check the signature: context canceled"},
		// Of another token, such as the one by which the KMS knows this service.
		{&jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}, "", "jws: could not check the signature: jwt: exp: token expired"},
		{fmt.Errorf("KMS: %w", jwt.ErrExpired), "", "jws: could not check the signature: KMS: token expired"},
		{fmt.Errorf("%w: %w", jwt.ErrSignature, &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}), "signature",
			"jwt: signature: signature does not verify: jwt: exp: token expired"},
		{&jwt.TokenError{Err: jwt.ErrUnknownKey}, "kid", `jwt: kid: jwt: "": no key for this token`},
	} {
		t.Run(tt.message, func(t *testing.T) {
			m, err := jws.Verify(t.Context(), token, verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error { return tt.answer }), hs256(t))
			require.Nil(t, m)
			require.EqualError(t, err, tt.message)
			var e *jwt.TokenError
			if tt.field == "" {
				require.NotErrorAs(t, err, &e)
				if errors.Is(tt.answer, jwt.ErrExpired) {
					require.NotErrorIs(t, err, jwt.ErrExpired)
				} else {
					require.ErrorIs(t, err, tt.answer)
				}
				return
			}
			reason := map[string]error{"kid": jwt.ErrUnknownKey, "signature": jwt.ErrSignature}[tt.field]
			refused(t, m, err, tt.field, reason)
			require.NotErrorIs(t, err, jwt.ErrExpired)
		})
	}
}

// TestIssuerKeys: a Verifier that knows the place of the fault better is believed, as
// [jwt.Parse] believes it.
func TestIssuerKeys(t *testing.T) {
	_, verifier := hmacPair(t, "")
	keys := jwt.IssuerKeys{"a": verifier}
	m, err := jws.Verify(t.Context(), handmade(`{"alg":"HS256"}`, `{"iss":"a"}`), keys, hs256(t))
	require.NoError(t, err)
	require.Equal(t, `{"iss":"a"}`, string(m.Payload))
	m, err = jws.Verify(t.Context(), handmade(`{"alg":"HS256"}`, `{"iss":"b"}`), keys, hs256(t))
	refused(t, m, err, "iss", jwt.ErrUnknownKey)
	require.EqualError(t, err, "jwt: iss: no key for this token")
	m, err = jws.Verify(t.Context(), handmade(`{"alg":"HS256"}`, "no JSON"), keys, hs256(t))
	refused(t, m, err, "payload", jwt.ErrUnknownKey)
}

// TestVerifierGets: the header, the context and both parts, as they came.
func TestVerifierGets(t *testing.T) {
	token := handmade(`{"alg":"HS256","kid":"k","typ":"jose"}`, "payload")
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, 1)
	m, err := jws.Verify(ctx, token, verifierFunc(func(ctx context.Context, h jwt.Header, input, sig []byte) error {
		require.Equal(t, 1, ctx.Value(key{}))
		require.Equal(t, jwt.Header{Algorithm: jwt.HS256, KeyID: "k", Type: "jose"}, h)
		require.Equal(t, token[:strings.LastIndexByte(token, '.')], string(input))
		require.Len(t, sig, 32)
		require.Equal(t, len(input), cap(input))
		require.Equal(t, len(sig), cap(sig))
		return nil
	}), hs256(t))
	require.NoError(t, err)
	require.Equal(t, &jws.Message{Payload: []byte("payload"), Type: "jose", Algorithm: jwt.HS256, KeyID: "k"}, m)
}

// TestGarbage: nothing that can be sent panics, is accepted, or is an error of another
// kind.
func TestGarbage(t *testing.T) {
	_, verifier := hmacPair(t, "")
	validator := hs256(t)
	random := rand.New(rand.NewPCG(1, 2))
	const alphabet = `AZaz09-_...{}[]":,\ ` + "\x00\xff\n"
	for range 20_000 {
		b := make([]byte, random.IntN(60))
		for i := range b {
			b[i] = alphabet[random.IntN(len(alphabet))]
		}
		for _, token := range []string{string(b), handmade(string(b), string(b)), handmade(`{"alg":"HS256","x":`+string(b)+`}`, "") + "A"} {
			m, err := jws.Verify(t.Context(), token, verifier, validator)
			var e *jwt.TokenError
			require.ErrorAs(t, err, &e, "%q", token)
			require.Nil(t, m)
		}
	}
}

// TestErrorsHoldNothing: no error about a token that is not authentic holds any of it.
func TestErrorsHoldNothing(t *testing.T) {
	_, verifier := hmacPair(t, "k")
	for _, header := range []string{
		`{"alg":"SECRET"}`, `{"alg":"HS256","kid":"SECRET"}`, `{"alg":"HS256","SECRET":1,"SECRET":2}`, `{"alg":"HS256","SECRET":`,
		`{"alg":"HS256","crit":["SECRET"]}`, `{"SECRET":1}`, `{"alg":{"SECRET":1}}`, `SECRET`, `{"alg":"HS256","x":SECRET}`,
		`{"alg":"HS256","typ":"SECRET"}`,
	} {
		token := handmade(header, "SECRET")
		_, err := jws.Verify(t.Context(), token[:len(token)-4]+"AAAA", verifier, hs256(t))
		require.Error(t, err)
		for _, part := range append(strings.Split(token, "."), "SECRET", string(hmacSecret)) {
			require.NotContains(t, err.Error(), part)
		}
	}
}
