package jwt_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// trap is a P that must not be reached.
type trap struct{}

func (trap) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

func (*trap) UnmarshalJSON([]byte) error { panic("reached") }

// Code of the caller sees nothing of a token before its signature holds.
func TestForgedPayloadReachesNoMethod(t *testing.T) {
	pair := testKeys(t)[jwt.HS256]
	down := verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error { return io.ErrUnexpectedEOF })
	val := must(jwt.NewValidator(laxPolicy()))
	const payload = `{"iss":"issuer","role":"admin"}`
	good := handmade(plainHeader, payload)
	for _, verifier := range []jwt.Verifier{pair.verifier, jwt.KeySet{pair.verifier}, jwt.IssuerKeys{"issuer": pair.verifier}} {
		require.Panics(t, func() { _, _ = jwt.Parse[trap](t.Context(), good, verifier, val) })
		for _, token := range []string{
			good[:len(good)-4] + "AAAA", good + "A", good + ".", good[:strings.LastIndexByte(good, '.')+1],
			handmade(`{"alg":"none"}`, payload), handmade(`{"alg":"HS256","kid":"k2"}`, payload), handmade(`{"alg":"HS256","crit":["x"]}`, payload),
		} {
			claims, err := jwt.Parse[trap](t.Context(), token, verifier, val)
			require.Nil(t, claims)
			require.Error(t, err)
		}
	}
	for _, verifier := range []jwt.Verifier{down, jwt.KeySet{otherKeys(t)[jwt.HS256].verifier, down}} {
		claims, err := jwt.Parse[trap](t.Context(), good, verifier, val)
		require.Nil(t, claims)
		require.Error(t, err)
	}
}

// oneWay encodes itself and is decoded field by field, of which the first cannot be.
type oneWay struct {
	Done chan int `json:"done"`
	Any  any      `json:"any"`
}

func (oneWay) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

// What cannot be decoded must not hide that what stands behind it holds numbers.
func TestNumberBehindChannel(t *testing.T) {
	type private struct {
		X oneWay `json:"x"`
	}
	claims, err := parsePayload[private](t, `{"x":{"any":12345678901234567890}}`)
	require.NoError(t, err)
	require.EqualValues(t, "12345678901234567890", claims.Private.X.Any)
}

func TestSenselessPrivateClaims(t *testing.T) {
	checkSenseless[chan int](t)
	checkSenseless[func()](t)
	checkSenseless[int](t)
	checkSenseless[string](t)
	checkSenseless[[]string](t)
	checkSenseless[[0]int](t)
	checkSenseless[any](t)
	checkSenseless[error](t)
	checkSenseless[*int](t)
	checkSenseless[**struct{}](t)
	checkSenseless[map[int]string](t)
	checkSenseless[struct{ C chan int }](t)
	checkSenseless[struct{ F *[]func() }](t)
	checkSenseless[complex128](t)
}

func checkSenseless[P any](t *testing.T) {
	k := testKeys(t)[jwt.HS256]
	t.Run(reflect.TypeFor[P]().String(), func(t *testing.T) {
		token, err := jwt.Sign(t.Context(), k.signer, jwt.Claims[P]{ExpiresAt: keyTime})
		require.Empty(t, token)
		require.ErrorContains(t, err, "jwt: Claims.Private: ")
		requirePlainError(t, err, err.Error())
		for _, token := range []string{"", signToken(t, k.signer)} {
			claims, parseErr := jwt.Parse[P](t.Context(), token, k.verifier, must(jwt.NewValidator(keyPolicy())))
			require.Nil(t, claims)
			requirePlainError(t, parseErr, err.Error())
		}
	})
}

type (
	session struct {
		Role  string `json:"role"`
		Level int    `json:"level,omitempty"`
	}
	page[T any] struct {
		Items []T `json:"items"`
	}
	tree struct {
		Name     string           `json:"name"`
		Children []*tree          `json:"children,omitempty"`
		Index    map[string]*tree `json:"index,omitempty"`
	}
	Tenant   struct{ Org string }
	embedded struct {
		Tenant
		*Region
		session
		Named Tenant `json:"named"`
	}
	Region    struct{ Zone string }
	claimsMap map[string]session
	color     string
	lookalike struct {
		Typ string `json:"typ"`
		Exp int
		ISS string
	}
	withRest struct {
		A    int            `json:"a"`
		Rest map[string]any `json:",inline,embed"` // one name for each build of the JSON library
	}
	one[T any]    struct{ A T }
	two[T, U any] struct {
		A T
		B U
	}
)

