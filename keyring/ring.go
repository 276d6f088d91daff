package keyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cda17858/jwt"
)

// A key is one key of a ring and its times. It signs from from until until, either of
// which is zero as long as it is not known.
type key struct {
	*material
	published, from, until time.Time
	lifetime               time.Duration // of the tokens that it has signed, at most
}

func (k *key) retired(now time.Time) bool { return !k.until.IsZero() && !now.Before(k.until) }

// goneAt is when the last token of a key that signs until k.until has expired.
func (k *key) goneAt() time.Time { return k.until.Add(grace).Add(k.lifetime) }

func (k *key) gone(now time.Time) bool { return k.retired(now) && !now.Before(k.goneAt()) }

func (k key) equal(l key) bool {
	return k.kid == l.kid && k.lifetime == l.lifetime &&
		k.published.Equal(l.published) && k.from.Equal(l.from) && k.until.Equal(l.until)
}

// keys are those of a ring, oldest first. The last has no end, and each but the last
// two has one.
type keys []key

// current returns the index of the key that signs: the first that is not retired. It
// does not look at from, since the clock that wrote it may be ahead of this one.
func (ks keys) current(now time.Time) int {
	i := len(ks) - 1
	for i > 0 && !ks[i-1].retired(now) {
		i--
	}
	return i
}

// live returns the keys that verify: the current one, what comes next, then the
// retired ones, newest first.
func (ks keys) live(now time.Time) []*key {
	var live []*key
	c := ks.current(now)
	for i := c; i < len(ks); i++ {
		live = append(live, &ks[i])
	}
	for i := c - 1; i >= 0; i-- {
		if !ks[i].gone(now) {
			live = append(live, &ks[i])
		}
	}
	return live
}

// A snapshot is what the store held at some time. It is immutable, and depends on
// time only in the way that keys do, so that even a ring that can no longer reach its
// store rotates once, and forgets keys when it should.
type snapshot struct {
	keys    keys
	byID    map[string]int // indices of keys
	version string         // "" if it is not known
}

func newSnapshot(ks keys, version string) *snapshot {
	s := &snapshot{ks, make(map[string]int, len(ks)), version}
	for i, k := range ks {
		s.byID[k.kid] = i
	}
	return s
}

// index returns the index of a key that is not gone, or -1.
func (s *snapshot) index(kid string, now time.Time) int {
	if i, ok := s.byID[kid]; ok && !s.keys[i].gone(now) {
		return i
	}
	return -1
}

// material returns the key with this JWK, or nil.
func (s *snapshot) material(jwk []byte) *material {
	if s != nil {
		for _, k := range s.keys {
			if bytes.Equal(k.jwk, jwk) {
				return k.material
			}
		}
	}
	return nil
}

var (
	errZero    = errors.New("keyring: the Ring is zero; New makes one")
	errClosed  = errors.New("keyring: the Ring is closed")
	errUnknown = fmt.Errorf("keyring: %w", jwt.ErrUnknownKey)
)

// Algorithm returns the algorithm of the ring.
func (r *Ring) Algorithm() jwt.Algorithm { return r.codec.alg }

// KeyID returns the kid of the current key.
func (r *Ring) KeyID() string {
	s := r.snap.Load()
	if s == nil {
		return ""
	}
	return s.keys[s.keys.current(time.Now())].kid
}

// Sign implements [jwt.Signer]: it signs with the key that h names, if that is the
// current one, or was less than a minute ago and has not been revoked.
func (r *Ring) Sign(ctx context.Context, h jwt.Header, input []byte) ([]byte, error) {
	s := r.snap.Load()
	if s == nil {
		return nil, errZero
	}
	now := time.Now()
	i := s.index(h.KeyID, now)
	if i < 0 {
		return nil, errors.New("keyring: the header names no key of this ring; it may have been revoked just now")
	}
	switch c := s.keys.current(now); {
	case i > c:
		return nil, errors.New("keyring: the header names a key that does not sign yet")
	case i < c && !now.Before(s.keys[i].until.Add(grace)):
		return nil, errors.New("keyring: the header names a key that was retired more than a minute ago")
	}
	return s.keys[i].signer.Sign(ctx, h, input)
}

// Verify implements [jwt.Verifier] over all keys that are alive. For a token without
// kid, it asks each as a [jwt.KeySet] does, the current one first: at most 16.
func (r *Ring) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	s := r.snap.Load()
	if s == nil {
		return errZero
	}
	now := time.Now()
	if h.KeyID == "" {
		var set jwt.KeySet
		for _, k := range s.keys.live(now) {
			set = append(set, k.verifier)
		}
		return set.Verify(ctx, h, input, sig)
	}
	i := s.index(h.KeyID, now)
	if i < 0 {
		return errUnknown
	}
	return s.keys[i].verifier.Verify(ctx, h, input, sig)
}

// Keys returns the keys to publish: the current one first, then the next, then those
// that are retired, newest first. Each is a [jwt.Verifier]. HMAC keys are never
// published: for HS256, HS384 and HS512 it returns nil.
func (r *Ring) Keys() []jwt.KeyVerifier {
	s := r.snap.Load()
	if s == nil {
		return nil
	}
	var public []jwt.KeyVerifier
	for _, k := range s.keys.live(time.Now()) {
		if v := k.verifier; v.PublicKey() != nil {
			public = append(public, v)
		}
	}
	return public
}
