package jwt

import (
	"errors"
	"fmt"

	"github.com/cda17858/jwt/internal/alg"
	"github.com/cda17858/jwt/internal/pemkey"
)

// ParsePrivateKey returns a Signer for the one private key in data, which is PEM (RFC 7468):
// PKCS #8 (RFC 5958), PKCS #1 (RFC 8017 appendix A.1.2) or SEC 1 (RFC 5915). The key must be
// as [NewSigner] says. kid may be empty.
//
//   - A block is recognised by its content; its label may be wrong.
//   - Certificates, parameters, certificate requests and text between blocks are ignored.
//   - A public key is allowed if it is the public half of the private key.
//   - A block that cannot be decoded is an error, even if another one is a good key.
//   - data is at most 64 KiB long, and the content of a block at most 16 KiB.
//
// A key that is encrypted, in OpenSSH's own form, of another algorithm, or with explicit curve
// parameters is an error that says so, with a command that helps. So is PEM whose line
// breaks were lost on its way through an environment variable. Errors quote nothing of
// the key.
func ParsePrivateKey(alg Algorithm, kid string, data []byte) (KeySigner, error) {
	if err := checkPEMAlgorithm(alg); err != nil {
		return nil, err
	}
	key, err := pemkey.Private(data)
	if err != nil {
		return nil, pemError(alg, err)
	}
	return NewSigner(alg, kid, key)
}

// ParsePublicKey returns a Verifier for the one public key in data, which is PEM (RFC 7468):
// SPKI (RFC 5280 section 4.1), PKCS #1 (RFC 8017 appendix A.1.1) or an X.509 certificate. The
// key must be as [NewVerifier] says. kid may be empty.
//
//   - Several certificates must be one chain, the leaf first: each further one has signed the
//     one before. The key is that of the leaf. Dates, names and extensions are not looked at.
//   - A public key beside certificates must be that of the leaf.
//   - A private key is an error: to verify, it is not needed.
//
// Everything else is as for [ParsePrivateKey].
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
func checkPEMAlgorithm(name Algorithm) error {
	if p, ok := alg.Lookup(name); ok && p.Family == alg.HMAC {
		return pemError(name, errors.New("HMAC takes a secret, not PEM; NewHMACSigner and NewHMACVerifier do"))
	}
	return nil
}
