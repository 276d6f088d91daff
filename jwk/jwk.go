// Package jwk reads and writes keys as JSON Web Keys and JWK Sets (RFC 7517; RFC 7518
// section 6; RFC 8037; RFC 9864). It knows the format only: package jwks fetches and
// publishes sets.
//
//	key, err := jwk.ParseKey(data, jwt.ES256)                      // one public key
//	keys, skipped, err := jwk.ParseSet(data, jwt.ES256, jwt.RS256) // a set of them
//	signer, err := jwk.ParseSigner(data, jwt.ES256)                // a private key
//	data, skipped, err := jwk.MarshalSet(keys.Keys()...)
//
// The keys that it reads become Verifiers and Signers of package jwt, each bound to one
// algorithm. A key that names no alg is bound to the algorithms of the caller that fit it;
// a token never chooses.
//
// # What is read
//
// A key set is written by an issuer that is trusted, and by a program that is not always
// careful. A key is read wherever its meaning is beyond doubt:
//
//   - A member that is null, "" or [] counts as absent, even a private member.
//   - The integers of an RSA key may have leading zeros.
//   - The coordinates x and y and the scalar d of an EC key may have too few or too many
//     leading zeros. The x and d of an Ed25519 key have exactly 32 bytes, and every byte of
//     the secret k counts.
//   - Base64url may be padded, if the padding is exact, and may use the characters + and /
//     of standard base64. Unused bits must be zero, and white space is refused.
//   - A byte order mark at the beginning is skipped.
//   - The use "jwt-svid" of SPIFFE means "sig".
//   - Names match in exact case. A name in another case is ignored, as every unknown name
//     is.
//   - Certificates (x5c, x5t, x5u) are ignored. They add no trust.
//
// A set is split into keys by its quotes and brackets only. Text that is not UTF-8, a
// control character, an unknown escape or deep nesting is a fault of the key that it occurs
// in. A key with a fault is skipped and reported; the others are used.
//
// # What is refused
//
// The reason for refusing a key wraps exactly one of these errors:
//
//   - [ErrDuplicate]: a name occurs twice, even if one of the two members is null.
//   - [ErrMalformed]: not JSON in UTF-8, too long or too deep; a member is missing, has another
//     type, is not base64url, or does not fit the others.
//   - [ErrSecret], [ErrPrivate]: a secret or a private key where a public key is wanted.
//   - [ErrUse]: use, key_ops or alg do not allow what the key is wanted for.
//   - [ErrUnsupported]: kty or crv is unknown.
//   - [ErrAlgorithm]: alg does not fit the key, or the caller does not allow it.
//   - [ErrWeak]: package jwt refuses the key.
//
// No error quotes key material.
//
// What this package writes is always canonical.
package jwk

import (
	"errors"
	"fmt"
)

// Limits on what is read.
const (
	maxKey  = 64 << 10 // bytes
	maxSet  = 1 << 20  // bytes
	maxKeys = 1000     // keys of a set
	maxOps  = 64       // elements of key_ops; RFC 7517 section 4.3 knows 8
)

// The reasons for refusing a key. The text of an error says more than they do.
var (
	// ErrDuplicate says that a member name occurs twice, at any depth. Two parsers could
	// read two keys.
	ErrDuplicate = errors.New("duplicate member name")
	// ErrMalformed says that a key is not a JWK, or a set not a JWK Set.
	ErrMalformed = errors.New("malformed")
	// ErrSecret says that an oct key, which is a secret, stands where a public key is
	// wanted. If it was published, everyone can sign with it.
	ErrSecret = errors.New("an oct key is a secret; a public key is wanted")
	// ErrPrivate says that a key with a private member stands where a public key is wanted.
	// If it was published, everyone can sign with it.
	ErrPrivate = errors.New("private key")
	// ErrUse says that use, key_ops or alg do not allow what the key is wanted for: often it
	// is for encryption. It does not mean that the key is bad.
	ErrUse = errors.New("not a key for this use")
	// ErrUnsupported says that this package does not know the kty or crv of a key, or, for
	// writing, its type. It does not mean that the key is bad.
	ErrUnsupported = errors.New("kty or crv is not supported")
	// ErrAlgorithm says that alg does not fit the key, that the caller allows other
	// algorithms only, or that neither names one.
	ErrAlgorithm = errors.New("no suitable algorithm")
	// ErrWeak says that the constructor in package jwt refuses the key: the size, modulus
	// or exponent of an RSA key, the point of an Ed25519 key, a short secret.
	ErrWeak = errors.New("weak key")
)

// ErrNoUsableKey says that none of the keys of a set can be used or, by [MarshalSet], written.
var ErrNoUsableKey = errors.New("jwk: set: none of its keys can be used")

// A refusal is an error that wraps one of the reasons. Its text is that of err only.
type refusal struct{ reason, err error }

func (r *refusal) Error() string   { return r.err.Error() }
func (r *refusal) Unwrap() []error { return []error{r.reason, r.err} }

func refuse(reason error, format string, args ...any) error {
	return &refusal{reason, fmt.Errorf(format, args...)}
}

func malformed(format string, args ...any) error { return refuse(ErrMalformed, format, args...) }
