package strictjson

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Errors of the types below. They quote nothing.
var (
	ErrDateRange  = errors.New("not between the years 1970 and 9999")
	ErrNotStrings = errors.New("not a string or an array of strings")
)

// MaxDate is the last second of the year 9999.
const MaxDate = 253402300799

// Date is a JSON number of seconds since the epoch, without its fraction.
type Date struct {
	Seconds int64
	Present bool
}

// UnmarshalJSONFrom takes a JSON number between 0 and [MaxDate]. It may have a
// fraction or an exponent, and -0 is 0.
func (d *Date) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if v.Kind() != '0' {
		return ErrNotNumber
	}
	seconds, ok := wholeSeconds(v)
	if !ok {
		return ErrDateRange
	}
	*d = Date{Seconds: seconds, Present: true}
	return nil
}

// wholeSeconds returns the integer part of the JSON number v. It is exact: a float64
// would round 1644948328.99999999 up. Its time is linear in the length of v,
// whatever the exponent.
func wholeSeconds(v []byte) (int64, bool) {
	if v[0] == '-' {
		mantissa := v[1:]
		if i := bytes.IndexAny(mantissa, "eE"); i >= 0 {
			mantissa = mantissa[:i]
		}
		return 0, len(bytes.Trim(mantissa, "0.")) == 0
	}
	if n, ok := digits(v); ok { // the usual form: saves a twentieth of Parse
		return n, n <= MaxDate
	}
	exponent := 0
	if i := bytes.IndexAny(v, "eE"); i >= 0 {
		var err error
		exponent, err = strconv.Atoi(string(v[i+1:]))
		switch {
		case err == nil:
			exponent = max(-maxPlaces, min(exponent, maxPlaces))
		case v[i+1] == '-':
			exponent = -maxPlaces
		default:
			exponent = maxPlaces
		}
		v = v[:i]
	}
	integer, fraction, _ := bytes.Cut(v, []byte("."))
	places := len(integer) + exponent
	var n int64
	for i := range places {
		digit := byte('0')
		switch {
		case i < len(integer):
			digit = integer[i]
		case i-len(integer) < len(fraction):
			digit = fraction[i-len(integer)]
		case n == 0:
			return 0, true
		}
		if n = n*10 + int64(digit-'0'); n > MaxDate {
			return 0, false
		}
	}
	return n, true
}

// digits returns v if it is at most twelve digits.
func digits(v []byte) (n int64, ok bool) {
	if len(v) > len("253402300799") {
		return 0, false
	}
	for _, c := range v {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// maxPlaces is more digits than any token has, and small enough to add to.
const maxPlaces = 1 << 30

// Strings is a JSON string, or an array of strings. The empty string, when it is
// not in an array, is none.
type Strings []string

// UnmarshalJSONFrom takes a JSON string or an array of strings.
func (s *Strings) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	array := dec.PeekKind() == '['
	if array {
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
	}
	for {
		tok, err := dec.ReadToken()
		switch {
		case err != nil:
			return err
		case tok.Kind() == ']':
			return nil
		case tok.Kind() != '"':
			return ErrNotStrings
		}
		str := tok.String()
		if !array {
			if str != "" {
				*s = Strings{str}
			}
			return nil
		}
		if *s == nil {
			*s = make(Strings, 0, 2) // most arrays have two elements
		}
		*s = append(*s, str)
	}
}
