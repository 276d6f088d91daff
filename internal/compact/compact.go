// Package compact is the JWS Compact Serialization (RFC 7515 section 7.1): three
// parts of canonical base64url with dots between them, of which the first is a
// JSON header. It is shared by the packages jwt and jws and knows no keys.
package compact

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrMalformed is the reason of every [Error] of this package.
var ErrMalformed = errors.New("malformed token")

// An Error says which part of a token is malformed, or which header parameter.
// It quotes nothing of the token. Its values are shared and must not be changed.
type Error struct {
	Field string
	Err   error // wraps ErrMalformed
}

func malformed(field, reason string) *Error {
	return &Error{field, fmt.Errorf("%w: %s", ErrMalformed, reason)}
}

// Malformed returns a reason that wraps ErrMalformed.
func Malformed(reason error) error {
	return fmt.Errorf("%w: %w", ErrMalformed, reason)
}

var (
	errTooLong         = malformed("payload", "token longer than the limit")
	errEmpty           = malformed("header", "empty token")
	errNoPayload       = malformed("payload", "not three parts")
	errNoSignature     = malformed("signature", "not three parts")
	errManyParts       = malformed("signature", "more than three parts")
	errHeaderBase64    = malformed("header", "not canonical base64url")
	errPayloadBase64   = malformed("payload", "not canonical base64url")
	errSignatureBase64 = malformed("signature", "not canonical base64url")
	errEmptySignature  = malformed("signature", "empty")
)

// A Token is a token split and its parts decoded.
type Token struct {
	Input     []byte // the signing input: header, dot, payload, as received
	Header    []byte
	Payload   []byte
	Signature []byte
}

// Buffers are room for what Split makes: the token as bytes, and its parts decoded.
// Their lengths say how much of them has been used.
type Buffers struct{ Token, Parts []byte }

// fit makes room for a token of n bytes. Two buffers, since none may be larger than an
// unauthenticated token.
func (b *Buffers) fit(n int) {
	b.Token = slices.Grow(b.Token[:0], n)[:n]
	b.Parts = slices.Grow(b.Parts[:0], n)[:n]
}

// Split checks the form of token and decodes its parts into buf. The parts of the Token
// point into it and have no capacity beyond their length. The error is nil or says what
// is wrong with the first part that is wrong; it is found without allocating, but for
// buf.
func Split(token string, limit int, buf *Buffers) (t Token, _ *Error) {
	switch {
	case len(token) > limit:
		return t, errTooLong
	case token == "":
		return t, errEmpty
	}
	first := strings.IndexByte(token, '.')
	if first < 0 {
		return t, errNoPayload
	}
	second := strings.IndexByte(token[first+1:], '.')
	if second < 0 {
		return t, errNoSignature
	}
	second += first + 1
	if strings.IndexByte(token[second+1:], '.') >= 0 {
		return t, errManyParts
	}
	buf.fit(len(token))
	raw, rest := buf.Token, buf.Parts
	copy(raw, token)
	t.Input = raw[:second:second]
	var ok bool
	if t.Header, rest, ok = decode(rest, raw[:first]); !ok {
		return Token{}, errHeaderBase64
	}
	if t.Payload, rest, ok = decode(rest, raw[first+1:second]); !ok {
		return Token{}, errPayloadBase64
	}
	if t.Signature, _, ok = decode(rest, raw[second+1:]); !ok {
		return Token{}, errSignatureBase64
	}
	if len(t.Signature) == 0 {
		return Token{}, errEmptySignature
	}
	return t, nil
}

var strict = base64.RawURLEncoding.Strict()

// decode decodes seg into the front of dst and returns the rest of dst. It
// accepts canonical base64url alone: no padding and no unused bits that are set,
// which Strict sees to, and no CR or LF, which Go's decoder skips even so: then
// fewer bytes come out than the length of seg promises, or, where one character
// too many hid behind rounding, that length is 1 modulo 4.
func decode(dst, seg []byte) (out, rest []byte, ok bool) {
	n, err := strict.Decode(dst, seg)
	ok = err == nil && len(seg)%4 != 1 && n == strict.DecodedLen(len(seg))
	return dst[:n:n], dst[n:], ok
}

// AppendDecode appends what seg encodes to dst, if it is canonical base64url.
func AppendDecode(dst, seg []byte) ([]byte, bool) {
	n := len(dst)
	dst = slices.Grow(dst, strict.DecodedLen(len(seg)))
	out, _, ok := decode(dst[n:cap(dst)], seg)
	return dst[:n+len(out)], ok
}
