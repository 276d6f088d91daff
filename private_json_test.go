package jwt_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// asStd requires that private is signed as encoding/json encodes it, HTML aside,
// and that Parse makes of it what encoding/json decodes.
func asStd[P any](private P) func(*testing.T) {
	return func(t *testing.T) {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		require.NoError(t, enc.Encode(private))
		payload, err := signPrivate(t, private)
		require.NoError(t, err)
		require.Equal(t, strings.TrimSuffix(want.String(), "\n"), payload)
		readAsStd[P](payload)(t)
	}
}

// readAsStd requires that Parse makes of payload what encoding/json does: a value
// or an error.
func readAsStd[P any](payload string) func(*testing.T) {
	return func(t *testing.T) {
		var want P
		dec := json.NewDecoder(strings.NewReader(payload))
		dec.UseNumber()
		wantErr := dec.Decode(&want)
		claims, err := parsePayload[P](t, payload)
		if wantErr != nil {
			require.Nil(t, claims, "encoding/json: %v", wantErr)
			e, ok := errors.AsType[*jwt.TokenError](err)
			require.True(t, ok, "%v", err)
			require.ErrorIs(t, e, jwt.ErrMalformed)
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, claims.Private)
	}
}

type omits struct {
	A bool           `json:",omitempty"`
	B int            `json:",omitempty"`
	C float64        `json:",omitempty"`
	D string         `json:",omitempty"`
	E *int           `json:",omitempty"`
	F any            `json:",omitempty"`
	G []int          `json:",omitempty"`
	H map[string]int `json:",omitempty"`
	I [0]int         `json:",omitempty"`
	J [1]int         `json:",omitempty"`
	K struct{}       `json:",omitempty"`
	L time.Time      `json:",omitempty"`
	M time.Duration  `json:",omitempty"`
	N json.Number    `json:",omitempty"`
	O []byte         `json:",omitempty"`
}

type omitsZero struct {
	A bool      `json:",omitzero"`
	B *int      `json:",omitzero"`
	C []int     `json:",omitzero"`
	D Tenant    `json:",omitzero"`
	E time.Time `json:",omitzero"`
	F [2]int    `json:"f,omitzero"`
	G []int     `json:",omitempty,omitzero"`
}

type quoted struct {
	A int           `json:",string"`
	B uint8         `json:",string"`
	C float64       `json:",string"`
	D bool          `json:",string"`
	E string        `json:",string"`
	F *int          `json:",string"`
	G time.Duration `json:",string"`
	H int           `json:"h,omitempty,string"`
}

type (
	quotedNumber struct {
		A json.Number `json:",string"`
	}
	quotedOthers struct { // encoding/json ignores the option here
		//lint:ignore SA5008 misused on purpose, as below
		A []int `json:",string"`
		//lint:ignore SA5008 misused on purpose
		B map[string]bool `json:",string"`
		//lint:ignore SA5008 misused on purpose
		C Tenant `json:",string"`
	}
	Role         string
	Roles        []string
	embeddedText struct {
		Role
		X int `json:"x"`
	}
	embeddedOthers struct {
		Roles
		fmt.Stringer
		claimsMap // ignored, since it is not exported
		unexported
		A int
	}
	unexported struct{ _ int }
	minus      struct {
		A int `json:"-"`
		B int
	}
	shadowed struct {
		Tenant
		Org int
	}
	Other     struct{ Org string }
	ambiguous struct {
		Tenant
		Other
		A int
	}
)

