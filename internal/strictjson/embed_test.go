package strictjson_test

import (
	stdjson "encoding/json"
	"io"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

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
