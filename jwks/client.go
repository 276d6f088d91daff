package jwks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// A Fetch is one attempt to fetch a set.
type Fetch struct {
	URL         string        // of the set, or of the metadata if that failed
	Duration    time.Duration // how long it took
	Err         error         // nil if a usable set came
	NotModified bool          // the set is the one of the fetch before
	Keys        int           // usable keys, one for each algorithm that a key is bound to
	Skipped     []jwk.Skipped // keys of the set that cannot be used
	Age         time.Duration // how old the last good set is now; 0 if there is none
}

// Limits of a Client.
const (
	cooldown       = 30 * time.Second // between fetches that unknown kids cause
	negativeTTL    = time.Minute      // how long an unknown kid causes no other fetch
	negativeSize   = 1024             // unknown kids remembered
	negativeLength = 256              // bytes of a kid that is remembered
	firstRetry     = time.Second      // after a failed fetch, doubled until lastRetry
	lastRetry      = time.Minute
	defaultLife    = 15 * time.Minute
)

// A Client is a [jwt.Verifier] over a remote JWK Set. It is safe for concurrent use.
type Client struct {
	cfg    Config
	http   *http.Client
	set    atomic.Pointer[set]   // nil until a set has been fetched
	last   atomic.Pointer[Fetch] // nil until a fetch has been tried
	flight singleflight.Group
	misses *rate.Limiter
	retry  time.Duration      // the pause after the next fetch that fails; fetch alone uses it
	next   chan time.Duration // from each fetch to refresh: when to fetch again

	mu      sync.Mutex
	unknown map[string]time.Time // kids that a fetch did not bring, and until when
	url     string               // of the set, if discovery has found it

	ctx    context.Context         // ends fetches
	cancel context.CancelCauseFunc // errClosed is the cause of Close
	done   sync.WaitGroup
}

var (
	errClosed = errors.New("jwks: the Client is closed, or the context given to New is over")
	errZero   = errors.New("jwks: the Client is zero; New makes one")
)

// New returns a Client and starts its goroutine, which fetches the set now and keeps it
// fresh until ctx is over or Close is called; so ctx should live as long as the Client.
// It does not wait for the network. The error names a setting that is missing or wrong,
// or wraps that of ctx, if ctx is over already.
func New(ctx context.Context, cfg Config) (*Client, error) {
	if ctx == nil {
		return nil, errors.New("jwks: New: nil context")
	}
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("jwks: New: %w", err)
	}
	c := &Client{
		cfg:     cfg,
		http:    cfg.client(),
		misses:  rate.NewLimiter(rate.Every(cooldown), 1),
		retry:   firstRetry,
		next:    make(chan time.Duration, 1),
		unknown: make(map[string]time.Time),
	}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.flight.DoChan("", c.own) // begun here, so that whoever comes first joins it
	c.done.Go(c.refresh)
	return c, nil
}

// Close ends the Client's goroutine and any fetch, and returns when they have ended. The
// keys that it has go on working until they are stale. It always returns nil.
func (c *Client) Close() error {
	if c.ctx == nil {
		return nil
	}
	c.mu.Lock()
	c.cancel(errClosed) // under the lock of begin, so that Wait misses no fetch
	c.mu.Unlock()
	c.done.Wait()
	if c.cfg.Transport == nil {
		c.http.CloseIdleConnections()
	}
	return nil
}

// Format prints where the keys are from and no more, whatever the verb: a Client changes
// all the time, and knows kids of tokens that were refused.
func (c *Client) Format(f fmt.State, _ rune) {
	io.WriteString(f, "jwks.Client("+cmp.Or(c.cfg.Issuer, c.cfg.URL)+")")
}

// Ready returns nil if the Client has keys that it may use, or says why it has none. It
// does not wait: poll it from a readiness probe.
func (c *Client) Ready() error {
	_, err := c.usable()
	return err
}

// Keys returns the keys that are in use, as they were published. They are not wrapped.
func (c *Client) Keys() []jwt.KeyVerifier {
	s, err := c.usable()
	if err != nil {
		return nil
	}
	return slices.Clone(s.keys)
}