// Types that encoding/json encodes in a way of its own, and back.
func TestPrivateAsEncodingJSON(t *testing.T) {
	uno, zero := 1, 0
	west := time.FixedZone("", -5*3600-30*60)
	for name, test := range map[string]func(*testing.T){
		"omitempty":                    asStd(omits{}),
		"omitempty, empty but not nil": asStd(omits{E: &zero, F: 0, G: []int{}, H: map[string]int{}, O: []byte{}}),
		"omitempty, full":              asStd(omits{true, 1, 1, "a", &uno, "b", []int{0}, map[string]int{"": 0}, [0]int{}, [1]int{}, struct{}{}, testTime, 1, "1", []byte{0}}),
		"omitzero":                     asStd(omitsZero{}),
		"omitzero, full":               asStd(omitsZero{true, &zero, []int{}, Tenant{"a"}, testTime, [2]int{1}, []int{0}}),
		"string":                       asStd(quoted{1, 2, 0.5, true, `a"b`, &uno, 3, 4}),
		"string, zero":                 asStd(quoted{}),
		"string, Number":               asStd(quotedNumber{"9007199254740993"}),
		"minus":                        asStd(minus{0, 2}),
		"Duration":                     asStd(two[time.Duration, []time.Duration]{time.Hour, []time.Duration{-1}}),
		"Durations":                    asStd(two[*time.Duration, map[string]time.Duration]{nil, map[string]time.Duration{"a": 2}}),
		"Time":                         asStd(two[time.Time, []time.Time]{testTime.Add(1), []time.Time{testTime.In(west)}}),
		"bytes":                        asStd(two[[]byte, [3]byte]{[]byte("<\xff>"), [3]byte{1, 2, 3}}),
		"no bytes":                     asStd(two[[][]byte, [0]byte]{[][]byte{{}, nil}, [0]byte{}}),
		"bytes in a map":               asStd(map[string][]byte{"a": {2}}),
		"nil":                          asStd(two[[]int, map[string]int]{}),
		"nil too":                      asStd(two[[1][]string, json.RawMessage]{}),
		"null":                         asStd(two[*int, any]{}),
		"empty":                        asStd(two[[]int, map[string]int]{[]int{}, map[string]int{}}),
		"empty anys":                   asStd(two[[]any, map[string]any]{[]any{}, map[string]any{}}),
		"floats":                       asStd(two[[]float64, float32]{[]float64{1e21, 1e20, 1e-7, 1e-6, 100}, 0.1}),
		"map order":                    asStd(map[string]int{"b": 1, "a": 2, "é": 3, "B": 4, "": 5, "aa": 6}),
		"integer keys":                 asStd(two[map[int]string, map[uint8]bool]{map[int]string{10: "a", 9: "b"}, map[uint8]bool{2: true}}),
		"named keys":                   asStd(two[map[color]int, map[textKey]int]{map[color]int{"b": 1, "a": 2}, map[textKey]int{{1}: 2}}),
		"text methods":                 asStd(two[textKey, []*textKey]{textKey{1}, []*textKey{{2}, nil}}),
		"JSON methods":                 asStd(two[ownMethods, []*ownMethods]{ownMethods{"1"}, []*ownMethods{{"[]"}, nil}}),
		"methods in map":               asStd(map[string]ownMethods{"a": {`"b"`}}),
		"RawMessage":                   asStd(two[json.RawMessage, *json.RawMessage]{json.RawMessage(`{"a":1.50}`), nil}),
		"pointers":                     asStd(two[**int, *Tenant]{ptr(&uno), &Tenant{"a"}}),
		"interfaces":                   asStd(two[any, fmt.Stringer]{map[string]any{"b": []any{true, nil}}, nil}),
		"embedded":                     asStd(embedded{Tenant: Tenant{"a"}, Region: &Region{}}),
		"embedded nil":                 asStd(embedded{}),
		"embedded text":                asStd(embeddedText{"a", 1}),
		"embedded others":              asStd(embeddedOthers{Roles{"a"}, nil, claimsMap{"a": {}}, unexported{}, 1}),
		"embedded others, empty":       asStd(embeddedOthers{}),
		"nothing exported inside":      asStd(two[*embeddedOthers, struct{ a int }]{A: &embeddedOthers{A: 1}}),
		"string, negative":             asStd(quoted{A: -1, C: -1e-7, G: -4}),
		"shadowed":                     asStd(shadowed{Tenant{"a"}, 1}),
		"ambiguous":                    asStd(ambiguous{A: 1}),
		"escapes":                      asStd(map[string]string{"\x00\t\"\\/<>&\x7f": "é\U0001f600"}),
		"Number":                       asStd(two[json.Number, json.Number]{"", "-1.5e3"}),
		"named scalars":                asStd(two[color, *color]{"a", ptr(color("b"))}),
		"arrays":                       asStd(one[[2][2]any]{[2][2]any{{json.Number("1"), nil}, {"a", false}}}),
	} {
		t.Run(name, test)
	}
}

type textKey struct{ n int }

func (k textKey) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "k%d", k.n), nil }

func (k *textKey) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "k%d", &k.n)
	return err
}

