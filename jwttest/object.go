package jwttest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// An object is the text of a JSON object, member by member and in order, so that a fault
// can be written into one place of it.
type object []member

type member struct {
	name  string
	value string // JSON
}

// parseObject reads a JSON object. What is within its members is kept as it is.
func parseObject(data []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	var o object
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		o = append(o, member{name.(string), string(value)})
	}
	_, err := d.Token()
	return o, err
}

// objectOf returns v, anything that encoding/json writes as an object, as one.
func objectOf(v any) (object, error) {
	if v == nil {
		return nil, nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return parseObject(data)
}

// with returns o with a member replaced, or added at its end.
func (o object) with(name, value string) object {
	o = slices.Clone(o)
	for i := range o {
		if o[i].name == name {
			o[i].value = value
			return o
		}
	}
	return append(o, member{name, value})
}

// and returns o with one more member at its end, even if it has one of that name.
func (o object) and(name, value string) object { return append(slices.Clone(o), member{name, value}) }

// renamed returns o with another name for a member.
func (o object) renamed(old, name string) object {
	o = slices.Clone(o)
	for i := range o {
		if o[i].name == old {
			o[i].name = name
		}
	}
	return o
}

func (o object) without(name string) object {
	return slices.DeleteFunc(slices.Clone(o), func(m member) bool { return m.name == name })
}

// get returns the JSON of a member, or "".
func (o object) get(name string) string {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return ""
}

// text returns a member that is a string, or "".
func (o object) text(name string) string {
	var s string
	json.Unmarshal([]byte(o.get(name)), &s) // "" if it is not a string
	return s
}

func (o object) String() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(m.name) + ":" + m.value)
	}
	return b.String() + "}"
}

// quote returns s as JSON.
func quote(s string) string {
	data, _ := json.Marshal(s) // a string never fails
	return string(data)
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// split returns the parts of a compact JWS: header and payload decoded, and the signature.
func split(token string) (header, payload object, sig []byte, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, nil, nil, fmt.Errorf("the token has %d parts, not 3", len(parts))
	}
	var texts [3][]byte
	for i, part := range parts {
		if texts[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			return nil, nil, nil, fmt.Errorf("part %d of the token: %w", i+1, err)
		}
	}
	if header, err = parseObject(texts[0]); err != nil {
		return nil, nil, nil, fmt.Errorf("header: %w", err)
	}
	if payload, err = parseObject(texts[1]); err != nil {
		return nil, nil, nil, fmt.Errorf("payload: %w", err)
	}
	return header, payload, texts[2], nil
}

func parseList(text string) (list []string, err error) {
	err = json.Unmarshal([]byte(text), &list)
	return list, err
}

// unquote returns the string that text is in JSON.
func unquote(text string) string { return object{{"", text}}.text("") }
