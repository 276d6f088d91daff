package jwt

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/cda17858/jwt/internal/check"
)

// A decoder is a KeyFunc: it decodes the private claims, into the type p.
type decoder interface{ decodes(p reflect.Type) error }

// suits refuses a Verifier that the policy cannot be used with, as far as that can be told
// for each token. p is the type of the private claims.
func (val *Validator) suits(v Verifier, p reflect.Type) error {
	keyFunc := false
	switch k := v.(type) {
	case Key:
		if !val.rules.Allows(string(k.Algorithm())) {
			return fmt.Errorf("the key is for %s, which is not in Policy.Algorithms", k.Algorithm())
		}
	case KeySet, IssuerKeys:
	default:
		var d decoder
		if d, keyFunc = unwrap(v).(decoder); keyFunc {
			if err := d.decodes(p); err != nil {
				return err
			}
		}
	}
	if len(val.policy.Issuers) <= 1 && val.policy.IssuerFunc == nil {
		return nil
	}
	_, keySet := unwrap(v).(KeySet)
	_, issuerKeys := unwrap(v).(IssuerKeys)
	switch {
	case len(val.policy.Issuers) > 1 && !issuerKeys && !keyFunc:
		return errors.New("a policy with several Issuers needs IssuerKeys or a KeyFunc: with other keys, one issuer could sign in the name of another")
	case val.policy.IssuerFunc != nil && (keySet || issuerKeys):
		return errors.New("a policy with IssuerFunc needs a KeyFunc, or one source of keys of one operator: with a KeySet or IssuerKeys, one issuer could sign in the name of another")
	}
	return nil
}

// fits refuses a Verifier that could verify no token of the policy, or of which a part could
// not. It is suits for a Verifier that stays.
func (val *Validator) fits(v Verifier, p reflect.Type) error {
	if check.IsNil(v) || check.IsNil(unwrap(v)) {
		return errors.New("nil Verifier")
	}
	if err := val.suits(v, p); err != nil {
		return err
	}
	if keys, ok := unwrap(v).(IssuerKeys); ok {
		if err := val.sameIssuers(keys); err != nil {
			return err
		}
	}
	return val.fitsParts(v, p, 0)
}

// sameIssuers compares the issuers of the policy with those that have keys.
func (val *Validator) sameIssuers(keys IssuerKeys) error {
	if len(keys) == 0 {
		return errEmptyIssuers
	}
	for _, iss := range val.policy.Issuers {
		if _, ok := keys[iss]; !ok {
			return fmt.Errorf("%q is in Policy.Issuers, but has no keys in IssuerKeys %s", iss, quoteList(sorted(keys)))
		}
	}
	for _, iss := range sorted(keys) {
		if len(val.policy.Issuers) > 0 && !slices.Contains(val.policy.Issuers, iss) {
			return fmt.Errorf("%q is in IssuerKeys, but not in Policy.Issuers %s", iss, quoteList(val.policy.Issuers))
		}
	}
	return nil
}

func sorted(keys IssuerKeys) []string { return slices.Sorted(maps.Keys(keys)) }

// maxNested is how deep sets may be nested. A set that contains itself is deeper.
const maxNested = 32

// fitsParts refuses a Verifier, or a member of it, that has no algorithm of the policy, or is a
// KeyFunc for another P.
func (val *Validator) fitsParts(v Verifier, p reflect.Type, depth int) error {
	v = unwrap(v)
	if check.IsNil(v) {
		return errors.New("nil Verifier")
	}
	if depth > maxNested {
		return fmt.Errorf("sets of keys are nested deeper than %d levels", maxNested)
	}
	switch v := v.(type) {
	case Key:
		if !val.rules.Allows(string(v.Algorithm())) {
			return fmt.Errorf("a key is for %s, which is not in Policy.Algorithms %v", v.Algorithm(), val.policy.Algorithms)
		}
	case KeySet:
		if len(v) == 0 {
			return errEmptySet
		}
		for i, member := range v {
			if err := val.fitsParts(member, p, depth+1); err != nil {
				return fmt.Errorf("KeySet, element %d: %w", i, err)
			}
		}
	case IssuerKeys:
		for _, iss := range sorted(v) {
			if err := val.fitsParts(v[iss], p, depth+1); err != nil {
				return fmt.Errorf("IssuerKeys of %q: %w", iss, err)
			}
		}
	case decoder:
		return v.decodes(p)
	case interface{ Algorithms() []Algorithm }:
		if err := val.hasIssuer(v); err != nil {
			return err
		}
		algs := v.Algorithms()
		if !slices.ContainsFunc(algs, func(a Algorithm) bool { return val.rules.Allows(string(a)) }) {
			return fmt.Errorf("%T has keys for %v; none of these is in Policy.Algorithms %v", v, algs, val.policy.Algorithms)
		}
	}
	return nil
}

// hasIssuer refuses a source of keys that says of which issuer it is, if the policy has others.
func (val *Validator) hasIssuer(v any) error {
	source, ok := v.(interface{ Issuer() string })
	if !ok || source.Issuer() == "" || len(val.policy.Issuers) == 0 || slices.Contains(val.policy.Issuers, source.Issuer()) {
		return nil
	}
	return fmt.Errorf("%T has the keys of %q, which is not in Policy.Issuers %s", v, source.Issuer(), quoteList(val.policy.Issuers))
}
