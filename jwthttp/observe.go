package jwthttp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/cda17858/jwt"
)

// A Reason says what an [Auth] has decided and why. There are no other Reasons than these
// constants, so a Reason can be the label of a metric.
type Reason string

const (
	ReasonAccepted  Reason = "accepted"  // passed on with claims
	ReasonAnonymous Reason = "anonymous" // passed on without, by Optional

	ReasonNoCredentials        Reason = "no_credentials"        // 401
	ReasonMalformedCredentials Reason = "malformed_credentials" // 400: what stands in the place of the token cannot be one
	ReasonSeveralCredentials   Reason = "several_credentials"   // 400

	// The token was refused: 401. Each stands for the error of package jwt.
	ReasonMalformed   Reason = "malformed"
	ReasonAlgorithm   Reason = "algorithm"
	ReasonUnknownKey  Reason = "unknown_key"
	ReasonSignature   Reason = "signature"
	ReasonMissing     Reason = "missing"
	ReasonExpired     Reason = "expired"
	ReasonNotYetValid Reason = "not_yet_valid"
	ReasonMismatch    Reason = "mismatch"
	ReasonRevoked     Reason = "revoked"
	ReasonRefused     Reason = "refused" // for another reason

	ReasonUnconfirmed Reason = "unconfirmed" // 401: bound to a key, and not shown to be sent by its holder

	ReasonScope          Reason = "scope"          // 403
	ReasonAuthentication Reason = "authentication" // 401: by ACR or MaxAge
	ReasonForbidden      Reason = "forbidden"      // 403: by Role or RuleFunc

	ReasonCrossOrigin Reason = "cross_origin" // 403: a cookie, sent by a page of another origin; a preflight without Config.Preflight
	ReasonHost        Reason = "host"         // 403: InsecureLocalhost, and another host
	ReasonUndeclared  Reason = "undeclared"   // 403: by DefaultDeny

	ReasonUnavailable Reason = "unavailable" // 503: the token or a rule could not be checked
	ReasonGone        Reason = "gone"        // 503: the client has gone while they were being checked
	ReasonDefect      Reason = "defect"      // 500: parse returned neither claims nor an error, or it or a rule panicked
)

// An Event is one decision of an [Auth]. It holds no token, and nothing from a token that
// has not been verified.
type Event struct {
	Reason   Reason
	Status   int           // of the answer, or 0 if the request was passed on
	Pattern  string        // the pattern of http.ServeMux that the request matched, or ""
	Live     bool          // a long connection was ended; Status is 0
	Duration time.Duration // how long the decision took
	KeyID    string        // of a verified token: quoted, at most 64 bytes of it; not a label
	Err      error         // what parse or a rule returned, or nil: for logs, and never for clients
}

// tokenReason returns the Reason for an error of parse that is a TokenError.
func tokenReason(err error) Reason {
	for _, r := range []struct {
		err    error
		reason Reason
	}{
		{jwt.ErrMalformed, ReasonMalformed},
		{jwt.ErrAlgorithm, ReasonAlgorithm},
		{jwt.ErrUnknownKey, ReasonUnknownKey},
		{jwt.ErrSignature, ReasonSignature},
		{jwt.ErrMissing, ReasonMissing},
		{jwt.ErrExpired, ReasonExpired},
		{jwt.ErrNotYetValid, ReasonNotYetValid},
		{jwt.ErrMismatch, ReasonMismatch},
		{jwt.ErrRevoked, ReasonRevoked},
	} {
		if errors.Is(err, r.err) {
			return r.reason
		}
	}
	return ReasonRefused
}

// report calls the observers.
func (a *Auth[P]) report(ctx context.Context, e Event) {
	for _, observe := range a.observe {
		observe(ctx, e)
	}
}

// reportDecision reports d about a request that matched pattern.
func (a *Auth[P]) reportDecision(ctx context.Context, pattern string, start time.Time, d decision[P]) {
	if len(a.observe) == 0 {
		return
	}
	e := Event{
		Reason: d.failure.Reason, Status: d.failure.Status, Err: d.err,
		Pattern: pattern, Duration: time.Since(start),
	}
	if d.state != nil && d.state.claims != nil {
		e.KeyID = quoteKeyID(d.state.claims.KeyID)
	}
	if e.Status == 0 {
		e.Reason = ReasonAnonymous
		if d.state.claims != nil {
			e.Reason = ReasonAccepted
		}
	}
	a.report(ctx, e)
}

// now returns the time if there is somebody who wants to know.
func (a *Auth[P]) now() (t time.Time) {
	if len(a.observe) > 0 {
		t = time.Now()
	}
	return t
}

// quoteKeyID returns a kid for a log.
func quoteKeyID(kid string) string {
	if kid == "" {
		return ""
	}
	return fmt.Sprintf("%q", kid[:min(len(kid), 64)])
}

// logQuiet is how long a fault that repeats is logged at debug level only.
const logQuiet = time.Minute

// newLogObserver returns an observer that writes to log.
func newLogObserver(log *slog.Logger) func(context.Context, Event) {
	var unavailable, defect atomic.Int64 // when they were last logged, in nanoseconds since 1970
	first := func(last *atomic.Int64) bool {
		now, then := time.Now().UnixNano(), last.Load()
		return now-then >= int64(logQuiet) && last.CompareAndSwap(then, now)
	}
	return func(ctx context.Context, e Event) {
		level := slog.LevelDebug
		switch e.Reason {
		case ReasonScope, ReasonAuthentication, ReasonForbidden:
			level = slog.LevelInfo
		case ReasonUnavailable:
			if first(&unavailable) {
				level = slog.LevelWarn
			}
		case ReasonDefect, ReasonUndeclared, ReasonHost:
			if first(&defect) {
				level = slog.LevelError
			}
		}
		if !log.Enabled(ctx, level) {
			return
		}
		attrs := []slog.Attr{slog.String("reason", string(e.Reason)), slog.Duration("duration", e.Duration)}
		if e.Status != 0 {
			attrs = append(attrs, slog.Int("status", e.Status))
		}
		if e.Pattern != "" {
			attrs = append(attrs, slog.String("pattern", e.Pattern))
		}
		if e.KeyID != "" {
			attrs = append(attrs, slog.String("kid", e.KeyID))
		}
		if e.Err != nil {
			attrs = append(attrs, slog.Any("err", e.Err))
		}
		text := "jwthttp: request refused"
		switch {
		case e.Live:
			text = "jwthttp: connection ended"
		case e.Status == 0:
			text = "jwthttp: request passed on"
		}
		log.LogAttrs(ctx, level, text, attrs...)
	}
}
