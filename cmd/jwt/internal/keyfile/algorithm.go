package keyfile

import (
	"errors"
	"slices"
	"strings"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

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