// Payloads that encoding/json takes or refuses, and Parse likewise.
func TestPrivateReadAsEncodingJSON(t *testing.T) {
	type scalars struct {
		A int8
		B uint
		C float32
		D bool
		E string
		F *int
		G []int
		H map[string]int
		I time.Duration
		J [2]int
		K json.Number
		L any
		M Tenant
		N time.Time
		O []byte
		P [2]byte
	}
	values := []string{
		"null", "true", "0", "-0", "1", "-1", "1.0", "1e2", "127", "128", "1e39", "1e400", "9223372036854775808", `""`, `"a"`, `"1"`,
		`"2023-11-14T22:13:20Z"`, `"2023-11-14T22:13:20.5-07:00"`, `"2023-11-14"`, `"YWI="`, `"YWI"`, `"Y"`, `"-_8="`,
		"[]", "[null]", "[1]", "[1,2]", `["a"]`, "[[1]]", "{}", `{"a":1}`, `{"a":null}`, `{"Org":"a"}`, `{"Org":1}`, `{"a":{"b":[1]}}`,
	}
	stricter := map[string]bool{`J:[]`: true, `J:[null]`: true, `J:[1]`: true, `P:[]`: true, `P:[null]`: true, `P:[1]`: true, `K:"1"`: true} // see below
	for i := range reflect.TypeFor[scalars]().NumField() {
		name := reflect.TypeFor[scalars]().Field(i).Name
		for _, value := range values {
			if !stricter[name+":"+value] {
				t.Run(name+":"+value, readAsStd[scalars](`{"`+name+`":`+value+`}`))
			}
		}
	}
	for _, value := range []string{"null", `"null"`, "1", `"1"`, `"-1"`, `"1.5"`, `"true"`, "true", `"\"a\""`, `"a"`, `""`} {
		for i := range reflect.TypeFor[quoted]().NumField() {
			name, _, _ := strings.Cut(reflect.TypeFor[quoted]().Field(i).Tag.Get("json"), ",")
			if name == "" {
				name = reflect.TypeFor[quoted]().Field(i).Name
			}
			if name == "E" && value == `"null"` {
				continue // encoding/json does not agree with itself under GOEXPERIMENT=jsonv2
			}
			t.Run("string "+name+":"+value, readAsStd[quoted](`{"`+name+`":`+value+`}`))
		}
	}
}

// stricter requires that encoding/json takes payload for a P, and Parse does not,
// because of field.
func stricter[P any](field, payload string) func(*testing.T) {
	return func(t *testing.T) {
		require.NoError(t, json.Unmarshal([]byte(payload), new(P)))
		claims, err := parsePayload[P](t, payload)
		require.Nil(t, claims)
		require.ErrorIs(t, err, jwt.ErrMalformed)
		e, ok := errors.AsType[*jwt.TokenError](err)
		require.True(t, ok)
		require.Equal(t, field, e.Field)
	}
}

// What Claims documents as stricter than encoding/json.
func TestPrivateStricter(t *testing.T) {
	type fields struct {
		S string
		T time.Time
		B []byte
		A [2]int
		C [2]byte
		N json.Number
		M map[int]string
		I any
	}
	for name, test := range map[string]func(*testing.T){
		"duplicate":          stricter[fields]("payload", `{"S":"a","S":"a"}`),
		"duplicate, unknown": stricter[fields]("payload", `{"x":1,"x":1}`),
		"duplicate, map":     stricter[map[string]int]("payload", `{"x":1,"x":1}`),
		"duplicate, any":     stricter[fields]("payload", `{"I":[{"x":1,"x":1}]}`),
		"duplicate, ignored": stricter[struct{}]("payload", `{"x":[{"y":{"z":1,"z":1}}]}`),
		"duplicate, keys":    stricter[fields]("payload", `{"M":{"1":"a","01":"b"}}`),
		"duplicate, methods": stricter[ownMethods]("payload", `{"x":{"y":1,"y":1}}`),
		"UTF-8":              stricter[fields]("payload", "{\"S\":\"\xff\"}"),
		"UTF-8, unknown":     stricter[fields]("payload", "{\"x\":\"\xff\"}"),
		"surrogate":          stricter[fields]("payload", `{"S":"\ud800"}`),
		"surrogates":         stricter[fields]("payload", `{"S":"\udc00\ud800"}`),
		"surrogate, any":     stricter[fields]("payload", `{"I":["\ud800"]}`),
		"array too short":    stricter[fields]("A", `{"A":[1]}`),
		"array too long":     stricter[fields]("A", `{"A":[1,2,3]}`),
		"byte array":         stricter[fields]("C", `{"C":[1,2,3]}`),
		"hour of one digit":  stricter[fields]("T", `{"T":"2023-11-14T2:13:20Z"}`),
		"decimal comma":      stricter[fields]("T", `{"T":"2023-11-14T22:13:20,5Z"}`),
		"newline in base64":  stricter[fields]("B", `{"B":"YW\nI="}`),
		"return in base64":   stricter[fields]("B", `{"B":"YWI=\r\n"}`),
		"number in a string": stricter[fields]("N", `{"N":"1"}`),
	} {
		t.Run(name, test)
	}

	// Which of them encoding/json takes depends on the build.
	for _, text := range []string{"NaN", "Inf", "-Inf", "Infinity", "+5", ".5", " 5", "5 ", ""} {
		claims, err := parsePayload[quoted](t, `{"C":"`+text+`"}`)
		require.Nil(t, claims)
		require.ErrorIs(t, err, jwt.ErrMalformed, text)
	}

	for _, payload := range []string{`{"s":"a"}`, `{"ROLE":"a"}`, `{"Role":"a"}`, `{"role ":"a"}`, `{"rol\u0065\u0300":"a"}`} {
		claims, err := parsePayload[session](t, payload)
		require.NoError(t, err)
		require.Empty(t, claims.Private, payload)
	}
	claims, err := parsePayload[session](t, `{"ROLE":"admin","\u0072ole":"user","Role":"root"}`)
	require.NoError(t, err)
	require.Equal(t, "user", claims.Private.Role)
}

