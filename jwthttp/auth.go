package jwthttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
)

// A Config says where tokens come from and how requests without a good one are answered.
// It is checked by [New]. The zero Config takes tokens from the Authorization header.
type Config struct {
	// Realm is that of the challenges. "" means the host of Resource, or "api".
	Realm string

	// Resource, if not "", is the identifier of this service (RFC 9728 section 1.2), such
	// as "https://api.example.com". Challenges then tell where its metadata are, which
	// [NewMetadataHandler] serves.
	Resource string

	// Cookies, if not nil, lets tokens come in the cookie of the access token as well.
	// Requests with it are refused if a page of another origin has made them.
	Cookies *Cookies

	// Extract, if not nil, finds a token elsewhere, such as in a WebSocket's subprotocol or
	// a header that a proxy sets. It returns "" for none. A token in a query or a form ends
	// up in logs and histories: do not take it from there. If a browser adds what Extract
	// reads by itself, protect the service against cross-site requests some other way.
	Extract func(r *http.Request) string

	// Preflight answers the CORS preflights for the routes; they never reach a handler. nil
	// answers them with 403, so that pages of other origins cannot call the service. A
	// ServeMux with a pattern such as "POST /orders" answers them itself, with 405: leave the
	// method out, or use [Auth.DefaultDeny].
	Preflight http.Handler

	// ProblemDetails makes the body of a refusal application/problem+json (RFC 9457)
	// instead of the JSON of OAuth 2.0.
	ProblemDetails bool

	// Answer, if not nil, writes the status and the body of a refusal. The header fields,
	// such as WWW-Authenticate, have been set.
	Answer func(w http.ResponseWriter, r *http.Request, f Failure)

	// LiveInterval is how often the token of a long connection is checked again, for keys
	// that were withdrawn and sessions that have ended: see [Auth.Live]. 0 means 5 seconds;
	// 1 second to 1 hour are allowed.
	LiveInterval time.Duration

	// Observe, if not nil, is called by each middleware that a request comes to, before it
	// passes it on or answers it, and when a long connection is ended. It must return soon, and
	// be safe for concurrent use.
	Observe func(ctx context.Context, e Event)

	// Logger receives what Observe does. Refused credentials are logged at debug level, rules
	// that do not hold at info level, and faults of the service at warn or error level, once
	// a minute. nil means that nothing is logged.
	Logger *slog.Logger

	// InsecureIgnoreConfirmation accepts a token that is bound to a key of its sender
	// (RFC 7800) though no [Confirm] has checked that the sender has it. A thief of such
	// a token can then use it.
	InsecureIgnoreConfirmation bool
}

// An Auth authenticates requests by tokens whose private claims are a P. Its methods make
// middleware and say whose request it is.
//
// It is safe for concurrent use.
type Auth[P any] struct {
	parse    func(ctx context.Context, token string) (*jwt.Claims[P], error)
	cfg      Config
	metadata string // the URL of the metadata, or ""
	observe  []func(context.Context, Event)
}

// New returns an Auth, or an error that names the field of cfg at fault.
//
// parse turns a token into claims: the Parse method of a parser, of sessions or of a cache.
// It must be safe for concurrent use. A [*jwt.TokenError] means that the token is refused,
// and is answered with 401. Any other error means that it could not be checked, and is
// answered with 503.
func New[P any](parse func(ctx context.Context, token string) (*jwt.Claims[P], error), cfg Config) (*Auth[P], error) {
	if parse == nil {
		return nil, errors.New("jwthttp: New: parse is nil")
	}
	a := &Auth[P]{parse: parse}
	if cfg.Resource != "" {
		u, err := parseResource(cfg.Resource)
		if err != nil {
			return nil, fmt.Errorf("jwthttp: Config.Resource %q %w", cfg.Resource, err)
		}
		a.metadata = metadataURL(u).String()
		if cfg.Realm == "" {
			cfg.Realm = u.Host
		}
	}
	switch {
	case cfg.Realm == "":
		cfg.Realm = "api"
	case !isQuotable(cfg.Realm):
		return nil, fmt.Errorf("jwthttp: Config.Realm %q has a character that is not printable ASCII", cfg.Realm)
	}
	if cfg.Answer != nil && cfg.ProblemDetails {
		return nil, errors.New("jwthttp: Config.ProblemDetails is set beside Answer, which writes the body; remove one of them")
	}
	if err := check.Duration(cfg.LiveInterval, time.Second, time.Hour); err != nil {
		return nil, fmt.Errorf("jwthttp: Config.LiveInterval %w", err)
	}
	if cfg.LiveInterval == 0 {
		cfg.LiveInterval = 5 * time.Second
	}
	if cfg.Cookies != nil && cfg.Cookies.protection == nil {
		return nil, errors.New("jwthttp: Config.Cookies is zero; NewCookies makes it")
	}
	if cfg.Preflight != nil && check.IsNil(cfg.Preflight) {
		return nil, errors.New("jwthttp: Config.Preflight holds a nil pointer")
	}
	if cfg.Observe != nil {
		a.observe = append(a.observe, cfg.Observe)
	}
	if cfg.Logger != nil {
		a.observe = append(a.observe, newLogObserver(cfg.Logger))
	}
	a.cfg = cfg
	return a, nil
}

