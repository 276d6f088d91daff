package jwt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/cda17858/jwt/internal/base64url"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/internal/compact"
	"github.com/cda17858/jwt/internal/strictjson"
)

// IssuerKeys is a Verifier that holds, for each issuer, the Verifier of its keys. So no
// issuer can sign in the name of another (RFC 8725 section 3.8), whatever the kids. The
// keys of the map are the values of iss. Two spellings of an issuer may have the same
// Verifier.
//
// A token without iss, or of an issuer that is not in the map, is refused with
// [ErrUnknownKey]. If its payload or iss cannot be read, the error wraps [ErrMalformed] as
// well.
//
// To choose, it reads iss before the signature has been verified; [Parse] reads it
// again afterwards. An IssuerKeys must not be modified while it is in use.
type IssuerKeys map[string]Verifier

var (
	errEmptyIssuers = errors.New("empty IssuerKeys")
	errNilIssuer    = errors.New("nil Verifier in IssuerKeys")
)

// Verify implements [Verifier]. input is a signing input: a header and a payload in
// base64url with a dot between.
func (ik IssuerKeys) Verify(ctx context.Context, h Header, input, sig []byte) error {
	if len(ik) == 0 {
		return errEmptyIssuers
	}
	v, err := byIssuer(ik, input)
	if err != nil {
		return err
	}
	if check.IsNil(v) {
		return errNilIssuer
	}
	return v.Verify(ctx, h, input, sig)
}

// unchosen says that no key can be chosen by the claims. It is a *TokenError for those who
// call Verify themselves, and tells package compact the place.
func unchosen(field string, reason error) error {
	return &TokenError{field, &compact.Error{Field: field, Err: reason}}
}

// errUnreadable says that no key can be chosen since the claims cannot be read.
var errUnreadable = fmt.Errorf("%w: %w", ErrMalformed, ErrUnknownKey)

// byIssuer returns the element of m for the iss in the payload of a signing input.
func byIssuer[V any](m map[string]V, input []byte) (v V, _ error) {
	buf := getScratch()
	defer putScratch(buf)
	_, segment, _ := bytes.Cut(input, []byte("."))
	var ok bool
	if buf.a, ok = base64url.AppendDecode(buf.a, segment); !ok {
		return v, unchosen("payload", errUnreadable)
	}
	// Two iss, or one that is not a string, leave no doubt that Parse would refuse the
	// token later.
	found, readable := 0, true
	err := strictjson.AnyMembers(buf.a, func(name []byte, value strictjson.Value) (err error) {
		if string(name) != "iss" {
			return nil
		}
		if found++; found > 1 || value.Kind() != '"' {
			readable = false
			return nil
		}
		issuer, err := strictjson.Text(value)
		buf.b = append(buf.b, issuer...)
		return err
	})
	switch {
	case err != nil:
		return v, unchosen("payload", errUnreadable)
	case !readable:
		return v, unchosen("iss", errUnreadable)
	}
	if v, ok = m[string(buf.b)]; !ok || len(buf.b) == 0 {
		return v, unchosen("iss", ErrUnknownKey)
	}
	return v, nil
}
