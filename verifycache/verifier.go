package verifycache

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/cda17858/jwt"
)

// A Verifier is a jwt.Verifier that remembers valid signatures. It is for callers that want
// the claims to be decoded each time, and pays off if verifying a signature takes more than
// two microseconds: not for HMAC.
//
// It is safe for concurrent use, starts no goroutine, and must not be copied.
type Verifier struct {
	inner      jwt.Verifier
	maxAge     time.Duration
	good       *otter.Cache[string, verified]
	generation atomic.Uint64
}

// verified says when a signature was verified, and under which Generation of the keys.
type verified struct {
	generation uint64
	at         time.Time
}

// NewVerifier returns a Verifier around inner. It uses two fields of cfg: Entries, where 0
// means 10,000, and MaxAge, which is required unless inner is a [jwt.Key] or has a method
// Generation() uint64 that does not return 0.
//
// Put a Verifier inside a [jwt.KeyFunc] or [jwt.IssuerKeys], so that they choose a key for each
// token. A Verifier around them remembers their choices.
//
// jwt.NewParser looks through a Verifier.
func NewVerifier(inner jwt.Verifier, cfg Config) (*Verifier, error) {
	if inner == nil {
		return nil, errors.New("verifycache: NewVerifier: nil Verifier")
	}
	v := &Verifier{inner: inner, maxAge: cfg.MaxAge}
	if err := cfg.complete(v.Generation()); err != nil {
		return nil, fmt.Errorf("verifycache: %w", err)
	}
	var err error
	v.good, err = newTable(cfg.Entries, cfg.Bytes, func(verified) int { return overhead / 2 })
	if err != nil {
		return nil, fmt.Errorf("verifycache: %w", err)
	}
	return v, nil
}

// Unwrap returns the Verifier within.
func (v *Verifier) Unwrap() jwt.Verifier { return v.inner }

// Generation returns that of the Verifier within; 1 if it is a jwt.Key; 0 if it cannot tell.
func (v *Verifier) Generation() uint64 {
	switch inner := v.inner.(type) {
	case interface{ Generation() uint64 }:
		return inner.Generation()
	case jwt.Key:
		return 1
	}
	return 0
}

// Verify implements jwt.Verifier. An error is not remembered.
func (v *Verifier) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	generation := v.Generation()
	if old := v.generation.Load(); old != generation && v.generation.CompareAndSwap(old, generation) && old != 0 {
		v.good.InvalidateAll()
	}
	key := digest(h, input, sig)
	if g, ok := v.good.GetIfPresent(key); ok && g.generation == generation && (v.maxAge == 0 || time.Since(g.at) < v.maxAge) {
		return nil
	}
	at := time.Now()
	if err := v.inner.Verify(ctx, h, input, sig); err != nil {
		return err
	}
	if generation != 0 || v.maxAge != 0 {
		v.good.Set(key, verified{generation, at})
	}
	return nil
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// digest returns a hash of all that a Verifier is asked about.
func digest(h jwt.Header, input, sig []byte) string {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	b := (*buf)[:0]
	for _, part := range [][]byte{[]byte(h.Algorithm), []byte(h.KeyID), []byte(h.Type), input} {
		b = binary.LittleEndian.AppendUint64(b, uint64(len(part)))
		b = append(b, part...)
	}
	sum := sha256.Sum256(append(b, sig...))
	clear(b) // it must not show one token through another's
	*buf = b
	return string(sum[:])
}
