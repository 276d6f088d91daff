package strictjson

import (
	"bytes"
	"errors"
	"slices"

	"github.com/go-json-experiment/json"
)

// ErrNotObject is the reason for refusing a value that does not encode to a JSON object.
var ErrNotObject = errors.New("does not encode to a JSON object")

// Marshal encodes v, a pointer to a value of type t, as one JSON object that
// [Unmarshal] takes. What encodes to null, such as a nil pointer, map or raw message, is
// the empty object.
func Marshal(v any, t *Type) ([]byte, error) { return Append(nil, v, t) }

// Append appends what [Marshal] returns to dst. After an error it returns dst.
func Append(dst []byte, v any, t *Type) ([]byte, error) {
	if t.Empty {
		return append(dst, "{}"...), nil
	}
	buf := bytes.NewBuffer(dst) // the library writes into it without a copy
	if err := json.MarshalWrite(buf, v, t.options); err != nil {
		return dst, err
	}
	data := buf.Bytes()[len(dst):]
	switch {
	case string(data) == "null":
		return append(dst, "{}"...), nil
	case data[0] != '{':
		return dst, ErrNotObject
	}
	if err := checkShape(data); err != nil {
		return dst, err
	}
	if err := t.checkMembers(data); err != nil {
		return dst, err
	}
	return buf.Bytes(), nil
}

// checkMembers looks for reserved names in what could have any name.
func (t *Type) checkMembers(data []byte) error {
	if len(t.reserved.Names) == 0 {
		return nil
	}
	return Members(data, func(name []byte, _ Value) error {
		if slices.Contains(t.reserved.Names, string(name)) {
			return t.reserved.error(string(name))
		}
		return nil
	})
}

// AppendMembers appends the members of object, an encoded JSON object, to dst,
// which ends inside of an object, with a comma before them if any stand before.
func AppendMembers(dst, object []byte) []byte {
	inner := bytes.TrimSpace(object[1 : len(object)-1])
	if len(inner) == 0 {
		return dst
	}
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(dst, inner...)
}
