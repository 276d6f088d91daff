package keyring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/alg"
	"github.com/cda17858/jwt/internal/check"
)

const (
	// grace is how long a retired key still signs: for a Sign that has read KeyID
	// before the rotation, and for a process that has not loaded the keys since.
	grace = time.Minute
	// maxPoll and minPoll bound how often a ring looks for what others have stored.
	// maxPoll and storeTimeout together are well below grace.
	maxPoll, minPoll = 30 * time.Second, time.Second
	// maxKeys is how many keys a ring may hold. Encrypted, that many RSA keys of 2048
	// bits fit into maxState.
	maxKeys = 100
	// storeTimeout is how long the ring's own goroutine waits for the store.
	storeTimeout = 10 * time.Second
	// minStale is more than maxPoll and storeTimeout together, so that one call that
	// fails is not an outage.
	minStale, maxStale, defaultStale = time.Minute, 366 * 24 * time.Hour, 24 * time.Hour
)

// Config says how a ring rotates. New checks it. Processes that share a Store should have
// the same Config, except for MaxStale, ReadOnly and Logger.
type Config struct {
	// Store keeps the keys. Required.
	Store Store
	// Algorithm is the algorithm of all keys: any of package jwt, ES256 if empty. RSA
	// keys have 2048 bits. A ring keeps its algorithm for life.
	Algorithm jwt.Algorithm
	// TokenLifetime is the longest time from the signing of a token until the last
	// verifier refuses it as expired, leeway included. Required, at least 1 second. A
	// retired key verifies for that long, and for one minute more. Each key keeps the
	// longest TokenLifetime that any ring had while it could sign, so that a shorter one
	// later breaks no token.
	TokenLifetime time.Duration
	// Lead is the shortest time for which a key is published before it signs. Required, at
	// least 1 millisecond. It must not be shorter than the time for which verifiers cache
	// the published keys, which is the max-age of the JWKS.
	//
	// Verifiers that use package jwks keep a set for their MinRefresh, even if max-age is
	// shorter: a minute unless they set another. With a shorter Lead they may refuse good
	// tokens, since they fetch only twice in a minute for kids that they do not know.
	Lead time.Duration
	// Period is how long a key signs, at least Lead. 0 means that only Rotate rotates
	// keys. A change takes effect when New is called with it.
	Period time.Duration
	// MaxStale is how long a ring goes on with its keys while the store fails. After that,
	// Sign and Verify report that they could not sign or check, until the store answers.
	// It bounds how long a key that another process has revoked lives on in this one. 1
	// minute to 366 days; 24 hours if 0.
	MaxStale time.Duration
	// Secret is an AES-256 key of 32 bytes that encrypts the keys in the Store. nil
	// leaves them in the clear. A ring with a Secret refuses a Store without, and the
	// other way round; Reseal makes the change. fmt prints a Config without its Secret,
	// unless the Config is in an unexported field of another type, since fmt calls no
	// methods there.
	Secret []byte `json:"-"`
	// ReadOnly is for a process that signs and verifies with the keys that another
	// process rotates. It never calls CompareAndSwap, and Rotate and Revoke fail.
	ReadOnly bool
	// Logger receives every change that this ring makes, every failure of its goroutine,
	// and the end of the goroutine if it ends without Close. It never receives a key. nil
	// means that nothing is logged.
	Logger *slog.Logger
}

// Format prints the Config without its Secret, whatever the verb.
func (c Config) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "keyring.Config{Algorithm: %s, TokenLifetime: %v, Lead: %v, Period: %v, MaxStale: %v, ReadOnly: %v}",
		c.Algorithm, c.TokenLifetime, c.Lead, c.Period, c.MaxStale, c.ReadOnly)
}

func (c *Config) check() error {
	_, known := alg.Lookup(c.Algorithm)
	switch {
	case check.IsNil(c.Store):
		return errors.New("keyring: Config.Store is nil; NewFolder and InStore make one")
	case !known:
		return fmt.Errorf("keyring: Config.Algorithm is %q; it must be one of %v", c.Algorithm, alg.Names[string]())
	case c.TokenLifetime <= 0:
		return fmt.Errorf("keyring: Config.TokenLifetime is %v; set it to the longest lifetime of a token, leeway included", c.TokenLifetime)
	case c.TokenLifetime < time.Second:
		return fmt.Errorf("keyring: Config.TokenLifetime is %v; is a unit missing, such as time.Second?", c.TokenLifetime)
	case c.Lead <= 0:
		return fmt.Errorf("keyring: Config.Lead is %v; set it to the time for which verifiers cache the published keys, or longer", c.Lead)
	case c.Lead < time.Millisecond:
		return fmt.Errorf("keyring: Config.Lead is %v; is a unit missing, such as time.Second?", c.Lead)
	case c.Period < 0:
		return fmt.Errorf("keyring: Config.Period is %v; set it to how long a key signs, or to 0 to rotate by hand", c.Period)
	case c.Period > 0 && c.Period < time.Millisecond:
		return fmt.Errorf("keyring: Config.Period is %v; is a unit missing, such as time.Second?", c.Period)
	case c.Period > 0 && c.Period < c.Lead:
		return fmt.Errorf("keyring: Config.Period is %v, shorter than Config.Lead, %v: a key would have to sign before verifiers know it; lengthen Period, or shorten Lead and the max-age of the published keys", c.Period, c.Lead)
	case c.Period > 0 && c.TokenLifetime/c.Period+grace/c.Period+4 > maxKeys:
		return fmt.Errorf("keyring: Config.TokenLifetime is %v and Config.Period %v: more than %d keys would verify at a time; lengthen Period or shorten TokenLifetime", c.TokenLifetime, c.Period, maxKeys)
	}
	if err := check.Duration(c.MaxStale, minStale, maxStale); err != nil {
		return fmt.Errorf("keyring: Config.MaxStale %w", err)
	}
	return nil
}

