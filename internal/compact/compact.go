// Package compact is the JWS Compact Serialization (RFC 7515 section 7.1): three
// parts of canonical base64url with dots between them, of which the first is a
// JSON header. It is shared by the packages jwt and jws and knows no keys.
package compact

import (
	"bytes"
	"slices"
	"strings"

	"github.com/cda17858/jwt/internal/base64url"
	"github.com/cda17858/jwt/internal/strictjson"
)

var (
	errTooLong         = malformed("payload", "token longer than the limit")
	errEmpty           = malformed("header", "empty token")
	errNoPayload       = malformed("payload", "not three parts")
	errNoSignature     = malformed("signature", "not three parts")
	errManyParts       = malformed("signature", "more than three parts")
	errHeaderBase64    = malformed("header", "not canonical base64url")
	errHeaderSpace     = malformed("header", `not canonical base64url: it has a space; is "Bearer " still before the token?`)
	errPayloadBase64   = malformed("payload", "not canonical base64url")
	errSignatureBase64 = malformed("signature", "not canonical base64url")
	errEmptySignature  = malformed("signature", "empty")
)

// A Token is a token cut at its dots. Its parts are decoded one by one, each before it is
// used, so that what is looked at first can refuse the token before the rest has cost
// anything. There is room to decode each of them once.
type Token struct {
	Input  []byte // the signing input: header, dot, payload, as received
	Header []byte // the header as received

	payload, signature []byte // as received
	room               []byte // for parts decoded
}

// Buffers are room for what Cut and the methods of Token make: the token as bytes, and
// its parts decoded. Their lengths say how much of them has been used. Members is room for
// the members of the header, and free when [Rules.Open] has returned.
type Buffers struct {
	Token, Parts []byte
	Members      strictjson.Object
}

// fit makes room for a token of n bytes. Two buffers, since none may be larger than an
// unauthenticated token.
func (b *Buffers) fit(n int) {
	b.Token = slices.Grow(b.Token[:0], n)[:n]
	b.Parts = slices.Grow(b.Parts[:0], n)[:n]
}

// Cut checks the length of token and that it has three parts. What comes out of the
// Token lies in buf and has no capacity beyond its length. Neither Cut nor the methods
// of Token allocate, except in buf.
func Cut(token string, limit int, buf *Buffers) (t Token, _ *Error) {
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
	raw := buf.Token
	copy(raw, token)
	return Token{
		Input:     raw[:second:second],
		Header:    raw[:first:first],
		payload:   raw[first+1 : second],
		signature: raw[second+1:],
		room:      buf.Parts,
	}, nil
}

// DecodeHeader returns the header decoded.
func (t *Token) DecodeHeader() ([]byte, *Error) {
	header, err := t.decode(t.Header, errHeaderBase64)
	if err != nil && bytes.IndexByte(t.Header, ' ') >= 0 {
		err = errHeaderSpace
	}
	return header, err
}

// DecodePayload returns the payload decoded.
func (t *Token) DecodePayload() ([]byte, *Error) { return t.decode(t.payload, errPayloadBase64) }

// DecodeSignature returns the signature decoded, which is not empty.
func (t *Token) DecodeSignature() ([]byte, *Error) {
	if len(t.signature) == 0 {
		return nil, errEmptySignature
	}
	return t.decode(t.signature, errSignatureBase64)
}

func (t *Token) decode(seg []byte, wrong *Error) ([]byte, *Error) {
	out, rest, ok := base64url.Decode(t.room, seg)
	if !ok {
		return nil, wrong
	}
	t.room = rest
	return out, nil
}
