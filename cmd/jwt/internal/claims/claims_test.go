package claims_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/cmd/jwt/internal/claims"
)

var now = time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)

func TestAssign(t *testing.T) {
	for _, test := range []struct {
		before string
		args   []string
		want   string
	}{
		{`{}`, []string{"sub=alice", "level:=3", "ok:=true"}, `{"sub":"alice","level":3,"ok":true}`},
		{`{}`, []string{"aud=a", "aud=b", "aud:=3"}, `{"aud":["a","b",3]}`},
		{`{"aud":["x"],"z":1}`, []string{"aud=a"}, `{"aud":"a","z":1}`},
		{`{"a":1,"b":2,"c":3}`, []string{"b:=", "d="}, `{"a":1,"c":3,"d":""}`},
		{`{}`, []string{"exp=+15m", "nbf=2026-11-28T08:00:00Z", "iat=12"}, `{"exp":1795853700,"nbf":1795852800,"iat":12}`},
		{`{}`, []string{"exp=-1h30m"}, `{"exp":1795847400}`},
		{`{}`, []string{"url=https://a.example/?b=c&d=<e>"}, `{"url":"https://a.example/?b=c&d=<e>"}`},
		{`{"big":12345678901234567890, "e": 1e400}`, []string{`x:={"a": [1, 2]}`}, `{"big":12345678901234567890,"e":1e400,"x":{"a": [1, 2]}}`},
		{`{"x":1}`, []string{"x:=", "x=2"}, `{"x":"2"}`},
	} {
		s, err := claims.Parse([]byte(test.before))
		require.NoError(t, err)
		require.NoError(t, s.Assign(test.args, now))
		got, err := s.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, test.want, string(got))
		require.True(t, json.Valid(got))
	}
}

// An error says what to write, and does not repeat a value.
func TestAssignRefuses(t *testing.T) {
	for _, test := range []struct{ arg, want string }{
		{"hunter2", "an argument is neither NAME=VALUE nor NAME:=JSON"},
		{"=hunter2", "an argument is neither NAME=VALUE nor NAME:=JSON"},
		{":=hunter2", "an argument is neither NAME=VALUE nor NAME:=JSON"},
		{"x:=hunter2", "x: what follows := is not JSON; for a string, write = only"},
		{"exp=hunter2", "exp: write a date as 2026-11-28T08:00:00Z, seconds since 1970, or +15m"},
		{"exp=+hunter2", "exp: write a date as 2026-11-28T08:00:00Z, seconds since 1970, or +15m"},
	} {
		require.EqualError(t, new(claims.Set).Assign([]string{test.arg}, now), test.want)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{``, "not a JSON object"},
		{`[]`, "not a JSON object"},
		{`{"a":1,"a":2}`, `line 1: duplicate object member name`},
		{"{\n\"a\":{\"b\":1,\n\"b\":2}}", `line 3: duplicate object member name`},
		{"{\n\"a\":1,\n\"b\":}", "line 3: "},
		{"{\n\"a\":1,\n\"b", "line 3: it ends too early"},
		{"{\n\"a\" 1}", "line 2: "},
		{"{}\n{}", "something follows the object"},
	} {
		_, err := claims.Parse([]byte(test.text))
		require.ErrorContains(t, err, test.want)
	}
}

// What Parse takes comes out the same, with its members in their order.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"b":1,"a":[1,{"c":null}],"\u0000":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := claims.Parse(data)
		if err != nil {
			return
		}
		got, err := s.MarshalJSON()
		require.NoError(t, err)
		again, err := claims.Parse(got)
		require.NoError(t, err)
		twice, err := again.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, string(got), string(twice))
	})
}
