// Package base64url is canonical base64url without padding (RFC 7515 section 2): each text
// of bytes has exactly one spelling.
package base64url

import (
	"encoding/base64"
	"slices"
)

var strict = base64.RawURLEncoding.Strict()

// Decode decodes src into the front of dst, which has room for it, and returns the rest of
// dst. It accepts no padding and no unused bits that are set, which Strict checks, and no CR
// or LF, which Go's decoder skips all the same: then fewer bytes come out than the length
// of src promises, or, where one character too many hides behind rounding, that length is 1
// modulo 4.
func Decode(dst, src []byte) (out, rest []byte, ok bool) {
	n, err := strict.Decode(dst, src)
	ok = err == nil && len(src)%4 != 1 && n == strict.DecodedLen(len(src))
	return dst[:n:n], dst[n:], ok
}

// AppendDecode appends to dst what src encodes, and reports whether it is canonical.
func AppendDecode(dst, src []byte) ([]byte, bool) {
	n := len(dst)
	dst = slices.Grow(dst, strict.DecodedLen(len(src)))
	out, _, ok := Decode(dst[n:cap(dst)], src)
	return dst[:n+len(out)], ok
}

// AppendEncode appends src in base64url to dst.
func AppendEncode(dst, src []byte) []byte { return strict.AppendEncode(dst, src) }
