package jwthttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/cda17858/jwt"
)

// Live returns the context of a long connection, such as a WebSocket or a stream of events,
// that r has begun. It is a child of r's context, and ends when r's token does: parse is asked
// again every [Config].LiveInterval, and when the token expires. [context.Cause] then is the
// error of parse, such as one that wraps [jwt.ErrExpired] or [jwt.ErrRevoked]. The rules of the
// route are not asked again. A signature costs tens of microseconds: with thousands of
// connections, use the Parse method of a cache.
//
// An error that means that the token could not be checked ends the connection only if the
// token has expired; before that it is tried again. parse has LiveInterval to answer.
//
// stop frees what Live holds, one timer, and ends the context; call it when the connection
// ends. For an anonymous request the context ends with r's or with stop. For one that has not
// passed through a's middleware it has ended already.
func (a *Auth[P]) Live(r *http.Request) (ctx context.Context, stop context.CancelFunc) {
	return a.live(r.Context(), r.Pattern)
}

// LiveContext is [Auth.Live] for a context that [Auth.Authenticate] has made.
func (a *Auth[P]) LiveContext(ctx context.Context) (live context.Context, stop context.CancelFunc) {
	return a.live(ctx, "")
}

func (a *Auth[P]) live(parent context.Context, pattern string) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	s, ok := parent.Value(a).(*state[P])
	switch {
	case !ok:
		cancel(errNotLive)
		return ctx, func() {}
	case s.claims == nil:
		return ctx, func() { cancel(nil) }
	}
	l := &live[P]{auth: a, ctx: ctx, cancel: cancel, state: s, pattern: pattern}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(l.next(), l.check)
	return ctx, l.stop
}

var errNotLive = errors.New("jwthttp: Live: this Auth has not authenticated the request")

// A live is a long connection.
type live[P any] struct {
	auth    *Auth[P]
	ctx     context.Context
	cancel  context.CancelCauseFunc
	state   *state[P]
	pattern string

	mu    sync.Mutex
	timer *time.Timer // runs only while ctx has not ended; guarded by mu
}

func (l *live[P]) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cancel(nil)
	l.timer.Stop()
}

// next returns how long to wait for the next check.
func (l *live[P]) next() time.Duration {
	interval := l.auth.cfg.LiveInterval
	if d := time.Until(l.state.claims.ExpiresAt); d > 0 {
		return min(d, interval)
	}
	return interval // parse goes on accepting it, for its leeway, or it never expires
}

// check asks parse about the token, and ends the connection or waits for the next time.
func (l *live[P]) check() {
	start := l.auth.now()
	err := l.parse()
	_, refused := errors.AsType[*jwt.TokenError](err)
	if !l.settle(err, refused || err != nil && l.expired()) || len(l.auth.observe) == 0 {
		return
	}
	e := Event{
		Reason: ReasonUnavailable, Live: true, Err: err, Pattern: l.pattern,
		Duration: time.Since(start), KeyID: quoteKeyID(l.state.claims.KeyID),
	}
	if refused {
		e.Reason = tokenReason(err)
	}
	l.auth.report(context.WithoutCancel(l.ctx), e)
}

// settle ends the connection because of err, or waits for the next check. It returns whether
// it has ended it.
func (l *live[P]) settle(err error, end bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.ctx.Err() != nil:
		return false
	case end:
		l.cancel(err)
	default:
		l.timer.Reset(l.next())
	}
	return end
}

func (l *live[P]) expired() bool {
	exp := l.state.claims.ExpiresAt
	return !exp.IsZero() && !time.Now().Before(exp)
}

// parse returns the error of parse. Nobody but us could catch a panic here.
func (l *live[P]) parse() (err error) {
	ctx, cancel := context.WithTimeout(l.ctx, l.auth.cfg.LiveInterval)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("jwthttp: parse panicked: %T", r)
		}
	}()
	c, err := l.auth.parse(ctx, l.state.token)
	if err == nil && c == nil {
		err = errNoClaims
	}
	return err
}
