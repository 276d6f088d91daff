package jwk

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/internal/strictjson"
)

// Skipped is a key of a set that was left out: by [ParseSet] since it cannot be used, by
// [MarshalSet] since it cannot be written.
type Skipped struct {
	Index int    // its place in the set, from 0
	KeyID string // its kid, if it can be read
	Err   error  // why: one of the errors that the package doc lists, wrapped
}

// ParseSet returns the usable keys of the JWK Set in data, which may have at most 1 MiB and
// 1000 keys, in order. algs are the algorithms that the caller allows. A key that names its
// alg is bound to that, which must be one of algs if there are any. A key without alg is
// bound to those of algs that fit it, by one Verifier for each. Two keys with one kid are
// both kept.
//
// Each key is judged by itself, by the rules of [ParseKey]: one that is refused is skipped and
// reported, with its kid wherever that can be read. Private and oct keys are among the
// skipped; their issuer should be told.
//
// To check an RSA modulus takes a time that grows with the cube of its length. So a set may have
// 512 RSA keys of 2048 bits, or 64 of 4096, or 8 of 8192; those beyond are skipped with
// [ErrMalformed].
//
// If keys is [], the issuer has withdrawn all keys. That is not an error; the KeySet is
// empty. ParseSet fails
//
//   - with [ErrMalformed] if data is not one JSON object with an array keys, or too long;
//   - with [ErrDuplicate] if it has keys twice;
//   - with [ErrNoUsableKey] if all keys are skipped.
func ParseSet(data []byte, algs ...jwt.Algorithm) (keys jwt.KeySet, skipped []Skipped, err error) {
	return ParseSetFunc(data, algs, nil)
}

// ParseSetFunc is ParseSet for sets with keys of a kty or crv that this package does not
// know. It calls other with each such JWK, which is strict JSON of at most 64 KiB, not
// private, and for verifying. other returns its Verifier, or an error with which the key is
// skipped. It must not keep data.
func ParseSetFunc(data []byte, algs []jwt.Algorithm, other func(data []byte) (jwt.KeyVerifier, error)) (keys jwt.KeySet, skipped []Skipped, err error) {
	list, err := cutSet(data)
	if err != nil {
		return nil, nil, fmt.Errorf("jwk: set: %w", err)
	}
	keys = jwt.KeySet{}
	left := maxWork
	for i, data := range list {
		vs, err := parseMember(data, algs, other, &left)
		if err != nil {
			skipped = append(skipped, Skipped{i, looseKeyID(data), err})
		}
		for _, v := range vs {
			keys = append(keys, v)
		}
	}
	if len(keys) == 0 && len(skipped) > 0 {
		return nil, skipped, fmt.Errorf("%w (it has %d)", ErrNoUsableKey, len(list))
	}
	return keys, skipped, nil
}

// A work is what the RSA moduli of a set may still take to check, in bits cubed. An issuer that
// is not a friend could otherwise have us compute for minutes.
type work int64

// maxWork is one to two seconds.
const maxWork work = 512 << (3 * 11)

// take takes what the check of a key costs. A nil work has no end.
func (w *work) take(public crypto.PublicKey) error {
	key, ok := public.(*rsa.PublicKey)
	if w == nil || !ok || key.N.BitLen() > 8192 { // which is refused without a check
		return nil
	}
	bits := work(key.N.BitLen())
	if *w -= bits * bits * bits; *w < 0 {
		return malformed("the set has too many long RSA keys before it")
	}
	return nil
}

// parseMember returns the Verifiers of one key of a set.
func parseMember(data []byte, algs []jwt.Algorithm, other func(data []byte) (jwt.KeyVerifier, error), left *work) ([]jwt.KeyVerifier, error) {
	k, err := decode(data)
	if err != nil {
		return nil, err
	}
	k.left = left
	vs, err := k.verifiers(algs)
	if !errors.Is(err, ErrUnsupported) || other == nil {
		return vs, err
	}
	v, err := other(data)
	switch {
	case err != nil:
		return nil, err
	case check.IsNil(v):
		return nil, refuse(ErrUnsupported, "no Verifier was made for it")
	}
	return []jwt.KeyVerifier{v}, nil
}

// cutSet returns the keys of a set as they came. They are parts of data.
func cutSet(data []byte) (keys []strictjson.Value, err error) {
	if len(data) > maxSet {
		return nil, malformed("longer than %d bytes", maxSet)
	}
	found, isKey := 0, false
	var list strictjson.Value
	err = strictjson.CutMembers(trimBOM(data), func(name []byte, value strictjson.Value) error {
		switch string(name) {
		case "keys":
			found++
			list = value
		case "kty":
			isKey = true
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, malformed("%v", err)
	case found == 0 && isKey:
		return nil, malformed("it is a key, which ParseKey reads")
	case found == 0:
		return nil, malformed("keys is missing")
	case found > 1:
		return nil, refuse(ErrDuplicate, "keys occurs twice")
	}
	err = strictjson.CutElements(list, func(value strictjson.Value) error {
		if len(keys) == maxKeys {
			return malformed("more than %d keys", maxKeys)
		}
		keys = append(keys, value)
		return nil
	})
	if errors.Is(err, strictjson.ErrSyntax) {
		err = malformed("keys is not an array")
	}
	return keys, err
}

// looseKeyID returns the kid of a key that is refused for whatever reason, or "" if it
// has none, or several.
func looseKeyID(data []byte) (kid string) {
	found := 0
	strictjson.CutMembers(data, func(name []byte, value strictjson.Value) error {
		if string(name) == "kid" {
			found++
			if value.IsValid() {
				kid, _ = text("kid", value)
			}
		}
		return nil
	})
	if found != 1 {
		return ""
	}
	return kid
}
