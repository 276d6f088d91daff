package strictjson_test

import (
	stdjson "encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

// typeFor is the Type of P, which must be a good one.
func typeFor[P any](t testing.TB) *strictjson.Type {
	t.Helper()
	typ, err := strictjson.TypeFor[P](reserved, nil, nil)
	require.NoError(t, err)
	return typ
}

func marshal[P any](t testing.TB, v P) (string, error) {
	t.Helper()
	data, err := strictjson.Marshal(&v, typeFor[P](t))
	return string(data), err
}

func TestMarshalEmpty(t *testing.T) {
	for _, call := range []func() (string, error){
		func() (string, error) { return marshal(t, struct{}{}) },
		func() (string, error) { return marshal(t, (*plain)(nil)) },
		func() (string, error) { return marshal(t, map[string]any(nil)) },
		func() (string, error) { return marshal(t, map[string]any{}) },
		func() (string, error) { return marshal(t, map[string]int(nil)) },
		func() (string, error) { return marshal(t, stdjson.RawMessage(nil)) },
		func() (string, error) { return marshal(t, stdjson.RawMessage("null")) },
		func() (string, error) { return marshal(t, stdjson.RawMessage(" { } ")) },
		func() (string, error) { return marshal(t, strictjson.Value(nil)) },
		func() (string, error) { return marshal(t, methodsText("null")) },
		func() (string, error) { return marshal(t, omitted{}) },
	} {
		got, err := call()
		require.NoError(t, err)
		require.Equal(t, "{}", got)
	}
}

type omitted struct {
	A int            `json:"a,omitempty"`
	B *int           `json:"b,omitempty"`
	C []int          `json:"c,omitempty"`
	D map[string]any `json:"d,omitempty"`
	E bool           `json:"e,omitempty"`
	F time.Time      `json:"f,omitzero"`
	G any            `json:"g,omitempty"`
	H string         `json:"-"`
}

type embeddable struct {
	Inner int `json:"inner"`
}

// everything has a field of each kind whose meaning encoding/json documents.
type everything struct {
	embeddable
	Text      string         `json:"text"`
	Quoted    int64          `json:"quoted,string"`
	Duration  time.Duration  `json:"duration"`
	Time      time.Time      `json:"time"`
	Bytes     []byte         `json:"bytes"`
	Array     [3]byte        `json:"array"`
	NilSlice  []int          `json:"nilSlice"`
	NilMap    map[string]int `json:"nilMap"`
	NilBytes  []byte         `json:"nilBytes"`
	NilPtr    *int           `json:"nilPtr"`
	Map       map[string]int `json:"map"`
	IntMap    map[int]string `json:"intMap"`
	Float     float64        `json:"float"`
	Small     float32        `json:"small"`
	Number    stdjson.Number `json:"number"`
	Any       any            `json:"any"`
	NoTag     bool
	Raw       stdjson.RawMessage `json:"raw"`
	Rune      rune               `json:"rune"`
	Pointers  []*int             `json:"pointers"`
	Interface []any              `json:"interface"`
}

// TestQuotedNumber: the tag option string on a Number asks for quotes, both ways.
func TestQuotedNumber(t *testing.T) {
	type quoted struct {
		N stdjson.Number `json:"n,string"`
	}
	text, err := marshal(t, quoted{"1e400"})
	require.NoError(t, err)
	require.Equal(t, `{"n":"1e400"}`, text)
	for _, tt := range []struct {
		text string
		ok   bool
	}{
		{`{"n":"1e400"}`, true}, {`{"n":"\u0031e400"}`, true}, {`{"n":null}`, true},
		{`{"n":1}`, false}, {`{"n":true}`, false}, {`{"n":""}`, false}, {`{"n":" 1"}`, false}, {`{"n":"1 "}`, false}, {`{"n":"x"}`, false},
	} {
		var v quoted
		err := strictjson.Unmarshal([]byte(tt.text), &v, typeFor[quoted](t))
		require.Equal(t, tt.ok, err == nil, tt.text)
	}
}

// TestLikeEncodingJSON: encoding and decoding mean what encoding/json documents.
func TestLikeEncodingJSON(t *testing.T) {
	seven := 7
	for _, v := range []everything{
		{},
		{
			embeddable: embeddable{1}, Text: "é\"\\\n\x00", Quoted: -5, Duration: 90 * time.Second, Time: time.Unix(1300819380, 5).UTC(),
			Bytes: []byte{0, 0xff}, Array: [3]byte{1, 2, 3}, NilSlice: []int{}, NilMap: map[string]int{}, NilBytes: []byte{}, NilPtr: &seven,
			Map: map[string]int{"z": 1, "a": 2, "é": 3, "B": 4}, IntMap: map[int]string{10: "x", 9: "y"}, Float: 1e21, Small: 0.1,
			Number: "9007199254740993", Any: map[string]any{"b": []any{stdjson.Number("1e40"), nil, "x", true}}, NoTag: true,
			Raw: stdjson.RawMessage(`{"x":1}`), Rune: 'x', Pointers: []*int{nil, &seven}, Interface: []any{false, "", []any{}, map[string]any{}},
		},
	} {
		want, err := stdjson.Marshal(v)
		require.NoError(t, err)
		got, err := marshal(t, v)
		require.NoError(t, err)
		require.Equal(t, string(want), got)

		var again, std everything
		require.NoError(t, strictjson.Unmarshal([]byte(got), &again, typeFor[everything](t)))
		require.NoError(t, stdjson.Unmarshal(want, &std))
		std.Any, std.Interface = again.Any, again.Interface // numbers are another type there
		require.Equal(t, std, again)
		if v.Any != nil {
			require.Equal(t, v.Any, again.Any)
		}
	}
	got, err := marshal(t, map[string]any{"z": 1, "a": "<&>\u2028", "m": map[string]int{"y": 1, "x": 2}})
	require.NoError(t, err)
	require.Equal(t, `{"a":"<&>`+"\u2028"+`","m":{"x":2,"y":1},"z":1}`, got, "sorted; HTML is not escaped")
}

func TestMarshalRefuses(t *testing.T) {
	cycle := map[string]any{}
	cycle["x"] = cycle
	deep := func(n int) any {
		var v any = 1
		for range n {
			v = []any{v}
		}
		return v
	}
	refusals := func(name string, got string, err error, want error) {
		t.Helper()
		require.Error(t, err, "%s became %s", name, got)
		if want != nil {
			require.ErrorIs(t, err, want, name)
		}
	}
	for name, raw := range map[string]stdjson.RawMessage{
		"empty": {}, "two": stdjson.RawMessage("{}{}"), "no JSON": stdjson.RawMessage("{x}"), "open": stdjson.RawMessage("{"),
		"duplicate": stdjson.RawMessage(`{"a":1,"\u0061":1}`), "not UTF-8": stdjson.RawMessage("{\"a\":\"\xff\"}"),
	} {
		got, err := marshal(t, raw)
		refusals(name, got, err, nil)
	}
	for _, text := range []string{"[]", `"{}"`, "1", "true"} {
		got, err := marshal(t, stdjson.RawMessage(text))
		refusals(text, got, err, strictjson.ErrNotObject)
		got, err = marshal(t, methodsText(text))
		refusals(text, got, err, strictjson.ErrNotObject)
	}
	for name, v := range map[string]any{
		"NaN": math.NaN(), "Inf": math.Inf(1), "channel": make(chan int), "function": func() {}, "not UTF-8": "\xff",
		"cycle": cycle, "complex": complex(1, 1), "number": stdjson.Number("1.x"),
	} {
		got, err := marshal(t, map[string]any{"x": v})
		refusals(name, got, err, nil)
	}
	for _, n := range []string{"x", `"1"`, "null", "true", "[]", "1,2", "{}", "+1", "01", "NaN"} {
		got, err := marshal(t, map[string]any{"x": stdjson.Number(n)})
		refusals(n, got, err, nil)
	}
	got, err := marshal(t, map[string]any{"x": stdjson.Number(`"x"`)})
	refusals("text number", got, err, strictjson.ErrNotNumber)

	_, err = marshal(t, map[string]any{"x": deep(31)})
	require.NoError(t, err)
	got, err = marshal(t, map[string]any{"x": deep(32)})
	refusals("depth", got, err, strictjson.ErrDepth)

	failing := errors.New("mine")
	_, err = marshal(t, fails{failing})
	require.ErrorIs(t, err, failing)
}

// TestNumberWithSpace: what encoding/json takes for no number is none.
func TestNumberWithSpace(t *testing.T) {
	for _, n := range []stdjson.Number{"1 ", " 1", "1\n"} {
		_, err := stdjson.Marshal(n)
		require.Error(t, err)
		got, err := marshal(t, map[string]any{"x": n})
		require.Error(t, err, "%q became %s", n, got)
	}
}

// TestMarshalReserved: a reserved name is found in whatever can hold any name.
func TestMarshalReserved(t *testing.T) {
	for _, call := range []func() (string, error){
		func() (string, error) { return marshal(t, map[string]any{"exp": 1}) },
		func() (string, error) { return marshal(t, map[string]string{"a": "b", "exp": ""}) },
		func() (string, error) { return marshal(t, stdjson.RawMessage(`{"a":{},"\u0065xp":null}`)) },
		func() (string, error) { return marshal(t, strictjson.Value(`{"exp":1}`)) },
		func() (string, error) { return marshal(t, methodsText(`{"exp":1}`)) },
		func() (string, error) { return marshal(t, fallback{X: map[string]any{"exp": 1}}) },
		func() (string, error) { return marshal(t, &fallback{X: map[string]any{"exp": 1}}) },
	} {
		_, err := call()
		require.EqualError(t, err, `has a member "exp", which is a registered claim`)
	}
	for _, call := range []func() (string, error){
		func() (string, error) { return marshal(t, map[string]any{"EXP": 1, "x": map[string]any{"exp": 1}}) },
		func() (string, error) { return marshal(t, stdjson.RawMessage(`{"Exp":1,"x":[{"exp":1}]}`)) },
		func() (string, error) { return marshal(t, fallback{X: map[string]any{"eXp": 1}}) },
	} {
		_, err := call()
		require.NoError(t, err)
	}
}

// TestAppend: what stands in dst stays, and is all that is left after an error.
func TestAppend(t *testing.T) {
	dst := append(make([]byte, 0, 100), "before"...)
	got, err := strictjson.Append(dst, &plain{1}, typeFor[plain](t))
	require.NoError(t, err)
	require.Equal(t, `before{"A":1}`, string(got))
	require.Equal(t, &dst[0], &got[0], "there was room")
	got, err = strictjson.Append(dst[:6:6], &plain{1}, typeFor[plain](t))
	require.NoError(t, err)
	require.Equal(t, `before{"A":1}`, string(got))
	for _, v := range []methodsText{"null", "[]", `{"exp":1}`, "{", `{"a":` + methodsText(nest("[", "", "]", 40)) + "}"} {
		got, err = strictjson.Append(dst, &v, typeFor[methodsText](t))
		if v == "null" {
			require.NoError(t, err)
			require.Equal(t, "before{}", string(got))
			continue
		}
		require.Error(t, err)
		require.Equal(t, "before", string(got), "%s", v)
	}
}

func TestAppendMembers(t *testing.T) {
	for _, tt := range []struct{ dst, object, want string }{
		{"{", "{}", "{"},
		{"{", " {} "[1:3], "{"},
		{"{", "{ \t\r\n}", "{"},
		{`{"a":1`, "{}", `{"a":1`},
		{"{", `{"b":2}`, `{"b":2`},
		{`{"a":1`, `{"b":2}`, `{"a":1,"b":2`},
		{`{"a":{}`, `{ "b" : { } }`, `{"a":{},"b" : { }`},
		{`{"a":"{"`, `{"b":2,"c":3}`, `{"a":"{","b":2,"c":3`},
	} {
		require.Equal(t, tt.want, string(strictjson.AppendMembers([]byte(tt.dst), []byte(tt.object))))
	}
}

func TestQuoting(t *testing.T) {
	for _, s := range []string{"", "x", "é😀", `"\/`, "\x00\b\f\n\r\t\x1f\x7f", "\u2028<&>", "\ufffd"} {
		quoted, err := strictjson.AppendQuote([]byte("before"), s)
		require.NoError(t, err)
		require.Equal(t, "before", string(quoted[:6]))
		var std string
		require.NoError(t, stdjson.Unmarshal(quoted[6:], &std))
		require.Equal(t, s, std)
		back, err := strictjson.Text(strictjson.Value(quoted[6:]))
		require.NoError(t, err)
		require.Equal(t, s, string(back))
	}
	for _, s := range []string{"\xff", "a\xc3", "\xed\xa0\x80"} {
		b, err := strictjson.AppendQuote([]byte("before"), s)
		require.Equal(t, strictjson.ErrUTF8, err)
		require.Nil(t, b)
	}
	for _, v := range []string{`"\x"`, `"\ud800"`, `"\`, `"`, ``} {
		_, err := strictjson.Text(strictjson.Value(v))
		require.Error(t, err, v)
	}
}
