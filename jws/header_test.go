package jws_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

func TestHeaderRoundTrip(t *testing.T) {
	type nested struct {
		Name string        `json:"name"`
		Zero int           `json:"zero,omitempty"`
		Wait time.Duration `json:"wait"`
	}
	for _, tt := range []struct {
		name      string
		in, again map[string]any
	}{
		{"nil", nil, nil},
		{"empty", map[string]any{}, nil},
		{"text", map[string]any{"cty": "json", "é": "😀 <&>\u2028\x00\""}, map[string]any{"cty": "json", "é": "😀 <&>\u2028\x00\""}},
		{"null", map[string]any{"x": nil}, map[string]any{"x": nil}},
		{"bool", map[string]any{"x": true, "y": false}, map[string]any{"x": true, "y": false}},
		{"case", map[string]any{"ALG": "a", "Kid": 1, "TYP": nil, "Crit": 1, "B64": true},
			map[string]any{"ALG": "a", "Kid": json.Number("1"), "TYP": nil, "Crit": json.Number("1"), "B64": true}},
		{"int", map[string]any{"x": int64(1<<53 + 1)}, map[string]any{"x": json.Number("9007199254740993")}},
		{"uint", map[string]any{"x": uint64(math.MaxUint64)}, map[string]any{"x": json.Number("18446744073709551615")}},
		{"float", map[string]any{"x": 0.5}, map[string]any{"x": json.Number("0.5")}},
		{"Number", map[string]any{"x": json.Number("123456789012345678901234567890.0e-1")}, map[string]any{"x": json.Number("123456789012345678901234567890.0e-1")}},
		{"zero Number", map[string]any{"x": json.Number("")}, map[string]any{"x": json.Number("0")}},
		{"raw", map[string]any{"x": json.RawMessage(`{ "b" : [ 1e400 ] }`)}, map[string]any{"x": map[string]any{"b": []any{json.Number("1e400")}}}},
		{"bytes", map[string]any{"x": []byte{0xff}}, map[string]any{"x": "/w=="}},
		{"empty ones", map[string]any{"x": map[string]any{}, "y": []any{}}, map[string]any{"x": map[string]any{}, "y": []any{}}},
		{"struct", map[string]any{"x": nested{"n", 0, time.Second}}, map[string]any{"x": map[string]any{"name": "n", "wait": json.Number("1000000000")}}},
		{
			"nested",
			map[string]any{"x": map[string]any{"alg": "none", "crit": []any{1, map[string]any{"kid": nil}}}},
			map[string]any{"x": map[string]any{"alg": "none", "crit": []any{json.Number("1"), map[string]any{"kid": nil}}}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			signer, verifier := hmacPair(t, "k")
			token, err := jws.Sign(t.Context(), signer, jws.Message{Payload: []byte("p"), Header: tt.in})
			require.NoError(t, err)
			m, err := jws.Verify(t.Context(), token, verifier, hs256(t))
			require.NoError(t, err)
			want := &jws.Message{Payload: []byte("p"), Type: "JOSE", Header: tt.again, Algorithm: jwt.HS256, KeyID: "k"}
			require.Equal(t, want, m)

			// What Verify returned, Sign takes.
			token, err = jws.Sign(t.Context(), signer, *m)
			require.NoError(t, err)
			m, err = jws.Verify(t.Context(), token, verifier, hs256(t))
			require.NoError(t, err)
			require.Equal(t, want, m)
		})
	}
}

func deep(levels int) any {
	var v any = "x"
	for range levels {
		v = []any{v}
	}
	return v
}

func TestHeaderDepth(t *testing.T) {
	signer, verifier := hmacPair(t, "")
	token, err := jws.Sign(t.Context(), signer, jws.Message{Header: map[string]any{"x": deep(31)}})
	require.NoError(t, err)
	m, err := jws.Verify(t.Context(), token, verifier, hs256(t))
	require.NoError(t, err)
	require.Equal(t, deep(31), m.Header["x"])
	_, err = jws.Sign(t.Context(), signer, jws.Message{Header: map[string]any{"x": deep(32)}})
	require.EqualError(t, err, "jws: Sign: Message.Header: nested deeper than 32 levels")
}

// failing is a value whose encoding needs a token that has expired.
type failing struct{}

func (failing) MarshalJSON() ([]byte, error) {
	return nil, &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}
}

func TestSignRefusesHeader(t *testing.T) {
	cycle := map[string]any{}
	cycle["x"] = cycle
	for _, tt := range []struct {
		name   string
		header map[string]any
		want   string // "" for a text of the JSON library
	}{
		{"alg", map[string]any{"alg": "HS256"}, `jws: Sign: Message.Header: "alg" is not for the caller to set`},
		{"kid", map[string]any{"kid": ""}, `jws: Sign: Message.Header: "kid" is not for the caller to set`},
		{"typ", map[string]any{"typ": nil}, `jws: Sign: Message.Header: "typ" is not for the caller to set`},
		{"crit", map[string]any{"crit": []string{"exp"}}, `jws: Sign: Message.Header: "crit" is not for the caller to set`},
		{"b64", map[string]any{"b64": true}, `jws: Sign: Message.Header: "b64" is not for the caller to set`},
		{"the first of two", map[string]any{"b64": 1, "kid": 1}, `jws: Sign: Message.Header: "kid" is not for the caller to set`},
		{"channel", map[string]any{"x": make(chan int)}, ""},
		{"NaN", map[string]any{"x": math.NaN()}, ""},
		{"cycle", cycle, ""},
		{"name not UTF-8", map[string]any{"\xff": 1}, ""},
		{"text not UTF-8", map[string]any{"x": "\xff"}, ""},
		{"no number", map[string]any{"x": json.Number("1.")}, ""},
		{"raw duplicate", map[string]any{"x": json.RawMessage(`{"a":1,"a":2}`)}, ""},
		{"raw garbage", map[string]any{"x": json.RawMessage(`1,"alg":"none"`)}, ""},
		{"method of another token", map[string]any{"x": failing{}}, ""},
		{"raw nothing", map[string]any{"x": json.RawMessage{}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			signer, _ := hmacPair(t, "k")
			token, err := jws.Sign(t.Context(), signer, jws.Message{Header: tt.header})
			require.Error(t, err)
			require.Empty(t, token)
			require.Contains(t, err.Error(), "jws: Sign: Message.Header: ")
			if tt.want != "" {
				require.EqualError(t, err, tt.want)
			}
			var e *jwt.TokenError
			require.NotErrorAs(t, err, &e)
		})
	}
}

// TestHeaderIsNotChanged: Sign leaves the caller's map alone.
func TestHeaderIsNotChanged(t *testing.T) {
	header := map[string]any{"x": map[string]any{"y": 1}}
	signer, _ := hmacPair(t, "k")
	_, err := jws.Sign(t.Context(), signer, jws.Message{Header: header})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"x": map[string]any{"y": 1}}, header)
}

// TestIgnoredParameters: nothing in a header brings in a key.
func TestIgnoredParameters(t *testing.T) {
	_, verifier := hmacPair(t, "")
	header := `{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"},"jku":"https://evil.example","x5u":"u","x5c":["c"],"x5t":"t","nonce":1,"cty":"JWT"}`
	m, err := jws.Verify(t.Context(), handmade(header, "p"), verifier, hs256(t))
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"jwk": map[string]any{"kty": "oct", "k": "AAAA"}, "jku": "https://evil.example", "x5u": "u",
		"x5c": []any{"c"}, "x5t": "t", "nonce": json.Number("1"), "cty": "JWT",
	}, m.Header)
}
