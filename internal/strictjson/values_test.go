package strictjson_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

// readValue returns the value text, which stands in an object.
func readValue(text string) (strictjson.Value, error) {
	var o strictjson.Object
	err := o.Scan([]byte(`{"a":` + text + `,"z":1}`))
	return o.Get("a"), err
}

func readDate(text string) (strictjson.Date, error) {
	value, err := readValue(text)
	if err != nil {
		return strictjson.Date{}, err
	}
	return strictjson.ReadDate(value)
}

func TestDate(t *testing.T) {
	for text, want := range map[string]int64{
		"0":                         0,
		"-0":                        0,
		"-0.0":                      0,
		"-0e99":                     0,
		"-0.000E-1":                 0,
		"0.0":                       0,
		"0e99":                      0,
		"0.000e+400":                0,
		"1":                         1,
		"0.9999999999999999999":     0,
		"1300819380":                1300819380,
		"1.68e+09":                  1680000000,
		"1.68E9":                    1680000000,
		"168e7":                     1680000000,
		"1644948329.528":            1644948329,
		"1644948328.99999999999999": 1644948328,
		"16449483285e-1":            1644948328,
		"16449483285e-10":           1,
		"16449483285e-11":           0,
		"1e-99999999999999999999":   0,
		"0e99999999999999999999":    0,
		"0.0e-2147483649":           0,
		"1e-2147483648":             0,
		"9007199254.740993":         9007199254,
		"253402300799":              253402300799,
		"253402300799.999":          253402300799,
		"2.53402300799e11":          253402300799,
		"25340230079900e-2":         253402300799,
		"1e11":                      100000000000,
		"1e+00000000000000000011":   100000000000,
		"0." + strings.Repeat("0", 500) + "1300819380e510":       1300819380,
		"1300819380" + strings.Repeat("0", 500) + "e-500":        1300819380,
		"0." + strings.Repeat("0", 500) + "1300819380999e510":    1300819380,
		"1300819380." + strings.Repeat("9", 500) + "e-0":         1300819380,
		"1300819380" + strings.Repeat("9", 500) + "e-0000000500": 1300819380,
	} {
		got, err := readDate(text)
		require.NoError(t, err, text)
		require.Equal(t, strictjson.Date{Seconds: want, Present: true}, got, text)
	}
	for text, want := range map[string]error{
		"-1":                      strictjson.ErrDateRange,
		"-1e-99":                  strictjson.ErrDateRange,
		"-0.00001":                strictjson.ErrDateRange,
		"-0.5":                    strictjson.ErrDateRange,
		"253402300800":            strictjson.ErrDateRange,
		"2534023008e2":            strictjson.ErrDateRange,
		"2.534023008e11":          strictjson.ErrDateRange,
		"1e12":                    strictjson.ErrDateRange,
		"1e400":                   strictjson.ErrDateRange,
		"9223372036854775808":     strictjson.ErrDateRange,
		"18446744073709551616":    strictjson.ErrDateRange,
		"18446744075010370996":    strictjson.ErrDateRange, // 1300819380 modulo 2⁶⁴
		"1e99999999999999999999":  strictjson.ErrDateRange,
		"0.1e2147483648":          strictjson.ErrDateRange,
		"1e9223372036854775808":   strictjson.ErrDateRange,
		"1e9223372036854775807":   strictjson.ErrDateRange,
		strings.Repeat("9", 5000): strictjson.ErrDateRange,
		"null":                    strictjson.ErrNotNumber,
		"true":                    strictjson.ErrNotNumber,
		`"123"`:                   strictjson.ErrNotNumber,
		`"2026-11-22T00:00:00Z"`:  strictjson.ErrNotNumber,
		"[1]":                     strictjson.ErrNotNumber,
		`{"a":1}`:                 strictjson.ErrNotNumber,
	} {
		got, err := readDate(text)
		require.ErrorIs(t, err, want, "%.60s", text)
		require.Zero(t, got)
	}
	for _, text := range []string{"01", "1.", "1e", "0x1", "1 2", "", "Infinity"} {
		_, err := readDate(text)
		require.Equal(t, strictjson.ErrSyntax, err, text)
	}
}

