package jwt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/cda17858/jwt/internal/base64url"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/internal/strictjson"
)

// A KeyFunc is a Verifier that chooses the key by what the token says about itself: its
// tenant, its user, an issuer that is not known when the program starts. It returns the
// Verifier of the keys that may sign such a token. A KeyFunc must be safe for concurrent
// use.
//
// What it returns decides how a token is answered:
//
//   - a Verifier: it checks the signature, and its answer counts;
//   - nil and nil, or an error that wraps [ErrUnknownKey]: the token is refused with
//     ErrUnknownKey;
//   - any other error: the token could not be checked.
//
// The text of its errors does not become part of a [*TokenError].
//
// The claims are decoded as [Parse] decodes them, into the same P ([NewParser] refuses
// another, and so does Parse, except within a set), so that both read the same. A token whose
// claims cannot be decoded, or that has more than 64 claims or audiences, is refused before
// the KeyFunc is called. The [*TokenError] has the Field "payload" and wraps both
// [ErrMalformed] and [ErrUnknownKey].
//
// When the KeyFunc is called, the policy has not been applied yet, and nothing in t has been
// verified. The strings in t may be kept.
type KeyFunc[P any] func(ctx context.Context, t Unverified[P]) (Verifier, error)

// Unverified are the header and the claims of a token that anyone can have made. It is a
// type of its own so that they cannot pass for verified claims.
type Unverified[P any] struct {
	Header Header
	Claims Claims[P] // Type, Algorithm and KeyID are set as in Header; Claims.Header is nil
}

// maxUnverified is how many claims, and how many audiences, a KeyFunc is called with.
const maxUnverified = 64

var errNilKeyFunc = errors.New("nil KeyFunc")

// Verify implements [Verifier]. input is a signing input: a header and a payload in
// base64url with a dot between.
func (f KeyFunc[P]) Verify(ctx context.Context, h Header, input, sig []byte) error {
	if f == nil {
		return errNilKeyFunc
	}
	t, err := privateType[P]()
	if err != nil {
		return err
	}
	u := Unverified[P]{Header: h}
	if err := u.Claims.peek(input, t); err != nil {
		return unchosen("payload", errUnreadable)
	}
	u.Claims.Type, u.Claims.Algorithm, u.Claims.KeyID = h.Type, h.Algorithm, h.KeyID
	v, err := f(ctx, u)
	switch {
	case errors.Is(err, ErrUnknownKey):
		return ErrUnknownKey
	case err != nil:
		return fmt.Errorf("KeyFunc: %w", opaque(err))
	case v == nil:
		return ErrUnknownKey
	case check.IsNil(v):
		return fmt.Errorf("KeyFunc: nil %T", v)
	}
	return v.Verify(ctx, h, input, sig)
}

// decodes refuses a P other than that of the KeyFunc.
func (f KeyFunc[P]) decodes(p reflect.Type) error {
	if want := reflect.TypeFor[P](); p != want {
		return fmt.Errorf("the KeyFunc decodes the private claims into %v, the Parser into another type", want)
	}
	return nil
}

// peek decodes the payload of a signing input that has not been verified.
func (c *Claims[P]) peek(input []byte, t *strictjson.Type) error {
	buf := getScratch()
	defer putScratch(buf)
	_, segment, _ := bytes.Cut(input, []byte("."))
	var ok bool
	if buf.a, ok = base64url.AppendDecode(buf.a, segment); !ok {
		return errUnreadable
	}
	// Counted first: to find duplicates the JSON library keeps names.
	members := 0
	err := strictjson.AnyMembers(buf.a, func(name []byte, value strictjson.Value) error {
		if members++; members > maxUnverified {
			return errUnreadable
		}
		if string(name) != "aud" || value.Kind() != '[' {
			return nil
		}
		audiences := 0
		return strictjson.AnyElements(value, func(strictjson.Value) error {
			if audiences++; audiences > maxUnverified {
				return errUnreadable
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	var p payload
	if err := p.read(buf, buf.a, nil, nil); err != nil {
		return err
	}
	return c.set(&p, t)
}
