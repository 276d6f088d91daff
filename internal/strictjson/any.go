package strictjson

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrNotNumber is the reason for refusing another value where a number must be.
var ErrNotNumber = errors.New("not a number")

// dynamic is common for types in which an interface or a json.Number can occur:
// a number in an any becomes a json.Number, exact, where the library would make
// it a float64.
var dynamic = sync.OnceValue(func() json.Options {
	return json.JoinOptions(common,
		json.WithUnmarshalers(json.JoinUnmarshalers(
			json.UnmarshalFromFunc(func(dec *jsontext.Decoder, v *any) (err error) {
				*v, err = decodeAny(dec)
				return err
			}),
			json.UnmarshalFromFunc(decodeNumber),
		)),
		json.WithMarshalers(json.MarshalToFunc(func(enc *jsontext.Encoder, n stdjson.Number) error {
			if n == "" {
				n = "0" // as encoding/json does
			}
			if !isNumber(Value(n)) {
				return ErrNotNumber
			}
			if quoted, _ := json.GetOption(enc.Options(), json.StringifyNumbers); quoted {
				return enc.WriteToken(jsontext.String(string(n)))
			}
			return enc.WriteValue(Value(n))
		})),
	)
})

// decodeNumber decodes a JSON number, or one within a string if the tag option string
// says so.
func decodeNumber(dec *jsontext.Decoder, n *stdjson.Number) error {
	quoted, _ := json.GetOption(dec.Options(), json.StringifyNumbers)
	v, err := dec.ReadValue()
	if err != nil || v.Kind() == 'n' {
		return err
	}
	if quoted && v.Kind() == '"' {
		text, err := Text(v)
		if err != nil {
			return err
		}
		v = Value(text)
	} else if quoted {
		return ErrNotNumber
	}
	if !isNumber(v) {
		return ErrNotNumber
	}
	*n = stdjson.Number(v)
	return nil
}

// isNumber reports whether v is one JSON number and nothing else.
func isNumber(v Value) bool {
	return v.Kind() == '0' && v.IsValid() && len(bytes.TrimSpace(v)) == len(v)
}

func decodeAny(dec *jsontext.Decoder) (any, error) {
	switch dec.PeekKind() {
	case '{':
		return decodeMap(dec)
	case '[':
		return decodeSlice(dec)
	case '0':
		var n stdjson.Number
		err := decodeNumber(dec, &n)
		return n, err
	}
	tok, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch tok.Kind() {
	case '"':
		return tok.String(), nil
	case 't', 'f':
		return tok.Bool(), nil
	}
	return nil, nil
}

func decodeMap(dec *jsontext.Decoder) (any, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	m := make(map[string]any)
	for {
		tok, err := dec.ReadToken()
		if err != nil || tok.Kind() == '}' {
			return m, err
		}
		name := tok.String()
		if m[name], err = decodeAny(dec); err != nil {
			return nil, err
		}
	}
}

func decodeSlice(dec *jsontext.Decoder) (any, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	s := []any{}
	for dec.PeekKind() != ']' {
		v, err := decodeAny(dec)
		if err != nil {
			return nil, err
		}
		s = append(s, v)
	}
	_, err := dec.ReadToken()
	return s, err
}
