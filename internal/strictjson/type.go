package strictjson

import (
	"encoding"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"
)

// A Type is what there is to know of a type before a value of it is decoded or
// encoded. It is immutable.
type Type struct {
	Empty    bool  // struct{}: there is nothing to decode
	Warning  error // what warn returned
	features features
	options  json.Options
	reserved Reserved // what Marshal has to look for in its result
}

// Types of this module's own values: Plain for structs without interfaces, Any for
// a map[string]any.
var (
	Plain = &Type{options: common}
	Any   = &Type{options: features{dynamic: true}.options()}
)

// Reserved are the names that members of a type must not have, and what such a name
// is, for the error: "has a member "exp", which is a registered claim".
type Reserved struct {
	Names []string
	What  string
}

func (r Reserved) error(name string) error {
	return fmt.Errorf("has a member %q, which is %s", name, r.What)
}

type typeResult struct {
	t   *Type
	err error
}

var types sync.Map // reflect.Type → typeResult

// TypeFor returns the Type of P: a struct, a map with string keys, a pointer to a struct, a
// raw message, or a type with JSON methods of its own. It fails if
//
//   - P is none of these;
//   - P can never be decoded or encoded, or a part of it would be lost;
//   - P has a member with a reserved name;
//   - refuse, which may be nil, returns an error.
//
// The error of warn, which may be nil too, becomes the Warning of the Type: it counts for some
// uses of P only.
//
// The answer is computed once for each P: the arguments must be the same each time.
func TypeFor[P any](reserved Reserved, refuse, warn func(reflect.Type) error) (*Type, error) {
	rt := reflect.TypeFor[P]()
	if r, ok := types.Load(rt); ok {
		return r.(typeResult).t, r.(typeResult).err
	}
	t, err := analyze(rt, reserved, refuse)
	if err != nil {
		t, err = nil, fmt.Errorf("%v: %w", rt, err)
	} else if warn != nil {
		t.Warning = warn(rt)
	}
	types.Store(rt, typeResult{t, err})
	return t, err
}

func analyze(rt reflect.Type, reserved Reserved, refuse func(reflect.Type) error) (*Type, error) {
	if err := selfCheck(); err != nil {
		return nil, err
	}
	if refuse != nil {
		if err := refuse(rt); err != nil {
			return nil, err
		}
	}
	w := walker{seen: make(map[reflect.Type]bool)}
	err := w.walk(rt, true)
	if w.lost != nil {
		return nil, w.lost
	}
	t := &Type{features: w.features, options: w.options(), reserved: reserved}
	switch {
	case rt == rawType, rt == reflect.TypeFor[Value]():
		return t, nil
	case rt != numberType && rt.Kind() != reflect.Interface && implements(rt, jsonMethods):
		if implements(rt, jsonMethods[2:]) {
			return t, nil // it decodes its fields itself
		}
		if err != nil {
			return nil, err
		}
		return t, t.checkNames(rt)
	case implements(rt, textMethods):
		return nil, errors.New("encodes to a string, by its text methods")
	case err != nil:
		return nil, err
	case rt.Kind() == reflect.Map && rt.Key().Kind() == reflect.String:
		return t, nil
	}
	t.Empty = rt.Kind() == reflect.Struct && rt.NumField() == 0
	rt = indirect(rt)
	switch {
	case rt.Kind() != reflect.Struct:
		return nil, errors.New("not a struct, a map with string keys, a pointer to a struct, a raw message or a type with JSON methods")
	case fieldless(rt):
		return nil, errors.New("has no exported fields")
	case t.knows(rt, "\x00"):
		return t, nil // it takes any name: Marshal has to look at each value
	}
	if err := t.checkNames(rt); err != nil {
		return nil, err
	}
	t.reserved.Names = nil
	return t, nil
}

// checkNames refuses a struct, or a pointer to one, that has a member of a reserved name.
func (t *Type) checkNames(rt reflect.Type) error {
	rt = indirect(rt)
	for _, name := range t.reserved.Names {
		if rt.Kind() == reflect.Struct && t.knows(rt, name) {
			return t.reserved.error(name)
		}
	}
	return nil
}

// knows reports whether struct type rt, promoted fields included, takes a member
// of that name. It asks the library, which has read the tags already.
func (t *Type) knows(rt reflect.Type, name string) bool {
	object, _ := AppendQuote([]byte("{"), name)
	object = append(object, ":null}"...)
	decode := func(opts ...json.Options) error {
		return json.Unmarshal(object, reflect.New(rt).Interface(), append(opts, t.options)...)
	}
	return decode(json.RejectUnknownMembers(true)) == nil || decode() != nil
}

// try decodes an empty object into v, if there is one. This fails for a struct whose
// tags or fields the library cannot make sense of.
func (t *Type) try(v any) error {
	if v == nil {
		return nil
	}
	return json.Unmarshal([]byte("{}"), v, t.options)
}

var (
	jsonMethods = []reflect.Type{ // those that decode last
		reflect.TypeFor[json.Marshaler](), reflect.TypeFor[json.MarshalerTo](),
		reflect.TypeFor[json.Unmarshaler](), reflect.TypeFor[json.UnmarshalerFrom](),
	}
	textMethods = []reflect.Type{
		reflect.TypeFor[encoding.TextAppender](), reflect.TypeFor[encoding.TextMarshaler](),
		reflect.TypeFor[encoding.TextUnmarshaler](),
	}
	encoders   = slices.Concat(jsonMethods[:2], textMethods[:2])
	decoders   = slices.Concat(jsonMethods[2:], textMethods[2:])
	numberType = reflect.TypeFor[stdjson.Number]()
	rawType    = reflect.TypeFor[stdjson.RawMessage]()
)

func implements(t reflect.Type, methods []reflect.Type) bool {
	return slices.ContainsFunc(methods, func(m reflect.Type) bool {
		return t.Implements(m) || t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(m)
	})
}

// selfCheck guards against a build in which the library does not know the tags by which a
// map is embedded in a struct: what it holds would be lost in silence.
var selfCheck = sync.OnceValue(func() error {
	type outer struct {
		A     int            `json:"a"`
		Inner map[string]int `json:",inline,embed"`
	}
	var v outer
	if err := json.Unmarshal([]byte(`{"a":1,"b":2}`), &v, common); err != nil || v.Inner["b"] != 2 {
		return fmt.Errorf("the JSON library of this build does not decode embedded fields: %v", err)
	}
	if data, err := json.Marshal(v, common); err != nil || string(data) != `{"a":1,"b":2}` {
		return fmt.Errorf("the JSON library of this build does not encode embedded fields: %v", err)
	}
	return nil
})
