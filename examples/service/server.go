package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/keyring"
	"github.com/cda17858/jwt/session"
)

// A server is the service. Its methods are the handlers.
type server struct {
	cfg      config
	log      *slog.Logger // adds the requester; see audit.go
	store    records
	accounts *accounts
	hasher   *hasher
	limits   struct{ account, address *limiter }
	ring     *keyring.Ring
	sessions *session.Sessions[Private]
	cookies  *jwthttp.Cookies
	auth     *jwthttp.Auth[Private]
	hub      hub
	meter    *meter
	orders   *orders
	demo     *demo // nil without -demo

	handler, metrics http.Handler
	draining         chan struct{} // closed by drain
	drainOnce        sync.Once
}

// newServer returns the server. ctx must live until close.
func newServer(ctx context.Context, cfg config, store records, log *slog.Logger) (*server, error) {
	s := &server{cfg: cfg, log: log, draining: make(chan struct{})}
	if err := s.build(ctx, store); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *server) build(ctx context.Context, store records) (err error) {
	if s.meter, err = newMeter(); err != nil {
		return err
	}
	s.metrics = s.meter.handler()
	space := "accounts"
	if s.cfg.demo {
		s.demo = newDemo(s, store)
		store = s.demo.store
		space = "demo" // no account with a known password outlives the demo
	}
	s.store = &measuredStore{store, s.meter}
	s.accounts, s.orders = &accounts{s.store, space}, &orders{s.store}
	s.hasher = newHasher(uint32(s.cfg.hashMemory))
	s.limits.account, s.limits.address = newLimiter(s.cfg.accountLogins), newLimiter(s.cfg.addressLogins)
	if s.ring, err = newRing(ctx, s.cfg, s.store, s.log); err != nil {
		return err
	}
	if err := s.startSessions(ctx); err != nil {
		return err
	}
	s.handler, err = s.routes()
	return err
}

// drain begins a shutdown: it ends the event streams, and makes /readyz fail, so that the load
// balancer stops sending requests.
func (s *server) drain() { s.drainOnce.Do(func() { close(s.draining) }) }

func (s *server) close() {
	s.drain()
	if s.sessions != nil {
		s.sessions.Close()
	}
	if s.ring != nil {
		s.ring.Close()
	}
}

// routes returns the handler of all requests. A route without auth.Require, auth.Optional or
// Public gets 403.
func (s *server) routes() (http.Handler, error) {
	mux := http.NewServeMux()
	public := func(pattern string, f http.HandlerFunc) { mux.Handle(pattern, jwthttp.Public(f)) }
	protected := func(pattern string, f http.HandlerFunc) { mux.Handle(pattern, s.cookies.Protect(jwthttp.Public(f))) }

	protected("POST /login", s.login)
	public("POST /token", s.token) // sets no cookies
	mux.Handle("POST /refresh", s.sessions.NewRefreshHandler(s.cookies))
	mux.Handle("POST /logout", s.sessions.NewLogoutHandler(s.cookies))

	user := s.auth.Require()
	mux.Handle("GET /me", user.Handler(s.me))
	mux.Handle("GET /events", user.Handler(s.events))
	mux.Handle("POST /logout/everywhere", user.Handler(s.logoutEverywhere))
	mux.Handle("POST /password", user.Handler(s.changePassword))
	mux.Handle("POST /confirm", user.Handler(s.confirm))
	mux.Handle("GET /devices", user.Handler(s.listDevices))
	mux.Handle("DELETE /devices/{id}", user.Handler(s.endDevice))

	mux.Handle("GET /orders", s.auth.Require(jwthttp.Scope("orders:read")).Handler(s.listOrders))
	mux.Handle("POST /orders", s.auth.Require(jwthttp.Scope("orders:write")).Handler(s.addOrder))
	mux.Handle("GET /reports", s.auth.Require(jwthttp.Scope("reports:read"))(s.newRelay()))

	admin := s.auth.Require(jwthttp.Role("admin"), jwthttp.ACR(acrConfirmed), jwthttp.MaxAge(confirmedFor))
	mux.Handle("GET /admin/users", admin.Handler(s.listUsers))
	mux.Handle("POST /admin/users", admin.Handler(s.addUser))
	mux.Handle("POST /admin/users/{name}", admin.Handler(s.changeUser))
	mux.Handle("GET /admin/keys", admin.Handler(s.listKeys))
	mux.Handle("POST /admin/keys/rotate", admin.Handler(s.rotateKeys))
	mux.Handle("DELETE /admin/keys/{kid}", admin.Handler(s.revokeKey))

	public("GET /healthz", s.health)
	public("GET /readyz", s.ready)
	if err := errors.Join(s.publish(mux), s.pages(mux)); err != nil {
		return nil, err
	}
	if s.demo != nil {
		s.demo.routes(mux)
	}

	h := otelhttp.NewHandler(s.auth.DefaultDeny(mux), "service",
		otelhttp.WithMeterProvider(s.meter.provider),
		otelhttp.WithFilter(func(r *http.Request) bool { return r.URL.Path != "/events" }))
	if s.demo != nil {
		h = s.demo.onThisMachine(h)
	}
	return s.withRequest(withDeadline(withHeaders(h, s.cfg.tlsCert != ""))), nil
}

// withDeadline bounds how long a request may wait, for example for a store that hangs. The
// event stream has no deadline.
func withDeadline(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/events" {
			ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
			defer cancel()
			r = r.WithContext(ctx)
		}
		h.ServeHTTP(w, r)
	})
}

// health reports that the process runs.
func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready reports whether the process should receive requests: not while the store fails, the
// keys are stale, or it shuts down.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	_, _, err := s.store.Load(ctx, "ready")
	status, code := "ready", http.StatusOK
	switch {
	case isClosed(s.draining):
		status = "shutting down"
	case err != nil:
		status = "the store fails"
	case s.ring.Keys() == nil:
		status = "the keys are stale"
	}
	if status != "ready" {
		code = http.StatusServiceUnavailable
	}
	writeJSON(w, code, map[string]string{"status": status})
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
