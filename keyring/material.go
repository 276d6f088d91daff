package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// rsaBits is the size of RSA keys.
const rsaBits = 2048

// algorithms are those of package jwt.
var algorithms = []jwt.Algorithm{
	jwt.HS256, jwt.HS384, jwt.HS512, jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512,
	jwt.ES256, jwt.ES384, jwt.ES512, jwt.EdDSA, jwt.Ed25519,
}

// material is a key without its times. It is immutable.
type material struct {
	kid      string
	jwk      []byte // private
	signer   jwt.KeySigner
	verifier jwt.KeyVerifier
}

// parseMaterial reads a private or oct JWK.
func parseMaterial(alg jwt.Algorithm, data []byte) (*material, error) {
	signer, err := jwk.ParseSigner(data, alg)
	if err != nil {
		return nil, err
	}
	m := &material{kid: signer.KeyID(), jwk: data, signer: signer, verifier: signer.Verifier()}
	if m.kid == "" {
		return nil, errors.New("kid is missing")
	}
	return m, nil
}

// generate makes a new key. Its kid is the thumbprint of its public half, or, for HMAC,
// which has none, random: the thumbprint of a secret is no secret.
func generate(alg jwt.Algorithm) (*material, error) {
	data, err := generateJWK(alg)
	if err != nil {
		return nil, fmt.Errorf("keyring: cannot make a key: %w", err)
	}
	m, err := parseMaterial(alg, data)
	if err != nil {
		return nil, fmt.Errorf("keyring: cannot use the key that was made: %w", err)
	}
	return m, nil
}

func generateJWK(alg jwt.Algorithm) ([]byte, error) {
	var key crypto.Signer
	var err error
	switch alg {
	case jwt.HS256:
		return generateSecret(alg, 32)
	case jwt.HS384:
		return generateSecret(alg, 48)
	case jwt.HS512:
		return generateSecret(alg, 64)
	case jwt.ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jwt.ES384:
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case jwt.ES512:
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case jwt.EdDSA, jwt.Ed25519:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		key, err = rsa.GenerateKey(rand.Reader, rsaBits)
	}
	if err != nil {
		return nil, err
	}
	kid, err := jwk.Thumbprint(key.Public())
	if err != nil {
		return nil, err
	}
	return jwk.MarshalPrivate(alg, kid, key)
}

func generateSecret(alg jwt.Algorithm, size int) ([]byte, error) {
	secret := make([]byte, size)
	rand.Read(secret)
	return jwk.MarshalSecret(alg, rand.Text(), secret)
}

// A supply hands out new keys. When used is set to 0, it hands out the same again: to
// make an RSA key takes so long that others would always be faster.
type supply struct {
	alg  jwt.Algorithm
	made []*material
	used int
}

func (s *supply) next() (*material, error) {
	if s.used == len(s.made) {
		m, err := generate(s.alg)
		if err != nil {
			return nil, err
		}
		s.made = append(s.made, m)
	}
	s.used++
	return s.made[s.used-1], nil
}
