package jwtclient

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	maxEntries = 1024

	firstRetry = time.Second
	lastRetry  = 30 * time.Second

	// refusedPause is the time between two new tokens that answers of 401 cause.
	refusedPause = 10 * time.Second

	// A token is not used in the last part of its lifetime, so that it does not expire on
	// the way: a tenth of it, and no longer than this.
	maxMargin = 10 * time.Second
)

// An entry is the token of one ask. Transport.mu guards it. The times of the token are those
// of the wall clock, and those of pauses those of the monotonic one, so that a clock which is
// set back makes no pause longer.
type entry struct {
	token token     // the zero token if there is none yet
	renew time.Time // when the next one is due

	flying  bool          // a call is under way
	err     error         // that of the last call, or nil
	retry   time.Time     // when the next call may be made, after one that failed
	wait    time.Duration // the time from that call to retry
	refused time.Time     // when a call has ended that an answer of 401 had caused
}

// good reports whether the token can be used.
func (e *entry) good(at time.Time) bool {
	margin := min(e.token.expires.Sub(e.token.issued)/10, maxMargin)
	return e.token.text != "" && at.Before(e.token.expires.Add(-margin))
}

// succeed stores a new token.
func (e *entry) succeed(t token) {
	life := t.expires.Sub(t.issued)
	e.token, e.err, e.wait, e.retry = t, nil, 0, time.Time{}
	e.renew = t.issued.Add(life/10*8 - rand.N(life/10*8/10+1))
}

// fail stores why there is no new token.
func (e *entry) fail(err error, at time.Time) {
	e.err = err
	e.wait = min(max(2*e.wait, firstRetry), lastRetry)
	e.retry = at.Add(e.wait)
}

// get returns a good token. It waits only if there is none.
func (t *Transport) get(ctx context.Context, a ask) (token, error) {
	at := time.Now()
	t.mu.Lock()
	e := t.entry(a, at)
	tok, good := e.token, e.good(at)
	failing := at.Before(e.retry)
	due := !good || !at.Before(e.renew) && !e.flying
	err := e.err
	t.mu.Unlock()
	switch {
	case good && (!due || failing):
		return tok, nil
	case good:
		t.call(a, tok.text, false)
		return tok, nil
	case failing:
		return token{}, err
	}
	return t.wait(ctx, a, tok.text, false)
}

// replace returns a token in place of one that a server has refused. ok is false if there is no
// other. Without wait it only sees to it that there will be one.
func (t *Transport) replace(ctx context.Context, a ask, refused string, wait bool) (tok token, ok bool) {
	at := time.Now()
	t.mu.Lock()
	e := t.entry(a, at)
	tok, good := e.token, e.good(at)
	early := at.Before(e.refused.Add(refusedPause))
	t.mu.Unlock()
	switch {
	case good && tok.text != refused:
		return tok, true
	case early:
		return token{}, false
	case !wait:
		t.call(a, refused, true)
		return token{}, false
	}
	tok, err := t.wait(ctx, a, refused, true)
	return tok, err == nil && tok.text != refused
}

// wait returns the result of a call.
func (t *Transport) wait(ctx context.Context, a ask, seen string, refused bool) (token, error) {
	select {
	case r := <-t.call(a, seen, refused):
		tok, _ := r.Val.(token)
		return tok, r.Err
	case <-ctx.Done():
		return token{}, fmt.Errorf("jwtclient: waiting for a token: %w", ctx.Err())
	}
}

// call begins a call for a token, or joins the one under way. seen is the text of the token
// that the caller does not want, and refused says whether a server has refused it.
func (t *Transport) call(a ask, seen string, refused bool) <-chan singleflight.Result {
	// No token has a space, so no two asks have one key.
	return t.flights.DoChan(a.subject+" "+a.actor, func() (any, error) {
		at := time.Now()
		t.mu.Lock()
		e := t.entry(a, at)
		tok, err := e.token, e.err
		if tok.text != seen || at.Before(e.retry) { // another call has ended in between
			t.mu.Unlock()
			if tok.text != seen {
				return tok, nil
			}
			return nil, err
		}
		e.flying = true
		t.mu.Unlock()

		ctx, cancel := context.WithTimeout(t.ctx, t.cfg.Timeout)
		defer cancel()
		tok, err = t.fetch(ctx, a)
		if err != nil && t.cfg.Logger != nil {
			t.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "jwtclient: a call for a token has failed", slog.Any("err", err))
		}

		t.mu.Lock()
		defer t.mu.Unlock()
		e.flying = false
		if refused {
			e.refused = time.Now()
		}
		if err != nil {
			e.fail(err, time.Now())
			return nil, err
		}
		e.succeed(tok)
		return tok, nil
	})
}

// fetch is that of the source, with an *Error.
func (t *Transport) fetch(ctx context.Context, a ask) (token, error) {
	tok, err := t.source.fetch(ctx, a)
	if err == nil {
		return tok, nil
	}
	if t.ctx.Err() != nil {
		return token{}, errClosed
	}
	if refused, ok := err.(*Error); ok {
		return token{}, refused
	}
	return token{}, &Error{err: err}
}

// entry returns the entry of an ask, a new one if need be. t.mu must be locked.
func (t *Transport) entry(a ask, at time.Time) *entry {
	e := t.entries[a]
	if e == nil {
		if len(t.entries) >= maxEntries {
			t.evict(at)
		}
		e = new(entry)
		t.entries[a] = e
	}
	return e
}

// evict removes the entries without a good token. If there are too many still, as after a burst
// of calls, it removes those whose tokens expire first.
func (t *Transport) evict(at time.Time) {
	var good []ask
	for a, e := range t.entries {
		switch {
		case e.flying:
		case e.good(at):
			good = append(good, a)
		default:
			delete(t.entries, a)
		}
	}
	surplus := min(max(0, len(t.entries)-maxEntries+1), len(good))
	slices.SortFunc(good, func(a, b ask) int {
		return t.entries[a].token.expires.Compare(t.entries[b].token.expires)
	})
	for _, a := range good[:surplus] {
		delete(t.entries, a)
	}
}
