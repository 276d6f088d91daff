package jwt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

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
	// h. One that rotates must sign with exactly that key or fail, else a token
	// could bear one key's kid and another's signature. Sign must not change input,
	// nor use it after it has returned.
	Sign(ctx context.Context, h Header, input []byte) (sig []byte, err error)
}

// A Verifier checks signatures. One key, a [KeySet], [IssuerKeys], a JWKS URL and
// a KMS are all the same to [Parse].
//
// Verify must be safe for concurrent use.
type Verifier interface {
	// Verify returns nil if sig is the signature of input by a key that may sign
	// tokens with header h; an error that wraps [ErrUnknownKey] if all keys are at
	// hand and none is for h; an error that wraps [ErrSignature] if the signature is
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
// It refuses claims that no policy would accept: no ExpiresAt without
// InsecureNoExpiry, a date before 1970 or after 9999, an ExpiresAt that is not
// after NotBefore and IssuedAt, an empty audience, text that is not UTF-8; private
// claims that are no JSON object, repeat a registered claim, or are nested deeper
// than 32 levels. (A nil P, and what encodes to null, are no private claims.) A signature
// of the wrong length for its algorithm is refused as well. Sign has no clock, and no
// limit on the length: [Policy].MaxBytes says what Parse accepts.
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
	p := claims.Private // so that it alone goes to the heap: a twentieth of HS256
	private, err := strictjson.Marshal(&p, t)
	if err != nil {
		return "", fmt.Errorf("jwt: Claims.Private: %w", opaque(err))
	}
	buf := getScratch()
	defer putScratch(buf)
	r := claims.registered()
	if err := r.append(buf, private); err != nil {
		return "", err
	}
	h := Header{Algorithm: s.Algorithm(), KeyID: s.KeyID(), Type: claims.Type}
	if h.Type == "" {
		h.Type = "JWT"
	}
	return sign(ctx, s, h, buf)
}

// sign returns the token with header h and the payload buf.a.
func sign(ctx context.Context, s Signer, h Header, buf *scratch) (string, error) {
	var err error
	buf.b, buf.c, err = compact.AppendSigned(buf.b, buf.c,
		compact.Header{Algorithm: string(h.Algorithm), KeyID: h.KeyID, Type: h.Type}, nil, buf.a,
		func(input []byte) ([]byte, error) { return s.Sign(ctx, h, input) })
	if err != nil {
		return "", fmt.Errorf("jwt: %w", opaque(err))
	}
	return string(buf.b), nil
}

// Parse verifies token with the key that v has for it, checks it against the policy
// of val, and returns its claims.
//
// The checks, in this order: the length of the token, and that it has three parts; the
// header, its alg in the allowlist; the signature; the payload, as strict JSON; typ, iss,
// aud, Required, MaxAge, nbf, iat, and exp last; then, whether the private claims fit P.
// Each part must be canonical base64url (RFC 7515 section 2), and is decoded when its turn
// comes: nothing of the payload is interpreted before the signature has been verified,
// except that [IssuerKeys] looks at iss to choose among its keys. The first check that
// fails is reported.
//
// A [*TokenError] means that the token is refused, and any other error that it
// could not be checked: v could not tell, ctx is over, val is nil or zero, P is no type
// for claims, v is a [Key] of an algorithm that the policy does not hold, or the policy
// has several issuers and v is not [IssuerKeys]. An error comes with nil claims, always.
//
// Parse is safe for concurrent use if v is. ctx is handed to v.
func Parse[P any](ctx context.Context, token string, v Verifier, val *Validator) (*Claims[P], error) {
	t, err := privateType[P]()
	if err != nil {
		return nil, err
	}
	buf := getScratch()
	defer putScratch(buf)
	h, payload, err := val.open(ctx, token, v, buf)
	if err != nil {
		return nil, err
	}
	return parseClaims[P](val, h, payload, t, buf)
}

// open does what Parse does up to and including the signature. The payload it
// returns lies in buf.
func (val *Validator) open(ctx context.Context, token string, v Verifier, buf *scratch) (Header, []byte, error) {
	switch {
	case ctx == nil:
		return Header{}, nil, errors.New("jwt: Parse: nil context")
	case val == nil || len(val.policy.Algorithms) == 0:
		return Header{}, nil, errors.New("jwt: Parse: the Validator is nil or zero; NewValidator makes one")
	case check.IsNil(v):
		return Header{}, nil, errors.New("jwt: Parse: nil Verifier")
	}
	if err := ctx.Err(); err != nil {
		return Header{}, nil, fmt.Errorf("jwt: Parse: %w", err)
	}
	if k, ok := v.(Key); ok && !slices.Contains(val.policy.Algorithms, k.Algorithm()) {
		return Header{}, nil, fmt.Errorf("jwt: Parse: the key is for %s, which Policy.Algorithms does not hold", k.Algorithm())
	}
	if _, ok := v.(IssuerKeys); !ok && len(val.policy.Issuers) > 1 {
		return Header{}, nil, errors.New("jwt: Parse: a policy with several Issuers needs IssuerKeys, else one issuer could sign in the name of another")
	}
	t, e := compact.Cut(token, val.policy.MaxBytes, &buf.split)
	if e != nil {
		return Header{}, nil, compactError(e)
	}
	h, remember, err := val.header(&t)
	if err != nil {
		return Header{}, nil, err
	}
	sig, e := t.DecodeSignature()
	if e != nil {
		return Header{}, nil, compactError(e)
	}
	if err := v.Verify(ctx, h, t.Input, sig); err != nil {
		return Header{}, nil, verifyError(err)
	}
	if remember {
		val.memo.put(t.Header, h)
	}
	payload, e := t.DecodePayload()
	if e != nil {
		return Header{}, nil, compactError(e)
	}
	return h, payload, nil
}

// A scratch holds the bytes of one token while it is made or checked. It is wiped before
// it is used again, and what is handed out of it has no capacity beyond its length, so
// that no token can be seen through another's buffer.
type scratch struct {
	a, b, c    []byte
	split      compact.Buffers
	registered registered
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// maxScratch is the capacity in bytes beyond which a buffer is not kept.
const maxScratch = 64 << 10

func getScratch() *scratch { return scratches.Get().(*scratch) }

func putScratch(s *scratch) {
	for _, b := range []*[]byte{&s.a, &s.b, &s.c, &s.split.Token, &s.split.Parts} {
		if cap(*b) > maxScratch {
			*b = nil
		}
		clear(*b)
		*b = (*b)[:0]
	}
	s.registered = registered{}
	scratches.Put(s)
}
