package jwks

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/jwk"
)

// A set is what one fetch brought, indexed. It is immutable.
type set struct {
	keys      []jwt.KeyVerifier // as published
	all       jwt.KeySet        // their Verifiers, of the same index, wrapped
	byKey     map[string][]int  // from identity to indexes
	byKID     map[string]jwt.Verifier
	anonymous jwt.KeySet // the keys without kid
	fetched   time.Time
	life      time.Duration
	url, etag string // where it is from; etag is of that URL alone
	unusable  error  // if it has no keys
}

// newSet indexes keys. A key that old has as well keeps its Verifier.
func newSet(keys []jwt.KeyVerifier, old *set, wrap func(jwt.Verifier) jwt.Verifier) *set {
	s := &set{keys: keys, byKey: make(map[string][]int), byKID: make(map[string]jwt.Verifier)}
	named := make(map[string]jwt.KeySet)
	for i, key := range keys {
		id := identity(key)
		s.byKey[id] = append(s.byKey[id], i)
		v := old.verifier(id, key)
		if v == nil {
			v = key
			if wrap != nil {
				v = wrap(v)
			}
		}
		s.all = append(s.all, v)
		if kid := key.KeyID(); kid == "" {
			s.anonymous = append(s.anonymous, v)
		} else {
			named[kid] = append(named[kid], v)
		}
	}
	for kid, group := range named {
		// Keys without kid may have signed it as well, and are asked last.
		group = append(group, s.anonymous...)
		s.byKID[kid] = group
		if len(group) == 1 && !check.IsNil(group[0]) {
			s.byKID[kid] = group[0]
		}
	}
	return s
}

// errNoKID says that no key has the kid of the token, and none without kid verifies it.
var errNoKID = fmt.Errorf("jwks: %w", jwt.ErrUnknownKey)

// verify is Verify over the keys of s.
func (s *set) verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	if v, ok := s.byKID[h.KeyID]; ok {
		return v.Verify(ctx, h, input, sig)
	}
	candidates := s.anonymous
	if h.KeyID == "" {
		candidates = s.all
	}
	if len(candidates) == 0 {
		return errNoKID
	}
	err := candidates.Verify(ctx, h, input, sig)
	switch {
	case errors.Is(err, jwt.ErrUnknownKey):
		return errNoKID
	case errors.Is(err, jwt.ErrSignature) && h.KeyID != "":
		return errNoKID // of a key with that kid, perhaps, which is not here yet
	}
	return err
}

// verifier returns the Verifier that s has for key, whose identity is id, or nil.
func (s *set) verifier(id string, key jwt.KeyVerifier) jwt.Verifier {
	if s == nil {
		return nil
	}
	for _, i := range s.byKey[id] {
		if samePublicKey(s.keys[i].PublicKey(), key.PublicKey()) {
			return s.all[i]
		}
	}
	return nil
}

// identity returns a text that only keys of one algorithm and kid share, and, of the
// families that package jwk knows, only those that are the same.
func identity(key jwt.KeyVerifier) string {
	if data, err := jwk.Marshal(key); err == nil {
		return string(data)
	}
	return string(key.Algorithm()) + " " + key.KeyID()
}

func samePublicKey(a, b crypto.PublicKey) bool {
	e, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && e.Equal(b)
}
