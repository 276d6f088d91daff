package strictjson_test

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

// cut returns the members of data, each as name=value, or the elements.
func cut(data string) (parts []string, err error) {
	if strings.HasPrefix(strings.TrimLeft(data, " "), "[") {
		err = strictjson.CutElements([]byte(data), func(value strictjson.Value) error {
			parts = append(parts, string(value))
			return nil
		})
		return parts, err
	}
	err = strictjson.CutMembers([]byte(data), func(name []byte, value strictjson.Value) error {
		parts = append(parts, string(name)+"="+string(value))
		return nil
	})
	return parts, err
}

func TestCut(t *testing.T) {
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	for _, tt := range []struct {
		name, data string
		want       []string
	}{
		{"empty object", "{}", nil},
		{"empty array", " [ ] ", nil},
		{"members", "{ \"a\" : 1 ,\n\"b\":\"x\",\"c\":null}\t", []string{"a=1", `b="x"`, "c=null"}},
		{"elements", `[1, "x" ,[2,[3]],{"a":{}},true]`, []string{"1", `"x"`, "[2,[3]]", `{"a":{}}`, "true"}},
		{"brackets in strings", `["]","\"]",{"}":"{"}]`, []string{`"]"`, `"\"]"`, `{"}":"{"}`}},
		{"a backslash at the end of a string", `["\\",1]`, []string{`"\\"`, "1"}},
		{"names twice", `{"a":1,"a":2}`, []string{"a=1", "a=2"}},
		{"an escaped name", `{"\u0061":1}`, []string{"a=1"}},
		{"a name with an unknown escape", `{"\x61":1,"b":2}`, []string{"b=2"}},
		{"half a surrogate in a name", `{"\ud800":1,"b":2}`, []string{"b=2"}},
		{"not UTF-8", "[\"\xff\",{\"a\":\"\xff\"}]", []string{"\"\xff\"", "{\"a\":\"\xff\"}"}},
		{"control characters", "[\"a\nb\x00\",1]", []string{"\"a\nb\x00\"", "1"}},
		{"unknown escapes", `["\x","\u12"]`, []string{`"\x"`, `"\u12"`}},
		{"100,000 levels", "[" + deep + ",1]", []string{deep, "1"}},
		{"values that are not JSON", `[01,+1,nul,{"a" 1},{,}]`, []string{"01", "+1", "nul", `{"a" 1}`, "{,}"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			parts, err := cut(tt.data)
			require.NoError(t, err)
			require.Equal(t, tt.want, parts)
		})
	}
}

func TestCutRefused(t *testing.T) {
	for _, data := range []string{
		"", " ", "null", "1", `"a"`, "x", "<html>", "\ufeff{}",
		"{", "[", "}", "]", "{]", "[}", "{}x", "{}{}", "[][]", "[1]]", `{"a":1}}`,
		"[,]", "[1,]", "[,1]", "[1 2]", "[1,,2]", `["a""b"]`, "[1:2]", "[}]", "[[}]", "[{]]", "[{]}]", "[[1]", `["a]`, `["\"]`,
		"{1:2}", "{a:1}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a" 1}`, `{"a",1}`, `{"a":1 "b":2}`, `{"a":1;"b":2}`, `{["a"]:1}`, `{"a`, `{"a":"b`, "[1", `{"a":1`,
	} {
		_, err := cut(data)
		require.ErrorIs(t, err, strictjson.ErrSyntax, "%q", data)
	}
	require.ErrorIs(t, strictjson.CutMembers([]byte("[]"), nil), strictjson.ErrSyntax)
	require.ErrorIs(t, strictjson.CutElements([]byte("{}"), nil), strictjson.ErrSyntax)

	// An error of the caller is returned as it is, and ends the walk.
	own := errors.New("enough")
	calls := 0
	stop := func(strictjson.Value) error { calls++; return own }
	require.Equal(t, own, strictjson.CutElements([]byte("[1,2"), stop))
	require.Equal(t, 1, calls)
	require.Equal(t, own, strictjson.CutMembers([]byte(`{"a":1,"b"`), func(_ []byte, v strictjson.Value) error { return stop(v) }))
	require.Equal(t, 2, calls)
}

// FuzzCut compares with encoding/json, which takes every text that is JSON apart into the
// same parts.
func FuzzCut(f *testing.F) {
	for _, seed := range []string{"{}", "[]", `{"a":[1,{"b":"\"]"}],"\u0061":null}`, `[{"keys":[]},"\\",-1e9,[[]]]`, "[\"\xff\"]", `{"a":{]}`, "[}", `["a`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		parts, err := cut(data)
		if !stdjson.Valid([]byte(data)) || !utf8.ValidString(data) || loneSurrogate(data) {
			return
		}
		dec := stdjson.NewDecoder(bytes.NewReader([]byte(data)))
		open, _ := dec.Token()
		if open != stdjson.Delim('{') && open != stdjson.Delim('[') {
			require.ErrorIs(t, err, strictjson.ErrSyntax)
			return
		}
		if data[0] != '{' && data[0] != '[' {
			return // cut wants to see which it is
		}
		require.NoError(t, err)
		var want []string
		for dec.More() {
			name := ""
			if open == stdjson.Delim('{') {
				token, err := dec.Token()
				require.NoError(t, err)
				name = token.(string) + "="
			}
			var value stdjson.RawMessage
			require.NoError(t, dec.Decode(&value))
			want = append(want, name+string(value))
		}
		require.Equal(t, want, parts)
	})
}
