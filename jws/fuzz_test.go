package jws_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

// tokenFiles returns the tokens of ../testdata/tokens, as its README says, except for the
// large ones.
func tokenFiles(tb testing.TB) (tokens []string) {
	files, err := filepath.Glob("../testdata/tokens/*.txt")
	require.NoError(tb, err)
	require.NotEmpty(tb, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(tb, err)
		if _, token, ok := strings.Cut(string(text), "\n\n"); ok && len(token) < 4096 {
			tokens = append(tokens, strings.TrimSuffix(token, "\n"))
		}
	}
	return tokens
}

// FuzzVerify: never a message and an error together, nor neither; what is accepted
// signs again to a token that says the same.
func FuzzVerify(f *testing.F) {
	for _, header := range []string{
		`{"alg":"HS256"}`, `{"alg":"HS256","typ":"JOSE"}`, `{"alg":"HS256","typ":"application/jose","kid":"\u006b"}`,
		` { "alg" : "HS256" , "x" : [ 1e2, -0, "\ud83d\ude00", {"y":null}, true ] } `, `{"alg":"HS256","crit":[]}`,
		`{"alg":"none"}`, `{"alg":"HS256","":{"":{}},"b64":true}`, "{\"alg\":\"HS256\",\"\u2028\":\"<\"}", `{}`, ``,
	} {
		f.Add(header, []byte("payload"), "")
	}
	f.Add("", []byte(nil), handmade(`{"alg":"HS256"}`, "x"))
	f.Add("", []byte(nil), "..")
	for _, token := range tokenFiles(f) {
		f.Add("", []byte(nil), token)
	}
	signer, verifier := hmacPair(f, "")
	validator := hs256(f)
	f.Fuzz(func(t *testing.T, header string, payload []byte, raw string) {
		for _, token := range []string{raw, handmade(header, string(payload))} {
			m, err := jws.Verify(t.Context(), token, verifier, validator)
			if err != nil {
				var e *jwt.TokenError
				require.ErrorAs(t, err, &e)
				require.NotEmpty(t, e.Field)
				require.Nil(t, m)
				continue
			}
			u, err := jws.Unverified(token)
			require.NoError(t, err)
			require.Equal(t, &jws.UnverifiedMessage{
				Algorithm: m.Algorithm, KeyID: m.KeyID, Type: m.Type, Header: m.Header, Payload: m.Payload,
			}, u)

			again, err := jws.Sign(t.Context(), signer, *m)
			if err != nil && (len(header) > 15<<10 || strings.Count(header, `"`)+strings.Count(header, `\u0022`) > 120) {
				continue // a typ is added, or quotes are written shorter, beyond a limit
			}
			require.NoError(t, err)
			m2, err := jws.Verify(t.Context(), again, verifier, validator)
			require.NoError(t, err)
			m.KeyID = "" // the Signer's
			if m.Type == "" {
				m.Type = "JOSE"
			}
			require.Equal(t, m, m2)
		}
	})
}

// FuzzUnverified: what it accepts has the one canonical spelling, and encoding/json
// reads the same from its header.
func FuzzUnverified(f *testing.F) {
	for _, seed := range []string{
		"", ".", "..", "...", handmade(`{"alg":"HS256","kid":"k","typ":"JOSE"}`, "x"), handmade(`{"alg":"a","x":{"alg":"b"}}`, ""),
		handmade(`{"alg":"a","alg":"b"}`, ""), handmade(`{"alg":""}`, ""), handmade("{\"alg\":\"\xff\"}", ""), "e30.e30.e30\n",
	} {
		f.Add(seed)
	}
	for _, token := range tokenFiles(f) {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		u, err := jws.Unverified(token)
		if err != nil {
			var e *jwt.TokenError
			require.ErrorAs(t, err, &e)
			require.ErrorIs(t, err, jwt.ErrMalformed)
			require.Nil(t, u)
			return
		}
		parts := strings.Split(token, ".")
		require.Len(t, parts, 3)
		require.Equal(t, parts[1], base64.RawURLEncoding.EncodeToString(u.Payload))
		for _, part := range parts {
			b, err := base64.RawURLEncoding.DecodeString(part)
			require.NoError(t, err)
			require.Equal(t, part, base64.RawURLEncoding.EncodeToString(b))
		}
		raw, _ := base64.RawURLEncoding.DecodeString(parts[0])
		var std map[string]any
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber() // no float64 holds 1e400
		require.NoError(t, dec.Decode(&std))
		text := func(name string) string { s, _ := std[name].(string); return s }
		require.Equal(t, jwt.Algorithm(text("alg")), u.Algorithm)
		require.Equal(t, text("kid"), u.KeyID)
		require.Equal(t, text("typ"), u.Type)
		for _, name := range []string{"alg", "kid", "typ"} {
			delete(std, name)
		}
		require.Len(t, u.Header, len(std))
		for name, want := range std {
			require.Equal(t, want, u.Header[name])
		}
	})
}
