package jwt

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/cda17858/jwt/internal/check"
)

// A KeySet is a Verifier with several members, such as the current key and the
// previous one. It is meant for a handful of them: each is asked in turn.
//
// A member with one key checks a token if their algorithms are the same and their kids are
// the same. If the token or the key has no kid, only the algorithms are compared. The set
// goes on to the next member after any error. If no member returns nil, the answer is the
// error that comes first in this list:
//
//   - an error that says that the token could not be checked;
//   - [ErrSignature];
//   - [ErrUnknownKey].
//
// An empty set cannot check anything.
//
// For one token at most 16 signatures are checked, those of sets within the set included. A
// signature that only a later member would verify is refused with [ErrSignature]. A KeySet
// must not be modified while it is in use; make a new one.
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

// Keys returns, in order, the members that are one key. For a member with a method Keys it
// returns those keys.
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
