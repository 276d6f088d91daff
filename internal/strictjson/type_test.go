package strictjson_test

import (
	stdjson "encoding/json"
	"errors"
	"io"
	"net/netip"
	"net/url"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

var reserved = strictjson.Reserved{Names: []string{"iss", "exp"}, What: "a registered claim"}

type (
	plain   struct{ A int }
	named   map[string]int
	textKey string
	node    struct {
		Next *node
		More map[string][]node
	}
	generic[T any] struct {
		Value T `json:"value"`
	}
	fallback struct {
		A int            `json:"a"`
		X map[string]any `json:",inline,embed"`
	}
	hidden struct {
		_ chan int
		C chan int `json:"-"`
	}
	other struct {
		EXP int `json:"EXP"`
		Iss int // its name is Iss
	}
)

// methods are a type that says what it encodes to.
type methodsText string

func (m methodsText) MarshalJSON() ([]byte, error) { return []byte(m), nil }

type fails struct{ err error }

func (f fails) MarshalJSON() ([]byte, error) { return nil, f.err }

type reads struct{ seen string }

func (r *reads) UnmarshalJSON(b []byte) error { r.seen = string(b); return nil }

// ownChannel has a field without a JSON form, and one with a reserved name. Its methods
// decide what becomes of them.
type ownChannel struct {
	C   chan int
	Exp int `json:"exp"`
}

func (*ownChannel) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }
func (*ownChannel) UnmarshalJSON([]byte) error   { return nil }

// writesOnly is decoded field by field.
type writesOnly struct {
	A   int
	Exp int `json:"exp"`
}

func (writesOnly) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

type writesTo struct{ _ int }

func (*writesTo) MarshalJSONTo(enc *jsontext.Encoder) error {
	return enc.WriteValue(jsontext.Value("{}"))
}

type readsFrom int

func (*readsFrom) UnmarshalJSONFrom(dec *jsontext.Decoder) error { return dec.SkipValue() }

type textual struct{ _ int }

type textChannel struct{ C chan int }

func (*textChannel) MarshalText() ([]byte, error) { return nil, nil }

func (textual) MarshalText() ([]byte, error) { return []byte("x"), nil }

type textReader struct{ _ int }

func (*textReader) UnmarshalText([]byte) error { return nil }

type textAppender struct{ _ int }

func (*textAppender) AppendText(b []byte) ([]byte, error) { return b, nil }

func TestTypeFor(t *testing.T) {
	typ, err := call[struct{}]()
	require.NoError(t, err)
	require.True(t, typ.Empty)
	for _, call := range []func() (*strictjson.Type, error){
		call[*struct{}],
		call[plain],
		call[*plain],
		call[map[string]any],
		call[map[string]int],
		call[named],
		call[map[textKey]stdjson.Number],
		call[map[string]map[uintptr]int],
		call[map[string]map[int]int],
		call[map[string]map[netip.Addr]int],
		call[node],
		call[*node],
		call[generic[any]],
		call[generic[generic[url.URL]]],
		call[generic[time.Time]],
		call[everything],
		call[hidden],
		call[other],
		call[fallback],
		call[generic[ownChannel]],
		call[generic[[]*textChannel]],
		call[stdjson.RawMessage],
		call[strictjson.Value],
		call[methodsText],
		call[*methodsText],
		call[fails],
		call[reads],
		call[*reads],
		call[ownChannel],
		call[writesTo],
		call[readsFrom],
		call[time.Time],
		call[*stdjson.RawMessage],
	} {
		typ, err := call()
		require.NoError(t, err)
		require.False(t, typ.Empty)
		again, err := call()
		require.NoError(t, err)
		require.Same(t, typ, again, "computed once")
	}
	refused := errors.New("refused")
	_, err = strictjson.TypeFor[struct{ A []int }](reserved, func(rt reflect.Type) error {
		require.Equal(t, reflect.TypeFor[struct{ A []int }](), rt)
		return refused
	}, nil)
	require.ErrorIs(t, err, refused)
	warned, err := strictjson.TypeFor[struct{ B []int }](reserved, nil, func(reflect.Type) error { return refused })
	require.NoError(t, err)
	require.Same(t, refused, warned.Warning)
}

func call[P any]() (*strictjson.Type, error) { return strictjson.TypeFor[P](reserved, nil, nil) }

type (
	claimed struct {
		Exp int `json:"exp"`
	}
	nested  struct{ claimed }
	pointed struct{ *Claimed }
	Claimed struct {
		Issuer string `json:"iss"`
	}
	inlined struct {
		Rest Claimed `json:",inline,embed"`
	}
	options struct {
		Exp int `json:"exp,omitempty,string"`
	}
	unnamed  struct{ Iss, Exp string }
	channels struct{ C chan int }
	inner    struct {
		F []func() `json:"f"`
	}
	outer         struct{ M map[string]*inner }
	promoted      struct{ inner }
	strange       interface{ Strange() }
	embedsPointer struct{ X map[string]struct{ *inner } }
	quotedAny     struct {
		//lint:ignore SA5008 the point
		A any `json:"a,string"`
	}
	dash struct {
		//lint:ignore SA5008 the point
		A int `json:"-,"`
	}
	dashed struct {
		//lint:ignore SA5008 the point
		C complex64 `json:"-,"`
	}
	unknown struct {
		X map[string]any `json:",unknown"`
	}
	onlyInline struct {
		X map[string]any `json:",inline"`
	}
	onlyEmbed struct {
		X map[string]any `json:",embed"`
	}
	formatted struct {
		D []byte `json:"d,omitempty,format:hex"`
	}
	emptyAny interface{}
	loop     *loop
	twice    struct {
		A map[string]any `json:",inline,embed"`
		B map[string]any `json:",inline,embed"`
	}
)

