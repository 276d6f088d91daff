package strictjson

import (
	"math"
	"reflect"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decodeQuoted decodes a number in a string into v, if v is a pointer to a number whose tag
// has the option string. It leaves everything else to the library.
//
// The library would take what package strconv takes. As in encoding/json, the text must begin
// with a digit or a minus sign, so that NaN, Inf, +5 and .5 are refused. An infinity is always
// refused. The text null means zero.
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
