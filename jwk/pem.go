package jwk

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/pemkey"
)

// ThumbprintPEM returns the [Thumbprint] of the key in PEM, public or private (see
// [jwt.ParsePublicKey] and [jwt.ParsePrivateKey]); both halves have the same. Errors quote
// nothing of the key.
func ThumbprintPEM(data []byte) (string, error) {
	key, err := pemkey.PublicHalf(data)
	if err != nil {
		return "", fmt.Errorf("jwk: %w", err)
	}
	return Thumbprint(key)
}

// FromPEM returns the public key in PEM (see [jwt.ParsePublicKey]) as a JWK.
func FromPEM(alg jwt.Algorithm, kid string, data []byte) ([]byte, error) {
	v, err := jwt.ParsePublicKey(alg, kid, data)
	if err != nil {
		return nil, err
	}
	return Marshal(v)
}

// PrivateFromPEM returns the private key in PEM (see [jwt.ParsePrivateKey]) as a JWK.
func PrivateFromPEM(alg jwt.Algorithm, kid string, data []byte) ([]byte, error) {
	key, err := pemkey.Private(data)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	return MarshalPrivate(alg, kid, key)
}

// ToPEM returns the public key in data, a JWK, as SPKI in PEM. The key must be one that
// [ParseKey] takes, with or without alg.
func ToPEM(data []byte) ([]byte, error) {
	k, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	vs, err := k.verifiers(k.fitting())
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(vs[0].PublicKey())
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// PrivateToPEM returns the private key in data, a JWK, as PKCS#8 in PEM. The key must be
// one that [ParseSigner] takes, with or without alg; an oct key has no PEM form.
func PrivateToPEM(data []byte) ([]byte, error) {
	k, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	if k.kty == "oct" {
		return nil, errors.New("jwk: an oct key has no PEM form")
	}
	if err := k.allow("sign"); err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	algs, err := k.algorithms(k.fitting())
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	key, err := k.privateKey(algs[0])
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
