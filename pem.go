package jwt

import (
	"crypto"
	"errors"
	"fmt"
	"slices"

	"github.com/cda17858/jwt/internal/pemkey"
)

// ParsePrivateKey returns a Signer for the private key in PEM: PKCS#8 ("PRIVATE
// KEY"), PKCS#1 ("RSA PRIVATE KEY") or SEC 1 ("EC PRIVATE KEY", also after "EC
// PARAMETERS", as openssl writes it). The key must be of the family of alg and as
// [NewSigner] says. Text before the block is ignored; text after
// it, an encrypted key and a public key are errors. kid may be empty.
func ParsePrivateKey(alg Algorithm, kid string, data []byte) (KeySigner, error) {
	if err := checkPEMAlgorithm(alg); err != nil {
		return nil, err
	}
	key, err := pemkey.Private(data)
	if err != nil {
		return nil, pemError(alg, err)
	}
	if signer, ok := key.(crypto.Signer); ok {
		return NewSigner(alg, kid, signer)
	}
	return nil, pemError(alg, fmt.Errorf("no signature algorithm uses a %T", key))
}

// ParsePublicKey returns a Verifier for the public key in PEM: SPKI ("PUBLIC KEY"),
// PKCS#1 ("RSA PUBLIC KEY") or an X.509 certificate, of which nothing but the key is
// looked at, neither dates nor chain. The key must be of the family of alg and as
// [NewVerifier] says. Text before the block is ignored; text after it
// and a private key are errors. kid may be empty.
func ParsePublicKey(alg Algorithm, kid string, data []byte) (KeyVerifier, error) {
	if err := checkPEMAlgorithm(alg); err != nil {
		return nil, err
	}
	key, err := pemkey.Public(data)
	if err != nil {
		return nil, pemError(alg, err)
	}
	return NewVerifier(alg, kid, key)
}

func pemError(alg Algorithm, err error) error {
	return fmt.Errorf("jwt: %s key: %w", alg, err)
}

// checkPEMAlgorithm refuses the algorithms whose keys are never in PEM.
func checkPEMAlgorithm(alg Algorithm) error {
	if slices.Contains([]Algorithm{HS256, HS384, HS512}, alg) {
		return pemError(alg, errors.New("HMAC takes a secret, not PEM; NewHMACSigner and NewHMACVerifier do"))
	}
	return nil
}
