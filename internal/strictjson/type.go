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

// A Shape is how a type stands beside other members of one object.
type Shape int

const (
	// Embedded is a struct, a map with string keys or a pointer to a struct: its
	// members are decoded in the same pass as the others.
	Embedded Shape = iota
	// Raw is a raw message: it holds its members as they came.
	Raw
	// Methods is a type with JSON methods of its own, which want to see an object
	// without the other members.
	Methods
)

// A Type is what there is to know of a type before a value of it is decoded or
// encoded. It is immutable.
type Type struct {
	Shape    Shape
	Pointer  bool     // a pointer to a struct
	Map      bool     // a map with string keys
	Empty    bool     // struct{}
	dynamic  bool     // interfaces or json.Numbers can occur in it
	reserved []string // names that Marshal has to look for in what it made
}

// Types of this module's own values: Plain for structs without interfaces, Any for
// a map[string]any.
var (
	Plain = new(Type)
	Any   = &Type{dynamic: true}
)

type typeResult struct {
	t   *Type
	err error
}

var types sync.Map // reflect.Type → typeResult

// TypeFor returns the Type of P. It fails if P is none of the kinds that [Shape]
// lists, if P can never be decoded or encoded, or if it has a member with one of
// the reserved names. probe returns a new value of the struct in which P is embedded,
// or why it cannot be; it may be nil. The answer is computed once per P; reserved and
// probe must be the same each time.
func TypeFor[P any](reserved []string, probe func() (any, error)) (*Type, error) {
	rt := reflect.TypeFor[P]()
	if r, ok := types.Load(rt); ok {
		return r.(typeResult).t, r.(typeResult).err
	}
	t, err := analyze(rt, reserved, probe)
	if err != nil {
		t, err = nil, fmt.Errorf("%v: %w", rt, err)
	}
	types.Store(rt, typeResult{t, err})
	return t, err
}