// Require returns middleware that passes on the requests with a good token for which all
// rules hold, and answers all others. It panics if P lacks a method that a rule needs, or
// if a rule was made with bad arguments, as [http.ServeMux] does for a bad pattern.
func (a *Auth[P]) Require(rules ...Rule) Middleware[P] { return a.middleware(false, rules) }

// Optional is [Auth.Require] for routes that are open to all. A request without credentials
// is passed on without claims. So is a request whose cookie holds a token that is refused,
// since browsers send cookies unasked. A bearer token must be good, and the rules must
// hold.
func (a *Auth[P]) Optional(rules ...Rule) Middleware[P] { return a.middleware(true, rules) }

// Authenticate returns a child of ctx with the claims of token, for a transport other than
// net/http: [Auth.Claims], [FromContext] and [Auth.LiveContext] find them. Its errors are those
// of parse. A token that is bound to a key of its sender (RFC 7800) is refused, unless
// [Config].InsecureIgnoreConfirmation is set. Nothing is reported to observers.
func (a *Auth[P]) Authenticate(ctx context.Context, token string) (context.Context, error) {
	claims, err := a.parse(ctx, token)
	switch {
	case err != nil:
		return nil, err
	case claims == nil:
		return nil, errNoClaims
	case claims.HasConfirmation && !a.cfg.InsecureIgnoreConfirmation:
		return nil, errBound()
	}
	return &state[P]{Context: ctx, auth: a, claims: claims, token: token}, nil
}

// Claims returns the claims of the request that ctx belongs to. It returns nil if the
// request did not pass through a's middleware, or if it is anonymous.
func (a *Auth[P]) Claims(ctx context.Context) *jwt.Claims[P] {
	if s, ok := ctx.Value(a).(*state[P]); ok {
		return s.claims
	}
	return nil
}

// FromContext returns the claims that the innermost [Auth] of this P has put into ctx, for
// code that has no Auth at hand. ok is false if there are none.
func FromContext[P any](ctx context.Context) (claims *jwt.Claims[P], ok bool) {
	if s, ok := ctx.Value(contextKey[P]{}).(*state[P]); ok {
		return s.claims, s.claims != nil
	}
	return nil, false
}

// NewContext returns a child of ctx in which [FromContext] finds claims, for tests of such code.
func NewContext[P any](ctx context.Context, claims *jwt.Claims[P]) context.Context {
	return &state[P]{Context: ctx, claims: claims}
}

type contextKey[P any] struct{}

// A state is the context of a request that an Auth has passed on.
type state[P any] struct {
	context.Context
	auth   *Auth[P]
	claims *jwt.Claims[P] // nil: anonymous
	token  string
}

// Format prints no more than what it is, whatever the verb: a context that is logged must not
// show the token.
func (s *state[P]) Format(f fmt.State, _ rune) { io.WriteString(f, "jwthttp context") }

func (s *state[P]) Value(key any) any {
	switch key := key.(type) {
	case contextKey[P]:
		return s
	case *Auth[P]:
		if key == s.auth {
			return s
		}
	}
	return s.Context.Value(key)
}
