package jwt

import (
	"errors"
	"fmt"

	"github.com/cda17858/jwt/internal/compact"
)

// Reasons for refusing a token, to be tested with [errors.Is]. An error of [Parse]
// that matches one of them is a [*TokenError].
var (
	// ErrMalformed: the token is not three parts of canonical base64url, its
	// header or payload is not strict JSON, or a header parameter or claim has the
	// wrong type.
	ErrMalformed = compact.ErrMalformed
	// ErrAlgorithm: the header's alg is not in the policy.
	ErrAlgorithm = errors.New("algorithm not allowed")
	// ErrUnknownKey: every key is at hand, and none is for this token. A [Verifier]
	// returns it, or an error that wraps it.
	ErrUnknownKey = errors.New("no key for this token")
	// ErrSignature: the signature is not that of the key. A [Verifier] returns it,
	// or an error that wraps it.
	ErrSignature = errors.New("signature does not verify")
	// ErrMissing: a claim that the policy requires is absent or empty, or, if it is a
	// private one, null. (A registered claim that is null is ErrMalformed.)
	ErrMissing = errors.New("required, but missing")
	// ErrExpired: the token has expired. It is the last check of the policy, so all else
	// that the policy asks for held; whether the private claims fit P is left open.
	ErrExpired = errors.New("token expired")
	// ErrNotYetValid: nbf or iat lies in the future.
	ErrNotYetValid = errors.New("token not valid yet")
	// ErrMismatch: the token is good but not meant for this policy: another typ,
	// issuer or audience, or older than MaxAge.
	ErrMismatch = errors.New("does not match the policy")
)

// A TokenError says that a token was refused, and why: an HTTP service answers
// 401. Any other error of [Parse] means that the token could not be checked: 503.
//
// No TokenError holds the token or key material. One about a token whose signature
// has not been verified holds nothing of the token at all. The text of an error
// may change between versions; Field and Err are what code should look at.
type TokenError struct {
	// Field is where the fault lies: "header", "payload", "signature", a header
	// parameter ("alg", "kid", "typ", "crit") or the name of a claim. It is never
	// empty. Of a token that is too long or has too few parts, it is the part that is
	// missing or most likely at fault.
	Field string
	// Err is one of the reasons above or wraps one of them.
	Err error
}

// Error returns the place and the reason, such as "jwt: exp: token expired".
func (e *TokenError) Error() string {
	if e == nil || e.Err == nil {
		return "jwt: token refused"
	}
	return "jwt: " + e.Field + ": " + e.Err.Error()
}

// Unwrap returns e.Err.
func (e *TokenError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

var reasons = []error{
	ErrMalformed, ErrAlgorithm, ErrUnknownKey, ErrSignature,
	ErrMissing, ErrExpired, ErrNotYetValid, ErrMismatch,
}

// opaque hides in err what is about another token.
func opaque(err error) error { return compact.Opaque[*TokenError](err, reasons) }

// compactError translates an error about the form of a token.
func compactError(e *compact.Error) error { return &TokenError{e.Field, e.Err} }

// verifyError classifies what a Verifier returned for a token.
func verifyError(err error) error {
	switch {
	case errors.Is(err, ErrUnknownKey):
		if e, ok := err.(*TokenError); ok && e.Field != "" { // IssuerKeys knows the place better
			return err
		}
		return &TokenError{"kid", err}
	case errors.Is(err, ErrSignature):
		return &TokenError{"signature", err}
	}
	return fmt.Errorf("jwt: could not check the signature: %w", opaque(err))
}
