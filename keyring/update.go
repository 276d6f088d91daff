package keyring

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"
)

// maxTries is how often an update is tried while others update the same store. A try
// only fails because another one has succeeded.
const maxTries = 50

var errLost = errors.New("keyring: the store is empty, although it held keys before: restore it")

// update loads the keys and stores what decide makes of them. If another process was
// faster, it starts again. Afterwards the ring has the keys that were loaded last, or those
// that it has stored: no key signs before it is in the store. did is what the log says
// of the change.
func (r *Ring) update(ctx context.Context, decide func(*plan) error, did ...slog.Attr) error {
	switch {
	case ctx == nil:
		return errors.New("keyring: nil context")
	case r.busy == nil:
		return errZero
	case ctx.Err() != nil:
		return fmt.Errorf("keyring: %w", ctx.Err())
	}
	select {
	case r.busy <- struct{}{}:
		defer func() { <-r.busy }()
	case <-ctx.Done():
		return fmt.Errorf("keyring: %w", ctx.Err())
	}
	supply := supply{alg: r.codec.alg}
	for try := range maxTries {
		loaded, version, err := r.load(ctx)
		if err != nil {
			return err
		}
		supply.used = 0
		p := &plan{Ring: r, now: time.Now().Round(0).UTC(), keys: slices.Clone(loaded), fresh: supply.next}
		if !r.readOnly {
			p.setBack()
		}
		if err := decide(p); err != nil {
			return err
		}
		if slices.EqualFunc(p.keys, loaded, key.equal) {
			return nil
		}
		err = r.swap(ctx, version, p, did)
		if !errors.Is(err, ErrConflict) {
			return err
		}
		if err := pause(ctx, rand.N(time.Duration(try+1)*time.Millisecond)); err != nil {
			return fmt.Errorf("keyring: %w", err)
		}
	}
	return fmt.Errorf("keyring: gave up after %d tries: %w", maxTries, ErrConflict)
}

// load returns the keys in the store. The ring has them from then on.
func (r *Ring) load(ctx context.Context) (keys, string, error) {
	began := time.Now()
	data, version, err := r.store.Load(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("keyring: Load: %w", err)
	}
	have := r.snap.Load()
	switch {
	case version == "" && len(data) > 0:
		return nil, "", errors.New("keyring: Load: the store returned keys without a version")
	case version == "" && have != nil:
		return nil, "", errLost
	case version == "":
		return nil, "", nil
	case have != nil && have.version == version:
		r.snap.Store(have.next(have.keys, version, began))
		return have.keys, version, nil
	}
	ks, err := r.codec.decode(data, have)
	if err != nil {
		return nil, "", fmt.Errorf("keyring: what the store holds: %w", err)
	}
	r.snap.Store(have.next(ks, version, began))
	return ks, version, nil
}

// swap stores the keys of p. The ring has them from then on.
func (r *Ring) swap(ctx context.Context, version string, p *plan, did []slog.Attr) error {
	data, err := r.codec.encode(p.keys)
	if err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	began := time.Now()
	if err := r.store.CompareAndSwap(ctx, version, data); err != nil {
		return fmt.Errorf("keyring: CompareAndSwap: %w", err)
	}
	r.snap.Store(r.snap.Load().next(p.keys, "", began))
	if p.ahead > 0 {
		r.log.WarnContext(ctx, "keyring: times in the store were ahead of the clock and have been set back", "ahead", p.ahead)
	}
	c := p.keys.current(p.now)
	r.log.LogAttrs(ctx, slog.LevelInfo, "keyring: stored", append(did,
		slog.String("current", p.keys[c].kid), slog.String("next", p.keys[c+1].kid), slog.Int("keys", len(p.keys)))...)
	return nil
}

// pause waits for d, or until ctx is done, which is an error.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
