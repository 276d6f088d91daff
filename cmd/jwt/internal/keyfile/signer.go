package keyfile

import (
	"errors"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// Signer returns a Signer for the private key or the secret in f. An empty alg stands for
// the one that the key names, or else for the usual one of its family: RS256, EdDSA, HS256,
// or the one of the curve.
func (f *File) Signer(alg jwt.Algorithm, kid string) (jwt.KeySigner, error) {
	switch f.form {
	case setForm:
		return nil, errors.New("it is a JWK Set; signing needs a single private key")
	case jwkForm:
		return f.jwkSigner(alg, kid)
	case secretForm:
		if f.short {
			return jwt.NewInsecureHMACSigner(or(alg, jwt.HS256), kid, f.data)
		}
		return jwt.NewHMACSigner(or(alg, jwt.HS256), kid, f.data)
	}
	return firstFit(alg, func(a jwt.Algorithm) (jwt.KeySigner, error) { return jwt.ParsePrivateKey(a, kid, f.data) })
}

// jwkSigner gives the key in a JWK the alg and the kid that it does not have itself.
func (f *File) jwkSigner(alg jwt.Algorithm, kid string) (jwt.KeySigner, error) {
	data := f.data
	if kid != "" {
		var err error
		if data, err = withMember(data, "kid", kid); err != nil {
			return nil, err
		}
	}
	if alg == "" && member(data, "alg") == "" {
		if member(data, "kty") == "oct" {
			return jwk.ParseSigner(data, jwt.HS256)
		}
		return firstFit("", func(a jwt.Algorithm) (jwt.KeySigner, error) { return jwk.ParseSigner(data, a) })
	}
	return jwk.ParseSigner(data, alg)
}

func or(a, b jwt.Algorithm) jwt.Algorithm {
	if a == "" {
		return b
	}
	return a
}
