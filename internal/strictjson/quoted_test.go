package strictjson_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

type quotedNumbers struct {
	F   float64       `json:",string"`
	F32 float32       `json:",string"`
	I   int           `json:",string"`
	I8  *int8         `json:",string"`
	U   uint64        `json:",string"`
	D   time.Duration `json:",string"`
	L   Level         `json:",string"`
	B   bool          `json:",string"`
	S   string        `json:",string"`
	N   float64
	K   map[int]int
	O   ownNumber `json:",string"`
}

// ownNumber is decoded by its own method, whatever the tag says.
type ownNumber int

func (n *ownNumber) UnmarshalJSON(b []byte) error { *n = ownNumber(len(b)); return nil }

// TestQuotedNumbers: a number in a string begins like one of JSON, and is finite, in each
// build of the library.
func TestQuotedNumbers(t *testing.T) {
	typ := typeFor[quotedNumbers](t)
	integers := []string{"I", "I8", "D", "L"}
	floats := []string{"F", "F32"}
	taken := func(fields []string, text string, want bool) {
		t.Helper()
		for _, field := range fields {
			var p quotedNumbers
			err := strictjson.Unmarshal(fmt.Appendf(nil, `{"x":1,%q:%s}`, field, text), &p, typ)
			require.Equal(t, want, err == nil, "%s:%s: %v", field, text, err)
			if err != nil {
				require.Equal(t, field, strictjson.Member(err))
			}
		}
	}
	for _, text := range []string{`"0"`, `"-0"`, `"1"`, `"\u0031"`, `"-1"`, `"05"`, `"null"`, `null`} {
		taken(integers, text, true)
		taken(floats, text, true)
	}
	for _, text := range []string{`"1.5"`, `"1e5"`, `"-.5"`, `"5."`} {
		taken(integers, text, false)
		taken(floats, text, true)
	}
	for _, text := range []string{
		`"NaN"`, `"nan"`, `"-nan"`, `"Inf"`, `"+Inf"`, `"-Inf"`, `"Infinity"`, `"-infinity"`, `"inf"`, `"+5"`, `".5"`, `"1e400"`, `"-1e400"`,
		`""`, `" 1"`, `"1 "`, `"-"`, `"--1"`, `"a"`, `"1a"`, `"\"1\""`, `1`, `1.5`, `true`, `[]`, `["1"]`, `{}`, `"true"`,
	} {
		taken(integers, text, false)
		taken(floats, text, false)
		taken([]string{"U"}, text, false)
	}
	taken([]string{"I8"}, `"128"`, false)
	taken([]string{"F32"}, `"1e39"`, false)
	taken([]string{"U"}, `"18446744073709551615"`, true)
	taken([]string{"U"}, `"-1"`, false)

	var p quotedNumbers
	require.NoError(t, strictjson.Unmarshal([]byte(
		`{"F":"-1.5e3","F32":"0.25","I":"-7","I8":"-128","U":"9","D":"60","L":"3","B":"true","S":"\"a\"","N":1.5,"K":{"1":2},"O":"12"}`), &p, typ))
	eight := int8(-128)
	want := quotedNumbers{-1500, 0.25, -7, &eight, 9, 60, 3, true, "a", 1.5, map[int]int{1: 2}, 4}
	require.Equal(t, want, p)
}
