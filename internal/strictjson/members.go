package strictjson

import (
	"bytes"
	"encoding/binary"
	"io"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

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

// Members calls f for each member of data, in order. data must be exactly one JSON object.
// name is unquoted. f must not keep or change name and value. An error from f ends the walk
// and is returned as it is. Any other error is [ErrDepth], [ErrUTF8], [ErrDuplicate] or
// [ErrSyntax].
func Members(data []byte, f func(name []byte, value Value) error) error {
	return members(data, false, f)
}

// AnyMembers is Members for a text that will be decoded strictly later. It does not look for
// duplicate names: that takes memory in proportion to the text, which is too much for a text
// that is not authenticated yet.
func AnyMembers(data []byte, f func(name []byte, value Value) error) error {
	return members(data, true, f)
}

func members(data []byte, duplicates bool, f func(name []byte, value Value) error) error {
	if err := checkShape(data); err != nil {
		return err
	}
	return read(data, duplicates, func(r *reader) error { return r.members(f) })
}

// AnyElements calls f for each element of data, in order. data must be exactly one JSON
// array. f must not keep or change value. AnyElements does not look for duplicate names in
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
	// A bytes.Buffer is read in place, and lets go of data below.
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

// maxName is the capacity in bytes up to which the buffer for a name is kept.
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

// Text returns the text of the JSON string v. It shares memory with v if nothing in v is
// escaped.
func Text(v Value) ([]byte, error) {
	if bytes.IndexByte(v, '\\') < 0 && len(v) >= 2 {
		return v[1 : len(v)-1], nil
	}
	return jsontext.AppendUnquote(nil, v)
}

// AppendQuote appends s to dst as a JSON string. It fails with [ErrUTF8] if s is
// not UTF-8.
func AppendQuote(dst []byte, s string) ([]byte, error) {
	start := len(dst) + 1
	quoted := append(append(dst, '"'), s...)
	if simple(quoted[start:]) { // most texts
		return append(quoted, '"'), nil
	}
	dst, err := jsontext.AppendQuote(dst, s)
	if err != nil {
		return nil, ErrUTF8
	}
	return dst, nil
}

// simple reports whether text is ASCII with nothing to escape.
func simple(text []byte) bool {
	n := 0
	for ; n+8 <= len(text); n += 8 { // eight bytes at once
		w := binary.LittleEndian.Uint64(text[n:])
		if w&(ones<<7)|below(w, ' ')|below(w^ones*'"', 1)|below(w^ones*'\\', 1) != 0 {
			return false
		}
	}
	for _, c := range text[n:] {
		if c < ' ' || c >= 0x80 || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
