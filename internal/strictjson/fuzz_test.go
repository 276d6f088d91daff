package strictjson_test

import (
	"bytes"
	stdjson "encoding/json"
	"io"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

// verdict is what a slow and obvious reading of a text with encoding/json says.
type verdict struct {
	strict    bool // except, perhaps, for duplicate names
	duplicate bool
	value     any // with json.Number
}

// judge holds data against the rules of this package, one by one. open is '{' or '['.
func judge(data []byte, open byte) (v verdict) {
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if !stdjson.Valid(data) || trimmed[0] != open || !utf8.Valid(data) || loneSurrogate(string(data)) {
		return v
	}
	depth, duplicate := shape(data)
	if depth > strictjson.MaxDepth {
		return v
	}
	dec := stdjson.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&v.value); err != nil {
		panic(err) // it is valid
	}
	v.strict, v.duplicate = true, duplicate
	return v
}

// loneSurrogate reports whether valid JSON has an escape for half of a character.
func loneSurrogate(text string) bool {
	for len(text) > 0 {
		if text[0] != '\\' {
			text = text[1:]
			continue
		}
		if text[1] != 'u' {
			text = text[2:]
			continue
		}
		first := hex4(text[2:6])
		text = text[6:]
		if !utf16.IsSurrogate(first) {
			continue
		}
		if !strings.HasPrefix(text, `\u`) || utf16.DecodeRune(first, hex4(text[2:6])) == utf8.RuneError {
			return true
		}
		text = text[6:]
	}
	return false
}

func hex4(s string) rune {
	n, err := strconv.ParseUint(s, 16, 16)
	if err != nil {
		panic(err)
	}
	return rune(n)
}

// shape returns the depth of valid JSON, and whether any object in it has two members
// of one name.
func shape(data []byte) (depth int, duplicate bool) {
	type level struct {
		names map[string]bool // nil in an array
		value bool            // the next token is a value, not a name
	}
	dec := stdjson.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var stack []*level
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return depth, duplicate
		}
		if err != nil {
			panic(err)
		}
		if tok == stdjson.Delim('}') || tok == stdjson.Delim(']') {
			stack = stack[:len(stack)-1]
			continue
		}
		if len(stack) > 0 {
			if top := stack[len(stack)-1]; top.names != nil {
				if top.value = !top.value; top.value {
					duplicate = duplicate || top.names[tok.(string)]
					top.names[tok.(string)] = true
					continue
				}
			}
		}
		switch tok {
		case stdjson.Delim('{'):
			stack = append(stack, &level{names: map[string]bool{}})
		case stdjson.Delim('['):
			stack = append(stack, &level{})
		}
		depth = max(depth, len(stack))
	}
}

type member struct{ name, value string }

func readMembers(data []byte, read func([]byte, func([]byte, strictjson.Value) error) error) (all []member, err error) {
	err = read(data, func(name []byte, value strictjson.Value) error {
		all = append(all, member{string(name), string(value)})
		return nil
	})
	return all, err
}

// reasons are all the errors about a text that is not strict JSON.
var reasons = []error{strictjson.ErrDepth, strictjson.ErrUTF8, strictjson.ErrDuplicate, strictjson.ErrSyntax}

