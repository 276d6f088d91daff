package jwks

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/time/rate"
)

// Limits on what tokens can make a Client do.
const (
	maxMisses     = 2           // fetches that unknown kids may cause at once
	maxUnknown    = 1024        // unknown kids that are remembered, or that wait for a fetch
	maxUnknownKID = 256         // bytes of a kid that is remembered
	firstRetry    = time.Second // after a failed fetch, doubled until lastRetry
	lastRetry     = time.Minute
)

// ErrLimited means that a token could not be checked: the set does not have its kid, and no
// fetch has looked for that kid, for one of two reasons.
//   - The limit of [Config].Cooldown, or the budget of a [Pool], does not allow a fetch now.
//   - The last fetch has failed, and its retry is not due yet.
//
// Answer with 503 and not with 401: the key may exist, and a client that gets a 401 logs its
// user out. For the header Retry-After, the error has a method RetryAfter() time.Duration,
// which [errors.As] finds: how long it is until the next fetch may begin.
//
// Anyone can send tokens with unknown kids. So count this error apart from outages.
var ErrLimited = errors.New("fetches are limited")

// A limitedError is an ErrLimited.
type limitedError struct {
	what  string        // that needs a fetch
	wait  time.Duration // until the next fetch may begin
	cause error         // why the last fetch failed; nil if it did not
}

func (e *limitedError) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("jwks: %s, and %v: the last one failed: %v", e.what, ErrLimited, e.cause)
	}
	return fmt.Sprintf("jwks: %s, and %v: the next one may begin in %v", e.what, ErrLimited, e.RetryAfter())
}

func (e *limitedError) Unwrap() []error {
	if e.cause != nil {
		return []error{ErrLimited, e.cause}
	}
	return []error{ErrLimited}
}

// RetryAfter returns the wait in whole seconds, at least one.
func (e *limitedError) RetryAfter() time.Duration {
	return max(time.Second, e.wait.Truncate(time.Second)+time.Second)
}

// errReplaced says that the set is no longer the one that lacked a key.
var errReplaced = errors.New("the set has been replaced")

// allow says whether a token whose key s lacks may cause a fetch now. c.mu must be locked.
func (c *Client) allow(s *set) error {
	if c.set.Load() != s {
		return errReplaced
	}
	if err := c.backingOff(); err != nil {
		return err
	}
	if wait := untilToken(c.misses); wait > 0 {
		return &limitedError{what: "kid not in the set", wait: wait}
	}
	if c.pay != nil {
		if err := c.pay(); err != nil {
			return err
		}
	}
	c.misses.Allow()
	return nil
}

// untilToken returns how long it is until l allows one event more, or 0.
func untilToken(l *rate.Limiter) time.Duration {
	return max(0, time.Duration((1-l.Tokens())/float64(l.Limit())*float64(time.Second)))
}

// backingOff returns an error while the last fetch has failed and its retry is not yet due.
func (c *Client) backingOff() error {
	lastErr := c.lastErr()
	if wait := time.Until(c.due); lastErr != nil && wait > 0 {
		return &limitedError{"kid not in the last good set", wait, lastErr}
	}
	return nil
}

// remember keeps for Cooldown which of kids the set does not have. The kids that it has
// are forgotten. c.mu must be locked.
func (c *Client) remember(kids map[string]struct{}) {
	s, now := c.set.Load(), time.Now()
	for kid, until := range c.unknown {
		if s.byKID[kid] != nil || !now.Before(until) {
			delete(c.unknown, kid)
		}
	}
	if len(c.unknown)+len(kids) > maxUnknown {
		clear(c.unknown) // costs a few fetches at most: the limit on those stands beside it
	}
	for kid := range kids {
		if s.byKID[kid] == nil {
			c.unknown[kid] = now.Add(c.cfg.Cooldown)
		}
	}
}
