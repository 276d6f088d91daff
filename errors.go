package jwt

import (
	"fmt"
	"strconv"
	"strings"

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
	ErrAlgorithm = compact.ErrAlgorithm
	// ErrUnknownKey: all keys are known, and none of them fits this token. A [Verifier]
	// returns it, or an error that wraps it.
	ErrUnknownKey = compact.ErrUnknownKey
	// ErrSignature: the signature is not that of the key. A [Verifier] returns it,
	// or an error that wraps it.
	ErrSignature = compact.ErrSignature
	// ErrMissing: a claim that the policy requires is absent or empty, or, if it is a
	// private one, null. (A registered claim that is null is ErrMalformed.)
	ErrMissing = compact.ErrMissing
	// ErrExpired: the token has expired. This is the last check of the policy, so
	// everything else that the policy asks for held. Whether the private claims fit P has
	// not been checked.
	ErrExpired = compact.ErrExpired
	// ErrNotYetValid: nbf or iat lies in the future.
	ErrNotYetValid = compact.ErrNotYetValid
	// ErrMismatch: the token is good but not meant for this policy: another typ,
	// issuer or audience, or older than MaxAge.
	ErrMismatch = compact.ErrMismatch
	// ErrRevoked: the token, its session or its subject has been revoked. Parse never
	// returns it; a check after Parse does, such as package session's.
	ErrRevoked = compact.ErrRevoked
)

// A TokenError says that a token was refused, and why: an HTTP service answers
// 401. Any other error of [Parse] means that the token could not be checked: 503.
//
// The text is for logs, not for clients. It never holds the token or key material. While the
// signature has not been verified it holds nothing of the token at all; after that it says
// which iss, aud or typ was found and which was wanted, at most 64 bytes of each and at
// most four of a list. The text may change between versions: code should look at Field and
// Err.
type TokenError struct {
	// Field is where the fault lies: "header", "payload", "signature", a header parameter
	// ("alg", "kid", "typ", "crit") or the name of a claim, as it stands in the token. It
	// is never empty. For a token that is too long or has too few parts, it is the part
	// that is missing or most likely at fault.
	Field string
	// Err is one of the reasons above or wraps one of them.
	Err error
}

// Error returns the place and the reason, such as "jwt: jti: required, but missing". A Field
// that is not plain text is quoted.
func (e *TokenError) Error() string {
	if e == nil || e.Err == nil {
		return "jwt: token refused"
	}
	return "jwt: " + plain(e.Field) + ": " + e.Err.Error()
}

// Unwrap returns e.Err.
func (e *TokenError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// plain returns the name of a claim for a text: quoted if it could be taken for something
// else, such as a line of a log.
func plain(name string) string {
	odd := func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' }
	if name == "" || len(name) > maxQuoted || strings.ContainsFunc(name, odd) {
		return quote(name)
	}
	return name
}

const (
	maxQuoted = 64 // bytes of a value in a text
	maxListed = 4  // values of a list in a text
)

// quote returns at most maxQuoted bytes of s in quotation marks.
func quote(s string) string {
	if len(s) > maxQuoted {
		return strconv.Quote(s[:maxQuoted]) + "..."
	}
	return strconv.Quote(s)
}

// quoteList returns at most maxListed elements of list, and how many more there are.
func quoteList(list []string) string {
	var b strings.Builder
	for i, s := range list[:min(len(list), maxListed)] {
		b.WriteByte("[ "[min(i, 1)])
		b.WriteString(quote(s))
	}
	if len(list) > maxListed {
		fmt.Fprintf(&b, " and %d more", len(list)-maxListed)
	}
	return b.String() + "]"
}

// because returns an error that wraps reason and says more.
func because(reason error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", reason, fmt.Sprintf(format, args...))
}

// opaque hides in err what is about another token.
func opaque(err error) error { return compact.Opaque[*TokenError](err) }

// refusal turns an error of package compact about a token into one of this package.
func refusal(err error) error {
	if e, ok := err.(*compact.Error); ok {
		return &TokenError{e.Field, e.Err}
	}
	return fmt.Errorf("jwt: could not check the signature: %w", err)
}