// A Ring is a [jwt.Signer] with its current key and a [jwt.Verifier] with all keys that
// are not gone. [New] makes one. It is safe for concurrent use. Only New, Rotate, Revoke
// and the ring's goroutine call the store; the other methods use neither store nor locks.
type Ring struct {
	store    Store
	codec    codec
	lifetime time.Duration
	lead     time.Duration
	period   time.Duration
	maxStale time.Duration
	poll     time.Duration
	readOnly bool
	log      *slog.Logger

	snap   atomic.Pointer[snapshot]
	busy   chan struct{}           // holds an element while the store is in use
	cancel context.CancelCauseFunc // errClosed is the cause of Close
	done   chan struct{}
}

var (
	_ jwt.Signer   = (*Ring)(nil)
	_ jwt.Verifier = (*Ring)(nil)
)

// New returns the ring whose keys are in the store. It makes missing keys: for an empty
// store, a key that signs at once and the next key. The store must answer, or New fails.
//
// A goroutine loads the keys that others store, makes new ones when they are due and
// deletes those that are gone. It ends when Close is called or when ctx is done. So ctx
// should live as long as the ring. If ctx is already done, the error of New wraps that
// of ctx.
func New(ctx context.Context, cfg Config) (*Ring, error) {
	if cfg.Algorithm == "" {
		cfg.Algorithm = jwt.ES256
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.MaxStale == 0 {
		cfg.MaxStale = defaultStale
	}
	aead, err := newAEAD("Config.Secret", cfg.Secret)
	if err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	r := &Ring{
		store:    cfg.Store,
		codec:    codec{alg: cfg.Algorithm, aead: aead},
		lifetime: cfg.TokenLifetime,
		lead:     cfg.Lead,
		period:   cfg.Period,
		maxStale: cfg.MaxStale,
		poll:     max(min(cfg.Lead/4, maxPoll), minPoll),
		readOnly: cfg.ReadOnly,
		log:      cfg.Logger,
		busy:     make(chan struct{}, 1),
		done:     make(chan struct{}),
	}
	if err := r.update(ctx, (*plan).start, slog.String("action", "start")); err != nil {
		return nil, err
	}
	ctx, r.cancel = context.WithCancelCause(ctx)
	go r.run(ctx)
	return r, nil
}

// Close ends the goroutine of the ring and returns when it has ended. The ring goes on
// signing and verifying with the keys that it has until they are stale. Close always
// returns nil.
func (r *Ring) Close() error {
	if r.cancel != nil {
		r.cancel(errClosed)
		<-r.done
	}
	return nil
}

// Format prints the algorithm and the current kid, whatever the verb.
func (r *Ring) Format(f fmt.State, _ rune) {
	io.WriteString(f, "keyring "+string(r.Algorithm())+"("+r.KeyID()+")")
}

// run keeps the ring up to date until ctx is done.
func (r *Ring) run(ctx context.Context) {
	defer close(r.done)
	wait := r.idle()
	for {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			if context.Cause(ctx) != errClosed {
				r.log.WarnContext(ctx, "keyring: stopped: the context given to New is done")
			}
			return
		case <-timer.C:
		}
		err := r.refresh(ctx)
		wait = r.idle()
		if err != nil && ctx.Err() == nil {
			wait = r.poll
			r.report(ctx, err)
		}
	}
}

// report logs that the store could not be used.
func (r *Ring) report(ctx context.Context, err error) {
	s := r.snap.Load()
	message := "keyring: the ring goes on with the keys that it has"
	if r.stale(s, time.Now()) {
		message = "keyring: the keys are stale: nothing is signed or verified"
	}
	r.log.ErrorContext(ctx, message, "until", s.asOf.Add(r.maxStale), "error", err)
}

func (r *Ring) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if r.readOnly {
		return r.update(ctx, func(*plan) error { return nil })
	}
	return r.update(ctx, (*plan).tend, slog.String("action", "schedule"))
}

// idle returns how long there is nothing to do: until it is time to poll, or the next
// key takes over.
func (r *Ring) idle() time.Duration {
	wait, now := r.poll, time.Now()
	for _, k := range r.snap.Load().keys {
		if k.until.After(now) {
			wait = min(wait, k.until.Sub(now))
		}
	}
	return wait
}
