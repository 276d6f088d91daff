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

// A snapshot is what the store held at some time. It is immutable. What it means
// depends on the time only as keys do: a ring that cannot reach its store still rotates
// once, and forgets keys when it should.
type snapshot struct {
	keys     keys
	byID     map[string]int // indices of keys
	version  string         // "" if it is not known
	asOf     time.Time      // when the call of the store began that showed it
	removals uint64         // how many snapshots, this one included, lacked a key of the one before
}

// next returns the snapshot that follows s, which may be nil.
func (s *snapshot) next(ks keys, version string, asOf time.Time) *snapshot {
	t := &snapshot{ks, make(map[string]int, len(ks)), version, asOf, 1}
	for i, k := range ks {
		t.byID[k.kid] = i
	}
	if s == nil {
		return t
	}
	t.removals = s.removals
	for _, k := range s.keys {
		if i, ok := t.byID[k.kid]; !ok || ks[i].material != k.material {
			t.removals++
			break
		}
	}
	return t
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

// usable returns the snapshot to sign and verify with, and the time.
func (r *Ring) usable() (*snapshot, time.Time, error) {
	s, now := r.snap.Load(), time.Now()
	switch {
	case s == nil:
		return nil, now, errZero
	case r.stale(s, now):
		return nil, now, fmt.Errorf("keyring: the keys were last seen in the store at %s; Config.MaxStale is %v",
			s.asOf.UTC().Format(time.RFC3339), r.maxStale)
	}
	return s, now, nil
}

func (r *Ring) stale(s *snapshot, now time.Time) bool { return now.Sub(s.asOf) > r.maxStale }

// Algorithm returns the algorithm of the ring.
func (r *Ring) Algorithm() jwt.Algorithm { return r.codec.alg }

// Algorithms returns the algorithm of the ring, as the only element.
func (r *Ring) Algorithms() []jwt.Algorithm {
	if r.codec.alg == "" {
		return nil
	}
	return []jwt.Algorithm{r.codec.alg}
}

// KeyID returns the kid of the current key.
func (r *Ring) KeyID() string {
	s := r.snap.Load()
	if s == nil {
		return ""
	}
	return s.keys[s.keys.current(time.Now())].kid
}

// Sign implements [jwt.Signer]. It signs with the key that h names. That must be the
// current key, or one that was retired less than a minute ago and has not been revoked.
// It fails when the keys are stale: see Config.MaxStale.
func (r *Ring) Sign(ctx context.Context, h jwt.Header, input []byte) ([]byte, error) {
	s, now, err := r.usable()
	if err != nil {
		return nil, err
	}
	i := s.index(h.KeyID, now)
	if i < 0 {
		return nil, errors.New("keyring: the header names a key that this ring does not have; it may have been revoked just now")
	}
	switch c := s.keys.current(now); {
	case i > c:
		return nil, errors.New("keyring: the header names a key that does not sign yet")
	case i < c && !now.Before(s.keys[i].until.Add(grace)):
		return nil, errors.New("keyring: the header names a key that was retired more than a minute ago")
	}
	return s.keys[i].signer.Sign(ctx, h, input)
}

// Verify implements [jwt.Verifier] with all keys that are not gone. A token without a
// kid is checked as by a [jwt.KeySet], with the current key first: at most 16 signatures
// are verified.
//
// When the keys are stale, Verify reports that it could not check: see Config.MaxStale.
func (r *Ring) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	s, now, err := r.usable()
	if err != nil {
		return err
	}
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

// Keys returns the keys to publish: the current one, the next one, then the retired
// ones, newest first. HMAC keys are never published: for HS256, HS384 and HS512 it
// returns nil. It also returns nil when the keys are stale, so that a handler of package
// jwks answers 503 and does not publish a key that may have been revoked.
func (r *Ring) Keys() []jwt.KeyVerifier {
	s, now, err := r.usable()
	if err != nil {
		return nil
	}
	var public []jwt.KeyVerifier
	for _, k := range s.keys.live(now) {
		if k.verifier.PublicKey() != nil {
			public = append(public, k.verifier)
		}
	}
	return public
}

// Generation returns a number that changes whenever a key stops verifying: when it is
// revoked, when the last token of a retired key has expired, and when the keys become
// stale. It may change at other times too. It never returns to an earlier number if a key
// verified then that does not verify now. So a result of Verify may be kept for as long as
// the Generation is what it was before the call. Only the zero Ring returns 0.
func (r *Ring) Generation() uint64 {
	s := r.snap.Load()
	if s == nil {
		return 0
	}
	now := time.Now()
	// The low half depends on the time only. A state holds fewer than 1<<15 keys.
	g := s.removals << 16
	for i := range s.keys {
		if s.keys[i].gone(now) {
			g += 2
		}
	}
	if r.stale(s, now) {
		g++
	}
	return g
}
