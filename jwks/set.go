package jwks

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"time"

	"github.com/cda17858/jwt"
)

// A set is what one fetch brought, indexed. It is immutable.
type set struct {
	keys      []jwt.Key      // as published
	verifiers []jwt.Verifier // of the same index, wrapped
	byKID     map[string]jwt.Verifier
	anonymous jwt.KeySet // the keys without kid
	all       jwt.KeySet
	fetched   time.Time
	life      time.Duration
	etag      string
}

// newSet indexes keys. A key that old has as well keeps its Verifier.
func newSet(keys []jwt.Key, old *set, wrap func(jwt.Verifier) jwt.Verifier) *set {
	s := &set{keys: keys, byKID: make(map[string]jwt.Verifier)}
	named := make(map[string]jwt.KeySet)
	for _, key := range keys {
		v := old.verifier(key)
		if v == nil {
			v = key.(jwt.Verifier)
			if wrap != nil {
				v = wrap(v)
			}
		}
		s.verifiers = append(s.verifiers, v)
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
		if len(group) == 1 {
			s.byKID[kid] = group[0]
		}
	}
	return s
}

// errNoKID says that no key has the kid of the token, and none without kid is for it.
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
	if errors.Is(err, jwt.ErrUnknownKey) {
		return errNoKID
	}
	return err
}

// verifier returns the Verifier that s has for key, or nil.
func (s *set) verifier(key jwt.Key) jwt.Verifier {
	if s == nil {
		return nil
	}
	for i, k := range s.keys {
		if k.Algorithm() == key.Algorithm() && k.KeyID() == key.KeyID() && samePublicKey(k.PublicKey(), key.PublicKey()) {
			return s.verifiers[i]
		}
	}
	return nil
}

func samePublicKey(a, b crypto.PublicKey) bool {
	e, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && e.Equal(b)
}
