package jwt_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// anySignature takes every signature, so that what lies behind it is reached.
var anySignature = verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error { return nil })

// fuzzPolicy accepts what laxPolicy does, by any algorithm, whenever it was made.
func fuzzPolicy() jwt.Policy {
	policy := laxPolicy()
	policy.Algorithms = allAlgorithms
	policy.Types = []string{"JWT", "at+jwt", "JOSE", "dpop+jwt"}
	policy.MaxBytes = 1 << 20
	return policy
}

// Parse never panics, never returns claims and an error, and what it accepts signs
// again to a token of the same claims.
func FuzzParse(f *testing.F) {
	for i, token := range corpusTokens(f) {
		if !testing.Short() || i%4 == 0 {
			f.Add(token)
		}
	}
	keys := jwt.KeySet{}
	for _, pair := range allKeys(f) {
		f.Add(goodToken(f, pair.signer))
		keys = append(keys, pair.verifier)
	}
	val := must(jwt.NewValidator(fuzzPolicy()))
	f.Fuzz(func(t *testing.T, token string) {
		for _, verifier := range []jwt.Verifier{keys, jwt.IssuerKeys{"issuer": anySignature}, anySignature} {
			fuzzParse[map[string]any](t, token, verifier, val)
			fuzzParse[json.RawMessage](t, token, verifier, val)
			fuzzParse[*two[any, *session]](t, token, verifier, val)
		}
	})
}

func fuzzParse[P any](t *testing.T, token string, verifier jwt.Verifier, val *jwt.Validator) {
	claims, err := jwt.Parse[P](t.Context(), token, verifier, val)
	require.Equal(t, err == nil, claims != nil)
	if err != nil || slices.Contains(claims.Audience, "") { // Sign does not write an empty one
		return
	}
	signer := must(jwt.NewHMACSigner(jwt.HS256, claims.KeyID, firstRaw().secret))
	again, err := jwt.Sign(t.Context(), signer, *claims)
	require.NoError(t, err)
	got, err := jwt.Parse[P](t.Context(), again, anySignature, val)
	require.NoError(t, err)
	claims.Algorithm = jwt.HS256
	if claims.Type == "" {
		claims.Type = "JWT"
	}
	if want, ok := any(&claims.Private).(*json.RawMessage); ok {
		requireSameJSON(t, want, any(&got.Private).(*json.RawMessage))
	}
	require.Equal(t, claims, got)
}

// requireSameJSON requires that a and b differ in nothing but how they are written, such
// as with escapes, and then makes them equal.
func requireSameJSON(t *testing.T, a, b *json.RawMessage) {
	var values [2]any
	for i, text := range []*json.RawMessage{a, b} {
		dec := json.NewDecoder(bytes.NewReader(*text))
		dec.UseNumber()
		require.NoError(t, dec.Decode(&values[i]))
	}
	require.Equal(t, values[0], values[1])
	*b = *a
}

// Whatever payload Parse accepts, encoding/json takes, and decodes alike.
func FuzzClaims(f *testing.F) {
	for _, token := range corpusTokens(f) {
		if _, payload, ok := split(token); ok {
			f.Add(payload)
		}
	}
	for _, payload := range []string{
		`{"exp":1.7e9,"a":[1,2.5,-0,1E400,"\ud83d\ude00",null,true,{}]}`, `{"aud":["a","b"],"iss":"\u0000"}`,
		nested(`{"a":`, "[]", "}", 31), " {} ", `{"a":1}{}`, "{\"a\":\"\xff\"}", `{"a":"\ud800"}`, `{"a":{"b":1,"b":2}}`, `{"nbf":0e99999}`,
	} {
		f.Add(payload)
	}
	val := must(jwt.NewValidator(fuzzPolicy()))
	verifier := testKeys(f)[jwt.HS256].verifier
	f.Fuzz(func(t *testing.T, payload string) {
		claims, err := jwt.Parse[map[string]any](t.Context(), handmade(plainHeader, payload), verifier, val)
		raw, rawErr := jwt.Parse[json.RawMessage](t.Context(), handmade(plainHeader, payload), verifier, val)
		require.Equal(t, err == nil, rawErr == nil)
		fuzzParse[*two[any, *session]](t, handmade(plainHeader, payload), verifier, val)
		if err != nil {
			return
		}
		require.True(t, json.Valid([]byte(payload)))
		want := decodeAll(t, payload)
		requireRegistered(t, want, claims)
		for _, name := range []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"} {
			delete(want, name)
		}
		require.Equal(t, len(want), len(claims.Private))
		for name := range want {
			require.Equal(t, want[name], claims.Private[name])
		}
		require.Equal(t, want, decodeAll(t, string(raw.Private)))
	})
}

