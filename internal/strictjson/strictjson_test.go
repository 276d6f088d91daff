package strictjson_test

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

func TestTaken(t *testing.T) {
	for _, text := range strictTexts {
		var m map[string]any
		require.NoError(t, strictjson.Unmarshal([]byte(text), &m, strictjson.Any), text)
		checkAgainst(t, []byte(text))
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range texts {
		var m map[string]any
		err := strictjson.Unmarshal([]byte(tt.text), &m, strictjson.Any)
		require.Equal(t, tt.err, err, "%.60q", tt.text)
		_, err = readMembers([]byte(tt.text), strictjson.Members)
		require.Equal(t, tt.err, err, "%.60q", tt.text)
		_, err = readMembers([]byte(tt.text), strictjson.AnyMembers)
		if tt.err == strictjson.ErrDuplicate {
			require.NoError(t, err, "%.60q", tt.text)
		} else {
			require.Equal(t, tt.err, err, "%.60q", tt.text)
		}
		if len(tt.text) < 1000 { // encoding/json has another limit
			checkAgainst(t, []byte(tt.text))
		}
	}
	require.EqualError(t, strictjson.ErrDepth, "nested deeper than 32 levels")
}

// TestNumber: a json.Number takes a number, as it stands, and null, and nothing else.
func TestNumber(t *testing.T) {
	read := func(text string) (stdjson.Number, error) {
		var v struct{ N stdjson.Number }
		err := strictjson.Unmarshal([]byte(`{"N":`+text+`}`), &v, strictjson.Any)
		return v.N, err
	}
	for text, want := range map[string]stdjson.Number{"1": "1", " -0.50e+07 ": "-0.50e+07", "1e400": "1e400", "null": ""} {
		got, err := read(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{`"1"`, `""`, "true", "[]", "[1]", "{}", `{"a":1}`} {
		_, err := read(text)
		require.ErrorIs(t, err, strictjson.ErrNotNumber, text)
		require.Equal(t, "N", strictjson.Member(err))
	}
}

// TestRefusedInto: the reasons are the same wherever the library is when it finds out.
func TestRefusedInto(t *testing.T) {
	for _, tt := range texts {
		if i := strings.Index(tt.text, `"a":`); i >= 0 {
			var v struct {
				N stdjson.Number  `json:"a"`
				P *stdjson.Number `json:"b"`
			}
			err := strictjson.Unmarshal([]byte(tt.text), &v, strictjson.Any)
			require.Error(t, err, "%.60q", tt.text)
			if !errors.Is(err, strictjson.ErrNotNumber) { // it is found first
				require.Equal(t, tt.err, err, "%.60q", tt.text)
			}
		}
	}
}

// TestRandomTexts runs the differential test over mutations of the texts above.
func TestRandomTexts(t *testing.T) {
	n := 10_000
	if testing.Short() {
		n = 2_000
	}
	random := rand.New(rand.NewPCG(3, 4))
	pieces := []string{`{`, `}`, `[`, `]`, `,`, `:`, `"`, `"a"`, `"\u0061"`, `"b":`, `\`, `1`, `-0.5e3`, `null`, `true`, " ", "\n", "\xff", `\ud800`, `😀`, `{"a":`}
	for range n {
		text := []byte(strictTexts[random.IntN(len(strictTexts))])
		for range random.IntN(4) {
			at := random.IntN(len(text) + 1)
			end := min(len(text), at+random.IntN(3))
			piece := pieces[random.IntN(len(pieces))]
			text = append(append(bytes.Clone(text[:at]), piece...), text[end:]...)
		}
		checkAgainst(t, text)
	}
}

// TestNothingIsQuoted: no reason holds anything of the text.
func TestNothingIsQuoted(t *testing.T) {
	for _, text := range []string{
		`{"SECRET":1,"SECRET":2}`, `{"a":SECRET}`, `{"SECRET`, "{\"a\":\"SECRET\xff\"}", `{"SECRET":` + strings.Repeat("[", 40), `SECRET`,
	} {
		var m map[string]any
		err := strictjson.Unmarshal([]byte(text), &m, strictjson.Any)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "SECRET")
		require.Contains(t, reasons, err)
	}
}

// TestDecodedKeepsNoText: what was decoded does not change when the text does.
func TestDecodedKeepsNoText(t *testing.T) {
	text := []byte(`{"name":"value","n":12345,"raw":[1,2]}`)
	var m map[string]any
	require.NoError(t, strictjson.Unmarshal(text, &m, strictjson.Any))
	var s struct {
		Name string             `json:"name"`
		Raw  stdjson.RawMessage `json:"raw"`
		N    stdjson.Number     `json:"n"`
	}
	require.NoError(t, strictjson.Unmarshal(text, &s, strictjson.Any))
	clear(text)
	require.Equal(t, map[string]any{"name": "value", "n": stdjson.Number("12345"), "raw": []any{stdjson.Number("1"), stdjson.Number("2")}}, m)
	require.Equal(t, "value 12345 [1,2]", s.Name+" "+string(s.N)+" "+string(s.Raw))
}

func TestConcurrentUse(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			text := strictTexts[i%len(strictTexts)]
			want := judge([]byte(text), '{').value
			for range 100 {
				var m map[string]any
				if err := strictjson.Unmarshal([]byte(text), &m, strictjson.Any); err != nil || len(m) != len(want.(map[string]any)) {
					t.Errorf("%s: %v, %v", text, m, err)
				}
				all, err := readMembers([]byte(text), strictjson.Members)
				if err != nil || len(all) != len(m) {
					t.Errorf("%s: %v, %v", text, all, err)
				}
				_, err = readMembers([]byte(text+"x"), strictjson.AnyMembers)
				if err != strictjson.ErrSyntax {
					t.Errorf("%s: %v", text, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestCostOfRefusing: a text that is not authentic costs a constant number of allocations,
// whatever stands in it.
func TestCostOfRefusing(t *testing.T) {
	const size = 1 << 20
	for name, text := range map[string]string{
		"depth":      `{"a":` + strings.Repeat("[", size),
		"names":      `{` + strings.Repeat(`"a":1,`, size/6),
		"string":     `{"` + strings.Repeat("x", size),
		"escapes":    `{"a":"` + strings.Repeat(`\u0061`, size/6),
		"bad UTF-8":  `{"a":"` + strings.Repeat("x", size) + "\xff",
		"white":      strings.Repeat(" ", size),
		"not object": strings.Repeat("[", size),
	} {
		data := []byte(text)
		allocs := testing.AllocsPerRun(3, func() {
			if strictjson.AnyMembers(data, func([]byte, strictjson.Value) error { return nil }) == nil {
				t.Error("taken")
			}
		})
		require.Less(t, allocs, 20.0, name)
	}
}

// TestMember: the outermost member, and nothing for the text as a whole.
func TestMember(t *testing.T) {
	var v struct {
		N  int            `json:"n"`
		In generic[int]   `json:"in"`
		L  []int          `json:"l"`
		S  map[string]int `json:"a/b~"`
	}
	for text, want := range map[string]string{
		`{"n":"x"}`:                  "n",
		`{"n":1.5}`:                  "n",
		`{"n":99999999999999999999}`: "n",
		`{"in":{"value":"x"}}`:       "in",
		`{"in":[]}`:                  "in",
		`{"l":[1,"x"]}`:              "l",
		`{"a/b~":{"y":true}}`:        "a/b~",
		`{"n":1,"n":1}`:              "",
		`{"n":`:                      "",
	} {
		err := strictjson.Unmarshal([]byte(text), &v, strictjson.Plain)
		require.Error(t, err, text)
		require.Equal(t, want, strictjson.Member(err), text)
	}
	require.Empty(t, strictjson.Member(nil))
	require.Empty(t, strictjson.Member(io.EOF))
	require.Empty(t, strictjson.Member(&json.SemanticError{}))
}