// TestDateIsExact compares random numbers with math/big.
func TestDateIsExact(t *testing.T) {
	n := 20_000
	if testing.Short() {
		n = 5_000
	}
	random := rand.New(rand.NewPCG(5, 6))
	digits := func(most int) string {
		b := make([]byte, 1+random.IntN(most))
		for i := range b {
			b[i] = '0' + byte(random.IntN(10))
			if random.IntN(3) == 0 {
				b[i] = "09"[random.IntN(2)]
			}
		}
		return string(b)
	}
	end := new(big.Int).SetInt64(strictjson.MaxDate)
	taken := 0
	for range n {
		text := strings.TrimLeft(digits(14), "0")
		if text == "" {
			text = "0"
		}
		if random.IntN(2) == 0 {
			text += "." + digits(14)
		}
		if random.IntN(2) == 0 {
			text += fmt.Sprintf([]string{"e%d", "E%d", "e%+d", "e%03d"}[random.IntN(4)], random.IntN(28)-14)
		}
		if random.IntN(20) == 0 {
			text = "-" + text
		}
		exact, ok := new(big.Rat).SetString(text)
		require.True(t, ok, text)
		whole := new(big.Int).Quo(exact.Num(), exact.Denom())
		got, err := readDate(text)
		if exact.Sign() < 0 || whole.Cmp(end) > 0 {
			require.ErrorIs(t, err, strictjson.ErrDateRange, text)
			continue
		}
		require.NoError(t, err, text)
		require.Equal(t, whole.Int64(), got.Seconds, text)
		taken++
	}
	require.Greater(t, taken, n/4)
}

func TestStrings(t *testing.T) {
	read := func(text string) ([]string, error) {
		value, err := readValue(text)
		if err != nil {
			return nil, err
		}
		return strictjson.Strings(value, nil)
	}
	for text, want := range map[string][]string{
		`"x"`:                {"x"},
		`""`:                 nil,
		`[]`:                 nil,
		` [ ] `:              nil,
		`["x"]`:              {"x"},
		`["x","y","x"]`:      {"x", "y", "x"},
		`[ "\u0078" , " " ]`: {"x", " "},
		`"[\"x\"]"`:          {`["x"]`},
		`[""]`:               {""},
		`["x",""]`:           {"x", ""},
		`["","x"]`:           {"", "x"},
	} {
		got, err := read(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		`null`, `1`, `true`, `{}`, `{"a":"b"}`, `[1]`, `[null]`, `[true]`, `[[]]`, `[["x"]]`, `[{}]`, `["x",1]`, `["x",["y"]]`, `["x",{"y":"z"}]`,
	} {
		_, err := read(text)
		require.ErrorIs(t, err, strictjson.ErrNotStrings, text)
	}
	for _, text := range []string{``, `[`, `["x"`, `["x",]`, `["x" "y"]`, `"x`, `["x",}`, `["\ud800"]`, `x`} {
		_, err := read(text)
		require.Equal(t, strictjson.ErrSyntax, err, text)
	}
}

func TestString(t *testing.T) {
	for text, want := range map[string]string{`""`: "", `"x"`: "x", `"\u0078\"\ud83d\ude00"`: `x"😀`, `"é"`: "é"} {
		value, err := readValue(text)
		require.NoError(t, err)
		got, err := strictjson.String(value, nil)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for text, want := range map[string]error{
		"null": strictjson.ErrNull, "1": strictjson.ErrNotString, "true": strictjson.ErrNotString, "[]": strictjson.ErrNotString, `["x"]`: strictjson.ErrNotString, "{}": strictjson.ErrNotString,
	} {
		value, err := readValue(text)
		require.NoError(t, err)
		_, err = strictjson.String(value, nil)
		require.Equal(t, want, err, text)
	}
}
