package jwks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cda17858/jwt"
)

// A flight is a fetch under way.
type flight struct {
	done chan struct{}       // closed when it has ended
	err  error               // why it has failed; not to be read before done
	kids map[string]struct{} // the unknown kids that wait for it
}

// join returns the fetch under way, or begins one if allow lets it. kid is what the caller
// looks for, or "". The error is [jwt.ErrUnknownKey] if a fetch has looked for kid lately,
// errClosed, or that of allow, which is called with c.mu locked.
func (c *Client) join(kid string, allow func() error) (*flight, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch until, ok := c.unknown[kid]; {
	case c.owner.ctx.Err() != nil:
		return nil, errClosed
	case ok && time.Now().Before(until):
		return nil, jwt.ErrUnknownKey
	}
	if c.flight == nil {
		if err := allow(); err != nil {
			return nil, err
		}
		f := &flight{done: make(chan struct{}), kids: make(map[string]struct{})}
		if !c.owner.start(func() { c.fly(f) }) {
			return nil, errClosed
		}
		c.flight = f
	}
	if kid != "" && len(kid) <= maxUnknownKID && len(c.flight.kids) < maxUnknown {
		c.flight.kids[kid] = struct{}{}
	}
	return c.flight, nil
}

// wait returns nil when f has ended, whether well or not. The error is that of ctx or of
// the Client.
func (c *Client) wait(ctx context.Context, f *flight) error {
	if ctx == nil {
		return errors.New("jwks: nil context")
	}
	select {
	case <-f.done:
	case <-c.owner.ctx.Done():
		return errClosed
	case <-ctx.Done():
		return fmt.Errorf("jwks: waiting for the set: %w", ctx.Err())
	}
	if f.err == errClosed {
		return errClosed
	}
	return nil
}

// fly makes the fetch that f stands for, and reports it.
func (c *Client) fly(f *flight) {
	ctx, cancel := context.WithTimeout(c.owner.ctx, c.cfg.Timeout)
	defer cancel()
	r := c.fetch(ctx)
	f.err = r.Err
	if r.Err != nil && c.owner.ctx.Err() != nil {
		f.err = errClosed // no fault of the issuer, and nothing to report
	}
	c.land(f, &r)
	if f.err != errClosed {
		c.owner.reports.send(r)
	}
}

// land ends f.
func (c *Client) land(f *flight, r *Report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flight = nil
	if f.err != errClosed {
		c.last.Store(r)
		c.plan(r.Err)
	}
	if f.err == nil {
		c.remember(f.kids)
	}
	close(f.done)
}

// plan sets when the next fetch is due, after one that ended with err.
func (c *Client) plan(err error) {
	wait := c.retry
	if err == nil {
		wait, c.retry = c.set.Load().life/10*8, firstRetry
	} else {
		c.retry = min(2*c.retry, lastRetry)
	}
	c.due = time.Now().Add(jitter(wait))
	select {
	case c.moved <- struct{}{}:
	default: // refresh has not seen the last one yet
	}
}

// refresh is the goroutine of a Client. It fetches the set now, and whenever that is due.
// The fetch of a caller sets the time of the next one as well: it may have brought another
// lifetime, or have failed.
func (c *Client) refresh(ctx context.Context) {
	for ctx.Err() == nil {
		if f, err := c.join("", c.whenDue); err == nil {
			<-f.done // which ctx ends as well
		}
		select {
		case <-ctx.Done():
		case <-c.moved:
		case <-time.After(c.untilDue()):
		}
	}
}

func (c *Client) untilDue() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Until(c.due)
}

var errNotDue = errors.New("not due")

// whenDue and always are for join: whether it begins a fetch.
func (c *Client) whenDue() error {
	if time.Until(c.due) > 0 {
		return errNotDue
	}
	return nil
}

func always() error { return nil }

// Refresh fetches the set now, and waits until the fetch has ended or ctx is done. If a fetch
// is under way already, as the first one is after [New], it waits for that one. It returns
// nil if a usable set came; then Ready returns nil as well.
//
// Callers that overlap share a fetch. No other limit applies. So call Refresh where the
// service knows that the set has changed, and not for each token.
func (c *Client) Refresh(ctx context.Context) error {
	if c.owner == nil {
		return errZero
	}
	f, err := c.join("", always)
	if err != nil {
		return err
	}
	if err := c.wait(ctx, f); err != nil {
		return err
	}
	if f.err != nil {
		return fmt.Errorf("jwks: %w", f.err)
	}
	return nil
}
