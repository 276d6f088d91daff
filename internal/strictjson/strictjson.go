// Package strictjson is the only place in this module that names a JSON
// library. It decodes and encodes one JSON object with exact member names, no
// duplicate names at any depth, valid UTF-8 and a bounded depth, and otherwise
// with the meaning that encoding/json documents for struct tags.
//
// The library is the mirror of encoding/json/v2, which cannot be imported on
// Go 1.26 without GOEXPERIMENT=jsonv2; with that experiment the mirror aliases
// the standard library. Everything here behaves alike in both builds.
package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// MaxDepth is how deep objects and arrays may be nested, the outermost object
// counted. The JSON library has no limit of its own below 10,000.
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
// The error is one of the reasons above, or, where data is strict JSON that does
// not fit dst, another one; [Member] tells which member that was. After an
// error dst is unspecified.
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

// findFault returns what is wrong with data, where the error of the library does not
// tell.
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

// checkShape checks what the library does not: that data is an object and not
// null, and its depth.
func checkShape(data []byte) error {
	if trimmed := bytes.TrimLeft(data, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return ErrSyntax
	}
	// No text with at most MaxDepth opening brackets can be too deep, and
	// counting them is twenty times faster than following them.
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
		return err // about a member, even if it wraps a syntax error within a string
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

// Member returns the name of the outermost member that an error of [Unmarshal]
// is about, or "" if it is about the text as a whole.
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

type reader struct {
	buf  bytes.Buffer
	dec  *jsontext.Decoder
	name []byte // of the current member
}

var readers = sync.Pool{New: func() any {
	r := new(reader)
	r.dec = jsontext.NewDecoder(&r.buf)
	return r
}}

// Members calls f for each member of data, which must be exactly one JSON
// object, in order. name is unquoted. Neither name nor value may be kept or
// changed. An error from f ends the walk and is returned as it is; any other is
// one of the reasons above.
func Members(data []byte, f func(name []byte, value Value) error) error {
	return members(data, false, f)
}

// AnyMembers is Members for a text that will be decoded strictly later: it does
// not look for duplicate names, which takes memory in proportion to the text,
// more than a text that is not authenticated yet may ask for.
func AnyMembers(data []byte, f func(name []byte, value Value) error) error {
	return members(data, true, f)
}

func members(data []byte, duplicates bool, f func(name []byte, value Value) error) error {
	if err := checkShape(data); err != nil {
		return err
	}
	return read(data, duplicates, func(r *reader) error { return r.members(f) })
}

// AnyElements calls f for each element of data, which must be exactly one JSON array,
// in order. value may not be kept or changed. It does not look for duplicate names in
// the elements, so that each can be refused by itself. Errors are as for [Members].
func AnyElements(data []byte, f func(value Value) error) error {
	if err := checkDepth(data); err != nil {
		return err
	}
	return read(data, true, func(r *reader) error { return r.elements(f) })
}

// read has walk read all of data.
func read(data []byte, duplicates bool, walk func(r *reader) error) error {
	r := readers.Get().(*reader)
	defer readers.Put(r)
	// A bytes.Buffer is read in place; it is given data anew each time and keeps
	// nothing of it.
	r.buf = *bytes.NewBuffer(data)
	r.dec.Reset(&r.buf, jsontext.AllowDuplicateNames(duplicates))
	err := walk(r)
	if err == nil {
		if _, end := r.dec.ReadToken(); end != io.EOF {
			err = ErrSyntax
		}
	}
	r.buf = bytes.Buffer{}
	r.dec.Reset(&r.buf)
	if cap(r.name) > maxName {
		r.name = nil
	}
	if e, ok := err.(walkError); ok {
		return e.error
	}
	if err != nil {
		if err = reason(err, data); err != ErrUTF8 && err != ErrDuplicate {
			err = ErrSyntax
		}
	}
	return err
}

// maxName is the capacity in bytes beyond which the buffer for a name is not kept.
const maxName = 4 << 10

// walkError marks an error of the caller's function.
type walkError struct{ error }

func (r *reader) members(f func(name []byte, value Value) error) error {
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	for r.dec.PeekKind() == '"' {
		raw, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		// The next read invalidates raw, and f has yet to see the name.
		if r.name, err = jsontext.AppendUnquote(r.name[:0], raw); err != nil {
			return err
		}
		value, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		if err := f(r.name, value); err != nil {
			return walkError{err}
		}
	}
	_, err := r.dec.ReadToken() // '}'
	return err
}

func (r *reader) elements(f func(value Value) error) error {
	if tok, err := r.dec.ReadToken(); err != nil || tok.Kind() != '[' {
		return ErrSyntax
	}
	for r.dec.PeekKind() != ']' {
		value, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		if err := f(value); err != nil {
			return walkError{err}
		}
	}
	_, err := r.dec.ReadToken() // ']'
	return err
}

// Text returns the text of the JSON string v, which it shares memory with if nothing in
// it is escaped.
func Text(v Value) ([]byte, error) {
	if bytes.IndexByte(v, '\\') < 0 && len(v) >= 2 {
		return v[1 : len(v)-1], nil
	}
	return jsontext.AppendUnquote(nil, v)
}

// AppendQuote appends s to dst as a JSON string. It fails with [ErrUTF8] if s is
// not UTF-8.
func AppendQuote(dst []byte, s string) ([]byte, error) {
	dst, err := jsontext.AppendQuote(dst, s)
	if err != nil {
		return nil, ErrUTF8
	}
	return dst, nil
}
