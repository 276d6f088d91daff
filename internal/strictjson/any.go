package strictjson

import (
	"bytes"
	stdjson "encoding/json"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrNotNumber is the reason for refusing a value that is not a number where one must
// be.
var ErrNotNumber = errors.New("not a number")

// arshalers returns the functions by which values are decoded and encoded where the
// library would do it differently:
//
//   - A number in an any is a json.Number, exact. The library makes a float64.
//   - A number in a string is as encoding/json takes it without GOEXPERIMENT=jsonv2.
func (f features) arshalers() json.Options {
	unmarshalers := []*json.Unmarshalers{
		json.UnmarshalFromFunc(func(dec *jsontext.Decoder, v *any) (err error) {
			*v, err = decodeAny(dec)
			return err
		}),
		json.UnmarshalFromFunc(decodeNumber),
	}
	if f.quoted {
		unmarshalers = append(unmarshalers, json.UnmarshalFromFunc(decodeQuoted))
	}
	return json.JoinOptions(
		json.WithUnmarshalers(json.JoinUnmarshalers(unmarshalers...)),
		json.WithMarshalers(json.MarshalToFunc(encodeNumber)),
	)
}

func encodeNumber(enc *jsontext.Encoder, n stdjson.Number) error {
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
}

// decodeNumber decodes a JSON number, or one in a string if the tag option string says
// so.
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