// checkAgainst checks every reader of this package against judge.
func checkAgainst(t testing.TB, data []byte) {
	t.Helper()
	before := bytes.Clone(data)
	want := judge(data, '{')
	strict := want.strict && !want.duplicate

	var m map[string]any
	err := strictjson.Unmarshal(data, &m, strictjson.Any)
	require.Equal(t, strict, err == nil, "Any: %q: %v", data, err)
	var raw map[string]strictjson.Value
	errRaw := strictjson.Unmarshal(data, &raw, strictjson.Plain)
	require.Equal(t, err, errRaw, "Plain: %q", data)
	var none struct{}
	require.Equal(t, err, strictjson.Unmarshal(data, &none, strictjson.Plain), "struct{}: %q", data)
	all, errMembers := readMembers(data, strictjson.Members)
	require.Equal(t, strict, errMembers == nil, "Members: %q: %v", data, errMembers)
	var o strictjson.Object
	require.Equal(t, errMembers, o.Scan(data), "Scan: %q", data)
	scanned := make([]byte, 1, len(data)+1)
	scanned[0] = '{'
	for i := range o.Len() {
		require.Equal(t, all[i], member{string(o.Name(i)), string(o.Value(i))})
		require.Equal(t, all[i].value, string(o.Get(all[i].name)))
		scanned = o.AppendMember(scanned, i)
		checkValue(t, o.Value(i))
	}
	require.True(t, !strict || o.Len() == len(all))
	if strict {
		var again map[string]strictjson.Value
		require.NoError(t, strictjson.Unmarshal(append(scanned, '}'), &again, strictjson.Plain))
		require.Equal(t, raw, again)
	}
	lax, errAny := readMembers(data, strictjson.AnyMembers)
	require.Equal(t, want.strict, errAny == nil, "AnyMembers: %q: %v", data, errAny)

	switch {
	case strict:
		require.Equal(t, want.value, any(m))
		require.Equal(t, all, lax)
		names := make(map[string]any)
		for _, member := range all {
			var value any
			dec := stdjson.NewDecoder(strings.NewReader(member.value))
			dec.UseNumber()
			require.NoError(t, dec.Decode(&value))
			require.NotContains(t, names, member.name)
			names[member.name] = value
			require.Equal(t, member.value, string(raw[member.name]))
		}
		require.Equal(t, want.value, any(names))
		require.Equal(t, len(all), len(raw))
	case want.strict:
		require.Equal(t, strictjson.ErrDuplicate, err)
		require.Equal(t, strictjson.ErrDuplicate, errMembers)
		last := make(map[string]any)
		for _, member := range lax {
			last[member.name] = nil
		}
		std, _ := want.value.(map[string]any)
		require.ElementsMatch(t, slices.Collect(maps.Keys(std)), slices.Collect(maps.Keys(last)))
	default:
		for _, e := range []error{err, errMembers, errAny} {
			require.Contains(t, reasons, e)
		}
	}

	list := judge(data, '[')
	var values []any
	err = strictjson.AnyElements(data, func(value strictjson.Value) error {
		var v any
		dec := stdjson.NewDecoder(bytes.NewReader(value))
		dec.UseNumber()
		values = append(values, v)
		return dec.Decode(&values[len(values)-1])
	})
	require.Equal(t, list.strict, err == nil, "AnyElements: %q: %v", data, err)
	if err == nil {
		require.Equal(t, list.value, any(append([]any{}, values...)))
	} else {
		require.Contains(t, reasons, err)
	}
	require.Equal(t, before, data, "the text was changed")
}

// checkValue checks what reads a value against encoding/json.
func checkValue(t testing.TB, value strictjson.Value) {
	t.Helper()
	var want any
	dec := stdjson.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&want))
	text, isText := want.(string)
	got, err := strictjson.String(value, nil)
	require.Equal(t, isText, err == nil)
	require.Equal(t, text, got)

	var texts []string
	if isText && text != "" {
		texts = []string{text}
	}
	list, isList := want.([]any)
	for _, element := range list {
		element, ok := element.(string)
		isList = isList && ok
		texts = append(texts, element)
	}
	all, err := strictjson.Strings(value, nil)
	require.Equal(t, isText || isList, err == nil)
	if err == nil {
		require.Equal(t, texts, all)
	}

	number, _ := want.(stdjson.Number)
	date, err := strictjson.ReadDate(value)
	require.Equal(t, err == nil, date.Present)
	if number == "" {
		require.Equal(t, strictjson.ErrNotNumber, err)
	} else if _, exponent, _ := strings.Cut(strings.ToLower(string(number)), "e"); len(number) < 100 && len(exponent) < 4 {
		exact, ok := new(big.Rat).SetString(string(number))
		require.True(t, ok)
		whole := new(big.Int).Quo(exact.Num(), exact.Denom())
		require.Equal(t, exact.Sign() >= 0 && whole.Cmp(big.NewInt(strictjson.MaxDate)) <= 0, err == nil, "%s", number)
		if err == nil {
			require.Equal(t, whole.Int64(), date.Seconds)
		}
	}
}

// FuzzStrictJSON: this package takes exactly those texts that encoding/json takes and
// that also obey the rules of this package, and reads the same from them.
func FuzzStrictJSON(f *testing.F) {
	for _, tt := range texts {
		f.Add([]byte(tt.text))
	}
	for _, text := range strictTexts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 1<<16 {
			checkAgainst(t, data)
		}
	})
}