const notP = "not a struct, a map with string keys, a pointer to a struct, a raw message or a type with JSON methods"

func TestTypeForRefuses(t *testing.T) {
	const here = "strictjson_test."
	for _, tt := range []struct {
		call func() (*strictjson.Type, error)
		want string // "" for a text of the JSON library
	}{
		{call[int], "int: " + notP},
		{call[string], "string: " + notP},
		{call[[]string], "[]string: " + notP},
		{call[[]byte], "[]uint8: " + notP},
		{call[[2]int], "[2]int: " + notP},
		{call[any], "interface {}: " + notP},
		{call[loop], here + "loop: " + notP},
		{call[**plain], "**" + here + "plain: " + notP},
		{call[*map[string]any], "*map[string]interface {}: " + notP},
		{call[*int], "*int: " + notP},
		{call[map[int]string], "map[int]string: " + notP},
		{call[map[any]string], "map[interface {}]string: interface {} is not a key of a JSON object"},
		{call[map[string]map[float64]int], "map[string]map[float64]int: float64 is not a key of a JSON object"},
		{call[map[string]map[textual]int], "map[string]map[" + here + "textual]int: " + here + "textual is not a key of a JSON object"},
		{call[map[string]map[textReader]int], "map[string]map[" + here + "textReader]int: " + here + "textReader is not a key of a JSON object"},
		{call[map[string]map[bool]int], "map[string]map[bool]int: bool is not a key of a JSON object"},
		{call[map[string]map[chan int]int], "map[string]map[chan int]int: chan int is not a key of a JSON object"},
		{call[embedsPointer], here + "embedsPointer: field X: field inner: a pointer to an unexported struct cannot be decoded; embed the struct"},
		{call[stdjson.Number], "json.Number: " + notP},
		{call[chan int], "chan int: chan has no JSON form"},
		{call[func()], "func(): func has no JSON form"},
		{call[complex128], "complex128: complex128 has no JSON form"},
		{call[map[string]chan int], "map[string]chan int: chan has no JSON form"},
		{call[channels], here + "channels: field C: chan has no JSON form"},
		{call[outer], here + "outer: field M: field F: func has no JSON form"},
		{call[promoted], here + "promoted: field inner: field F: func has no JSON form"},
		{call[dashed], here + "dashed: field C: complex64 has no JSON form"},
		{call[quotedAny], here + "quotedAny: field A: the tag option string is not for a interface {}"},
		{call[unknown], here + "unknown: field X: encoding/json has no such tag option"},
		{call[onlyInline], here + "onlyInline: field X: encoding/json has no such tag option"},
		{call[onlyEmbed], here + "onlyEmbed: field X: encoding/json has no such tag option"},
		{call[map[string][]formatted], "map[string][]" + here + "formatted: field D: encoding/json has no such tag option"},
		{call[textual], here + "textual: encodes to a string, by its text methods"},
		{call[textReader], here + "textReader: encodes to a string, by its text methods"},
		{call[*textAppender], "*" + here + "textAppender: encodes to a string, by its text methods"},
		{call[map[string]emptyAny], "map[string]" + here + "emptyAny: " + here + "emptyAny would lose digits of its numbers; use any"},
		{call[generic[[]emptyAny]], "strictjson_test.generic[[]github.com/cda17858/jwt/internal/strictjson_test.emptyAny]: field Value: " + here + "emptyAny would lose digits of its numbers; use any"},
		{call[claimed], here + `claimed: has a member "exp", which is a registered claim`},
		{call[*claimed], "*" + here + `claimed: has a member "exp", which is a registered claim`},
		{call[writesOnly], here + `writesOnly: has a member "exp", which is a registered claim`},
		{call[*writesOnly], "*" + here + `writesOnly: has a member "exp", which is a registered claim`},
		{call[writesChannel], here + "writesChannel: field F: func has no JSON form"},
		{call[nested], here + `nested: has a member "exp", which is a registered claim`},
		{call[pointed], here + `pointed: has a member "iss", which is a registered claim`},
		{call[inlined], here + `inlined: has a member "iss", which is a registered claim`},
		{call[options], here + `options: has a member "exp", which is a registered claim`},
		{call[twice], ""},
		{call[dash], ""}, // encoding/json takes it for the name "-"
	} {
		typ, err := tt.call()
		require.Error(t, err, "%s: %+v", tt.want, typ)
		require.Nil(t, typ)
		if tt.want != "" {
			require.EqualError(t, err, tt.want)
		}
		_, again := tt.call()
		require.Same(t, err, again, "computed once")
	}
	_, err := strictjson.TypeFor[struct{ A, B string }](strictjson.Reserved{}, nil, nil)
	require.NoError(t, err, "nothing is reserved, and it stands alone")
	_, err = call[unnamed]() // names of fields without tags count as they stand
	require.NoError(t, err)
	_, err = call[generic[strange]]()
	require.NoError(t, err, "nothing is known of it but at run time")
	_, err = call[generic[io.Reader]]()
	require.NoError(t, err)
}

// writesChannel is decoded field by field, and its numbers must be as exact as any other.
type writesChannel struct {
	F func() `json:"f"`
	A any
}

func (writesChannel) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

// TestTypeForConcurrently: the first use of a type may be by many at once.
func TestTypeForConcurrently(t *testing.T) {
	type local struct{ A, B any }
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			typ, err := call[local]()
			if err != nil {
				t.Error(err)
			}
			var v local
			if err := strictjson.Unmarshal([]byte(`{"A":1}`), &v, typ); err != nil || v.A != any(stdjson.Number("1")) {
				t.Error(v, err)
			}
			if _, err := call[map[string]func()](); err == nil {
				t.Error("no error")
			}
		})
	}
	wg.Wait()
}
