package keyfile

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

var errSecretHalf = errors.New("a secret has no public half")

// A Key is a key that can be written in another form.
type Key struct {
	f       *File
	public  jwt.Key // nil for a secret
	alg     jwt.Algorithm
	kid     string
	private bool
}

// Key checks the key in f. An empty alg is as for Signer; an empty kid stands for that of a
// JWK, or else for the thumbprint.
func (f *File) Key(alg jwt.Algorithm, kid string) (*Key, error) {
	signer, err := f.Signer(alg, kid)
	if err == nil {
		k := &Key{f: f, alg: signer.Algorithm(), kid: signer.KeyID(), private: true}
		if f.IsSecret() {
			return k, nil
		}
		return k.of(signer)
	}
	if f.IsSecret() || f.form == setForm || f.form == pemForm && bytes.Contains(f.data, []byte("PRIVATE KEY-----")) {
		return nil, err
	}
	set, e := f.Verifiers(slices.DeleteFunc([]jwt.Algorithm{alg}, func(a jwt.Algorithm) bool { return a == "" })...)
	if e != nil {
		return nil, e
	}
	v := set.Keys()[0]
	k := &Key{f: f, alg: v.Algorithm(), kid: kid}
	if kid == "" {
		k.kid = v.KeyID()
	}
	return k.of(v)
}

// of sets the public half, under the kid of k or the thumbprint.
func (k *Key) of(key jwt.Key) (*Key, error) {
	var err error
	if k.kid == "" {
		if k.kid, err = jwk.Thumbprint(key.PublicKey()); err != nil {
			return nil, err
		}
	}
	k.public, err = jwt.NewVerifier(k.alg, k.kid, key.PublicKey())
	return k, err
}

// Private reports whether k is a private key or a secret.
func (k *Key) Private() bool { return k.private }

// Thumbprint returns the thumbprint (RFC 7638). A secret has none: it could be guessed from
// that.
func (k *Key) Thumbprint() (string, error) {
	if k.public == nil {
		return "", errSecretHalf
	}
	return jwk.Thumbprint(k.public.PublicKey())
}

// PublicJWK returns the public half as a JWK.
func (k *Key) PublicJWK() ([]byte, error) {
	if k.public == nil {
		return nil, errSecretHalf
	}
	return jwk.Marshal(k.public)
}

// JWK returns the key as a JWK, private if it is.
func (k *Key) JWK() ([]byte, error) {
	switch {
	case !k.private:
		return k.PublicJWK()
	case k.f.form == secretForm:
		return jwk.MarshalSecret(k.alg, k.kid, k.f.data)
	case k.public == nil:
		return k.f.data, nil
	}
	text, err := k.PEM()
	if err != nil {
		return nil, err
	}
	return jwk.PrivateFromPEM(k.alg, k.kid, text)
}

// PublicPEM returns the public half as SPKI in PEM.
func (k *Key) PublicPEM() ([]byte, error) {
	if k.public == nil {
		return nil, errSecretHalf
	}
	der, err := x509.MarshalPKIXPublicKey(k.public.PublicKey())
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), err
}

// PEM returns the key in PEM, as PKCS #8 if it is private.
func (k *Key) PEM() ([]byte, error) {
	switch {
	case !k.private:
		return k.PublicPEM()
	case k.public == nil:
		return nil, errors.New("a secret has no PEM form")
	}
	data := k.f.data
	if k.f.form == pemForm {
		var err error
		if data, err = jwk.PrivateFromPEM(k.alg, k.kid, data); err != nil {
			return nil, err
		}
	}
	return jwk.PrivateToPEM(data)
}
