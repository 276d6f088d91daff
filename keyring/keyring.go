package keyring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cda17858/jwt"
)

const (
	// grace is how long a retired key still signs: for a Sign that has read KeyID
	// before the rotation, and for a process that has not reloaded since.
	grace = time.Minute
	// maxPoll and minPoll bound how often a ring looks for what others have stored.
	// maxPoll and storeTimeout together are well below grace.
	maxPoll, minPoll = 30 * time.Second, time.Second
	// maxKeys is how many keys a ring may hold.
	maxKeys = 100
	// storeTimeout is how long the ring's own goroutine waits for the store.
	storeTimeout = 10 * time.Second
)

// Config says how a ring rotates. It is checked by New. Processes that share a Store
// should have the same, but for ReadOnly and Logger.
type Config struct {
	// Store keeps the keys. Required.
	Store Store
	// Algorithm is that of all keys: any of those in package jwt, ES256 if empty. RSA
	// keys have 2048 bits. A ring keeps its algorithm for life.
	Algorithm jwt.Algorithm
	// TokenLifetime is the longest time between the signing of a token and the moment
	// when the last verifier refuses it as expired, leeway included. Required, at least
	// 1 second. A key that has been retired verifies for that long, and one minute more.
	// A key keeps the longest that any ring had while it could sign, so that lowering it
	// later breaks no token.
	TokenLifetime time.Duration
	// Lead is how long a key is published at least before it signs. Required, at least
	// 1 millisecond. It must not be shorter than the time for which verifiers cache the
	// published keys: the max-age of the JWKS. Those that use package jwks keep a set
	// for their MinRefresh, a minute unless they set another, even if max-age is
	// shorter, and fetch at most once in 30 seconds for kids that they do not know: with
	// a shorter Lead they may refuse good tokens.
	Lead time.Duration
	// Period is how long a key signs, at least Lead. 0 means that keys are rotated by
	// Rotate alone. A change takes effect when New is called with it.
	Period time.Duration
	// Secret is an AES-256 key of 32 bytes, by which the keys are encrypted in the
	// Store. nil leaves them in the clear. A Store of one kind is refused by a ring of
	// the other; Reseal makes the change. fmt prints a Config without it, but for one in
	// an unexported field of something else, where fmt calls no methods.
	Secret []byte `json:"-"`
	// ReadOnly is for a process that signs and verifies with the keys that another one
	// rotates: it never calls CompareAndSwap, and Rotate and Revoke fail.
	ReadOnly bool
	// Logger is told of every change that this ring makes, of every failure of its
	// goroutine, and if that ends without Close; never a key. nil discards.
	Logger *slog.Logger
}

// Format prints the Config without its Secret, whatever the verb.
func (c Config) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "keyring.Config{Algorithm: %s, TokenLifetime: %v, Lead: %v, Period: %v, ReadOnly: %v}",
		c.Algorithm, c.TokenLifetime, c.Lead, c.Period, c.ReadOnly)
}

func (c *Config) check() error {
	switch {
	case c.Store == nil:
		return errors.New("keyring: Config.Store is nil; NewFolder and NewMemory make one")
	case !slices.Contains(algorithms, c.Algorithm):
		return fmt.Errorf("keyring: Config.Algorithm is %q; one of %v is wanted", c.Algorithm, algorithms)
	case c.TokenLifetime <= 0:
		return fmt.Errorf("keyring: Config.TokenLifetime is %v; set it to the longest lifetime of a token, leeway included", c.TokenLifetime)
	case c.TokenLifetime < time.Second:
		return fmt.Errorf("keyring: Config.TokenLifetime is %v; is a unit missing, such as time.Second?", c.TokenLifetime)
	case c.Lead <= 0:
		return fmt.Errorf("keyring: Config.Lead is %v; set it to at least the time for which verifiers cache the published keys", c.Lead)
	case c.Lead < time.Millisecond:
		return fmt.Errorf("keyring: Config.Lead is %v; is a unit missing, such as time.Second?", c.Lead)
	case c.Period < 0:
		return fmt.Errorf("keyring: Config.Period is %v; set it to 0 to rotate by hand, or to how long a key signs", c.Period)
	case c.Period > 0 && c.Period < time.Millisecond:
		return fmt.Errorf("keyring: Config.Period is %v; is a unit missing, such as time.Second?", c.Period)
	case c.Period > 0 && c.Period < c.Lead:
		return fmt.Errorf("keyring: Config.Period is %v, shorter than Config.Lead, %v: a key would have to sign before verifiers know it; lengthen Period, or shorten Lead and the max-age of the published keys", c.Period, c.Lead)
	case c.Period > 0 && c.TokenLifetime/c.Period+grace/c.Period+4 > maxKeys:
		return fmt.Errorf("keyring: Config.TokenLifetime is %v and Config.Period %v: more than %d keys would verify at a time; lengthen Period or shorten TokenLifetime", c.TokenLifetime, c.Period, maxKeys)
	}
	return nil
}

// A Ring is a [jwt.Signer] of its current key and a [jwt.Verifier] of all that are
// alive. [New] makes one; it is safe for concurrent use. Sign, Verify, KeyID and Keys
// use neither locks nor the store.
type Ring struct {
	store    Store
	codec    codec
	lifetime time.Duration
	lead     time.Duration
	period   time.Duration
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

// New returns the ring whose keys are in the store, after making what keys are
// missing: at first, that is one that signs at once, and the next one.
//
// A goroutine reloads the keys that others store, makes new ones when they are due
// and deletes those that are gone. It ends when Close is called or ctx is done,
// whichever comes first; so ctx should live as long as the ring. If it is over already,
// the error wraps that of ctx. The store must answer: New fails if it does not.
func New(ctx context.Context, cfg Config) (*Ring, error) {
	if cfg.Algorithm == "" {
		cfg.Algorithm = jwt.ES256
	}
	if err := cfg.check(); err != nil {
		return nil, err
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
// signing and verifying with the keys that it has, each for its time. Close always
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
				r.log.WarnContext(ctx, "keyring: stopped: the context given to New is over")
			}
			return
		case <-timer.C:
		}
		err := r.refresh(ctx)
		wait = r.idle()
		if err != nil && ctx.Err() == nil {
			wait = r.poll
			r.log.ErrorContext(ctx, "keyring: the ring goes on with the keys that it has", "error", err)
		}
	}
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
