package compact

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cda17858/jwt/internal/strictjson"
)

// MaxHeader is the longest header in bytes, decoded. It is as long as a whole
// token may be by default, and bounds the memory that an unauthenticated header
// can ask for where a longer token is allowed.
const MaxHeader = 16 << 10

// A Header holds the header parameters that mean something to this module.
type Header struct {
	Algorithm, KeyID, Type string
}

var (
	errHeaderLong   = malformed("header", "header longer than the limit")
	errHeaderSyntax = malformed("header", strictjson.ErrSyntax.Error())
	errHeaderDepth  = malformed("header", strictjson.ErrDepth.Error())
	errHeaderUTF8   = malformed("header", strictjson.ErrUTF8.Error())
	errHeaderTwice  = malformed("header", strictjson.ErrDuplicate.Error())
	errUnencoded    = malformed("header", "b64 is not for this kind of token")
	errNoAlg        = malformed("alg", "absent")
	errAlgString    = malformed("alg", "not a string")
	errKidString    = malformed("kid", "not a string")
	errTypString    = malformed("typ", "not a string")
	errCrit         = malformed("crit", "no extension is supported")
)

// ParseHeader reads a header. Other parameters than alg, kid and typ are ignored,
// except for crit and b64, which would change what the token means (RFC 7515
// section 4.1.11, RFC 7797 section 7).
func ParseHeader(data []byte) (h Header, _ *Error) {
	if len(data) > MaxHeader {
		return h, errHeaderLong
	}
	var fault *Error
	err := strictjson.Members(data, func(name []byte, value strictjson.Value) error {
		fault = h.set(name, value)
		if fault != nil {
			return fault.Err
		}
		return nil
	})
	switch {
	case fault != nil:
		return Header{}, fault
	case err == nil && h.Algorithm == "":
		return Header{}, errNoAlg
	case err == nil:
		return h, nil
	}
	switch err {
	case strictjson.ErrDepth:
		return Header{}, errHeaderDepth
	case strictjson.ErrUTF8:
		return Header{}, errHeaderUTF8
	case strictjson.ErrDuplicate:
		return Header{}, errHeaderTwice
	}
	return Header{}, errHeaderSyntax
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
		return nil
	}
	if value.Kind() != '"' {
		return wrong
	}
	var scratch [64]byte
	text, err := strictjson.Unquote(scratch[:0], value)
	if err != nil {
		return wrong
	}
	*field = string(text)
	return nil
}

// AppendHeader appends h as JSON to dst: alg, kid if it is not empty, typ, then
// extra, which is an encoded JSON object without members of those names, or nil.
func AppendHeader(dst []byte, h Header, extra []byte) (_ []byte, err error) {
	start := len(dst)
	dst = append(dst, `{"alg":`...)
	if dst, err = strictjson.AppendQuote(dst, h.Algorithm); err != nil {
		return nil, fmt.Errorf("alg: %w", err)
	}
	if h.KeyID != "" {
		dst = append(dst, `,"kid":`...)
		if dst, err = strictjson.AppendQuote(dst, h.KeyID); err != nil {
			return nil, fmt.Errorf("kid: %w", err)
		}
	}
	dst = append(dst, `,"typ":`...)
	if dst, err = strictjson.AppendQuote(dst, h.Type); err != nil {
		return nil, fmt.Errorf("typ: %w", err)
	}
	if extra != nil {
		dst = strictjson.AppendMembers(dst, extra)
	}
	dst = append(dst, '}')
	if len(dst)-start > MaxHeader {
		return nil, fmt.Errorf("header longer than %d bytes", MaxHeader)
	}
	return dst, nil
}

// CheckAlgorithm refuses what can never be the name of a signature algorithm:
// none in any case, no name, and text that is not printable ASCII.
func CheckAlgorithm(alg string) error {
	switch {
	case alg == "":
		return errors.New("no algorithm")
	case strings.EqualFold(alg, "none"):
		return errors.New(`"none" is not a signature algorithm`)
	case strings.ContainsFunc(alg, func(r rune) bool { return r <= ' ' || r > unicode.MaxASCII || r == 0x7f }):
		return errors.New("algorithm is not printable ASCII")
	}
	return nil
}

// CheckKeyID refuses a kid that no header can carry.
func CheckKeyID(kid string) error {
	if !utf8.ValidString(kid) {
		return errors.New("kid is not UTF-8")
	}
	return nil
}

// CheckType refuses what is not a media type, or its part after "application/"
// (RFC 7515 section 4.1.9), without parameters.
func CheckType(typ string) error {
	main, sub, slash := strings.Cut(typ, "/")
	if !isToken(main) || slash && !isToken(sub) {
		return errors.New(`not a media type such as "at+jwt" or "application/at+jwt"`)
	}
	return nil
}

// isToken reports whether s is a restricted-name of RFC 6838 section 4.2.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
			strings.ContainsRune("!#$&-^_.+", r))
	})
}

// ShortType returns typ without the "application/" that may be left off, in the
// letters that typ has. Two media types are the same if their short forms are
// equal without regard to case (RFC 7515 section 4.1.9, RFC 7519 section 5.1).
func ShortType(typ string) string {
	const prefix = "application/"
	if len(typ) > len(prefix) && strings.EqualFold(typ[:len(prefix)], prefix) && !strings.Contains(typ[len(prefix):], "/") {
		return typ[len(prefix):]
	}
	return typ
}

// SameType reports whether typ, which may be anything, is the media type want,
// which is the ShortType of one.
func SameType(typ, want string) bool {
	typ = ShortType(typ)
	// Equal lengths, since some letters beyond ASCII fold to one within.
	return len(typ) == len(want) && strings.EqualFold(typ, want)
}

// CheckSignature refuses a signature that has not the length of alg.
func CheckSignature(alg string, sig []byte) error {
	want := 0
	switch alg {
	case "HS256":
		want = 32
	case "HS384":
		want = 48
	case "HS512":
		want = 64
	case "ES256", "EdDSA", "Ed25519":
		want = 64
	case "ES384":
		want = 96
	case "ES512":
		want = 132
	}
	if len(sig) == 0 || want != 0 && len(sig) != want {
		return fmt.Errorf("the Signer returned %d bytes, which is no %s signature", len(sig), alg)
	}
	return nil
}