// Verify implements [jwt.Verifier]. The answer is "could not check" if no set has been
// fetched, if the last one is stale or has no usable key, and, for a kid that it does
// not have, if the last fetch failed or the Client is closed.
//
// It waits for a fetch only where there is no usable set, or for a kid that the set does
// not have: until that fetch has ended, for at most [Config].Timeout, or until ctx is over.
func (c *Client) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	s, err := c.usable()
	if err == nil {
		if err = s.verify(ctx, h, input, sig); err != errNoKID {
			return err
		}
		if h.KeyID == "" || c.isUnknown(h.KeyID) {
			return c.unknownKey()
		}
	}
	tried := s
	fetched, err := c.fetchOnce(ctx)
	if err != nil {
		return err
	}
	if s, err = c.usable(); err != nil {
		return err
	}
	if s != tried { // else its keys without kid have been tried
		if err = s.verify(ctx, h, input, sig); err != errNoKID {
			return err
		}
	}
	if fetched {
		c.remember(h.KeyID)
	}
	return c.unknownKey()
}

// usable returns the current set, if there is one that may be used.
func (c *Client) usable() (*set, error) {
	s := c.set.Load()
	switch {
	case s == nil:
		// Since s was loaded, a fetch may have ended well.
		if last := c.last.Load(); last != nil && last.Err != nil {
			return nil, fmt.Errorf("jwks: no set has been fetched: %w", last.Err)
		}
		return nil, errors.New("jwks: no set has been fetched yet")
	case len(s.keys) == 0:
		return nil, s.unusable
	case time.Since(s.fetched) > c.cfg.MaxStale:
		err := errors.New("no fetch since")
		if last := c.last.Load(); last != nil && last.Err != nil {
			err = last.Err
		}
		return nil, fmt.Errorf("jwks: the set is older than %v: %w", c.cfg.MaxStale, err)
	}
	return s, nil
}

// unknownKey is the answer for a kid that the set does not have: a fault of the token
// only if the set is known to be the issuer's current one.
func (c *Client) unknownKey() error {
	if c.ctx.Err() != nil {
		return errClosed
	}
	if last := c.last.Load(); last != nil && last.Err != nil {
		return fmt.Errorf("jwks: kid not in the last good set, and the last fetch failed: %w", last.Err)
	}
	return jwt.ErrUnknownKey
}

// isUnknown reports whether a recent fetch did not bring kid.
func (c *Client) isUnknown(kid string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.unknown[kid]
	return ok && time.Now().Before(until)
}

// remember keeps kid as unknown. When the memory is full it starts anew, which costs a
// few fetches at most: the limit on those stands beside it.
func (c *Client) remember(kid string) {
	if len(kid) > negativeLength {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.unknown) >= negativeSize {
		clear(c.unknown)
	}
	c.unknown[kid] = time.Now().Add(negativeTTL)
}

var errLimited = errors.New("jwks: fetched less than 30 seconds ago")

// fetchOnce waits for the fetch that is under way, or, if the limit allows, for one that
// it starts, or for ctx. It reports whether a fetch ended well; the error is that of ctx
// or of the Client.
func (c *Client) fetchOnce(ctx context.Context) (fetched bool, err error) {
	switch {
	case c.ctx == nil:
		return false, errZero
	case c.ctx.Err() != nil:
		return false, errClosed
	}
	result := c.flight.DoChan("", func() (any, error) {
		if !c.misses.Allow() {
			return nil, errLimited
		}
		return nil, c.fetch()
	})
	select {
	case <-ctx.Done():
		return false, fmt.Errorf("jwks: waiting for the set: %w", ctx.Err())
	case <-c.ctx.Done():
		return false, errClosed
	case r := <-result:
		if r.Err == errClosed {
			return false, errClosed
		}
		return r.Err == nil, nil
	}
}

// own is a fetch that no caller has asked for.
func (c *Client) own() (any, error) { return nil, c.fetch() }

// refresh is the Client's goroutine. Any fetch, whoever began it, sets the time of the
// next: it may have brought another lifetime, or have failed.
func (c *Client) refresh() {
	var due <-chan time.Time
	for {
		select {
		case <-c.ctx.Done():
			if c.cfg.Logger != nil && context.Cause(c.ctx) != errClosed {
				c.cfg.Logger.WarnContext(c.ctx, "jwks: stopped: the context given to New is over")
			}
			return
		case wait := <-c.next:
			due = time.After(wait)
		case <-due:
			_, err, _ := c.flight.Do("", c.own)
			if err == errLimited { // of a caller whose turn it was
				due = time.After(0)
			}
		}
	}
}
