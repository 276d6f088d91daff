package jwt

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/internal/compact"
	"github.com/cda17858/jwt/internal/strictjson"
)

// A Signer makes signatures. The Signers of this package hold one key; a KMS, an
// HSM or a ring of keys that rotates can be Signers just as well.
//
// Its methods must be safe for concurrent use.
type Signer interface {
	// Algorithm returns the algorithm of the next signature.
	Algorithm() Algorithm

	// KeyID returns the kid of the key that the next signature is made with, or ""
	// for none.
	KeyID() string

	// Sign returns the signature of input in JWS form (RFC 7518 section 3; ECDSA is
	// r||s), made with the key that h names: h.Algorithm and h.KeyID are what
	// Algorithm and KeyID returned for this token. A Signer with one key may ignore
	// h. One that rotates must sign with exactly that key or fail: a token must not
	// have the kid of one key and the signature of another. Sign must not change input,
	// nor use it after it has returned.
	Sign(ctx context.Context, h Header, input []byte) (sig []byte, err error)
}

// A Verifier checks signatures. One key, a [KeySet], [IssuerKeys], a JWKS URL and
// a KMS are all the same to [Parse].
//
// A Verifier of your own must not decode input to choose a key by a claim, such as iss, a
// tenant or sub. What it reads and what Parse reads afterwards can differ: encoding/json
// takes the name ISS for iss, and the last of two, so that {"iss":"a","ISS":"b"} signed by b
// would pass as a token of a. [IssuerKeys] and [KeyFunc] choose by claims safely, since they
// decode as Parse does.
//
// Verify must be safe for concurrent use.
type Verifier interface {
	// Verify returns nil if sig is the signature of input by a key that may sign
	// tokens with header h; an error that wraps [ErrUnknownKey] if all keys are
	// known and none fits h; an error that wraps [ErrSignature] if the signature is
	// forged. Any other error means that the signature could not be checked: a key
	// set that has not been fetched, a KMS that did not answer.
	//
	// Parse has checked h.Algorithm against the allowlist of the policy; nothing
	// else about h can be trusted, and no error may quote it. Verify must use no
	// algorithm but h.Algorithm. It must not change input or sig, nor use them after
	// it has returned.
	Verify(ctx context.Context, h Header, input, sig []byte) error
}

// Sign returns a token with the given claims, signed by s, in the compact form
// (RFC 7519 section 7.1).
//
// It refuses claims that no policy would accept:
//
//   - neither ExpiresAt nor InsecureNoExpiry, or both;
//   - a date before 1970 or after 9999, or an ExpiresAt that is not after NotBefore and
//     IssuedAt;
//   - an empty audience, or text that is not UTF-8;
//   - private claims that do not encode to a JSON object, repeat a registered claim, or are
//     nested deeper than 32 levels (a nil P, and a P that encodes to null, have no claims);
//   - a Header with a parameter that is not for the caller to set.
//
// It also refuses a signature of the wrong length for its algorithm. Sign has no clock, and
// does not limit the length of a token: [Policy].MaxBytes says what Parse accepts.
//
// No error of Sign is a [*TokenError], and each comes with an empty token.
//
// Sign is safe for concurrent use if s is. ctx is handed to s.
func Sign[P any](ctx context.Context, s Signer, claims Claims[P]) (string, error) {
	switch {
	case ctx == nil:
		return "", errors.New("jwt: Sign: nil context")
	case check.IsNil(s):
		return "", errors.New("jwt: Sign: nil Signer")
	}
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("jwt: Sign: %w", err)
	}
	t, err := privateType[P]()
	if err != nil {
		return "", err
	}
	buf := getScratch()
	defer putScratch(buf)
	p := claims.Private // so that only it goes to the heap: a twentieth of HS256
	if buf.b, err = strictjson.Append(buf.b, &p, t); err != nil {
		return "", fmt.Errorf("jwt: Claims.Private: %w", opaque(err))
	}
	r := claims.registered()
	if err := r.check(); err != nil {
		return "", err
	}
	if err := r.append(buf, buf.b); err != nil {
		return "", err
	}
	h := Header{Algorithm: s.Algorithm(), KeyID: s.KeyID(), Type: claims.Type}
	if h.Type == "" {
		h.Type = "JWT"
	}
	extra, err := compact.EncodeParameters(claims.Header)
	if err != nil {
		return "", fmt.Errorf("jwt: Claims.Header: %w", opaque(err))
	}
	return sign(ctx, s, h, extra, buf)
}

