package compact

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/cda17858/jwt/internal/alg"
	"github.com/cda17858/jwt/internal/strictjson"
)

// MaxHeader is the longest header in bytes, decoded. It is as long as a whole
// token may be by default, and bounds the memory that an unauthenticated header
// can ask for where a longer token is allowed.
const MaxHeader = 16 << 10

// maxStrings is how many strings a header may hold, names of members included, and an
// escaped quotation mark counting as half of one. To find duplicates the JSON library
// keeps names; of an unauthenticated header they must be few.
const maxStrings = 64

// A Header holds the header parameters that mean something to this module.
type Header struct {
	Algorithm, KeyID, Type string
	More                   bool // there are other parameters
}

var (
	errHeaderLong    = malformed("header", "header longer than the limit")
	errHeaderStrings = malformed("header", "header has too many strings")
	errHeaderSyntax  = malformed("header", strictjson.ErrSyntax.Error())
	errHeaderDepth   = malformed("header", strictjson.ErrDepth.Error())
	errHeaderUTF8    = malformed("header", strictjson.ErrUTF8.Error())
	errHeaderTwice   = malformed("header", strictjson.ErrDuplicate.Error())
	errUnencoded     = malformed("header", "b64 is not for this kind of token")
	errNoAlg         = malformed("alg", "absent")
	errAlgString     = malformed("alg", "not a string")
	errKidString     = malformed("kid", "not a string")
	errTypString     = malformed("typ", "not a string")
	errCrit          = malformed("crit", "no extension is supported")
	errEncoded       = malformed("b64", `not false, with crit ["b64"]; an unencoded payload was expected`)
)

// A mode says what is made of crit and b64, which change what a token means.
type mode int

const (
	refuseCrit mode = iota
	wantB64         // b64 false and crit ["b64"] are wanted (RFC 7797 section 6)
	ignoreCrit      // for a look at a token that nobody trusts
)

// ParseHeader reads a header. Other parameters than alg, kid and typ are ignored,
// except for crit and b64, which are refused since they would change what the token
// means (RFC 7515 section 4.1.11, RFC 7797 section 7).
func ParseHeader(data []byte) (h Header, _ *Error) {
	return parseHeader(data, refuseCrit, new(strictjson.Object))
}

// parseHeader is ParseHeader with room for the members.
func parseHeader(data []byte, m mode, room *strictjson.Object) (h Header, _ *Error) {
	switch {
	case len(data) > MaxHeader:
		return h, errHeaderLong
	case bytes.Count(data, []byte(`"`)) > 2*maxStrings:
		return h, errHeaderStrings
	}
	switch room.Scan(data) {
	case nil:
	case strictjson.ErrDepth:
		return h, errHeaderDepth
	case strictjson.ErrUTF8:
		return h, errHeaderUTF8
	case strictjson.ErrDuplicate:
		return h, errHeaderTwice
	default:
		return h, errHeaderSyntax
	}
	var b64, crit bool
	for i := range room.Len() {
		name, value := room.Name(i), room.Value(i)
		switch {
		case m != refuseCrit && string(name) == "b64":
			h.More, b64 = true, string(value) == "false"
		case m != refuseCrit && string(name) == "crit":
			h.More, crit = true, isCritB64(value)
		default:
			if err := h.set(name, value); err != nil {
				return Header{}, err
			}
		}
	}
	switch {
	case h.Algorithm == "":
		return Header{}, errNoAlg
	case m == wantB64 && !(b64 && crit):
		return Header{}, errEncoded
	}
	return h, nil
}

// isCritB64 reports whether value is the array of "b64".
func isCritB64(value strictjson.Value) bool {
	n, only := 0, true
	err := strictjson.AnyElements(value, func(element strictjson.Value) error {
		text, err := strictjson.Text(element)
		n++
		only = only && element.Kind() == '"' && err == nil && string(text) == "b64"
		return nil
	})
	return err == nil && n == 1 && only
}

func (h *Header) set(name []byte, value strictjson.Value) *Error {
	var field *string
	var wrong *Error
	switch string(name) {
	case "alg":
		field, wrong = &h.Algorithm, errAlgString
	case "kid":
		field, wrong = &h.KeyID, errKidString
	case "typ":
		field, wrong = &h.Type, errTypString
	case "crit":
		return errCrit
	case "b64":
		return errUnencoded
	default:
		h.More = true
		return nil
	}
	if value.Kind() != '"' {
		return wrong
	}
	text, err := strictjson.Text(value)
	if err != nil {
		return wrong
	}
	*field = intern(text)
	return nil
}

// intern returns text as a string, without allocating where it is in most headers.
func intern(text []byte) string {
	if string(text) == "JWT" {
		return "JWT"
	}
	if name, ok := alg.Intern(text); ok {
		return name
	}
	return string(text)
}

// appendHeader appends h as JSON to dst, which is empty: alg, kid if it is not empty, typ,
// then extra, which is an encoded JSON object without members of those names, or nil.
func appendHeader(dst []byte, h Header, extra []byte) ([]byte, error) {
	if err := CheckAlgorithm(h.Algorithm); err != nil {
		return dst, fmt.Errorf("alg: %w", err)
	}
	if err := CheckType(h.Type); err != nil {
		return dst, fmt.Errorf("typ: %w", err)
	}
	dst = append(dst, `{"alg":"`...)
	dst = append(dst, h.Algorithm...) // neither this nor typ has anything to escape
	dst = append(dst, '"')
	if h.KeyID != "" {
		var err error
		dst = append(dst, `,"kid":`...)
		if dst, err = strictjson.AppendQuote(dst, h.KeyID); err != nil {
			return dst, fmt.Errorf("kid: %w", err)
		}
	}
	dst = append(dst, `,"typ":"`...)
	dst = append(dst, h.Type...)
	dst = append(dst, '"')
	if extra != nil {
		dst = strictjson.AppendMembers(dst, extra)
	}
	dst = append(dst, '}')
	if len(dst) > MaxHeader {
		return dst, fmt.Errorf("header longer than %d bytes", MaxHeader)
	}
	if bytes.Count(dst, []byte(`"`)) > 2*maxStrings {
		return dst, fmt.Errorf("header has more than %d strings", maxStrings)
	}
	return dst, nil
}

// maxKeyID is the longest kid of a key in bytes; a header has room for it, escaped.
const maxKeyID = 1024

// CheckKeyID refuses a kid that no header can carry, or that is much too long.
func CheckKeyID(kid string) error {
	if len(kid) > maxKeyID {
		return fmt.Errorf("kid longer than %d bytes", maxKeyID)
	}
	if strings.Count(kid, `"`) > maxStrings {
		return fmt.Errorf("kid with more than %d quotation marks", maxStrings)
	}
	if !utf8.ValidString(kid) {
		return errors.New("kid is not UTF-8")
	}
	return nil
}
