package jwt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/internal/compact"
	"github.com/cda17858/jwt/internal/strictjson"
)

// A KeySet is a Verifier of any of its members, such as the current key and the
// previous one. It is meant for a handful of them: each is asked in turn.
//
// A member that holds a single key takes a token if the algorithms are the same and
// the kids are; if the token or the key has no kid, the algorithm alone decides. The
// set goes on to the next member after any error. If none returns nil, the answer is
// the first that occurred of: could not check, [ErrSignature], [ErrUnknownKey]. An
// empty set could not check.
//
// For one token, at most 16 members are asked for more than "not mine", those of
// sets within the set included; a signature that only a later one verifies is
// refused with [ErrSignature]. A KeySet must not be modified while it is in use; make
// a new one.
type KeySet []Verifier

// maxChecks is how many signatures are checked for one token.
const maxChecks = 16

// checksKey is the context key for how many checks a token has left. A context with
// it is made only where sets can be nested.
type checksKey struct{}

var (
	errNilContext = errors.New("nil context")
	errEmptySet   = errors.New("empty KeySet")
	errNilMember  = errors.New("nil Verifier in a KeySet")
)

// Verify implements [Verifier].
func (ks KeySet) Verify(ctx context.Context, h Header, input, sig []byte) error {
	switch {
	case ctx == nil:
		return errNilContext
	case len(ks) == 0:
		return errEmptySet
	}
	left, nested := ctx.Value(checksKey{}).(*atomic.Int32)
	if !nested {
		left = new(atomic.Int32)
		left.Store(maxChecks)
	}
	var failed, forged error
	for _, v := range ks {
		if check.IsNil(v) {
			failed = first(failed, errNilMember)
			continue
		}
		before := left.Load()
		if before <= 0 {
			forged = first(forged, ErrSignature)
			break
		}
		inner := ctx
		if _, single := v.(Key); !single && !nested {
			inner = context.WithValue(ctx, checksKey{}, left)
		}
		err := v.Verify(inner, h, input, sig)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, ErrUnknownKey):
			continue
		case errors.Is(err, ErrSignature):
			forged = first(forged, err)
		default:
			failed = first(failed, err)
		}
		if left.Load() == before { // a set within this one has counted for itself
			left.Add(-1)
		}
	}
	return first(failed, first(forged, ErrUnknownKey))
}

// first returns a, or b if a is nil.
func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// Keys returns the members that stand for one key, and the Keys of those members that
// have such a method, in order.
func (ks KeySet) Keys() []KeyVerifier {
	var keys []KeyVerifier
	for _, v := range ks {
		if check.IsNil(v) {
			continue
		}
		switch v := v.(type) {
		case KeyVerifier:
			keys = append(keys, v)
		case interface{ Keys() []KeyVerifier }:
			keys = append(keys, v.Keys()...)
		}
	}
	return keys
}

// IssuerKeys is a Verifier that holds, for each issuer, the Verifier of its keys, so
// that none can sign in the name of another (RFC 8725 section 3.8), whatever their
// kids. The keys of the map are the values of iss. One Verifier may stand under two
// spellings of an issuer. A token of an issuer that is not in the map, or without
// iss, is refused with [ErrUnknownKey]; one whose payload or iss cannot be read, with an
// error that is [ErrMalformed] as well.
//
// To choose, it reads iss before the signature has been verified; [Parse] reads it
// again afterwards. An IssuerKeys must not be modified while it is in use.
type IssuerKeys map[string]Verifier

var (
	errEmptyIssuers = errors.New("empty IssuerKeys")
	errNilIssuer    = errors.New("nil Verifier in IssuerKeys")
	// errUnreadable says that no key can be chosen since iss cannot be read.
	errUnreadable = fmt.Errorf("%w: %w", ErrMalformed, ErrUnknownKey)
)

// Verify implements [Verifier]. input is a signing input: a header and a payload in
// base64url with a dot between.
func (ik IssuerKeys) Verify(ctx context.Context, h Header, input, sig []byte) error {
	if len(ik) == 0 {
		return errEmptyIssuers
	}
	_, segment, _ := bytes.Cut(input, []byte("."))
	v, err := ik.choose(segment)
	if err != nil {
		return err
	}
	if check.IsNil(v) {
		return errNilIssuer
	}
	return v.Verify(ctx, h, input, sig)
}

// choose returns the Verifier for the iss in the payload that segment encodes.
func (ik IssuerKeys) choose(segment []byte) (Verifier, error) {
	buf := getScratch()
	defer putScratch(buf)
	var ok bool
	if buf.a, ok = compact.AppendDecode(buf.a, segment); !ok {
		return nil, &TokenError{"payload", errUnreadable}
	}
	// Two iss, or one that is no string, leave no doubt that Parse would refuse the
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
		return nil, &TokenError{"payload", errUnreadable}
	case !readable:
		return nil, &TokenError{"iss", errUnreadable}
	}
	v, ok := ik[string(buf.b)]
	if !ok || len(buf.b) == 0 {
		return nil, &TokenError{"iss", ErrUnknownKey}
	}
	return v, nil
}
