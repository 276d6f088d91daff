package jwthttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
)

// A Middleware authenticates requests before next answers them. [Auth.Require] and
// [Auth.Optional] make it.
//
// It passes on the ResponseWriter that it gets, so that [http.Flusher], [http.Hijacker] and
// [http.ResponseController] work as without it.
type Middleware[P any] func(next http.Handler) http.Handler

// Handler returns a handler in which f answers the requests that are passed on. c is nil for
// an anonymous request, which only [Auth.Optional] passes on.
func (m Middleware[P]) Handler(f func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[P])) http.Handler {
	if f == nil {
		panic("jwthttp: Middleware.Handler: nil func")
	}
	return m(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := FromContext[P](r.Context())
		f(w, r, c)
	}))
}

// A route is a handler behind an Auth.
type route[P any] struct {
	auth       *Auth[P]
	optional   bool
	confirms   []confirmRule[P]
	conditions []condition[P]
	none       Failure // the answers that depend on the rules
	request    Failure
	token      Failure
	next       http.Handler
}

func (a *Auth[P]) middleware(optional bool, rules []Rule) Middleware[P] {
	if a == nil || a.parse == nil {
		panic("jwthttp: the Auth is nil or zero; New makes one")
	}
	scopes := needsOf(rules).scopes
	rt := route[P]{
		auth: a, optional: optional,
		none:    a.newFailure(ReasonNoCredentials, scopes),
		request: a.newFailure(ReasonMalformedCredentials, nil),
		token:   a.newFailure(ReasonRefused, scopes),
	}
	rt.conditions, rt.confirms = a.bind(rules)
	return func(next http.Handler) http.Handler {
		if check.IsNil(next) {
			panic("jwthttp: Middleware: nil handler")
		}
		rt := rt
		rt.next = next
		return &rt
	}
}

func (rt *route[P]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cfg := &rt.auth.cfg
	if cfg.Preflight != nil && isPreflight(r) {
		cfg.Preflight.ServeHTTP(w, r)
		return
	}
	if cfg.Cookies != nil {
		w.Header().Add("Vary", "Cookie")
	}
	if rt.optional {
		w.Header().Add("Vary", "Authorization")
	}
	d := rt.decide(w, r)
	switch {
	case d.failure.Status != 0:
		cfg.refuse(w, r, d.failure, d.err)
		return
	case d.cookie:
		w.Header().Set("Cache-Control", "private")
	}
	rt.next.ServeHTTP(w, r.WithContext(d.state))
}

// isPreflight reports whether r is a CORS preflight (Fetch standard, section 4.8).
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && len(r.Header["Origin"]) > 0 && len(r.Header["Access-Control-Request-Method"]) > 0
}

// A decision says what to do with a request: to pass it on with state, or to answer it with
// failure.
type decision[P any] struct {
	state   *state[P]
	cookie  bool // a cookie has brought the token
	failure Failure
	err     error // what parse or a rule returned
}

// decide decides about r and reports it. If parse or a rule panics, it answers 500, and the
// panic goes on: net/http closes the connection.
func (rt *route[P]) decide(w http.ResponseWriter, r *http.Request) (d decision[P]) {
	a := rt.auth
	start := a.now()
	returned := false
	defer func() {
		if !returned {
			f := a.newFailure(ReasonDefect, nil)
			a.reportDecision(r.Context(), r.Pattern, start, decision[P]{failure: f, err: errPanic})
			a.cfg.refuse(w, r, f, nil)
			http.NewResponseController(w).Flush() // before the panic closes the connection
		}
	}()
	d = rt.judge(r)
	returned = true
	a.reportDecision(r.Context(), r.Pattern, start, d)
	return d
}

var (
	errPanic    = errors.New("jwthttp: parse, Extract or a rule panicked")
	errNoClaims = errors.New("jwthttp: parse returned neither claims nor an error")
)

// errBound is the error for a token that is bound to a key of its sender.
func errBound() error {
	return &jwt.TokenError{Field: "cnf", Err: fmt.Errorf("%w: the token is bound to a key of its sender, which no Confirm has checked", jwt.ErrMismatch)}
}

