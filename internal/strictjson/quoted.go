package strictjson

import (
	"math"
	"reflect"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decodeQuoted decodes a number in a string into v, a pointer to a number whose tag has
// the option string. Anything else it leaves to the library.
//
// The library takes what package strconv takes. encoding/json takes no more than what
// begins like a JSON number, so NaN, Inf, +5 and .5 are refused; -Inf is refused as well.
// A null in the string is zero.
func decodeQuoted(dec *jsontext.Decoder, v any) error {
	dst := reflect.ValueOf(v).Elem()
	quoted, _ := json.GetOption(dec.Options(), json.StringifyNumbers)
	if !quoted || !isNumeric(dst.Kind()) || dec.PeekKind() != '"' || implements(dst.Type(), decoders) {
		return errSkip
	}
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	text, err := Text(value)
	switch {
	case err != nil:
		return err
	case string(text) == "null":
		dst.SetZero()
		return nil
	case len(text) == 0 || text[0] != '-' && (text[0] < '0' || text[0] > '9'):
		return ErrNotNumber
	}
	return setNumber(dst, string(text))
}

func setNumber(dst reflect.Value, text string) error {
	bits := dst.Type().Bits()
	switch {
	case dst.CanInt():
		n, err := strconv.ParseInt(text, 10, bits)
		if err != nil {
			return ErrNotNumber
		}
		dst.SetInt(n)
	case dst.CanUint():
		n, err := strconv.ParseUint(text, 10, bits)
		if err != nil {
			return ErrNotNumber
		}
		dst.SetUint(n)
	default:
		n, err := strconv.ParseFloat(text, bits)
		if err != nil || math.IsInf(n, 0) {
			return ErrNotNumber
		}
		dst.SetFloat(n)
	}
	return nil
}
