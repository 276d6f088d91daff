package strictjson_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

// Mutants of this package that no test can tell apart:
//
//   - the quick count of brackets in checkShape, the quick way in Text, and digits save time
//     only;
//   - the bits of spread, and eight bytes at once in plain, too;
//   - maxName bounds what a pool keeps;
//   - a number does not begin with an e;
//   - selfCheck does not fail in any build that exists.

// TestMembersStops: an error of the function is returned as it is, whatever follows
// in the text, even one that means something to this package.
func TestMembersStops(t *testing.T) {
	for _, want := range []error{errors.New("enough"), strictjson.ErrDuplicate, errors.Join()} {
		var seen []string
		err := strictjson.Members([]byte(`{"a":1,"b":2,"c":3,"c":4,`), func(name []byte, value strictjson.Value) error {
			seen = append(seen, string(name)+string(value))
			if len(seen) == 2 {
				return want
			}
			return nil
		})
		if want == nil {
			require.Equal(t, []string{"a1", "b2", "c3"}, seen)
			require.Equal(t, strictjson.ErrDuplicate, err)
			continue
		}
		require.Same(t, want, err)
		require.Equal(t, []string{"a1", "b2"}, seen)
	}
	stop := errors.New("enough")
	count := 0
	err := strictjson.AnyElements([]byte(`[1,2,3,`), func(strictjson.Value) error {
		if count++; count == 2 {
			return stop
		}
		return nil
	})
	require.Same(t, stop, err)
	require.Equal(t, 2, count)
}

// TestOtherShapes: the function sees nothing of a text that is not of the right shape.
func TestOtherShapes(t *testing.T) {
	none := func() error { t.Error("called"); return nil }
	for _, text := range []string{``, `{}`, `{"a":1}`, `"x"`, `1`, `null`, `]`, `x[]`} {
		require.Equal(t, strictjson.ErrSyntax, strictjson.AnyElements([]byte(text), func(strictjson.Value) error { return none() }))
	}
	for _, text := range []string{``, `[]`, `["a",1]`, `"x"`, `1`, `null`, `}`, `x{"a":1}`} {
		require.Equal(t, strictjson.ErrSyntax, strictjson.Members([]byte(text), func([]byte, strictjson.Value) error { return none() }))
		require.Equal(t, strictjson.ErrSyntax, strictjson.AnyMembers([]byte(text), func([]byte, strictjson.Value) error { return none() }))
	}
}

// TestMembersNames: names are unquoted, values are not, and neither has white space
// about it.
func TestMembersNames(t *testing.T) {
	all, err := readMembers([]byte(" { \"\\u0061\\n\" : \"\\u0062\" ,\n\"\" :\t[ 1, { } ] , \"long\": -0e1 } "), strictjson.Members)
	require.NoError(t, err)
	require.Equal(t, []member{{"a\n", `"\u0062"`}, {"", "[ 1, { } ]"}, {"long", "-0e1"}}, all)
}

// TestReadersKeepNothing: a reader that stopped half way, or whose function panicked,
// or that is in use further up, leaves nothing behind for the next text.
func TestReadersKeepNothing(t *testing.T) {
	good := []byte(`{"a":{"b":[1,2]},"c":"d"}`)
	check := func() {
		t.Helper()
		all, err := readMembers(good, strictjson.Members)
		require.NoError(t, err)
		require.Equal(t, []member{{"a", `{"b":[1,2]}`}, {"c", `"d"`}}, all)
		all, err = readMembers([]byte(`{"a":1,"a":2}`), strictjson.AnyMembers)
		require.NoError(t, err)
		require.Len(t, all, 2)
		_, err = readMembers([]byte(`{"a":1,"a":2}`), strictjson.Members)
		require.Equal(t, strictjson.ErrDuplicate, err)
	}
	stop := errors.New("enough")
	long := []byte(`{"` + strings.Repeat("n", 10_000) + `":{"x":[`)
	for range 10 {
		_ = strictjson.Members([]byte(`{"x":[[[1]]],"y":1}`), func([]byte, strictjson.Value) error { return stop })
		check()
		_ = strictjson.AnyMembers([]byte(`{"x":1,"y":[[[`), func([]byte, strictjson.Value) error { return nil })
		check()
		_ = strictjson.AnyElements([]byte(`[[[[`), func(strictjson.Value) error { return nil })
		check()
		require.Panics(t, func() {
			_ = strictjson.Members([]byte(`{"x":[[[1]]],"y":1}`), func([]byte, strictjson.Value) error { panic("user") })
		})
		check()
		require.Equal(t, strictjson.ErrSyntax, strictjson.Members(long, func([]byte, strictjson.Value) error { return nil }))
		check()
		require.NoError(t, strictjson.Members(good, func(name []byte, value strictjson.Value) error {
			check() // another reader
			require.Contains(t, []string{"a", "c"}, string(name))
			require.Contains(t, string(good), string(value))
			return nil
		}))
	}
}

// TestTextIsNotTouched: neither the text nor what lies behind it in its array.
func TestTextIsNotTouched(t *testing.T) {
	array := []byte(`{"a":"\u0061","b":[1,2]}SECRET`)
	text := array[:len(array)-6]
	want := bytes.Clone(array)
	for range 3 {
		_, err := readMembers(text, strictjson.Members)
		require.NoError(t, err)
		var m map[string]any
		require.NoError(t, strictjson.Unmarshal(text, &m, strictjson.Any))
		require.Equal(t, want, array)
	}
}

// FuzzAppendQuote: texts are quoted as the JSON library quotes them.
func FuzzAppendQuote(f *testing.F) {
	for _, s := range []string{"", "x", "https://issuer.example", "é😀 and more", `"\/`, "a text with \n", "\x7f\u2028<&>\ufffd", "\xff", "longer \xed\xa0\x80", `12345678\`, "12345678\x1f2345678"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, wantErr := jsontext.AppendQuote([]byte("before"), s)
		got, err := strictjson.AppendQuote([]byte("before"), s)
		if wantErr != nil {
			require.Equal(t, strictjson.ErrUTF8, err)
			return
		}
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	})
}
