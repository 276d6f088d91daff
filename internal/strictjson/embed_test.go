package strictjson_test

import (
	stdjson "encoding/json"
	"io"
	"reflect"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

// TestEmbedding: the build's JSON library knows the tags by which P is embedded, both
// ways, and the members of P do not get in the way of the others.
func TestEmbedding(t *testing.T) {
	decode := func(v any, typ *strictjson.Type) any {
		t.Helper()
		require.NoError(t, strictjson.Unmarshal([]byte(`{"A":1,"exp":2,"b":[3]}`), v, typ))
		return reflect.ValueOf(v).Elem().Interface()
	}
	require.Equal(t, wire[plain]{2, plain{1}}, decode(new(wire[plain]), typeFor[plain](t)))
	require.Equal(t, wire[*plain]{2, &plain{1}}, decode(new(wire[*plain]), typeFor[*plain](t)))
	require.Equal(t, wire[map[string]any]{2, map[string]any{"A": stdjson.Number("1"), "b": []any{stdjson.Number("3")}}},
		decode(new(wire[map[string]any]), typeFor[map[string]any](t)))
	require.Equal(t, wire[struct{}]{Exp: 2}, decode(new(wire[struct{}]), typeFor[struct{}](t)))
	require.JSONEq(t, `{"A":1,"b":[3]}`, string(decode(new(wire[strictjson.Value]), strictjson.Plain).(wire[strictjson.Value]).Private))

	data, err := strictjson.Marshal(&wire[plain]{2, plain{1}}, strictjson.Plain)
	require.NoError(t, err)
	require.JSONEq(t, `{"exp":2,"A":1}`, string(data))
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
			if err != nil || typ.Shape != strictjson.Embedded {
				t.Error(typ, err)
			}
			var v wire[local]
			if err := strictjson.Unmarshal([]byte(`{"A":1}`), &v, typ); err != nil || v.Private.A != any(stdjson.Number("1")) {
				t.Error(v, err)
			}
			if _, err := call[map[string]func()](); err == nil {
				t.Error("no error")
			}
		})
	}
	wg.Wait()
}
