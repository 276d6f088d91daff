package strictjson

import (
	"bytes"
	"errors"
	"strconv"
)

// Reasons for refusing a value. They quote nothing of it.
var (
	ErrNull       = errors.New("null")
	ErrNotString  = errors.New("not a string")
	ErrNotStrings = errors.New("not a string or an array of strings")
	ErrDateRange  = errors.New("not between the years 1970 and 9999")
)

// The functions below take a Value of an [Object].

// String returns the text of a JSON string. It is a copy, or the element of known that it
// equals.
func String(v Value, known []string) (string, error) {
	switch v.Kind() {
	case 'n':
		return "", ErrNull
	case '"':
		text, err := Text(v)
		return intern(text, known), err
	}
	return "", ErrNotString
}

func intern(text []byte, known []string) string {
	for _, s := range known {
		if s == string(text) {
			return s
		}
	}
	return string(text)
}

// Strings returns the texts of a JSON string, or of an array of strings. The empty string,
// when it is not in an array, is none.
func Strings(v Value, known []string) ([]string, error) {
	if v.Kind() == '"' {
		text, err := Text(v)
		if len(text) == 0 {
			return nil, err
		}
		return []string{intern(text, known)}, err
	}
	s := scanner{data: v}
	if s.at(0) != '[' {
		return nil, ErrNotStrings
	}
	i := s.space(1)
	if s.at(i) == ']' {
		return nil, nil
	}
	list := make([]string, 0, 2) // most arrays have two elements
	for s.at(i) != ']' {
		end, _ := s.str(i)
		if end < 0 {
			return nil, ErrNotStrings
		}
		text, err := Text(v[i:end])
		if err != nil {
			return nil, err
		}
		list = append(list, intern(text, known))
		if i = s.space(end); s.at(i) == ',' {
			i = s.space(i + 1)
		}
	}
	return list, nil
}

// MaxDate is the last second of the year 9999.
const MaxDate = 253402300799

// A Date is a JSON number of seconds since the epoch, without its fraction.
type Date struct {
	Seconds int64
	Present bool
}

// ReadDate returns a JSON number between 0 and [MaxDate] as a date. It may have a fraction
// or an exponent, and -0 is 0.
func ReadDate(v Value) (Date, error) {
	if v.Kind() != '0' {
		return Date{}, ErrNotNumber
	}
	seconds, ok := wholeSeconds(v)
	if !ok {
		return Date{}, ErrDateRange
	}
	return Date{Seconds: seconds, Present: true}, nil
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
