// Package keyfile reads a key in whatever form somebody has it: PEM of any kind, a
// certificate, DER, OpenSSH, a JWK, a JWK Set, or a secret. It finds out what the key can be
// used with, which package jwt wants to be told.
package keyfile

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// A File is a key that has been recognised, and not checked yet.
type File struct {
	form form
	data []byte // a JWK, a JWK Set, PEM or a secret

	short bool // a secret may be shorter than the hash
}

type form int

const (
	secretForm form = iota
	pemForm
	jwkForm
	setForm
)

// Read recognises the form of data. What is no key of any kind is a secret.
func Read(data []byte) (*File, error) {
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	switch {
	case len(text) == 0:
		return nil, errors.New("the key is empty")
	case text[0] == '{' && hasKeys(text):
		return &File{form: setForm, data: text}, nil
	case text[0] == '{':
		return &File{form: jwkForm, data: text}, nil
	}
	if pem, err := openSSH(text); pem != nil || err != nil {
		return &File{form: pemForm, data: pem}, err
	}
	if bytes.Contains(text, []byte("-----BEGIN")) {
		return &File{form: pemForm, data: data}, nil
	}
	if pem := fromDER(data); pem != nil {
		return &File{form: pemForm, data: pem}, nil
	}
	return &File{form: secretForm, data: trimLine(data)}, nil
}

// Secret returns data as an HMAC secret, whatever it looks like.
func Secret(data []byte) *File { return &File{form: secretForm, data: data} }

// ReadSecret returns the HMAC secret that is written in text, in an encoding: hex, base64 or
// base64url.
func ReadSecret(text []byte, encoding string) (*File, error) {
	var secret []byte
	var err error
	switch trimmed := strings.TrimSpace(string(text)); encoding {
	case "hex":
		secret, err = hex.DecodeString(trimmed)
	case "base64":
		secret, err = base64.StdEncoding.DecodeString(trimmed)
	case "base64url":
		secret, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(trimmed, "="))
	default:
		return nil, errors.New("--secret-encoding is hex, base64 or base64url")
	}
	if err != nil {
		return nil, fmt.Errorf("the secret is not %s", encoding)
	}
	return Secret(secret), nil
}

// IsSecret reports whether f is an HMAC secret, or a JWK of one.
func (f *File) IsSecret() bool {
	if f.form != jwkForm {
		return f.form == secretForm
	}
	return member(f.data, "kty") == "oct"
}

// Short reports whether f is a secret that is shorter than every hash of HMAC in a token.
func (f *File) Short() bool { return f.form == secretForm && len(f.data) < 32 }

// AllowShort says whether Signer takes a secret that is shorter than the hash.
func (f *File) AllowShort(yes bool) { f.short = yes }