func decodeAll(t *testing.T, payload string) map[string]any {
	var all map[string]any
	dec := json.NewDecoder(bytes.NewReader([]byte(payload)))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&all))
	return all
}

// requireRegistered requires that claims are what encoding/json found in all.
func requireRegistered(t *testing.T, all map[string]any, claims *jwt.Claims[map[string]any]) {
	for name, got := range map[string]string{"iss": claims.Issuer, "sub": claims.Subject, "jti": claims.ID} {
		want, _ := all[name].(string)
		require.Equal(t, want, got)
	}
	for name, got := range map[string]time.Time{"exp": claims.ExpiresAt, "nbf": claims.NotBefore, "iat": claims.IssuedAt} {
		number, ok := all[name].(json.Number)
		require.Equal(t, ok, !got.IsZero())
		if ok { // as near as a float64 can tell
			seconds, err := strconv.ParseFloat(string(number), 64)
			require.NoError(t, err)
			require.LessOrEqual(t, float64(got.Unix()), seconds)
			require.LessOrEqual(t, seconds, float64(got.Unix()+1))
		}
	}
	switch aud := all["aud"].(type) {
	case nil:
		require.Nil(t, claims.Audience)
	case string:
		require.Equal(t, aud, append(claims.Audience, "")[0])
	case []any:
		require.Len(t, claims.Audience, len(aud))
		for i := range aud {
			require.Equal(t, aud[i], claims.Audience[i])
		}
	default:
		require.Fail(t, "aud", "%T", aud)
	}
}

// What Parse answers does not depend on what it was asked before.
func FuzzMemo(f *testing.F) {
	for i, token := range corpusTokens(f) {
		if testing.Short() && i%4 != 0 {
			continue
		}
		if header, payload, ok := split(token); ok {
			f.Add(header, plainHeader, payload)
		}
	}
	f.Add(plainHeader, `{"alg":"HS256","kid":"k1"}`, `{"exp":1800000000}`)
	f.Add(`{"alg":"HS256","kid":"k1"}`, `{"kid":"k1","alg":"HS256"}`, `{"a":"b"}`)
	verifier := testKeys(f)[jwt.HS256].verifier
	f.Fuzz(func(t *testing.T, first, second, payload string) {
		fuzzParse[map[string]any](t, handmade(first, payload), anySignature, must(jwt.NewValidator(fuzzPolicy())))
		var tokens, want []string
		for _, header := range []string{first, second, first + " "} {
			good := handmade(header, payload)
			tokens = append(tokens, good, good[:len(good)-1], good[:len(good)-4]+"AAAA", encode(header)+good[len(encode(header)):])
		}
		for _, token := range tokens {
			want = append(want, answer[map[string]any](t.Context(), token, verifier, must(jwt.NewValidator(fuzzPolicy()))))
		}
		warm := must(jwt.NewValidator(fuzzPolicy()))
		for range 2 {
			for i, token := range tokens {
				require.Equal(t, want[i], answer[map[string]any](t.Context(), token, verifier, warm))
			}
		}
	})
}

// No PEM makes the parsers panic, or return a key and an error. None that holds a key is a
// secret as well.
func FuzzPEM(f *testing.F) {
	files, err := filepath.Glob("testdata/keys/*.txt")
	require.NoError(f, err)
	more, err := filepath.Glob("testdata/pem/*.pem")
	require.NoError(f, err)
	for _, file := range append(files, more...) {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, alg := range allAlgorithms {
			signer, err := jwt.ParsePrivateKey(alg, "k", data)
			require.Equal(t, err == nil, signer != nil)
			verifier, err := jwt.ParsePublicKey(alg, "k", data)
			require.Equal(t, err == nil, verifier != nil)
			require.False(t, signer != nil && verifier != nil)
			if signer != nil || verifier != nil {
				require.Error(t, errOf(jwt.NewInsecureHMACVerifier(jwt.HS256, "k", data)))
			}
			for _, key := range []any{signer, verifier} {
				if key != nil {
					require.Equal(t, alg, key.(jwt.Key).Algorithm())
					require.NotNil(t, key.(jwt.Key).PublicKey())
				}
			}
		}
	})
}

// split returns the decoded header and payload of token, if it has such.
func split(token string) (header, payload string, ok bool) {
	segments := strings.Split(token, ".")
	if len(segments) != 3 {
		return "", "", false
	}
	h, err := base64.RawURLEncoding.DecodeString(segments[0])
	if err != nil {
		return "", "", false
	}
	p, err := base64.RawURLEncoding.DecodeString(segments[1])
	return string(h), string(p), err == nil
}
