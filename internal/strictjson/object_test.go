package strictjson_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

// scan returns the members that Scan finds.
func scan(o *strictjson.Object, text string) (all []member, err error) {
	err = o.Scan([]byte(text))
	for i := range o.Len() {
		all = append(all, member{string(o.Name(i)), string(o.Value(i))})
	}
	return all, err
}

func TestObject(t *testing.T) {
	var o strictjson.Object
	all, err := scan(&o, " { \"\\u0061\\n\" : \"\\u0062\" ,\n\"\" :\t[ 1, { } ] , \"a\": -0e1 } ")
	require.NoError(t, err)
	require.Equal(t, []member{{"a\n", `"\u0062"`}, {"", "[ 1, { } ]"}, {"a", "-0e1"}}, all)
	require.Equal(t, "-0e1", string(o.Get("a")))
	require.Equal(t, "[ 1, { } ]", string(o.Get("")))
	require.Nil(t, o.Get("b"))

	dst := []byte("{")
	for i := range o.Len() {
		dst = o.AppendMember(dst, i)
	}
	require.Equal(t, `{"\u0061\n":"\u0062","":[ 1, { } ],"a":-0e1`, string(dst))
}

// TestObjectAgain: what one Scan leaves behind does not show in the next.
func TestObjectAgain(t *testing.T) {
	var o strictjson.Object
	for range 2 {
		for _, text := range []string{`{"a":{"b":[1,{"c":2`, `{"a":1,"a":2}`, `{"\u0061":1,"b":2}}`, `{`, ``} {
			all, err := scan(&o, text)
			require.Error(t, err, text)
			require.Empty(t, all, text)
			all, err = scan(&o, `{"a":{"b":1},"\u0062":2}`)
			require.NoError(t, err)
			require.Equal(t, []member{{"a", `{"b":1}`}, {"b", "2"}}, all)
		}
		o.Reset()
		require.Zero(t, o.Len())
		require.Nil(t, o.Get("a"))
	}
}

// TestObjectNames: no two members have one name, however many there are, and whether or not
// they are escaped.
func TestObjectNames(t *testing.T) {
	var o strictjson.Object
	for _, n := range []int{2, 3, 15, 16, 17, 18, 100, 1000} {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, `,"name%d":[{"x":%d}]`, i, i)
		}
		members := text.String()[1:]
		require.NoError(t, o.Scan([]byte("{"+members+"}")))
		require.Equal(t, n, o.Len())
		for i := range n {
			require.Equal(t, fmt.Sprintf("name%d", i), string(o.Name(i)), "the order is that of the text")
		}
		require.NoError(t, o.Scan([]byte(`{"a":{`+members+`}}`)))
		for _, i := range []int{0, 1, n / 2, n - 1} {
			for _, again := range []string{fmt.Sprintf(`"name%d":1`, i), fmt.Sprintf(`"\u006eame%d":1`, i)} {
				require.Equal(t, strictjson.ErrDuplicate, o.Scan([]byte("{"+members+","+again+"}")))
				require.Equal(t, strictjson.ErrDuplicate, o.Scan([]byte("{"+again+","+members+"}")))
				require.Equal(t, strictjson.ErrDuplicate, o.Scan([]byte(`{"a":[[{`+members+","+again+"}]]}")))
			}
		}
	}
}

// TestObjectMemory: a Scan takes memory only for escaped names, and an Object keeps no more
// than most texts need.
func TestObjectMemory(t *testing.T) {
	var o strictjson.Object
	for text, want := range map[string]float64{
		`{"iss":"a","x":{"y":[1,2,{"z":null}]},"sub":"\u0061"}`: 0,
		`{"iss":"a","\u0078":1}`:                                2, // what stands in the text, and the name
	} {
		data := []byte(text)
		require.NoError(t, o.Scan(data))
		require.Equal(t, want, testing.AllocsPerRun(100, func() {
			if err := o.Scan(data); err != nil {
				t.Error(err)
			}
			o.Reset()
		}))
	}
	var many strings.Builder
	for i := range 300 {
		fmt.Fprintf(&many, `,"%d":0`, i)
	}
	large := []byte("{" + many.String()[1:] + "}")
	require.Positive(t, testing.AllocsPerRun(100, func() {
		if err := o.Scan(large); err != nil {
			t.Error(err)
		}
		o.Reset()
	}))
}

// TestObjectKeepsText: Scan does not change the text, nor what lies behind it in its array.
func TestObjectKeepsText(t *testing.T) {
	const text, behind = `{"\u0061":1,"b":{"\u0061":[2]}}`, "SECRET"
	array := []byte(text + behind)
	var o strictjson.Object
	require.NoError(t, o.Scan(array[:len(text)]))
	require.Equal(t, "a", string(o.Name(0)))
	require.Equal(t, text+behind, string(array))
}