// Signer returns a Signer for the private key or the secret in f. An empty alg stands for
// the one that the key names, or else for the usual one of its family: RS256, EdDSA, HS256,
// or the one of the curve.
func (f *File) Signer(alg jwt.Algorithm, kid string) (jwt.KeySigner, error) {
	switch f.form {
	case setForm:
		return nil, errors.New("it is a JWK Set; to sign, one private key is wanted")
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

// Verifiers returns Verifiers for the keys in f, one for each algorithm that a key can be
// used with. Of a private key it takes the public half. If algs are given, others are left
// out.
func (f *File) Verifiers(algs ...jwt.Algorithm) (jwt.KeySet, error) {
	var set jwt.KeySet
	var err error
	switch f.form {
	case setForm:
		set, _, err = jwk.ParseSet(f.data, asymmetric(algs)...)
		return set, err
	case jwkForm:
		set, err = f.jwkVerifiers()
	case secretForm:
		set, err = secretVerifiers(f.data)
	default:
		set, err = f.pemVerifiers()
	}
	if err != nil {
		return nil, err
	}
	return only(set, algs)
}

func (f *File) jwkVerifiers() (jwt.KeySet, error) {
	if named := jwt.Algorithm(member(f.data, "alg")); named != "" {
		v, err := f.jwkVerifier(named)
		return jwt.KeySet{v}, err
	}
	if f.IsSecret() {
		return fitting(hmacs, f.jwkVerifier)
	}
	return fitting(all, f.jwkVerifier)
}

func (f *File) jwkVerifier(alg jwt.Algorithm) (jwt.KeyVerifier, error) {
	if f.IsSecret() {
		return jwk.ParseSecretVerifier(f.data, alg)
	}
	v, err := jwk.ParseKey(f.data, alg)
	if errors.Is(err, jwk.ErrPrivate) {
		s, err := jwk.ParseSigner(f.data, alg)
		if err != nil {
			return nil, err
		}
		return s.Verifier(), nil
	}
	return v, err
}

func (f *File) pemVerifiers() (jwt.KeySet, error) {
	private := bytes.Contains(f.data, []byte("PRIVATE KEY-----"))
	return fitting(all, func(a jwt.Algorithm) (jwt.KeyVerifier, error) {
		if !private {
			return jwt.ParsePublicKey(a, "", f.data)
		}
		s, err := jwt.ParsePrivateKey(a, "", f.data)
		if err != nil {
			return nil, err
		}
		return s.Verifier(), nil
	})
}

// secretVerifiers allows short secrets: who verifies cannot choose them any more.
func secretVerifiers(secret []byte) (jwt.KeySet, error) {
	return fitting(hmacs, func(a jwt.Algorithm) (jwt.KeyVerifier, error) {
		v, err := jwt.NewHMACVerifier(a, "", secret)
		if err != nil {
			return jwt.NewInsecureHMACVerifier(a, "", secret)
		}
		return v, nil
	})
}

// The algorithms, those of one family together, the usual one first.
var (
	hmacs = []jwt.Algorithm{jwt.HS256, jwt.HS384, jwt.HS512}
	all   = []jwt.Algorithm{jwt.ES256, jwt.ES384, jwt.ES512, jwt.EdDSA, jwt.Ed25519, jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512}
)

// Algorithms returns all algorithms that a key can be for.
func Algorithms() []jwt.Algorithm { return append(slices.Clone(hmacs), all...) }

// Asymmetric returns those whose keys are pairs.
func Asymmetric() []jwt.Algorithm { return slices.Clone(all) }

func asymmetric(algs []jwt.Algorithm) []jwt.Algorithm {
	if len(algs) == 0 {
		return all
	}
	return algs
}

// firstFit returns the key for alg or, if that is empty, for the first algorithm that it
// fits.
func firstFit[T any](alg jwt.Algorithm, parse func(jwt.Algorithm) (T, error)) (T, error) {
	if alg != "" {
		return parse(alg)
	}
	var none T
	var failed error
	for _, a := range all {
		k, err := parse(a)
		if err == nil {
			return k, nil
		}
		failed = tellingMost(failed, a, err)
	}
	return none, failed
}

// fitting returns the Verifiers for those of algs that a key fits.
func fitting(algs []jwt.Algorithm, parse func(jwt.Algorithm) (jwt.KeyVerifier, error)) (jwt.KeySet, error) {
	var set jwt.KeySet
	var failed error
	for _, a := range algs {
		v, err := parse(a)
		if err != nil {
			failed = tellingMost(failed, a, err)
			continue
		}
		set = append(set, v)
	}
	if len(set) == 0 {
		return nil, failed
	}
	return set, nil
}

// tellingMost returns what says more about a key than that the algorithm is another: failed,
// or what went wrong with alg, which nobody has asked for by name.
func tellingMost(failed error, alg jwt.Algorithm, err error) error {
	if failed != nil && !strings.Contains(failed.Error(), "is not for an") && !errors.Is(failed, jwk.ErrAlgorithm) {
		return failed
	}
	return &unasked{alg, err}
}

// An unasked error leaves out the algorithm for which a key was tried.
type unasked struct {
	alg jwt.Algorithm
	err error
}

func (u *unasked) Error() string {
	text := strings.TrimPrefix(strings.TrimPrefix(u.err.Error(), "jwt: "), "jwk: ")
	return strings.TrimPrefix(text, string(u.alg)+" key: ")
}

func (u *unasked) Unwrap() error { return u.err }

// only returns the keys of set that are for one of algs.
func only(set jwt.KeySet, algs []jwt.Algorithm) (jwt.KeySet, error) {
	if len(algs) == 0 {
		return set, nil
	}
	var kept jwt.KeySet
	var have []jwt.Algorithm
	for _, k := range set.Keys() {
		have = append(have, k.Algorithm())
		for _, a := range algs {
			if k.Algorithm() == a {
				kept = append(kept, k)
			}
		}
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("the key is for %v, and not for %v", have, algs)
	}
	return kept, nil
}

func or(a, b jwt.Algorithm) jwt.Algorithm {
	if a == "" {
		return b
	}
	return a
}