// Types of which encoding/json ignores a part are refused as a whole.
func TestPrivateStricterTypes(t *testing.T) {
	type misspelt struct {
		//lint:ignore SA5008 misspelt on purpose
		A int `json:"a,omitEmpty"`
	}
	for name, sign := range map[string]func() (string, error){
		"misspelt option":     func() (string, error) { return signPrivate(t, misspelt{}) },
		"nothing is exported": func() (string, error) { return signPrivate(t, struct{ a int }{}) },
		"nothing is for JSON": func() (string, error) { return signPrivate(t, struct{ claimsMap }{}) },
		"JSON of a part":      func() (string, error) { return signPrivate(t, stampedRole{}) },
	} {
		_, err := sign()
		require.ErrorContains(t, err, "jwt: Claims.Private: ", name)
	}
}

// A fault in P is reported after all others, with the claim as the Field.
func TestPrivateErrorsLast(t *testing.T) {
	type private struct {
		Role
		Level int              `json:"level"`
		Rate  float64          `json:"rate,string"`
		Teams []int            `json:"teams"`
		Raw   failingMarshaler `json:"raw"`
		Text  string           `json:",string"`
	}
	tests := []struct {
		payload, field string
		reason         error
	}{
		{`{"level":"a"}`, "level", jwt.ErrMalformed},
		{`{"level":1.5,"exp":1700000001}`, "level", jwt.ErrMalformed},
		{`{"teams":[1,"a"]}`, "teams", jwt.ErrMalformed},
		{`{"Text":"a"}`, "Text", jwt.ErrMalformed},
		{`{"level":"a","exp":1}`, "exp", jwt.ErrExpired},
		{`{"exp":1,"level":"a"}`, "exp", jwt.ErrExpired},
		{`{"level":"a","nbf":1800000000}`, "nbf", jwt.ErrNotYetValid},
		{`{"level":"a","iat":1800000000}`, "iat", jwt.ErrNotYetValid},
		{`{"level":"a","exp":"1"}`, "exp", jwt.ErrMalformed},
		{`{"level":"a","iss":1}`, "iss", jwt.ErrMalformed},
		{`{"level":"a","jti":null}`, "jti", jwt.ErrMalformed},
		{`{"level":"a","x":1,"x":2}`, "payload", jwt.ErrMalformed},
		{`{"level":"a"}}`, "payload", jwt.ErrMalformed},
		{`{"rate":"NaN"}`, "rate", jwt.ErrMalformed},
		{`{"rate":"NaN","iss":1}`, "iss", jwt.ErrMalformed},
		{`{"Role":["a"],"level":1}`, "Role", jwt.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.payload, func(t *testing.T) {
			claims, err := parsePayload[private](t, test.payload)
			require.Nil(t, claims)
			require.ErrorIs(t, err, test.reason)
			e, ok := errors.AsType[*jwt.TokenError](err)
			require.True(t, ok)
			require.Equal(t, test.field, e.Field)
		})
	}

	for payload, field := range map[string]string{
		`{"https://a.example/b~c":"x"}`: "https://a.example/b~c", `{"a":{}}`: "a", `{"":"x"}`: "payload",
	} {
		claims, err := parsePayload[map[string]int](t, payload)
		require.Nil(t, claims)
		e, ok := errors.AsType[*jwt.TokenError](err)
		require.True(t, ok)
		require.Equal(t, field, e.Field, payload)
	}
}
