package keyfile

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

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
		return nil, fmt.Errorf("the key is for %v, not for %v", have, algs)
	}
	return kept, nil
}