// ownMethods has JSON methods, and keeps the object that it was made from.
type ownMethods struct{ object string }

func (o ownMethods) MarshalJSON() ([]byte, error) { return []byte(o.object), nil }

func (o *ownMethods) UnmarshalJSON(b []byte) error {
	o.object = string(b)
	return nil
}

// pointerMethods has JSON methods of the pointer alone, and fields that without
// them have no JSON form.
type pointerMethods struct {
	object string
	Done   chan int
	Exp    func() `json:"exp"`
}

func (o *pointerMethods) MarshalJSON() ([]byte, error) { return []byte(o.object), nil }

func (o *pointerMethods) UnmarshalJSON(b []byte) error {
	o.object = string(b)
	return nil
}

// kind signs private, wants members as the payload, and parses them from between
// registered claims.
func kind[P any](members string, private P) func(*testing.T) {
	return func(t *testing.T) {
		payload, err := signPrivate(t, private)
		require.NoError(t, err)
		require.Equal(t, "{"+members+"}", payload)
		if members != "" {
			members = "," + members
		}
		claims, err := parsePayload[P](t, `{"iss":"a","exp":1700000001,"aud":["b"]`+members+`,"jti":"c"}`)
		require.NoError(t, err)
		require.Equal(t, private, claims.Private)
		require.Equal(t, "a", claims.Issuer)
		require.Equal(t, []string{"b"}, claims.Audience)
		require.Equal(t, "c", claims.ID)
		require.Equal(t, int64(1700000001), claims.ExpiresAt.Unix())
	}
}

func TestPrivateKinds(t *testing.T) {
	one := 1
	for name, test := range map[string]func(*testing.T){
		"struct{}":               kind("", struct{}{}),
		"struct":                 kind(`"role":"a"`, session{Role: "a"}),
		"pointer":                kind(`"role":"a","level":1`, &session{"a", 1}),
		"map":                    kind(`"a":"b"`, map[string]any{"a": "b"}),
		"map of strings":         kind(`"a":"b","c":""`, map[string]string{"a": "b", "c": ""}),
		"map of pointers":        kind(`"a":1`, map[string]*int{"a": &one}),
		"map of RawMessage":      kind(`"a":{"b":[1.50]}`, map[string]json.RawMessage{"a": json.RawMessage(`{"b":[1.50]}`)}),
		"named map":              kind(`"a":{"role":"b"}`, claimsMap{"a": {Role: "b"}}),
		"named keys":             kind(`"a":1`, map[color]int{"a": 1}),
		"RawMessage":             kind(`"a":9007199254740993,"b":{"c":[1.50]}`, json.RawMessage(`{"a":9007199254740993,"b":{"c":[1.50]}}`)),
		"empty RawMessage":       kind("", json.RawMessage("{}")),
		"own methods":            kind(`"a":9007199254740993`, ownMethods{`{"a":9007199254740993}`}),
		"own methods, empty":     kind("", ownMethods{"{}"}),
		"pointer to own methods": kind(`"a":1`, &ownMethods{`{"a":1}`}),
		"methods of the pointer": kind(`"a":1`, pointerMethods{object: `{"a":1}`}),
		"pointer with methods":   kind(`"a":1`, &pointerMethods{object: `{"a":1}`}),
		"generic":                kind(`"items":[1,2]`, page[int]{[]int{1, 2}}),
		"nested generic":         kind(`"items":[{"items":["a"]}]`, page[page[string]]{[]page[string]{{[]string{"a"}}}}),
		"recursive":              kind(`"name":"a","children":[{"name":"b"}],"index":{"c":{"name":"d"}}`, tree{"a", []*tree{{Name: "b"}}, map[string]*tree{"c": {Name: "d"}}}),
		"embedded":               kind(`"Org":"a","Zone":"b","role":"c","named":{"Org":"d"}`, embedded{Tenant{"a"}, &Region{"b"}, session{Role: "c"}, Tenant{"d"}}),
		"nearly registered":      kind(`"typ":"a","Exp":1,"ISS":"b"`, lookalike{"a", 1, "b"}),
		"rest in a map":          kind(`"a":1,"b":"c"`, withRest{1, map[string]any{"b": "c"}}),
	} {
		t.Run(name, test)
	}
}

