package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/alg"
	"github.com/cda17858/jwt/jwk"
)

// rsaBits is the size of RSA keys.
const rsaBits = 2048

// material is a key without its times. It is immutable.
type material struct {
	kid      string
	jwk      []byte // private
	signer   jwt.KeySigner
	verifier jwt.KeyVerifier
}

// parseMaterial reads a private or oct JWK.
func parseMaterial(name jwt.Algorithm, data []byte) (*material, error) {
	signer, err := jwk.ParseSigner(data, name)
	if err != nil {
		return nil, err
	}
	if signer.KeyID() == "" {
		return nil, errors.New("kid is missing")
	}
	return &material{signer.KeyID(), data, signer, signer.Verifier()}, nil
}

// generate makes a new key. Its kid is the thumbprint of its public half. For HMAC, which
// has none, the kid is random: a thumbprint of the secret would let others test guesses.
func generate(name jwt.Algorithm) (*material, error) {
	data, err := generateJWK(name)
	if err != nil {
		return nil, fmt.Errorf("keyring: cannot make a key: %w", err)
	}
	m, err := parseMaterial(name, data)
	if err != nil {
		return nil, fmt.Errorf("keyring: cannot use the key that was made: %w", err)
	}
	return m, nil
}

func generateJWK(name jwt.Algorithm) ([]byte, error) {
	var key crypto.Signer
	var err error
	switch p, _ := alg.Lookup(name); p.Family {
	case alg.HMAC:
		return generateSecret(name, p.Hash.Size())
	case alg.ECDSA:
		key, err = ecdsa.GenerateKey(p.Curve, rand.Reader)
	case alg.EdDSA:
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
	return jwk.MarshalPrivate(name, kid, key)
}

func generateSecret(name jwt.Algorithm, size int) ([]byte, error) {
	secret := make([]byte, size)
	rand.Read(secret)
	return jwk.MarshalSecret(name, rand.Text(), secret)
}

// A supply hands out new keys. When used is set to 0, it hands out the same keys again: to
// make an RSA key takes so long that other processes would always be faster.
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
