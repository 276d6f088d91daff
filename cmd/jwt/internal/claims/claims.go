// Package claims changes a JSON object by assignments NAME=VALUE and NAME:=JSON.
package claims

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// A Set is a JSON object whose members stay in their order. The zero Set is empty.
type Set struct {
	names  []string
	values map[string]json.RawMessage
}

// Parse reads a JSON object. A name that occurs twice in it, or in an object within, is an
// error.
func Parse(data []byte) (*Set, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(data))
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, errors.New("not a JSON object")
	}
	s := &Set{}
	for dec.PeekKind() == '"' {
		t, err := dec.ReadToken()
		if err != nil {
			return nil, at(data, err)
		}
		name := t.String()
		value, err := dec.ReadValue()
		if err != nil {
			return nil, at(data, err)
		}
		s.Set(name, json.RawMessage(value.Clone()))
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, at(data, err)
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return nil, fmt.Errorf("line %d: something follows the object", line(data, dec.InputOffset()))
	}
	return s, nil
}

// at says in which line the fault is.
func at(data []byte, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("line %d: it ends too early", line(data, int64(len(data))))
	}
	e, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok {
		return err
	}
	return fmt.Errorf("line %d: %w", line(data, e.ByteOffset), e.Err)
}

func line(data []byte, offset int64) int { return 1 + bytes.Count(data[:offset], []byte("\n")) }

// Has reports whether there is a member of that name.
func (s *Set) Has(name string) bool { return s.Get(name) != nil }

// Get returns the value of a member, or nil.
func (s *Set) Get(name string) json.RawMessage { return s.values[name] }

// Set sets a member, at the end if it is new.
func (s *Set) Set(name string, value json.RawMessage) {
	if s.values == nil {
		s.values = map[string]json.RawMessage{}
	}
	if _, ok := s.values[name]; !ok {
		s.names = append(s.names, name)
	}
	s.values[name] = value
}

// SetDate sets a NumericDate (RFC 7519 section 2).
func (s *Set) SetDate(name string, t time.Time) {
	s.Set(name, strconv.AppendInt(nil, t.Unix(), 10))
}

// Delete removes a member.
func (s *Set) Delete(name string) {
	s.names = slices.DeleteFunc(s.names, func(n string) bool { return n == name })
	delete(s.values, name)
}

// MarshalJSON implements [json.Marshaler].
func (s *Set) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range s.names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quote(name))
		b.WriteByte(':')
		b.Write(s.values[name])
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Assign changes the members that args name, each NAME=VALUE, NAME:=JSON, or NAME:= to remove
// one. A name that args have twice becomes an array. The dates exp, nbf and iat may be RFC
// 3339, seconds, or a duration from now, such as +15m.
func (s *Set) Assign(args []string, now time.Time) error {
	given := map[string][]json.RawMessage{}
	for _, arg := range args {
		name, value, err := assignment(arg, now)
		switch {
		case err != nil:
			return err
		case value == nil:
			s.Delete(name)
			continue
		}
		given[name] = append(given[name], value)
		if n := len(given[name]); n > 1 {
			value = append(append([]byte("["), bytes.Join(raw(given[name]), []byte(","))...), ']')
		}
		s.Set(name, value)
	}
	return nil
}

func raw(values []json.RawMessage) [][]byte {
	list := make([][]byte, len(values))
	for i, v := range values {
		list[i] = v
	}
	return list
}

func assignment(arg string, now time.Time) (name string, value json.RawMessage, _ error) {
	name, text, ok := strings.Cut(arg, "=")
	name, isJSON := strings.CutSuffix(name, ":")
	switch {
	case !ok || name == "":
		return "", nil, errors.New("an argument is neither NAME=VALUE nor NAME:=JSON")
	case isJSON && text == "":
		return name, nil, nil
	case isJSON && !json.Valid([]byte(text)):
		return "", nil, fmt.Errorf("%s: what follows := is not JSON; for a string, write = only", name)
	case isJSON:
		return name, json.RawMessage(text), nil
	case name == "exp" || name == "nbf" || name == "iat":
		t, err := parseDate(text, now)
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", name, err)
		}
		return name, strconv.AppendInt(nil, t.Unix(), 10), nil
	}
	return name, quote(text), nil
}

func parseDate(text string, now time.Time) (time.Time, error) {
	if text != "" && (text[0] == '+' || text[0] == '-') {
		if d, err := time.ParseDuration(text); err == nil {
			return now.Add(d), nil
		}
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if sec, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(sec, 0), nil
	}
	return time.Time{}, errors.New("write a date as 2026-11-28T08:00:00Z, seconds since 1970, or +15m")
}

// quote returns text as a JSON string. HTML is not escaped.
func quote(text string) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(text) != nil {
		return json.RawMessage(`""`) // cannot be: every string has a JSON form
	}
	return bytes.TrimSpace(b.Bytes())
}