// A P that stands for no claims signs as none, and Parse makes one that can be used.
func TestPrivateEmpty(t *testing.T) {
	for name, sign := range map[string]func() (string, error){
		"nil pointer":    func() (string, error) { return signPrivate[*session](t, nil) },
		"nil map":        func() (string, error) { return signPrivate[map[string]any](t, nil) },
		"nil RawMessage": func() (string, error) { return signPrivate[json.RawMessage](t, nil) },
		"null":           func() (string, error) { return signPrivate(t, ownMethods{"null"}) },
		"white space":    func() (string, error) { return signPrivate(t, ownMethods{" { } "}) },
	} {
		payload, err := sign()
		require.NoError(t, err, name)
		require.Equal(t, "{}", payload, name)
	}
	pointer, err := parsePayload[*session](t, `{"iss":"a"}`)
	require.NoError(t, err)
	require.Equal(t, &session{}, pointer.Private)
	raw, err := parsePayload[json.RawMessage](t, `{"iss":"a"}`)
	require.NoError(t, err)
	require.Equal(t, json.RawMessage("{}"), raw.Private)
	own, err := parsePayload[*ownMethods](t, `{"iss":"a"}`)
	require.NoError(t, err)
	require.Equal(t, &ownMethods{"{}"}, own.Private)
	// encoding/json makes a map of "{}" as well.
	table, err := parsePayload[map[string]any](t, `{"iss":"a"}`)
	require.NoError(t, err)
	require.Equal(t, map[string]any{}, table.Private)
}

// keeper keeps what its decoder is given.
type keeper struct{ kept []byte }

func (k *keeper) UnmarshalJSON(b []byte) error {
	k.kept = b
	return nil
}

// The buffers of Parse are used again for the next token, which no decoder of another's
// claims may see.
func TestPrivateKept(t *testing.T) {
	type private struct {
		Name keeper `json:"name"`
		List map[string]*keeper
	}
	var all []*jwt.Claims[private]
	var whole []*jwt.Claims[keeper]
	payload := func(i int) string { return fmt.Sprintf(`{"iss":"a","name":"user-%03d","List":{"a":[%03d]}}`, i, 100+i) }
	for i := range 100 {
		claims, err := parsePayload[private](t, payload(i))
		require.NoError(t, err)
		all = append(all, claims)
		object, err := parsePayload[keeper](t, payload(i))
		require.NoError(t, err)
		whole = append(whole, object)
	}
	for i := range all {
		require.Equal(t, fmt.Sprintf(`"user-%03d"`, i), string(all[i].Private.Name.kept))
		require.Equal(t, fmt.Sprintf(`[%03d]`, 100+i), string(all[i].Private.List["a"].kept))
		require.Equal(t, fmt.Sprintf(`{"name":"user-%03d","List":{"a":[%03d]}}`, i, 100+i), string(whole[i].Private.kept))
	}
}

// Registered claims are not private, whatever P can hold.
func TestPrivateHasNoRegistered(t *testing.T) {
	const payload = `{"iss":"a","sub":"b","aud":"c","exp":1700000001,"nbf":1,"iat":2,"jti":"d","Exp":3,"typ":"e"}`
	raw, err := parsePayload[json.RawMessage](t, payload)
	require.NoError(t, err)
	require.Equal(t, `{"Exp":3,"typ":"e"}`, string(raw.Private))
	table, err := parsePayload[map[string]any](t, payload)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"Exp": json.Number("3"), "typ": "e"}, table.Private)
	own, err := parsePayload[ownMethods](t, payload)
	require.NoError(t, err)
	require.Equal(t, `{"Exp":3,"typ":"e"}`, own.Private.object)
}

