package jwt

import (
	"bytes"
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"sync"

	"github.com/cda17858/jwt/internal/alg"
)

// hmacKey is a secret and the MACs in use with it.
type hmacKey struct {
	label
	macs sync.Pool // of *mac, keyed: it saves half of the time and six allocations
}

// mac is a hash.Hash with room for its sum, which saves an allocation.
type mac struct {
	hash.Hash
	sum [sha512.Size]byte
}

func newHMACKey(name Algorithm, kid string, secret []byte, short bool) (*hmacKey, error) {
	l, p, err := newLabel(name, kid)
	if err != nil {
		return nil, err
	}
	if p.Family != alg.HMAC {
		return nil, fmt.Errorf("jwt: %q is not an algorithm for secrets; %s are", name, enumerate(alg.Names[Algorithm](alg.HMAC)))
	}
	// The constructors themselves, not closures over them: FIPS mode refuses to
	// make an HMAC of what it cannot recognize.
	newHash := sha256.New
	switch p.Hash {
	case crypto.SHA384:
		newHash = sha512.New384
	case crypto.SHA512:
		newHash = sha512.New
	}
	if err := l.checkSecret(secret, p.Size, short); err != nil {
		return nil, err
	}
	secret = bytes.Clone(secret)
	k := &hmacKey{label: l}
	k.macs.New = func() any { return &mac{Hash: hmac.New(newHash, secret)} }
	return k, nil
}

// NewHMACSigner returns a Signer for HS256, HS384 or HS512. The secret, which is copied, has
// at least 32, 48 or 64 bytes respectively (RFC 7518 section 3.2). It must come from a
// random generator: a password, however long, can be guessed. kid may be empty.
//
// A secret that is in fact a certificate or a key of another kind is an error, since anyone
// who has the public key could sign. It is recognised in PEM, DER, JWK and SSH form, also if
// that is encoded in UTF-16, hexadecimal or base64.
func NewHMACSigner(alg Algorithm, kid string, secret []byte) (KeySigner, error) {
	return newHMACSigner(alg, kid, secret, false)
}

// NewHMACVerifier returns the Verifier for tokens of the Signer that [NewHMACSigner] returns
// for the same arguments. Everyone who can verify with an HMAC secret can also sign with it.
func NewHMACVerifier(alg Algorithm, kid string, secret []byte) (KeyVerifier, error) {
	return newHMACVerifier(alg, kid, secret, false)
}

// NewInsecureHMACSigner is [NewHMACSigner] for a secret that is shorter than the hash and
// cannot be replaced everywhere at once. The secret has at least one byte, or 14 in FIPS
// 140-3 mode. Anyone who has one token can try out short secrets and passwords, without
// asking the service, and then sign.
//
// To leave such a secret behind:
//
//  1. Give every verifier a [KeySet] of NewInsecureHMACVerifier with the old secret and
//     NewHMACVerifier with a new one, which has a kid that no old token has.
//  2. When all of them have it, sign with NewHMACSigner and the new secret.
//  3. When the last old token has expired, remove the old verifier.
func NewInsecureHMACSigner(alg Algorithm, kid string, secret []byte) (KeySigner, error) {
	return newHMACSigner(alg, kid, secret, true)
}

// NewInsecureHMACVerifier returns the Verifier for tokens of the Signer that
// [NewInsecureHMACSigner] returns for the same arguments. See there how to rotate away from
// a short secret.
func NewInsecureHMACVerifier(alg Algorithm, kid string, secret []byte) (KeyVerifier, error) {
	return newHMACVerifier(alg, kid, secret, true)
}

func newHMACSigner(alg Algorithm, kid string, secret []byte, short bool) (KeySigner, error) {
	k, err := newHMACKey(alg, kid, secret, short)
	if err != nil {
		return nil, err
	}
	return &hmacSigner{k}, nil
}

func newHMACVerifier(alg Algorithm, kid string, secret []byte, short bool) (KeyVerifier, error) {
	k, err := newHMACKey(alg, kid, secret, short)
	if err != nil {
		return nil, err
	}
	return &hmacVerifier{k}, nil
}

// PublicKey returns nil: HMAC has no public half.
func (k *hmacKey) PublicKey() crypto.PublicKey { return nil }

type hmacSigner struct{ *hmacKey }

func (s *hmacSigner) Verifier() KeyVerifier { return &hmacVerifier{s.hmacKey} }

func (s *hmacSigner) Sign(_ context.Context, h Header, input []byte) ([]byte, error) {
	if err := s.match(h); err != nil {
		return nil, fmt.Errorf("%v: %w", s.label, err)
	}
	m := s.macs.Get().(*mac)
	defer s.macs.Put(m)
	m.Reset()
	m.Write(input)
	return m.Sum(nil), nil
}

type hmacVerifier struct{ *hmacKey }

func (v *hmacVerifier) Verify(_ context.Context, h Header, input, sig []byte) error {
	if err := v.match(h); err != nil {
		return err
	}
	m := v.macs.Get().(*mac)
	defer v.macs.Put(m)
	m.Reset()
	m.Write(input)
	if !hmac.Equal(m.Sum(m.sum[:0]), sig) {
		return ErrSignature
	}
	return nil
}