// judge is decide without a report.
func (rt *route[P]) judge(r *http.Request) decision[P] {
	a, ctx := rt.auth, r.Context()
	cookies := a.cfg.Cookies
	if cookies != nil && !cookies.servesHost(r) {
		return rt.refusal(ReasonHost, nil)
	}
	if isPreflight(r) {
		return rt.refusal(ReasonCrossOrigin, nil)
	}
	found, reason := a.cfg.credentials(r)
	switch {
	case reason == ReasonNoCredentials && rt.optional:
		return decision[P]{state: &state[P]{Context: ctx, auth: a}}
	case reason != "":
		return rt.refusal(reason, nil)
	}
	if found.cookie {
		if err := cookies.checkRequest(r); err != nil {
			return rt.refusal(ReasonCrossOrigin, err)
		}
	}
	claims, reason, err := rt.claims(r, found.token)
	if reason != "" {
		if answerFor(reason) == answerToken && found.cookie && rt.optional {
			return decision[P]{state: &state[P]{Context: ctx, auth: a}, err: err}
		}
		return rt.refusal(reason, err)
	}
	d := decision[P]{state: &state[P]{Context: ctx, auth: a, claims: claims, token: found.token}, cookie: found.cookie}
	d.failure, d.err = rt.rules(r, claims)
	return d
}

// rules returns the Failure of the first rule that does not hold, or the zero Failure.
func (rt *route[P]) rules(r *http.Request, claims *jwt.Claims[P]) (Failure, error) {
	for i := range rt.conditions {
		c := &rt.conditions[i]
		switch ok, err := c.holds(r.Context(), claims); {
		case err != nil:
			return rt.unavailable(r), err
		case !ok:
			return c.failure, nil
		}
	}
	return Failure{}, nil
}

// claims returns the claims of token, or why it is not accepted.
func (rt *route[P]) claims(r *http.Request, token string) (*jwt.Claims[P], Reason, error) {
	a := rt.auth
	// Middleware around this one may have the claims already. Of an anonymous request it has no
	// token.
	if outer, ok := r.Context().Value(a).(*state[P]); ok && outer.token == token {
		reason, err := rt.confirm(r, token, outer.claims)
		return outer.claims, reason, err
	}
	claims, err := a.parse(r.Context(), token)
	switch {
	case err != nil:
		return nil, rt.reason(r, err), err
	case claims == nil:
		return nil, ReasonDefect, errNoClaims
	case claims.HasConfirmation && len(rt.confirms) == 0 && !a.cfg.InsecureIgnoreConfirmation:
		return nil, ReasonUnconfirmed, errBound()
	}
	reason, err := rt.confirm(r, token, claims)
	return claims, reason, err
}

// confirm returns "", or why the sender of r has not shown that it has the key which the token
// is bound to.
func (rt *route[P]) confirm(r *http.Request, token string, claims *jwt.Claims[P]) (Reason, error) {
	if !claims.HasConfirmation {
		return "", nil
	}
	for _, confirm := range rt.confirms {
		if err := confirm(r, token, claims); err != nil {
			reason := rt.reason(r, err)
			if answerFor(reason) == answerToken {
				reason = ReasonUnconfirmed
			}
			return reason, err
		}
	}
	return "", nil
}

// reason returns the Reason for an error of parse or of a Confirm.
func (rt *route[P]) reason(r *http.Request, err error) Reason {
	if _, ok := errors.AsType[*jwt.TokenError](err); ok {
		return tokenReason(err)
	}
	return rt.unavailable(r).Reason
}

// unavailable is the Failure for what could not be checked.
func (rt *route[P]) unavailable(r *http.Request) Failure {
	if errors.Is(r.Context().Err(), context.Canceled) {
		return rt.auth.newFailure(ReasonGone, nil)
	}
	return rt.auth.newFailure(ReasonUnavailable, nil)
}

// refusal is the decision to answer with what there is for reason.
func (rt *route[P]) refusal(reason Reason, err error) decision[P] {
	var f Failure
	switch answerFor(reason) {
	case answerNone:
		f = rt.none
	case answerRequest:
		f = rt.request
	case answerToken:
		f = rt.token
	default:
		f = rt.auth.newFailure(reason, nil)
	}
	f.Reason = reason
	return decision[P]{failure: f, err: err}
}
