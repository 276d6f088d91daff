package jwt_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

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
