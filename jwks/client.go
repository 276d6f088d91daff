package jwks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/cda17858/jwt"
)

// A Client is a [jwt.Verifier] over a remote JWK Set. It is safe for concurrent use.
type Client struct {
	cfg   Config
	owner *owner
	set   atomic.Pointer[set]    // nil until a set has been fetched
	last  atomic.Pointer[Report] // nil until a fetch has ended
	moved chan struct{}          // tells refresh that due has changed

	mu      sync.Mutex
	flight  *flight              // the fetch under way, or nil
	due     time.Time            // when refresh fetches next
	retry   time.Duration        // the pause after the next fetch that fails
	misses  *rate.Limiter        // fetches that tokens may cause
	pay     func() error         // what else such a fetch needs, in a Pool; or nil
	unknown map[string]time.Time // kids that a fetch did not bring, and until when

	location location // of the set; only a fetch uses it
}

// New returns a Client and starts its goroutine, which fetches the set now and keeps it
// fresh until ctx is done or Close is called. So ctx should live as long as the Client. New
// does not wait for the network; [Client.Refresh] does. The error names a setting that is
// missing or wrong, or wraps that of ctx if ctx is done already.
func New(ctx context.Context, cfg Config) (*Client, error) {
	if err := begin(ctx, "New", cfg.complete); err != nil {
		return nil, err
	}
	c := newClient(cfg, newOwner(ctx, &cfg))
	c.join("", always) // begun here, so that the first caller joins it
	go c.owner.run(c.refresh)
	return c, nil
}

// begin checks the context of the func of that name, and its Config by complete.
func begin(ctx context.Context, name string, complete func() error) error {
	if ctx == nil {
		return fmt.Errorf("jwks: %s: nil context", name)
	}
	if err := complete(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("jwks: %s: %w", name, err)
	}
	return nil
}

func newClient(cfg Config, o *owner) *Client {
	return &Client{
		cfg:     cfg,
		owner:   o,
		moved:   make(chan struct{}, 1),
		retry:   firstRetry,
		misses:  rate.NewLimiter(rate.Every(cfg.Cooldown), maxMisses),
		unknown: make(map[string]time.Time),
	}
}

// Close ends the Client's goroutines, fetches and connections. It returns when they have
// ended and Observe has been told of all fetches. The keys that the Client has stay in use
// until they are stale. Close always returns nil.
func (c *Client) Close() error {
	if c.owner != nil {
		c.owner.close()
	}
	return nil
}

// Format prints where the keys are from and nothing else, whatever the verb: a Client
// changes all the time, and knows kids of tokens that were refused.
func (c *Client) Format(f fmt.State, _ rune) {
	io.WriteString(f, "jwks.Client("+cmp.Or(c.cfg.Issuer, c.cfg.URL)+")")
}

// Ready returns nil if the Client has a usable set, or an error that says why it has none.
// It does not wait: call it from a readiness probe.
func (c *Client) Ready() error {
	return c.check(c.set.Load())
}

// Keys returns the keys of the usable set, in its order, as they were published: they are
// not wrapped. It returns nil if there is no usable set.
func (c *Client) Keys() []jwt.KeyVerifier {
	s := c.set.Load()
	if c.check(s) != nil {
		return nil
	}
	return slices.Clone(s.keys)
}

// Issuer returns [Config].Issuer. [jwt.NewParser] refuses a Client whose issuer the policy
// does not have.
func (c *Client) Issuer() string { return c.cfg.Issuer }

// Algorithms returns [Config].Algorithms. Each key of the Client is for one of them.
func (c *Client) Algorithms() []jwt.Algorithm { return slices.Clone(c.cfg.Algorithms) }

// Generation returns a number that changes when a key stops verifying: when a new set lacks
// it, or when the set becomes stale. A cache of verified tokens reads it before the
// verification, and again when it uses the result. The result still holds if both numbers
// are equal. It is never 0.
func (c *Client) Generation() uint64 {
	s := c.set.Load()
	if s == nil {
		return 2
	}
	generation := 2 * s.generation
	if c.stale(s) {
		generation++
	}
	return generation
}

// Verify implements [jwt.Verifier]. A token whose kid is in the set never waits. A token waits
// for a fetch, for at most [Config].Timeout and no longer than ctx lasts,
//   - if its kid is not in the set, and no fetch has looked for it within [Config].Cooldown;
//   - if it has no kid, and no key verifies it;
//   - if there is no usable set.
//
// The answer is "could not check", which [jwt.Parse] does not report as a [jwt.TokenError],
//   - if there is no usable set: none has been fetched, or the last one is stale or has no
//     usable key;
//   - if the kid is not in the set, and the fetch for it has failed or was not allowed, or
//     the Client is closed. The error is [ErrLimited] if the fetch was not allowed.
//
// If no fetch is allowed for a token without kid, the keys of the set decide.
func (c *Client) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	for {
		s := c.set.Load()
		err := c.check(s)
		var tried *index
		if err == nil {
			tried = s.index
			if err = s.verify(ctx, h, input, sig); !missing(h, err) {
				return err
			}
		}
		if c.owner == nil {
			return errZero
		}
		f, refused := c.join(h.KeyID, func() error { return c.allow(s) })
		switch {
		case refused == nil:
			return c.verifyAfter(ctx, f, tried, err, h, input, sig)
		case refused == errReplaced || c.set.Load() != s:
			continue
		case tried != nil && h.KeyID == "":
			return err
		case tried != nil || refused == errClosed:
			return refused
		}
		return c.check(s) // the last fetch may have failed by now
	}
}

// verifyAfter is Verify after f, with the set that f has brought. err is what the keys that
// have been tried, if any, said of the token.
func (c *Client) verifyAfter(ctx context.Context, f *flight, tried *index, err error, h jwt.Header, input, sig []byte) error {
	if err := c.wait(ctx, f); err != nil {
		return err
	}
	fresh := c.set.Load()
	if err := c.check(fresh); err != nil {
		return err
	}
	if fresh.index != tried {
		if err = fresh.verify(ctx, h, input, sig); !missing(h, err) {
			return err
		}
	}
	if f.err != nil {
		return fmt.Errorf("jwks: key not in the last good set, and the last fetch failed: %w", f.err)
	}
	return err
}

// missing reports whether err, of a set's verify, is because a key may be missing there.
func missing(h jwt.Header, err error) bool {
	return err == errNoKID || err != nil && h.KeyID == "" &&
		(errors.Is(err, jwt.ErrUnknownKey) || errors.Is(err, jwt.ErrSignature))
}

// check returns nil if s, which is nil before there is a set, may be used.
func (c *Client) check(s *set) error {
	switch {
	case s == nil:
		// Since s was loaded, a fetch may have ended well.
		if err := c.lastErr(); err != nil {
			return fmt.Errorf("jwks: no set has been fetched: %w", err)
		}
		return errors.New("jwks: no set has been fetched yet")
	case len(s.keys) == 0:
		return s.unusable
	case c.stale(s):
		err := cmp.Or(c.lastErr(), errors.New("no fetch since"))
		return fmt.Errorf("jwks: the set is older than %v: %w", c.cfg.MaxStale, err)
	}
	return nil
}

// lastErr returns why the last fetch has failed, or nil.
func (c *Client) lastErr() error {
	if last := c.last.Load(); last != nil {
		return last.Err
	}
	return nil
}

// stale reports whether s is too old to be used.
func (c *Client) stale(s *set) bool { return time.Since(s.fetched) > c.cfg.MaxStale }
