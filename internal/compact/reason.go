package compact

import (
	"errors"
	"fmt"
	"slices"
)

// The reasons for refusing a token. Package jwt exports and documents them.
var (
	ErrMalformed   = errors.New("malformed token")
	ErrAlgorithm   = errors.New("algorithm not allowed")
	ErrUnknownKey  = errors.New("no key for this token")
	ErrSignature   = errors.New("signature does not verify")
	ErrMissing     = errors.New("required, but missing")
	ErrExpired     = errors.New("token expired")
	ErrNotYetValid = errors.New("token not valid yet")
	ErrMismatch    = errors.New("does not match the policy")
	ErrRevoked     = errors.New("token revoked")
)

var reasons = []error{
	ErrMalformed, ErrAlgorithm, ErrUnknownKey, ErrSignature,
	ErrMissing, ErrExpired, ErrNotYetValid, ErrMismatch, ErrRevoked,
}

// An Error refuses a token: it says which part of it is at fault, or which header parameter
// or claim. It quotes nothing of the token. Its values are shared and must not be changed.
type Error struct {
	Field string
	Err   error // wraps one of the reasons
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

func malformed(field, reason string) *Error {
	return &Error{field, fmt.Errorf("%w: %s", ErrMalformed, reason)}
}

// Malformed returns a reason that wraps ErrMalformed.
func Malformed(reason error) error {
	return fmt.Errorf("%w: %w", ErrMalformed, reason)
}

// Opaque returns err, or, if it has a T or one of the reasons in its chain, an error of the
// same text that has not. What a Verifier, a Signer or a JSON method reports about
// another token, perhaps one by which it proves itself to a KMS, must not be taken for
// a fault of this one. T is the type by which package jwt refuses tokens.
func Opaque[T error](err error) error {
	if isReason[T](err, nil) {
		return fmt.Errorf("%v", err)
	}
	return err
}

// isReason reports whether err has a T in its chain, or one of the reasons other than keep.
func isReason[T error](err, keep error) bool {
	_, found := errors.AsType[T](err)
	return found || slices.ContainsFunc(reasons, func(r error) bool { return r != keep && errors.Is(err, r) })
}

// Verdict turns what a Verifier returned for a token into nil, into an *Error that has one
// reason, or into an error that says that the token could not be checked and has none.
func Verdict[T error](err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok { // the key is chosen by a claim, which knows the place better
		return e
	}
	for _, r := range []*Error{errUnknownKey, errSignature} {
		switch {
		case err == r.Err:
			return r
		case !errors.Is(err, r.Err):
		case isReason[T](err, r.Err):
			return &Error{r.Field, &oneReason{err.Error(), r.Err}}
		default:
			return &Error{r.Field, err}
		}
	}
	return Opaque[T](err)
}

var (
	errUnknownKey = &Error{"kid", ErrUnknownKey}
	errSignature  = &Error{"signature", ErrSignature}
)

// oneReason is what is left of an error that had several reasons.
type oneReason struct {
	text   string
	reason error
}

func (e *oneReason) Error() string { return e.text }
func (e *oneReason) Unwrap() error { return e.reason }

// IsReason reports whether err is one of the reasons itself.
func IsReason(err error) bool { return slices.Contains(reasons, err) }
