//lint:file-ignore U1000 fields and methods that nothing uses are what these tests are about
package strictjson_test

import (
	stdjson "encoding/json"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

type (
	Role   string
	Level  int
	Labels map[string]string
	secret []int
	text   struct {
		Role
		X int `json:"x"`
	}
	many struct {
		Role `json:",omitempty"`
		*Level
		Labels
		fmt.Stringer
		secret
		sync.Mutex
		X []any `json:"x,omitempty"`
	}
	inside struct {
		Deep map[string]*many `json:"deep"`
		text
	}
	locked struct {
		Lock sync.Mutex
		X    int
	}
)

// TestLenient: what encoding/json names or ignores, and the library would refuse, is as
// in encoding/json, both ways.
func TestLenient(t *testing.T) {
	level := Level(3)
	likeStd(t, &text{"admin", 1})
	likeStd(t, &text{})
	likeStd(t, &many{Role: "admin", Level: &level, Labels: Labels{"a": "b"}, secret: secret{1}, X: []any{stdjson.Number("1")}})
	likeStd(t, &many{})
	likeStd(t, &inside{map[string]*many{"a": {Role: "user"}, "b": nil}, text{"admin", 1}})
	likeStd(t, &locked{X: 1})
}

// likeStd requires that v, a pointer, has the JSON form that encoding/json gives it.
func likeStd[P any](t *testing.T, v *P) {
	t.Helper()
	want, err := stdjson.Marshal(v)
	require.NoError(t, err)
	got, err := strictjson.Marshal(&v, typeFor[*P](t))
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
	var again *P
	require.NoError(t, strictjson.Unmarshal(want, &again, typeFor[*P](t)))
	text, err := stdjson.Marshal(again)
	require.NoError(t, err)
	require.Equal(t, string(want), string(text))
}

// TestLenientFaults: what the library would find is found in types that it reads
// leniently.
func TestLenientFaults(t *testing.T) {
	for _, tt := range []struct {
		call func() (*strictjson.Type, error)
		want string
	}{
		{call[struct {
			Role
			A string `json:"exp"`
		}], `has a member "exp", which is a registered claim`},
		{call[struct {
			Role
			//lint:ignore SA5008 misspelt on purpose
			A string `json:"a,omitEmpty"`
		}], "field A"},
		{call[struct {
			secret `json:"secret"`
			A      string
		}], "field secret: it has a tag and is not exported"},
		{call[struct {
			Role
			T struct {
				sync.Mutex
				B chan int
			}
		}], "field T: field B: chan has no JSON form"},
		{call[struct{ secret }], "has no exported fields"},
		{call[struct{ a int }], "has no exported fields"},
	} {
		typ, err := tt.call()
		require.Nil(t, typ, tt.want)
		require.ErrorContains(t, err, tt.want)
	}
	number := reflect.TypeFor[int]()
	err := strictjson.Analyze(reflect.StructOf([]reflect.StructField{
		{Name: "Role", Type: reflect.TypeFor[Role](), Anonymous: true},
		{Name: "A", Type: number, Tag: `json:"x"`}, {Name: "B", Type: number, Tag: `json:"x"`},
	}))
	require.ErrorContains(t, err, `conflict over JSON object name "x"`)
}

// TestLenientErrors: faults of a text are reported alike for types read leniently.
func TestLenientErrors(t *testing.T) {
	typ := typeFor[*many](t)
	for text, want := range map[string]string{
		`{"Role":1}`:                            "Role",
		`{"exp":1,"x":[],"Level":"a","Role":1}`: "Level",
		`{"Labels":{"a/b":1}}`:                  "Labels",
		`{"Stringer":1}`:                        "Stringer",
	} {
		err := strictjson.Unmarshal([]byte(text), new(*many), typ)
		require.Error(t, err)
		require.Equal(t, want, strictjson.Member(err), "%v", err)
	}
	for text, want := range map[string]error{
		`{"Role":1,"Role":2}`: strictjson.ErrDuplicate, `{"x":[{"a":1,"a":2}]}`: strictjson.ErrDuplicate, `{"Role":1`: strictjson.ErrSyntax,
		`{}{}`: strictjson.ErrSyntax, "{\"Role\":\"\xff\"}": strictjson.ErrUTF8, "{\"y\":\"\xff\"}": strictjson.ErrUTF8, `{"y":{"a":1,"a":2}}`: strictjson.ErrDuplicate,
	} {
		require.Equal(t, want, strictjson.Unmarshal([]byte(text), new(*many), typ), text)
	}
}

// keeps keeps what its decoders are given.
type keeps struct{ json, text []byte }

func (k *keeps) UnmarshalJSON(b []byte) error {
	k.json = b
	return nil
}

type keepsText struct{ text string }

func (k *keepsText) UnmarshalText(b []byte) error {
	kept = append(kept, b)
	k.text = string(b)
	return nil
}

func (k keepsText) MarshalText() ([]byte, error) { return []byte(k.text), nil }

var kept [][]byte

// TestForeignDecoder: a decoder may keep what it is given, whatever becomes of the text.
func TestForeignDecoder(t *testing.T) {
	type private struct {
		A keeps
		B []*keepsText
		C map[keepsText]time.Time
	}
	kept = nil
	data := []byte(`{"A":{"x":1},"B":["one","two"],"C":{"three":"2026-11-22T00:00:00Z"}}`)
	var p private
	require.NoError(t, strictjson.Unmarshal(data, &p, typeFor[private](t)))
	clear(data)
	require.Equal(t, `{"x":1}`, string(p.A.json))
	require.Len(t, kept, 3)
	for i, want := range []string{"one", "two", "three"} {
		require.Equal(t, want, string(kept[i]))
	}
	// It may also write to it.
	data = []byte(`{"A":{"x":1},"x":7}`)
	require.NoError(t, strictjson.Unmarshal(data, &p, typeFor[private](t)))
	clear(p.A.json)
	require.Equal(t, `{"A":{"x":1},"x":7}`, string(data))
}