// sign returns the token with header h and the payload buf.a.
func sign(ctx context.Context, s Signer, h Header, extra []byte, buf *scratch) (string, error) {
	var err error
	buf.b, buf.c, err = compact.AppendSigned(buf.b[:0], buf.c,
		compact.Header{Algorithm: string(h.Algorithm), KeyID: h.KeyID, Type: h.Type}, extra, buf.a,
		func(input []byte) ([]byte, error) { return s.Sign(ctx, h, input) })
	if err != nil {
		return "", fmt.Errorf("jwt: %w", opaque(err))
	}
	return string(buf.b), nil
}

// Parse is [Parser.Parse] with keys and policy that are chosen for each call. A service
// whose keys and policy are known when it starts makes a [Parser], which finds at
// start-up what is wrong with them.
//
// The error is a [*TokenError] if the token is refused. Any other error means that it could
// not be checked:
//
//   - v could not tell, or ctx is done;
//   - val is nil or zero;
//   - P cannot hold claims, or has a method Valid or Validate that would not be called (see
//     [NewParser]);
//   - v is a [KeyFunc] for another P;
//   - v is a [Key] of an algorithm that the policy does not have;
//   - the policy has several issuers, or an IssuerFunc, and v is not a Verifier for them (see
//     [Policy]).
//
// An error comes with nil claims.
//
// Parse is safe for concurrent use if v is. ctx is handed to v.
func Parse[P any](ctx context.Context, token string, v Verifier, val *Validator) (*Claims[P], error) {
	t, err := parsedType[P]()
	if err != nil {
		return nil, err
	}
	switch {
	case val == nil || val.rules == nil:
		return nil, errors.New("jwt: Parse: the Validator is nil or zero; NewValidator makes one")
	case check.IsNil(v):
		return nil, errors.New("jwt: Parse: nil Verifier")
	}
	if err := val.suits(v, reflect.TypeFor[P]()); err != nil {
		return nil, fmt.Errorf("jwt: Parse: %w", err)
	}
	return parse[P](ctx, token, v, val, t)
}

// parse is Parse after everything that does not depend on the token has been checked.
func parse[P any](ctx context.Context, token string, v Verifier, val *Validator, t *strictjson.Type) (*Claims[P], error) {
	buf := getScratch()
	defer putScratch(buf)
	o, err := open(ctx, token, v, val.rules, buf)
	if err != nil {
		return nil, err
	}
	return parseClaims[P](val, &o, t, buf)
}

// open does what Parse does up to and including the signature. What it returns lies in buf.
func open(ctx context.Context, token string, v Verifier, rules *compact.Rules, buf *scratch) (compact.Opened, error) {
	if ctx == nil {
		return compact.Opened{}, errors.New("jwt: Parse: nil context")
	}
	if err := ctx.Err(); err != nil {
		return compact.Opened{}, fmt.Errorf("jwt: Parse: %w", err)
	}
	o, err := rules.Open(token, &buf.split, func(h compact.Header, input, sig []byte) error {
		return compact.Verdict[*TokenError](v.Verify(ctx, fromCompact(h), input, sig))
	})
	if err != nil {
		return o, refusal(err)
	}
	return o, nil
}

func fromCompact(h compact.Header) Header {
	return Header{Algorithm: Algorithm(h.Algorithm), KeyID: h.KeyID, Type: h.Type}
}
