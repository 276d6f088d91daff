package jwthttp

import (
	"net/http"
	"reflect"

	"github.com/cda17858/jwt/internal/check"
)

// DefaultDeny returns a handler for all of mux. It answers 403 for a route that is not made by
// [Auth.Require] or [Auth.Optional] and not declared with [Public]. So a route for which that
// was forgotten is closed. What mux answers by itself is passed on: 404, 405 and redirects.
//
// DefaultDeny looks for the handlers of this package in mux itself, and in a ServeMux that is
// registered in it. So put other middleware inside these handlers, or around DefaultDeny.
//
// It also answers the CORS preflights for all routes, as [Config].Preflight says.
func (a *Auth[P]) DefaultDeny(mux *http.ServeMux) http.Handler {
	switch {
	case a == nil || a.parse == nil:
		panic("jwthttp: the Auth is nil or zero; New makes one")
	case mux == nil:
		panic("jwthttp: DefaultDeny: nil ServeMux")
	}
	return &defaultDeny[P]{a, mux}
}

// Public returns h, declared for [Auth.DefaultDeny]: it is open to all, or checks by itself
// who may use it.
func Public(h http.Handler) http.Handler {
	if check.IsNil(h) {
		panic("jwthttp: Public: nil handler")
	}
	return public{h}
}

// A declaration is a handler that DefaultDeny lets requests through to.
type declaration interface{ declared() bool }

type public struct{ http.Handler }

func (public) declared() bool           { return true }
func (*route[P]) declared() bool        { return true }
func (*MetadataHandler) declared() bool { return true }
func (*defaultDeny[P]) declared() bool  { return true }

func (p *protected) declared() bool {
	h, ok := p.Handler.(declaration)
	return ok && h.declared()
}

type defaultDeny[P any] struct {
	auth *Auth[P]
	mux  *http.ServeMux
}

func (d *defaultDeny[P]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := d.auth
	start := a.now()
	switch {
	case isPreflight(r) && a.cfg.Preflight != nil:
		a.cfg.Preflight.ServeHTTP(w, r)
	case declared(d.mux, r):
		d.mux.ServeHTTP(w, r)
	default:
		_, pattern := d.mux.Handler(r)
		f := a.newFailure(ReasonUndeclared, nil)
		a.reportDecision(r.Context(), pattern, start, decision[P]{failure: f})
		a.cfg.refuse(w, r, f, nil)
	}
}

var redirect = reflect.TypeOf(http.RedirectHandler("/", http.StatusTemporaryRedirect))

// declared reports whether mux has a declaration for r or answers it by itself.
func declared(mux *http.ServeMux, r *http.Request) bool {
	h, pattern := mux.Handler(r)
	if pattern == "" {
		return true
	}
	switch h := h.(type) {
	case declaration:
		return h.declared()
	case *http.ServeMux:
		return declared(h, r)
	}
	return reflect.TypeOf(h) == redirect
}