func TestPrivateNumbersExact(t *testing.T) {
	const big, long, fraction = "9007199254740993", "123456789012345678901234567890", "0.1000000000000000055511151231257827"
	n := func(s string) json.Number { return json.Number(s) }
	for name, test := range map[string]func(*testing.T){
		"map":        kind(`"a":`+big+`,"b":-`+big+`,"c":1E400,"d":-0`, map[string]any{"a": n(big), "b": n("-" + big), "c": n("1E400"), "d": n("-0")}),
		"nested":     kind(`"a":{"b":[`+long+`,[`+big+`]]}`, map[string]any{"a": map[string]any{"b": []any{n(long), []any{n(big)}}}}),
		"any":        kind(`"A":`+big, one[any]{n(big)}),
		"pointer":    kind(`"A":`+big, one[*any]{ptr[any](n(big))}),
		"slice":      kind(`"A":[`+big+`,null,true,"b",{}]`, one[[]any]{[]any{n(big), nil, true, "b", map[string]any{}}}),
		"array":      kind(`"A":[`+big+`]`, one[[1]any]{[1]any{n(big)}}),
		"maps":       kind(`"A":{"b":{"c":`+big+`}}`, one[map[string]map[string]any]{map[string]map[string]any{"b": {"c": n(big)}}}),
		"generic":    kind(`"items":[`+fraction+`]`, page[any]{[]any{n(fraction)}}),
		"Number":     kind(`"A":`+long+`,"B":[`+fraction+`]`, two[json.Number, []json.Number]{n(long), []json.Number{n(fraction)}}),
		"Number map": kind(`"a":`+long, map[string]json.Number{"a": n(long)}),
		"integers":   kind(`"A":9223372036854775807,"B":18446744073709551615`, two[int64, uint64]{1<<63 - 1, 1<<64 - 1}),
		"int map":    kind(`"a":9223372036854775807`, map[string]int64{"a": 1<<63 - 1}),
	} {
		t.Run(name, test)
	}
	payload, err := signPrivate(t, map[string]any{"a": int64(1<<53 + 1), "b": uint64(1<<64 - 1)})
	require.NoError(t, err)
	require.Equal(t, `{"a":9007199254740993,"b":18446744073709551615}`, payload)
}

func ptr[T any](v T) *T { return &v }

// standIn is what golang-jwt calls RegisteredClaims.
type standIn struct {
	Issuer    string `json:"iss,omitempty"`
	Subject   string `json:"sub,omitempty"`
	ExpiresAt *int64 `json:"exp,omitempty"`
}

// StandIn is the same with a name that is exported.
type StandIn standIn

// outer has the fields of standIn at second hand.
type outer struct{ standIn }

type embedsClaims struct {
	jwt.Claims[session]
	Team string
}

type stampedRole struct {
	time.Time
	Role string
}

// marshalOnly is decoded by its fields.
type marshalOnly struct{ standIn }

func (marshalOnly) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

// refused requires that neither Sign nor Parse takes a P, for the reason want.
func refused[P any](want string) func(*testing.T) {
	return func(t *testing.T) {
		var p P
		_, signErr := signPrivate(t, p)
		claims, parseErr := parsePayload[P](t, "{}")
		require.Nil(t, claims)
		for _, err := range []error{signErr, parseErr} {
			requireMessage(t, fmt.Sprintf("jwt: Claims.Private: %v: %s", reflect.TypeFor[P](), want), err)
			_, ok := errors.AsType[*jwt.TokenError](err)
			require.False(t, ok)
		}
	}
}

