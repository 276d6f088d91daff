package keyfile

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// A Spec says what key to make.
type Spec struct {
	Algorithm jwt.Algorithm
	Bits      int    // of an RSA key
	KeyID     string // of a JWK; else its thumbprint
}

// Made is a new key. What is private in it is in Private only.
type Made struct {
	Algorithm jwt.Algorithm
	KeyID     string
	Private   []byte          // a JWK, PEM, or a secret as text, with a line end
	Public    []byte          // in the same form; nil for a secret
	PublicJWK json.RawMessage // nil for a secret
}

// Make generates a random key, as a JWK or as PEM. Without asJWK, a secret is text whose bytes
// are the secret.
func (s Spec) Make(asJWK bool) (*Made, error) {
	switch s.Algorithm {
	case jwt.HS256, jwt.HS384, jwt.HS512:
		return s.makeSecret(asJWK)
	}
	key, err := s.generate()
	if err != nil {
		return nil, err
	}
	m := &Made{Algorithm: s.Algorithm, KeyID: s.KeyID}
	if m.KeyID == "" {
		if m.KeyID, err = jwk.Thumbprint(key.Public()); err != nil {
			return nil, err
		}
	}
	signer, err := jwt.NewSigner(s.Algorithm, m.KeyID, key)
	if err != nil {
		return nil, err
	}
	if m.PublicJWK, err = jwk.Marshal(signer); err != nil {
		return nil, err
	}
	if asJWK {
		private, err := jwk.MarshalPrivate(s.Algorithm, m.KeyID, key)
		m.Private, m.Public = append(private, '\n'), append(append([]byte(nil), m.PublicJWK...), '\n')
		return m, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	m.Private = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	m.Public = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	return m, err
}

func (s Spec) generate() (crypto.Signer, error) {
	switch s.Algorithm {
	case jwt.ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jwt.ES384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case jwt.ES512:
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case jwt.EdDSA, jwt.Ed25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	case jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512:
		if s.Bits < 2048 || s.Bits > 8192 {
			return nil, fmt.Errorf("an RSA key must have 2048 to 8192 bits, not %d", s.Bits)
		}
		return rsa.GenerateKey(rand.Reader, s.Bits)
	}
	return nil, fmt.Errorf("unknown algorithm %q; use one of %v", s.Algorithm, Algorithms())
}

func (s Spec) makeSecret(asJWK bool) (*Made, error) {
	size := map[jwt.Algorithm]int{jwt.HS256: 32, jwt.HS384: 48, jwt.HS512: 64}[s.Algorithm]
	secret := make([]byte, size)
	rand.Read(secret)
	m := &Made{Algorithm: s.Algorithm, KeyID: s.KeyID}
	if !asJWK {
		m.Private = base64.RawURLEncoding.AppendEncode(nil, secret)
		m.Private = append(m.Private, '\n')
		return m, nil
	}
	private, err := jwk.MarshalSecret(s.Algorithm, s.KeyID, secret)
	m.Private = append(private, '\n')
	return m, err
}
