package jwks

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/jwk"
)

// A set is what one fetch brought. It is immutable.
type set struct {
	*index
	generation uint64 // see Client.Generation
	fetched    time.Time
	life       time.Duration
	url, etag  string // where it is from; etag is of that URL only
	unusable   error  // if it has no keys
}

// An index is the keys of a set. It is immutable, and sets with the same keys share it.
type index struct {
	keys      []jwt.KeyVerifier // as published
	all       jwt.KeySet        // their Verifiers in the same order, wrapped
	ids       []string          // their identities in the same order
	byID      map[string][]int  // from identity to places
	byKID     map[string]jwt.Verifier
	anonymous jwt.KeySet // the keys without kid
}

// newIndex returns the index of keys: old, if that has the same keys. A key that old has
// keeps its Verifier.
func newIndex(keys []jwt.KeyVerifier, old *index, wrap func(jwt.Verifier) jwt.Verifier) *index {
	x := &index{keys: keys, byID: make(map[string][]int), byKID: make(map[string]jwt.Verifier)}
	same := old != nil && len(old.keys) == len(keys)
	for i, key := range keys {
		id := identity(key)
		x.ids = append(x.ids, id)
		x.byID[id] = append(x.byID[id], i)
		v := old.verifier(id, key)
		same = same && v != nil && old.ids[i] == id && samePublicKey(old.keys[i].PublicKey(), key.PublicKey())
		if v == nil {
			v = key
			if wrap != nil {
				v = wrap(v)
			}
		}
		x.all = append(x.all, v)
	}
	if same {
		return old
	}
	x.group()
	return x
}

// group fills in byKID and anonymous.
func (x *index) group() {
	named := make(map[string]jwt.KeySet)
	for i, key := range x.keys {
		if kid := key.KeyID(); kid == "" {
			x.anonymous = append(x.anonymous, x.all[i])
		} else {
			named[kid] = append(named[kid], x.all[i])
		}
	}
	for kid, group := range named {
		switch {
		case len(x.anonymous) > 0:
			// Keys without kid may have signed it as well, and are asked last. All kids
			// share them: they can be hundreds.
			x.byKID[kid] = append(group, x.anonymous)
		case len(group) == 1 && !check.IsNil(group[0]):
			x.byKID[kid] = group[0]
		default:
			x.byKID[kid] = group
		}
	}
}

// errNoKID says that no key has the kid of the token, and none without kid verifies it.
var errNoKID = fmt.Errorf("jwks: %w", jwt.ErrUnknownKey)

// verify is Verify over the keys of x.
func (x *index) verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	if v, ok := x.byKID[h.KeyID]; ok {
		return v.Verify(ctx, h, input, sig)
	}
	candidates := x.anonymous
	if h.KeyID == "" {
		candidates = x.all
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

// verifier returns the Verifier that x has for key, whose identity is id, or nil.
func (x *index) verifier(id string, key jwt.KeyVerifier) jwt.Verifier {
	if x == nil {
		return nil
	}
	for _, i := range x.byID[id] {
		if samePublicKey(x.keys[i].PublicKey(), key.PublicKey()) {
			return x.all[i]
		}
	}
	return nil
}

// lacks reports whether x has not all the keys of old.
func (x *index) lacks(old *index) bool {
	return x != old && old != nil && slices.ContainsFunc(old.keys, func(key jwt.KeyVerifier) bool {
		return x.verifier(identity(key), key) == nil
	})
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