func TestPrivateRefused(t *testing.T) {
	const kinds = "not a struct, a map with string keys, a pointer to a struct, a raw message or a type with JSON methods"
	const isClaims = "is Claims, or embeds it; name the type of the private claims only"
	names := func(claim string) string { return `has a member "` + claim + `", which is a registered claim` }
	for name, test := range map[string]func(*testing.T){
		"iss": refused[struct {
			A string `json:"iss"`
		}](names("iss")),
		"sub": refused[struct {
			A string `json:"sub"`
		}](names("sub")),
		"aud": refused[struct {
			A string `json:"aud,omitempty"`
		}](names("aud")),
		"exp": refused[struct {
			A any `json:"exp"`
		}](names("exp")),
		"nbf": refused[struct {
			A chan int `json:"-"`
			B int      `json:"nbf"`
		}](names("nbf")),
		"iat": refused[*struct {
			A time.Time `json:"iat"`
		}](names("iat")),
		"jti": refused[struct {
			A string `json:"jti"`
		}](names("jti")),
		"case:ignore": refused[struct {
			A int `json:"E_xP,case:ignore"`
		}]("field A: encoding/json has no such tag option"),
		"Claims":                    refused[jwt.Claims[session]](isClaims),
		"pointer to Claims":         refused[*jwt.Claims[session]](isClaims),
		"embeds Claims":             refused[embedsClaims](isClaims),
		"embeds Claims deeper":      refused[*struct{ embedsClaims }](isClaims),
		"embeds *Claims":            refused[struct{ *jwt.Claims[session] }](isClaims),
		"JSON of an embedded field": refused[stampedRole]("its MarshalJSON is that of its embedded field Time, and would lose the other fields; give that field a name"),
		"promoted":                  refused[struct{ standIn }](names("iss")),
		"promoted twice":            refused[struct{ outer }](names("iss")),
		"promoted from a pointer":   refused[struct{ *StandIn }](names("iss")),
		"any":                       refused[any](kinds),
		"interface":                 refused[fmt.Stringer](kinds),
		"string":                    refused[string](kinds),
		"int":                       refused[int](kinds),
		"slice":                     refused[[]string](kinds),
		"bytes":                     refused[[]byte](kinds),
		"map of ints":               refused[map[int]string](kinds),
		"pointer to a map":          refused[*map[string]any](kinds),
		"pointer to a pointer":      refused[**session](kinds),
		"time":                      refused[time.Duration](kinds),
		"chan":                      refused[chan int]("chan has no JSON form"),
		"func":                      refused[func()]("func has no JSON form"),
		"a chan in it":              refused[one[[]chan int]]("field A: chan has no JSON form"),
		"a quoted slice":            refused[quotedOthers]("field A: the tag option string is not for a []int"),
		"a complex in it":           refused[map[string]complex128]("complex128 has no JSON form"),
	} {
		t.Run(name, test)
	}
}

// A type with one JSON method alone names what its fields do, the other way: what
// they are for would be lost without a word.
func TestPrivateRefusedOneMethod(t *testing.T) {
	claims, err := parsePayload[marshalOnly](t, `{"iss":"a"}`)
	require.Nil(t, claims)
	require.ErrorContains(t, err, `has a member "iss", which is a registered claim`)
}

// Values that their types let through.
func TestPrivateRefusedValues(t *testing.T) {
	const words = "jwt: Claims.Private: …" // the JSON library's own
	exp := `jwt: Claims.Private: has a member "exp", which is a registered claim`
	object := "jwt: Claims.Private: does not encode to a JSON object"
	deep := map[string]any{}
	for range 32 {
		deep = map[string]any{"a": deep}
	}
	cycle := new(tree)
	cycle.Children = []*tree{cycle}
	for name, test := range map[string]struct {
		sign func() (string, error)
		want string
	}{
		"map":              {func() (string, error) { return signPrivate(t, map[string]any{"exp": 1}) }, exp},
		"map of strings":   {func() (string, error) { return signPrivate(t, map[string]string{"exp": ""}) }, exp},
		"rest in a map":    {func() (string, error) { return signPrivate(t, withRest{Rest: map[string]any{"exp": 1}}) }, exp},
		"rest repeats":     {func() (string, error) { return signPrivate(t, withRest{Rest: map[string]any{"a": 1}}) }, words},
		"methods":          {func() (string, error) { return signPrivate(t, ownMethods{`{"a":1,"exp":1}`}) }, exp},
		"methods, escaped": {func() (string, error) { return signPrivate(t, ownMethods{`{"\u0065xp":1}`}) }, exp},
		"array":            {func() (string, error) { return signPrivate(t, ownMethods{"[]"}) }, object},
		"string":           {func() (string, error) { return signPrivate(t, ownMethods{`"{}"`}) }, object},
		"false":            {func() (string, error) { return signPrivate(t, ownMethods{"false"}) }, object},
		"nothing":          {func() (string, error) { return signPrivate(t, ownMethods{""}) }, words},
		"cut off":          {func() (string, error) { return signPrivate(t, ownMethods{`{"a":1`}) }, words},
		"two objects":      {func() (string, error) { return signPrivate(t, ownMethods{"{}{}"}) }, words},
		"duplicate":        {func() (string, error) { return signPrivate(t, ownMethods{`{"a":1,"a":1}`}) }, words},
		"an error":         {func() (string, error) { return signPrivate(t, failingMarshaler{errors.New("no")}) }, words},
		"depth":            {func() (string, error) { return signPrivate(t, deep) }, "jwt: Claims.Private: nested deeper than 32 levels"},
		"cycle":            {func() (string, error) { return signPrivate(t, cycle) }, words},
		"name not UTF-8":   {func() (string, error) { return signPrivate(t, map[string]int{"\xff": 1}) }, words},
		"text not UTF-8":   {func() (string, error) { return signPrivate(t, one[string]{"\xff"}) }, words},
		"NaN":              {func() (string, error) { return signPrivate(t, one[float64]{math.NaN()}) }, words},
		"Number":           {func() (string, error) { return signPrivate(t, one[any]{json.Number("1 2")}) }, words},
		"Number, text":     {func() (string, error) { return signPrivate(t, one[json.Number]{`"1"`}) }, words},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.sign()
			requireMessage(t, test.want, err)
		})
	}
}