func analyze(rt reflect.Type, reserved []string, probe func() (any, error)) (*Type, error) {
	if err := selfCheck(); err != nil {
		return nil, err
	}
	t := &Type{reserved: reserved}
	w := walker{seen: make(map[reflect.Type]bool)}
	err := w.walk(rt, true)
	t.dynamic = w.dynamic
	switch {
	case rt == reflect.TypeFor[stdjson.RawMessage](), rt == reflect.TypeFor[Value]():
		t.Shape = Raw
		return t, nil
	case rt != numberType && rt.Kind() != reflect.Interface && implements(rt, jsonMethods):
		t.Shape = Methods // its fields are its own affair, if it decodes them as well
		if implements(rt, jsonMethods[2:]) {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		return t, checkNames(rt, reserved)
	case implements(rt, textMethods):
		return nil, errors.New("encodes to a string, by its text methods")
	case err != nil:
		return nil, err
	case rt.Kind() == reflect.Map && rt.Key().Kind() == reflect.String:
		t.Map = true
		return t, try(probe)
	case rt.Kind() == reflect.Pointer && rt.Elem().Kind() == reflect.Struct:
		t.Pointer = true
		rt = rt.Elem()
	case rt.Kind() != reflect.Struct:
		return nil, errors.New("not a struct, a map with string keys, a pointer to a struct, a raw message or a type with JSON methods")
	}
	t.Empty = rt.NumField() == 0 && !t.Pointer
	if err := try(probe); err != nil {
		return nil, err
	}
	if knows(rt, "\x00") {
		return t, nil // it takes any name: Marshal has to look at each value
	}
	t.reserved = nil
	return t, checkNames(rt, reserved)
}

// checkNames refuses a struct, or a pointer to one, that has a member of a reserved name.
func checkNames(rt reflect.Type, reserved []string) error {
	if rt.Kind() == reflect.Pointer {
		rt = rt.Elem()
	}
	for _, name := range reserved {
		if rt.Kind() == reflect.Struct && knows(rt, name) {
			return reservedError(name)
		}
	}
	return nil
}

func reservedError(name string) error {
	return fmt.Errorf("has a member %q, which is a registered claim", name)
}

func (t *Type) checkName(name []byte) error {
	for _, r := range t.reserved {
		if string(name) == r {
			return reservedError(r)
		}
	}
	return nil
}

// try decodes an empty object, which fails for a struct whose tags or fields the
// library cannot make sense of.
func try(probe func() (any, error)) error {
	if probe == nil {
		return nil
	}
	v, err := probe()
	if err != nil {
		return err
	}
	return tryValue(v)
}

func tryValue(v any) error { return json.Unmarshal([]byte("{}"), v, common) }

// knows reports whether struct type rt, promoted fields included, takes a member
// of that name. The library is asked, rather than the tags read again.
func knows(rt reflect.Type, name string) bool {
	object, _ := AppendQuote([]byte("{"), name)
	err := json.Unmarshal(append(object, ":null}"...), reflect.New(rt).Interface(), common, json.RejectUnknownMembers(true))
	return err == nil || Member(err) == name && !errors.Is(err, json.ErrUnknownName)
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
)

func implements(t reflect.Type, methods []reflect.Type) bool {
	return slices.ContainsFunc(methods, func(m reflect.Type) bool {
		return t.Implements(m) || t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(m)
	})
}

// walker looks at the types that can occur in a value.
type walker struct {
	seen    map[reflect.Type]bool
	dynamic bool
}

func (w *walker) walk(t reflect.Type, top bool) error {
	encodes, decodes := implements(t, encoders), implements(t, decoders)
	switch {
	case w.seen[t]:
		return nil
	case t == numberType:
		w.dynamic = true
		return nil
	case !top && encodes && decodes:
		return nil
	}
	w.seen[t] = true
	err := w.descend(t)
	if !top && (encodes || decodes) {
		return nil // field by field one way alone
	}
	return err
}

// descend goes on after an error, since dynamic must be right even where walk drops it.
func (w *walker) descend(t reflect.Type) (err error) {
	switch t.Kind() {
	case reflect.Interface:
		w.dynamic = true
		if t.NumMethod() == 0 && t != reflect.TypeFor[any]() {
			return fmt.Errorf("%v would lose digits of its numbers; use any", t)
		}
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return w.walk(t.Elem(), false)
	case reflect.Map:
		if err := w.walk(t.Elem(), false); err != nil {
			return err
		}
		return checkMapKey(t.Key())
	case reflect.Struct:
		fields := 0
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Tag.Get("json") == "-" || !f.IsExported() && !f.Anonymous {
				continue
			}
			fields++
			wrong := checkOptions(f)
			if !f.IsExported() && f.Type.Kind() == reflect.Pointer && wrong == nil {
				wrong = fmt.Errorf("field %s: a pointer to an unexported struct cannot be decoded; embed the struct", f.Name)
			}
			if e := w.walk(f.Type, false); e != nil && wrong == nil {
				wrong = fmt.Errorf("field %s: %w", f.Name, e)
			}
			if err == nil {
				err = wrong
			}
		}
		if err == nil && fields > 0 && !implements(t, encoders) && !implements(t, decoders) {
			err = tryValue(reflect.New(t).Interface()) // names that conflict, and the like
		}
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Errorf("%v has no JSON form", t.Kind())
	}
	return err
}

// selfCheck guards against a build in which the library does not know the tags
// by which a struct is embedded: each private claim would be lost in silence.
var selfCheck = sync.OnceValue(func() error {
	type inner struct {
		B int `json:"b"`
	}
	type outer struct {
		A     int   `json:"a"`
		Inner inner `json:",inline,embed"`
	}
	var v outer
	if err := json.Unmarshal([]byte(`{"a":1,"b":2}`), &v, common); err != nil || v.Inner.B != 2 {
		return fmt.Errorf("the JSON library of this build does not decode embedded fields: %v", err)
	}
	if data, err := json.Marshal(v, common); err != nil || string(data) != `{"a":1,"b":2}` {
		return fmt.Errorf("the JSON library of this build does not encode embedded fields: %v", err)
	}
	return nil
})
