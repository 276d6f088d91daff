package session

import (
	"context"
	"log/slog"
	"time"
)

// An Event is something that a security officer wants to know. It never holds a token.
type Event struct {
	// Name is one of the constants below. Those of the OWASP Logging Vocabulary have its
	// names.
	Name string
	// Level is how serious it is. Every event of [LevelCritical] deserves a look.
	Level slog.Level

	// Session and Subject say whose session it is. Session is empty for an event about all
	// sessions of a user. Both are empty for an event about a single token.
	Session, Subject string

	// Reason is why the session has ended, for an event about one that has.
	Reason Reason

	// Generation is that of the refresh token that came in, Current the newest, and Age
	// how long ago that was made. They are zero for events without a refresh token.
	Generation, Current uint32
	Age                 time.Duration

	// Err is why something could not be done, for an event about that.
	Err error
}

// LevelCritical is the level of events that mean a stolen token or key.
const LevelCritical = slog.LevelError + 4

// Names of events.
const (
	EventCreated     = "session_created"          // INFO: Start, Reauthenticate
	EventRenewed     = "session_renewed"          // INFO: Refresh: a new generation
	EventRepeated    = "session_repeated"         // INFO: Refresh: the newest generation again
	EventRollback    = "store_rollback"           // WARN: Refresh: the store had lost a generation
	EventExpired     = "session_expired"          // INFO; WARN if the reason is stale
	EventLogout      = "session_logout"           // INFO: Logout
	EventRevoked     = "authn_token_revoked"      // INFO: End, EndAll, Revoke, and what a login replaces
	EventExcess      = "excess_sessions_exceeded" // WARN: more than Config.MaxSessions
	EventDenied      = "session_denied"           // WARN: Config.Claims returned ErrEnd
	EventLate        = "session_use_after_expire" // WARN: a refresh token of a session that has ended
	EventReuse       = "authn_token_reuse"        // CRITICAL, once for each session
	EventSuspected   = "reuse_suspected"          // WARN: the user came late four times in a row
	EventCompromised = "key_compromised"          // CRITICAL: a refresh token with a good tag that we did not issue
	EventUntold      = "revocation_not_announced" // ERROR: what has ended is not in the feed yet
	EventUnavailable = "session_unavailable"      // ERROR: a handler could not refresh or log out
	EventUnread      = "revocations_not_read"     // WARN: checks could not read the feed
)

// levels are those other than INFO.
var levels = map[string]slog.Level{
	EventRollback: slog.LevelWarn, EventExcess: slog.LevelWarn, EventDenied: slog.LevelWarn,
	EventLate: slog.LevelWarn, EventSuspected: slog.LevelWarn, EventUnread: slog.LevelWarn, EventUntold: slog.LevelError, EventUnavailable: slog.LevelError,
	EventReuse: LevelCritical, EventCompromised: LevelCritical,
}

// LogValue returns e as a group of its fields that are not zero.
func (e Event) LogValue() slog.Value { return slog.GroupValue(e.attrs()...) }

func (e Event) attrs() []slog.Attr {
	var as []slog.Attr
	text := func(key, value string) {
		if value != "" {
			as = append(as, slog.String(key, value))
		}
	}
	text("session", e.Session)
	text("subject", e.Subject)
	text("reason", string(e.Reason))
	if e.Generation != 0 {
		as = append(as, slog.Uint64("generation", uint64(e.Generation)), slog.Uint64("current", uint64(e.Current)), slog.Duration("age", e.Age))
	}
	if e.Err != nil {
		text("error", e.Err.Error())
	}
	return as
}

// A reporter hands out events.
type reporter struct {
	observe func(context.Context, Event)
	log     *slog.Logger
}

func newReporter(observe func(context.Context, Event), log *slog.Logger) reporter {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return reporter{observe, log}
}

func (r reporter) report(ctx context.Context, e Event) {
	if e.Level == 0 {
		e.Level = levels[e.Name]
	}
	if r.observe != nil {
		r.observe(ctx, e)
	}
	if r.log.Enabled(ctx, e.Level) {
		r.log.LogAttrs(ctx, e.Level, "session: "+e.Name, append([]slog.Attr{slog.String("event", e.Name)}, e.attrs()...)...)
	}
}

// event returns an event about the session in f.
func (f *found) event(name string) Event {
	return Event{Name: name, Session: f.id.String(), Subject: f.session.Subject, Reason: f.session.End.Reason}
}

// events are the names of those of the rows of decide.
var events = map[string]string{
	"T2": EventCompromised, "T3": EventLate, "T4": EventExpired, "T5": EventExpired,
	"T6": EventRepeated, "T7": EventRenewed, "T8": EventRollback,
	"T9a": EventRepeated, "T9b": EventRepeated, "T9c": EventSuspected, "T9d": EventExpired,
	"T10": EventRepeated, "T11": EventReuse, "T12": EventDenied,
	rowReplaced: EventRevoked,
}

// refreshEvent returns the event of a row, by which the session in f has got to state s.
func (f *found) refreshEvent(row string, s state, p presented) Event {
	e := f.event(events[row])
	e.Reason = s.End.Reason
	e.Generation, e.Current, e.Age = p.gen, f.session.Gen, (f.now - f.session.Rotated).duration()
	if row == "T9d" {
		e.Level = slog.LevelWarn
	}
	return e
}
