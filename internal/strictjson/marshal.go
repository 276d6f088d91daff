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
func Marshal(v any, t *Type) ([]byte, error) {
	if t.Empty {
		return []byte("{}"), nil
	}
	data, err := json.Marshal(v, t.options)
	switch {
	case err != nil:
		return nil, err
	case string(data) == "null":
		return []byte("{}"), nil
	case data[0] != '{':
		return nil, ErrNotObject
	}
	if err := checkShape(data); err != nil {
		return nil, err
	}
	if len(t.reserved.Names) == 0 {
		return data, nil
	}
	return data, Members(data, func(name []byte, _ Value) error {
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
