package jwk

import (
	"errors"
	"fmt"

	"github.com/cda17858/jwt"
)

// ParseVerifier returns a Verifier for the public key in data, a JWK of at most
// 64 KiB. algs are the algorithms that the caller allows: the key's own alg must be
// among them, if there are any; a key without alg is bound to those of them that fit
// its kty and crv, and if these are several, the Verifier is a [jwt.KeySet] with one
// Verifier for each.
//
// A private key, an oct key, and a key whose use or key_ops are not for verifying are
// refused. The error wraps [ErrUnsupported] if kty or crv is unknown, and never quotes
// the key.
func ParseVerifier(data []byte, algs ...jwt.Algorithm) (jwt.Verifier, error) {
	k, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	v, err := k.verifier(algs)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	return v, nil
}

func (k *key) verifier(algs []jwt.Algorithm) (jwt.Verifier, error) {
	if name := k.private(); name != "" {
		return nil, fmt.Errorf("it has the private member %s; a public key is wanted", name)
	}
	if k.kty == "oct" {
		return nil, errors.New("an oct key is a secret; a public key is wanted")
	}
	if err := k.allow("verify"); err != nil {
		return nil, err
	}
	bound, err := k.algorithms(algs)
	if err != nil {
		return nil, err
	}
	public, err := k.public()
	if err != nil {
		return nil, err
	}
	var set jwt.KeySet
	for _, alg := range bound {
		v, err := jwt.NewVerifier(alg, k.kid, public)
		if err != nil {
			return nil, err
		}
		set = append(set, v)
	}
	if len(set) == 1 {
		return set[0], nil
	}
	return set, nil
}

// ParseSigner returns a Signer for the private key, or the oct key, in data, a JWK of
// at most 64 KiB. algs are as for [ParseVerifier], but exactly one algorithm must
// remain. A public key, a key whose use or key_ops are not for signing, and one whose
// private members do not fit each other or the public ones are refused. An RSA key must
// have its two primes and the numbers derived from them. The error wraps
// [ErrUnsupported] if kty or crv is unknown, and never quotes the key.
func ParseSigner(data []byte, algs ...jwt.Algorithm) (jwt.KeySigner, error) {
	k, alg, err := decodeFor("sign", data, algs)
	if err != nil {
		return nil, err
	}
	s, err := k.signer(alg)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	return s, nil
}

func (k *key) signer(alg jwt.Algorithm) (jwt.KeySigner, error) {
	if k.kty == "oct" {
		secret, err := k.bytes("k")
		if err != nil {
			return nil, err
		}
		return jwt.NewHMACSigner(alg, k.kid, secret)
	}
	private, err := k.privateKey(alg)
	if err != nil {
		return nil, err
	}
	return jwt.NewSigner(alg, k.kid, private)
}

// ParseSecretVerifier returns a Verifier for the oct key in data, a JWK of at most
// 64 KiB, with which tokens can be signed as well as verified. algs and errors are as
// for [ParseSigner].
func ParseSecretVerifier(data []byte, algs ...jwt.Algorithm) (jwt.KeyVerifier, error) {
	k, alg, err := decodeFor("verify", data, algs)
	switch {
	case err != nil:
		return nil, err
	case k.kty != "oct":
		return nil, errors.New("jwk: kty is not oct")
	}
	secret, err := k.bytes("k")
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	v, err := jwt.NewHMACVerifier(alg, k.kid, secret)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	return v, nil
}

// decodeFor reads a private or oct key and the algorithm that it is bound to.
func decodeFor(op string, data []byte, algs []jwt.Algorithm) (*key, jwt.Algorithm, error) {
	k, err := decode(data)
	if err != nil {
		return nil, "", fmt.Errorf("jwk: %w", err)
	}
	if err := k.allow(op); err != nil {
		return nil, "", fmt.Errorf("jwk: %w", err)
	}
	bound, err := k.algorithms(algs)
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("jwk: %w", err)
	case len(bound) > 1:
		return nil, "", errors.New("jwk: alg is missing, and several algorithms of the caller fit; name one")
	}
	return k, bound[0], nil
}
