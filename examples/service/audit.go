package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/session"
)

// newLogger returns the logger of the service. Lines with an attribute "event" are the audit
// log; the events are those of the OWASP Logging Vocabulary. It has no passwords or tokens, nor
// the user name of a failed login, because people type their password there.
func newLogger(out io.Writer) *slog.Logger {
	return slog.New(requestHandler{slog.NewJSONHandler(out, &slog.HandlerOptions{ReplaceAttr: nameCritical})})
}

func nameCritical(groups []string, a slog.Attr) slog.Attr {
	if level, ok := a.Value.Any().(slog.Level); ok && a.Key == slog.LevelKey && len(groups) == 0 && level >= session.LevelCritical {
		a.Value = slog.StringValue("CRITICAL")
	}
	return a
}

// audit logs an event of the OWASP Logging Vocabulary.
func (s *server) audit(ctx context.Context, level slog.Level, event string, args ...any) {
	s.log.Log(ctx, level, event, append([]any{"event", event}, args...)...)
}

// decided is jwthttp.Config.Observe.
func (s *server) decided(ctx context.Context, e jwthttp.Event) {
	s.meter.decision(ctx, e)
	switch e.Reason {
	case jwthttp.ReasonScope, jwthttp.ReasonForbidden:
		s.audit(ctx, slog.LevelWarn, "authz_fail", "route", e.Pattern)
	case jwthttp.ReasonCrossOrigin:
		s.audit(ctx, slog.LevelWarn, "malicious_csrf", "route", e.Pattern)
	}
}

// A requester says who sent a request.
type requester struct {
	address netip.Addr
	agent   string
}

type requesterKey struct{}

// requesterOf returns the zero requester outside a request.
func requesterOf(ctx context.Context) requester {
	q, _ := ctx.Value(requesterKey{}).(requester)
	return q
}

// requestHandler adds the requester to lines that are logged in the context of a request.
type requestHandler struct{ slog.Handler }

func (h requestHandler) Handle(ctx context.Context, r slog.Record) error {
	if q := requesterOf(ctx); q != (requester{}) {
		r.AddAttrs(slog.String("address", q.address.String()), slog.String("agent", q.agent))
	}
	return h.Handler.Handle(ctx, r)
}

func (h requestHandler) WithAttrs(as []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(as)}
}

func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name)}
}

// withRequest adds the requester to the context.
func (s *server) withRequest(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := requester{s.cfg.trustedProxies.client(r), r.UserAgent()}
		q.agent = q.agent[:min(len(q.agent), 200)]
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requesterKey{}, q)))
	})
}
