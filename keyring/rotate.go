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

// ErrTooSoon says that Rotate refused although nothing is wrong: the next key has been
// published for less than Lead, or the ring holds 100 keys.
var ErrTooSoon = errors.New("too soon")

var (
	errReadOnly = errors.New("keyring: Config.ReadOnly is set: this ring does not change keys")
	errNoKeys   = errors.New("keyring: the store is empty, and Config.ReadOnly is set: first start the process that writes")
)

// Rotate retires the current key. The next key signs from now on, and a new next key is
// made and published. If the next key has been published for less than Lead, nothing is
// changed, and the error wraps [ErrTooSoon].
//
// Other processes with the same store follow within 30 seconds. After an error of the
// store, the keys may have been rotated or not; the ring finds out by itself.
func (r *Ring) Rotate(ctx context.Context) error {
	if r.readOnly {
		return errReadOnly
	}
	return r.update(ctx, (*plan).rotate, slog.String("action", "rotate"))
}

// Revoke deletes a key that is compromised. If it is the current key, the next one signs
// at once, however short the time for which it has been published.
//
// When Revoke has returned nil, this ring neither signs nor verifies with the key. It
// lives on elsewhere for a while:
//   - Other processes with the same store stop within 30 seconds.
//   - A process that cannot read the store goes on with the key until it can, or until its
//     keys are stale: for Config.MaxStale at most, which is 24 hours by default. Restart
//     it to stop it at once: New fails without the store.
//   - Verifiers that cache the published keys accept the key until they fetch them anew.
//
// A verifier that uses package jwks may refuse tokens of the new current key for up to
// 30 seconds if it has not fetched that key yet, and for longer if it fetches from a
// process that has not followed yet.
//
// The error wraps [jwt.ErrUnknownKey] if there is no such key. After any other error, call
// Revoke again.
func (r *Ring) Revoke(ctx context.Context, kid string) error {
	if r.readOnly {
		return errReadOnly
	}
	return r.update(ctx, func(p *plan) error { return p.revoke(kid) },
		slog.String("action", "revoke"), slog.String("revoked", kid))
}

// maxAhead is how far ahead of ours the clock of another process may be.
const maxAhead = 5 * time.Minute

// A plan is what the keys of a ring shall be.
type plan struct {
	*Ring
	now   time.Time
	keys  keys
	fresh func() (*material, error)
	ahead time.Duration // how far the clock of another process was ahead
}

// setBack takes times of the past that are yet to come as now. They were written by a
// process whose clock was ahead. If they stayed, no key would be rotated before them.
//
// The last key is added when the one before it becomes the current key. So all times
// are of the past except those that say when the last key is to take over.
func (p *plan) setBack() {
	last := len(p.keys) - 1
	for i := range p.keys {
		k := &p.keys[i]
		p.setBackTime(&k.published)
		if i < last {
			p.setBackTime(&k.from)
		}
		if i < last-1 {
			p.setBackTime(&k.until)
		}
	}
	if p.ahead > 0 && p.keys.current(p.now) == last-1 {
		p.schedule(last - 1)
	}
}

func (p *plan) setBackTime(t *time.Time) {
	if d := t.Sub(p.now); d > maxAhead {
		p.ahead = max(p.ahead, d)
		*t = p.now
	}
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
	p.schedule(len(p.keys) - 2) // Period may have changed, and may have passed
	return p.tend()
}

// tend deletes keys that are gone and adds keys that are missing.
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

// schedule sets when the key after c, the current key, takes over.
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
