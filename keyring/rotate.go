package keyring

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/cda17858/jwt"
)

// ErrTooSoon is the reason why Rotate refuses although nothing is wrong: the next key
// has been published for less than Lead, or the ring holds 100 keys.
var ErrTooSoon = errors.New("too soon")

var (
	errReadOnly = errors.New("keyring: Config.ReadOnly is set: this ring does not change keys")
	errNoKeys   = errors.New("keyring: the store is empty, and Config.ReadOnly is set: start the process that writes first")
)

// Rotate retires the current key and lets the next one sign from now on; a new next
// key is made and published. If the next key has been published for less than Lead,
// nothing is changed, and the error wraps [ErrTooSoon].
//
// Other processes with the same store follow within 30 seconds. After an error of the
// store, the keys may have been rotated or not; the ring finds out by itself.
func (r *Ring) Rotate(ctx context.Context) error {
	if r.readOnly {
		return errReadOnly
	}
	return r.update(ctx, (*plan).rotate, slog.String("action", "rotate"))
}

// Revoke deletes a key that is compromised: when Revoke has returned nil, this ring
// neither signs nor verifies with it, and other processes with the same store stop
// within 30 seconds. If it is the current key, the next one signs at once, however
// short the time for which it has been published. A verifier that uses package jwks may
// then refuse its tokens for up to 30 seconds if the key is newer than the set that it
// has, and for longer if it fetches that from a process that has not followed yet.
//
// The error wraps [jwt.ErrUnknownKey] if there is no such key. After any other, call
// Revoke again.
func (r *Ring) Revoke(ctx context.Context, kid string) error {
	if r.readOnly {
		return errReadOnly
	}
	return r.update(ctx, func(p *plan) error { return p.revoke(kid) },
		slog.String("action", "revoke"), slog.String("revoked", kid))
}

// A plan is what the keys of a ring shall be.
type plan struct {
	*Ring
	now   time.Time
	keys  keys
	fresh func() (*material, error)
}

// start is what New does.
func (p *plan) start() error {
	if p.readOnly {
		if len(p.keys) == 0 {
			return errNoKeys
		}
		return nil
	}
	if err := p.tend(); err != nil {
		return err
	}
	p.schedule(len(p.keys) - 2) // Period may be another than before, and be over
	return p.tend()
}

// tend deletes what is gone and adds what is missing.
func (p *plan) tend() error {
	p.keys = slices.DeleteFunc(p.keys, func(k key) bool { return k.gone(p.now) })
	if n := len(p.keys); n == 0 || p.keys[n-1].retired(p.now) {
		if err := p.add(); err != nil {
			return err
		}
		p.keys[n].from = p.now
	}
	c := p.keys.current(p.now)
	if c == len(p.keys)-1 {
		if err := p.add(); err != nil {
			return err
		}
		p.schedule(c)
	}
	for i := c; i < len(p.keys); i++ {
		p.keys[i].lifetime = max(p.keys[i].lifetime, p.lifetime)
	}
	return nil
}

// add adds a key that does not sign yet.
func (p *plan) add() error {
	m, err := p.fresh()
	if err != nil {
		return err
	}
	p.keys = append(p.keys, key{material: m, published: p.now, lifetime: p.lifetime})
	return nil
}

// schedule sets when the key after the current one, c, takes over.
func (p *plan) schedule(c int) {
	var at time.Time
	if p.period > 0 {
		at = latest(p.now, p.keys[c].from.Add(p.period), p.keys[c+1].published.Add(p.lead))
	}
	p.keys[c].until, p.keys[c+1].from = at, at
}

func latest(t time.Time, others ...time.Time) time.Time {
	for _, u := range others {
		if u.After(t) {
			t = u
		}
	}
	return t
}

func (p *plan) rotate() error {
	if err := p.tend(); err != nil {
		return err
	}
	c := p.keys.current(p.now)
	if ready := p.keys[c+1].published.Add(p.lead); p.now.Before(ready) {
		return fmt.Errorf("keyring: %w: the next key has been published for %v, and Config.Lead is %v; Rotate at %s, or Revoke the current key if it is compromised",
			ErrTooSoon, p.now.Sub(p.keys[c+1].published), p.lead, ready.Format(time.RFC3339))
	}
	if len(p.keys) >= maxKeys {
		return fmt.Errorf("keyring: %w: the ring holds %d keys, and the oldest verifies until %s",
			ErrTooSoon, len(p.keys), p.keys[0].goneAt().Format(time.RFC3339))
	}
	p.keys[c].until, p.keys[c+1].from = p.now, p.now
	return p.tend()
}

func (p *plan) revoke(kid string) error {
	i := slices.IndexFunc(p.keys, func(k key) bool { return k.kid == kid && !k.gone(p.now) })
	if i < 0 {
		return fmt.Errorf("keyring: Revoke: %w", jwt.ErrUnknownKey)
	}
	if c := p.keys.current(p.now); i == c && c+1 < len(p.keys) {
		p.keys[c+1].from = p.now
	}
	p.keys = slices.Delete(p.keys, i, i+1)
	return p.tend()
}
