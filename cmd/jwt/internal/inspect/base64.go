package inspect

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// base64 decodes a part of a token as far as possible, and warns of what is not canonical
// base64url, which is all that a verifier accepts (RFC 7515 section 2).
func (d *decoder) base64(part Part, text string) []byte {
	data, faults := decodeLoosely(text)
	for _, f := range faults {
		if f != unusedBits || !d.cutOff {
			d.warn("base64", part, "", f)
		}
	}
	return data
}

// decodeLoosely decodes base64 of any variant, up to the first character that is in none, and
// says what is not canonical base64url.
func decodeLoosely(text string) (data []byte, faults []string) {
	clean, faults := spelling(text)
	if len(clean)%4 == 1 {
		faults = append(faults, "its length is impossible for base64url: it was truncated, or lost a character")
		clean = clean[:len(clean)-1]
	}
	data, err := base64.RawURLEncoding.DecodeString(clean)
	if err == nil && len(faults) == 0 && base64.RawURLEncoding.EncodeToString(data) != clean {
		faults = append(faults, unusedBits)
	}
	return data, faults
}

const unusedBits = "its last character has unused bits that are not zero: it is another spelling of a different token"

// spelling returns text in the alphabet of base64url, up to the first character that is in
// none, and says what was changed.
func spelling(text string) (clean string, faults []string) {
	trimmed := strings.TrimRight(text, "=")
	if trimmed != text {
		faults = append(faults, "it is padded with =, which is not allowed in tokens")
	}
	b := make([]byte, 0, len(trimmed))
	var blank, standard bool
	for i := range len(trimmed) {
		switch c := trimmed[i]; {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
			b = append(b, c)
		case c == '+':
			b, standard = append(b, '-'), true
		case c == '/':
			b, standard = append(b, '_'), true
		case c == ' ', c == '\t', c == '\r', c == '\n':
			blank = true
		default:
			return string(b), append(faults, fmt.Sprintf("it stops at character %d, which is not base64url", i+1))
		}
	}
	if standard {
		faults = append(faults, "it has + or /, which are not in base64url")
	}
	if blank {
		faults = append(faults, "it contains white space or line breaks")
	}
	return string(b), faults
}

// opaque reports a payload that is not a JSON object.
func (d *decoder) opaque(data []byte) {
	switch {
	case isToken(data):
		d.warn("nested", Payload, "", "it is a token itself, not claims")
	case utf8.Valid(data):
		d.warn("not-claims", Payload, "", "it is text, not a JSON object: a JWS, but not a JWT")
	default:
		d.warn("not-claims", Payload, "", "it is neither JSON nor text: a JWS, but not a JWT")
		d.r.Hex = hex.EncodeToString(data)
		return
	}
	d.r.Text = string(data)
}

// isToken reports whether data looks like a compact JWS or JWE.
func isToken(data []byte) bool {
	return strings.HasPrefix(string(data), "eyJ") && strings.Count(string(data), ".") >= 2
}

func count(n int) string {
	if n > 6 {
		return "more than six"
	}
	return [...]string{"no", "one", "two", "three", "four", "five", "six"}[n]
}
