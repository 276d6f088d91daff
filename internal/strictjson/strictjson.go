// Package strictjson decodes and encodes JSON objects. It is the only package of this
// module that imports a JSON library. It is strict:
//
//   - names match in exact case;
//   - no object, at any depth, has two members of one name;
//   - text is UTF-8;
//   - objects and arrays are nested at most [MaxDepth] levels deep.
//
// Struct tags and Go types mean what encoding/json documents.
//
// The library is github.com/go-json-experiment/json, the mirror of encoding/json/v2. Where
// the standard library has that package (Go 1.27, or Go 1.26 with GOEXPERIMENT=jsonv2), the
// mirror is an alias for it. All builds behave alike.
package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// MaxDepth is how deep objects and arrays may be nested. The outermost object counts. The
// limit of the JSON library is 10,000.
const MaxDepth = 32

// Reasons for refusing a text. They quote nothing of it.
var (
	ErrDepth     = fmt.Errorf("nested deeper than %d levels", MaxDepth)
	ErrUTF8      = errors.New("not UTF-8")
	ErrDuplicate = errors.New("duplicate member name")
	ErrSyntax    = errors.New("not one JSON object")
)

// Value is one raw JSON value.
type Value = jsontext.Value

// The options common to decoding and encoding: v2 semantics, which are strict,
// except where a struct tag or a Go type means something else in encoding/json.
var common = json.JoinOptions(
	jsonv1.OmitEmptyWithLegacySemantics(true),
	jsonv1.StringifyWithLegacySemantics(true),
	jsonv1.FormatDurationAsNano(true),
	jsonv1.FormatByteArrayAsArray(true),
	jsonv1.FormatBytesWithLegacySemantics(true),
	json.FormatNilSliceAsNull(true),
	json.FormatNilMapAsNull(true),
	json.Deterministic(true),
)

// Unmarshal decodes data, which must be exactly one JSON object, into dst, a
// non-nil pointer. t is the Type of what dst points to.
//
// The error is one of the reasons above if data is not strict JSON. Otherwise data does not
// fit dst, and [Member] tells which member that is about. After an error dst may hold
// anything.
func Unmarshal(data []byte, dst any, t *Type) error {
	if err := checkShape(data); err != nil {
		return err
	}
	if t.features.foreign {
		data = bytes.Clone(data) // a decoder may keep it, and the caller uses it again
	}
	err := json.Unmarshal(data, dst, t.options)
	if err != nil && t.features.lenient {
		return findFault(data, dst, t, err)
	}
	return reason(err, data)
}

// A memberError is about the member of that name.
type memberError struct {
	name string
	error
}

func (e *memberError) Unwrap() error { return e.error }

// findFault returns what is wrong with data if the error of the library, unclear, does not
// name the member.
func findFault(data []byte, dst any, t *Type, unclear error) error {
	if err := Members(data, func([]byte, Value) error { return nil }); err != nil {
		return err
	}
	_ = Members(data, func(name []byte, value Value) error {
		object, _ := AppendQuote([]byte("{"), string(name))
		object = slices.Concat(object, []byte(":"), value, []byte("}"))
		again := reflect.New(reflect.TypeOf(dst).Elem()).Interface()
		if err := json.Unmarshal(object, again, t.options); err != nil {
			unclear = &memberError{string(name), err}
			return err
		}
		return nil
	})
	return unclear
}

// checkShape checks what the library does not: that data is an object, and how deep it is.
func checkShape(data []byte) error {
	if trimmed := bytes.TrimLeft(data, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return ErrSyntax
	}
	// A text with at most MaxDepth opening brackets cannot be too deep. To count them is
	// twenty times faster than to follow them.
	if bytes.Count(data, []byte("{"))+bytes.Count(data, []byte("[")) <= MaxDepth {
		return nil
	}
	return checkDepth(data)
}

func checkDepth(data []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return ErrDepth
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// reason replaces the library's syntax errors, which may quote the text.
func reason(err error, data []byte) error {
	if _, ok := errors.AsType[*json.SemanticError](err); ok || err == nil {
		return err // about a member, even if it wraps a syntax error in a string
	}
	if _, ok := errors.AsType[*jsontext.SyntacticError](err); !ok && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	switch {
	case !utf8.Valid(data):
		return ErrUTF8
	case errors.Is(err, jsontext.ErrDuplicateName):
		return ErrDuplicate
	default:
		return ErrSyntax
	}
}

// Member returns the name of the outermost member that an error of [Unmarshal] is about. It
// returns "" if the error is about the text as a whole.
func Member(err error) string {
	if e, ok := errors.AsType[*memberError](err); ok {
		return e.name
	}
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		for name := range e.JSONPointer.Tokens() {
			return name
		}
	}
	return ""
}