// Names that only look registered, and fields that are never encoded, are fine.
func TestPrivateNotRefused(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"unexported": kind(`"A":1`, struct {
			exp int
			A   int
		}{0, 1}),
		"ignored": kind(`"A":1`, struct {
			Exp chan int `json:"-"`
			A   int
		}{nil, 1}),
		"deeper":     kind(`"A":{"iss":"b"}`, one[standIn]{standIn{Issuer: "b"}}),
		"deeper map": kind(`"a":{"iss":"b"}`, map[string]any{"a": map[string]any{"iss": "b"}}),
	} {
		t.Run(name, test)
	}
}

type number struct {
	N json.Number `json:"n"`
}

type encodesItself struct {
	V any         `json:"v"`
	N json.Number `json:"n"`
}

func (encodesItself) MarshalJSON() ([]byte, error) { return []byte(`"own"`), nil }

type decodesItself struct {
	V any         `json:"v"`
	N json.Number `json:"n"`
}

func (d *decodesItself) UnmarshalJSON([]byte) error { d.N = "7"; return nil }

func TestMethodsOneWay(t *testing.T) {
	const exact = json.Number("12345678901234567890")
	payload := `{"x":{"v":12345678901234567890,"n":12345678901234567890}}`

	type encodes struct {
		X encodesItself `json:"x"`
	}
	require.Equal(t, `{"x":"own"}`, must(signPrivate(t, encodes{encodesItself{exact, exact}})))
	require.Equal(t, encodesItself{exact, exact}, must(parsePayload[encodes](t, payload)).Private.X)

	type decodes struct {
		X decodesItself `json:"x"`
	}
	require.Equal(t, payload, must(signPrivate(t, decodes{decodesItself{exact, exact}})))
	require.Equal(t, json.Number("7"), must(parsePayload[decodes](t, payload)).Private.X.N)

	require.Equal(t, `{"n":12345678901234567890}`, must(signPrivate(t, number{exact})))
	require.Equal(t, exact, must(parsePayload[number](t, `{"n":12345678901234567890}`)).Private.N)
	_, err := parsePayload[number](t, `{"n":"1"}`)
	requireRefused(t, err, "n", jwt.ErrMalformed)
}

func TestTagOptions(t *testing.T) {
	const text = "encoding/json has no such tag option"
	requireNoType[struct {
		A string `json:"a,case:ignore"`
	}](t, text)
	requireNoType[struct {
		A []byte `json:"a,format:hex"`
	}](t, text)
	requireNoType[struct {
		A map[string]any `json:",unknown"`
	}](t, text)
	requireNoType[struct {
		A map[string]any `json:",inline"`
	}](t, text)
	requireNoType[struct {
		A map[string]any `json:",embed"`
	}](t, text)
	requireNoType[struct {
		A string `json:"'a'"`
	}](t, text)
}

func TestQuotedNumber(t *testing.T) {
	type quoted struct {
		N json.Number `json:"n,string"`
	}
	for _, n := range []json.Number{"1x", "01", " 1 "} {
		_, err := signPrivate(t, quoted{n})
		requirePlain(t, err, "not a number")
	}
	_, err := parsePayload[quoted](t, `{"n":" 1 "}`)
	requireRefused(t, err, "n", jwt.ErrMalformed)

	require.Equal(t, `{"n":"1"}`, must(signPrivate(t, quoted{"1"})))
	require.Equal(t, json.Number("1"), must(parsePayload[quoted](t, `{"n":"1"}`)).Private.N)
}

func TestInterfaceAsClaims(t *testing.T) {
	requireNoType[json.Marshaler](t, "json.Marshaler: not a struct")
	requireNoType[json.Unmarshaler](t, "json.Unmarshaler: not a struct")
	requireNoType[error](t, "error: not a struct")
}

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
