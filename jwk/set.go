package jwk

import (
	"errors"
	"fmt"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/internal/strictjson"
)

// Skipped is a key of a set that cannot be used.
type Skipped struct {
	Index int    // its place in the set, from 0
	KeyID string // its kid, if it could be read
	Err   error  // why; wraps ErrUnsupported if kty or crv is unknown
}

// ParseSet returns the usable keys of the JWK Set in data, which may have at most
// 1 MiB and 1000 keys, in order. For each key the rules are those of [ParseVerifier]. A
// key that cannot be used, for whatever reason, is skipped and spoils nothing; among
// these are private and oct keys, which have no place in a set of public keys: whoever
// published one should be told. Two keys with one kid are both kept.
//
// It fails if data as a whole is not a JSON object in UTF-8, at most 32 levels deep, with
// one array keys; or, with [ErrNoUsableKey], if no key of it can be used; skipped then
// says why.
func ParseSet(data []byte, algs ...jwt.Algorithm) (keys jwt.KeySet, skipped []Skipped, err error) {
	return ParseSetFunc(data, algs, nil)
}

// ParseSetFunc is ParseSet for sets with keys of a kty or crv that this package does
// not know: other is called with each such JWK and returns its Verifier, or an error
// that is reported as skipped. The Verifier must be bound to one algorithm and kid. data
// may not be kept.
func ParseSetFunc(data []byte, algs []jwt.Algorithm, other func(data []byte) (jwt.Verifier, error)) (keys jwt.KeySet, skipped []Skipped, err error) {
	if len(data) > maxSet {
		return nil, nil, fmt.Errorf("jwk: set longer than %d bytes", maxSet)
	}
	list, err := setKeys(data)
	if err != nil {
		return nil, nil, fmt.Errorf("jwk: set: %w", err)
	}
	index := 0
	err = strictjson.AnyElements(list, func(value strictjson.Value) error {
		if index >= maxKeys {
			return fmt.Errorf("more than %d keys", maxKeys)
		}
		k, err := decode(value)
		var v jwt.Verifier
		if err == nil {
			v, err = k.verifier(algs)
		}
		if errors.Is(err, ErrUnsupported) && other != nil {
			if v, err = other(value); err == nil && check.IsNil(v) {
				err = errors.New("no Verifier was made for it")
			}
		}
		if err == nil {
			keys = append(keys, v)
		} else {
			s := Skipped{Index: index, Err: err}
			if k != nil {
				s.KeyID = k.kid
			}
			skipped = append(skipped, s)
		}
		index++
		return nil
	})
	switch {
	case errors.Is(err, strictjson.ErrSyntax):
		return nil, nil, errors.New("jwk: set: keys is not an array")
	case err != nil:
		return nil, nil, fmt.Errorf("jwk: set: %w", err)
	case len(keys) == 0:
		return nil, skipped, fmt.Errorf("%w (it has %d)", ErrNoUsableKey, index)
	}
	return keys, skipped, nil
}

// setKeys returns the member keys of a set. It does not look for duplicate names
// beyond that one, so that a key with some can be skipped by itself.
func setKeys(data []byte) (list strictjson.Value, err error) {
	found := 0
	err = strictjson.AnyMembers(data, func(name []byte, value strictjson.Value) error {
		if string(name) == "keys" {
			found++
			list = value.Clone()
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case found == 0:
		return nil, errors.New("keys is missing")
	case found > 1:
		return nil, errors.New("keys occurs twice")
	}
	return list, nil
}
