package jwttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"testing"

	"github.com/cda17858/jwt"
)

// NewKey returns a new random key for any algorithm of package jwt, with a random kid. RSA
// keys have 2048 bits, secrets 64 bytes. It fails the test if there is no such algorithm.
func NewKey(t testing.TB, alg jwt.Algorithm) jwt.KeySigner {
	t.Helper()
	k, err := newKey(alg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A key is a KeySigner together with what it is made of, for signatures that no Signer makes.
type key struct {
	jwt.KeySigner
	private crypto.Signer // nil for HMAC
}

func newKey(alg jwt.Algorithm) (*key, error) {
	private, err := generate(alg)
	if err != nil {
		return nil, err
	}
	return newKeyOf(alg, private)
}

func newKeyOf(alg jwt.Algorithm, private crypto.Signer) (*key, error) {
	kid := rand.Text()[:12]
	if private == nil {
		secret := make([]byte, 64)
		rand.Read(secret)
		s, err := jwt.NewHMACSigner(alg, kid, secret)
		return &key{KeySigner: s}, err
	}
	s, err := jwt.NewSigner(alg, kid, private)
	return &key{KeySigner: s, private: private}, err
}

// generate returns a private key for alg, or nil if it wants a secret.
func generate(alg jwt.Algorithm) (crypto.Signer, error) {
	switch alg {
	case jwt.HS256, jwt.HS384, jwt.HS512:
		return nil, nil
	case jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512:
		return rsa.GenerateKey(rand.Reader, 2048)
	case jwt.ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jwt.ES384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case jwt.ES512:
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case jwt.EdDSA, jwt.Ed25519:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return nil, fmt.Errorf("jwttest: package jwt has no algorithm %q", alg)
}
