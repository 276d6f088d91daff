package jwk

import (
	"crypto"
	"fmt"

	"github.com/cda17858/jwt"
)

// ParseKey returns a Verifier for the public key in data, one JWK of at most 64 KiB.
//
// The Verifier is bound to alg. If the key names an alg of its own, it must be the same. An
// empty alg stands for the key's own; then a key without one is refused.
//
// A private key, an oct key, and a key whose use or key_ops are not for verifying are
// refused. The package doc lists what is read, and which error says why a key is refused.
func ParseKey(data []byte, alg jwt.Algorithm) (jwt.KeyVerifier, error) {
	k, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	vs, err := k.verifiers(only(alg))
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	return vs[0], nil
}

// only returns the list of the algorithms that a caller allows who names one, or none.
func only(alg jwt.Algorithm) []jwt.Algorithm {
	if alg == "" {
		return nil
	}
	return []jwt.Algorithm{alg}
}

// verifiers returns a Verifier of the public key for each of its algorithms.
func (k *key) verifiers(allowed []jwt.Algorithm) ([]jwt.KeyVerifier, error) {
	if err := k.requirePublic(); err != nil {
		return nil, err
	}
	if err := k.allow("verify"); err != nil {
		return nil, err
	}
	algs, err := k.algorithms(allowed)
	if err != nil {
		return nil, err
	}
	public, err := k.public()
	if err != nil {
		return nil, err
	}
	if err := k.left.take(public); err != nil {
		return nil, err
	}
	var vs []jwt.KeyVerifier
	for _, alg := range algs {
		v, err := k.verifier(alg, public)
		if err != nil {
			return nil, err
		}
		vs = append(vs, v)
	}
	return vs, nil
}

func (k *key) verifier(alg jwt.Algorithm, public crypto.PublicKey) (jwt.KeyVerifier, error) {
	v, err := jwt.NewVerifier(alg, k.kid, public)
	if err != nil {
		return nil, weak(err)
	}
	return v, nil
}

// weak is for an error of a constructor in package jwt.
func weak(err error) error { return &refusal{ErrWeak, err} }

// ParseSigner returns a Signer for the private key, or the oct key, in data, one JWK of at
// most 64 KiB. alg is as for [ParseKey]. A public key, a key whose use or key_ops are not
// for signing, and one whose private members do not fit each other or the public ones are
// refused. An RSA key must have its two primes and the numbers derived from them.
func ParseSigner(data []byte, alg jwt.Algorithm) (jwt.KeySigner, error) {
	k, alg, err := decodeFor("sign", data, alg)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	s, err := k.signer(alg)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	return s, nil
}

func (k *key) signer(alg jwt.Algorithm) (s jwt.KeySigner, err error) {
	if k.kty == "oct" {
		secret, err := k.bytes("k")
		if err != nil {
			return nil, err
		}
		if s, err = jwt.NewHMACSigner(alg, k.kid, secret); err != nil {
			return nil, weak(err)
		}
		return s, nil
	}
	private, err := k.privateKey(alg)
	if err != nil {
		return nil, err
	}
	if s, err = jwt.NewSigner(alg, k.kid, private); err != nil {
		return nil, weak(err)
	}
	return s, nil
}

// ParseSecretVerifier returns a Verifier for the oct key in data, one JWK of at most 64 KiB.
// Tokens can be signed with that key as well as verified. alg is as for [ParseKey]; it is
// HS256, HS384 or HS512, and the secret is at least as long as the hash.
func ParseSecretVerifier(data []byte, alg jwt.Algorithm) (jwt.KeyVerifier, error) {
	k, alg, err := decodeFor("verify", data, alg)
	if err == nil && k.kty != "oct" {
		err = refuse(ErrUse, "kty is not oct")
	}
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	secret, err := k.bytes("k")
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	v, err := jwt.NewHMACVerifier(alg, k.kid, secret)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", weak(err))
	}
	return v, nil
}

// decodeFor reads a private or oct key and returns it with the algorithm that it is bound to.
func decodeFor(op string, data []byte, alg jwt.Algorithm) (*key, jwt.Algorithm, error) {
	k, err := decode(data)
	if err != nil {
		return nil, "", err
	}
	if err := k.allow(op); err != nil {
		return nil, "", err
	}
	algs, err := k.algorithms(only(alg))
	if err != nil {
		return nil, "", err
	}
	return k, algs[0], nil
}
