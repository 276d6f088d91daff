package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"github.com/cda17858/jwt/session"
)

var (
	errBadLogin = errors.New("unknown user or wrong password")
	errTooMany  = errors.New("too many logins")
)

// authenticate returns the account with this name and password. The error is errBadLogin,
// errTooMany, or another one if the password could not be checked. Neither the error nor the
// time reveals whether the account exists.
func (s *server) authenticate(ctx context.Context, name, password string) (*account, error) {
	return s.check(ctx, name, password, "login "+name)
}

// check is authenticate, with the key whose tries it uses up.
func (s *server) check(ctx context.Context, name, password, tries string) (*account, error) {
	if !s.limits.address.allow(addressKey(requesterOf(ctx).address)) || !s.limits.account.allow(tries) {
		s.audit(ctx, slog.LevelWarn, "authn_login_fail_max")
		return nil, errTooMany
	}
	a, err := s.accounts.load(ctx, name)
	if err != nil && err != errNoAccount {
		return nil, err
	}
	var hash *passwordHash
	if a != nil && !a.Disabled {
		hash = &a.Password
	}
	same, err := s.hasher.matches(ctx, hash, password)
	switch {
	case err != nil:
		return nil, err
	case !same && a != nil:
		s.audit(ctx, slog.LevelWarn, "authn_login_fail", "subject", a.ID)
		return nil, errBadLogin
	case !same:
		s.audit(ctx, slog.LevelWarn, "authn_login_fail")
		return nil, errBadLogin
	}
	return a, nil
}

// refuse answers an error of authenticate.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.meter.login(r.Context(), err)
	switch {
	case errors.Is(err, errBadLogin):
		w.Header().Set("WWW-Authenticate", `Login realm="service"`)
		writeError(w, http.StatusUnauthorized, "wrong name or password")
	case errors.Is(err, errTooMany):
		w.Header().Set("Retry-After", "60")
		writeError(w, http.StatusTooManyRequests, "too many attempts; try again in a minute")
	default:
		s.unavailable(w, r, err)
	}
}

// login is for browsers. It returns the tokens in cookies that scripts cannot read.
func (s *server) login(w http.ResponseWriter, r *http.Request) {
	var in struct {
		User     string `json:"user"`
		Password string `json:"password"`
		Remember bool   `json:"remember"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	previous, err := s.cookies.Refresh(r)
	if err != nil {
		writeError(w, http.StatusBadRequest, "a cookie occurs twice")
		return
	}
	a, err := s.authenticate(r.Context(), in.User, in.Password)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	tokens, err := s.start(r.Context(), a, session.Login{Persistent: in.Remember, Previous: previous})
	if err == nil {
		err = tokens.SetCookies(w, s.cookies)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.meter.login(r.Context(), nil)
	writeJSON(w, http.StatusOK, map[string]string{"name": a.Name})
}

// token is for apps and programs. It returns the tokens as JSON (RFC 6749 section 5.1); the app
// sends the access token as a bearer token. An app may ask for fewer scopes.
func (s *server) token(w http.ResponseWriter, r *http.Request) {
	var in struct {
		User     string   `json:"user"`
		Password string   `json:"password"`
		Scopes   []string `json:"scopes"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	a, err := s.authenticate(r.Context(), in.User, in.Password)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	login := session.Login{Persistent: true}
	if len(in.Scopes) > 0 {
		if !isSubset(in.Scopes, a.scopes()) {
			writeError(w, http.StatusBadRequest, "a requested scope exceeds those of the user")
			return
		}
		login.Scope = in.Scopes
	}
	tokens, err := s.start(r.Context(), a, login)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.meter.login(r.Context(), nil)
	tokens.WriteJSON(w) // an error means that the client is gone
}

// start starts a session for an authenticated account.
func (s *server) start(ctx context.Context, a *account, login session.Login) (*session.Tokens, error) {
	login.Subject, login.Data = a.ID, []byte(a.Name)
	login.AMR = []string{"pwd"}
	login.Label = describe(requesterOf(ctx).agent)
	tokens, err := s.sessions.Start(ctx, login)
	if errors.Is(err, session.ErrEnd) { // disabled meanwhile
		return nil, errBadLogin
	}
	if err != nil {
		return nil, err
	}
	// The password may have been changed since it was checked. The change ended the other
	// sessions, but not this one.
	now, err := s.accounts.load(ctx, a.Name)
	if err == nil && !now.hasPasswordOf(a) {
		err = errBadLogin
	}
	if err != nil {
		return nil, errors.Join(err, s.sessions.End(ctx, a.ID, tokens.Session.ID))
	}
	s.audit(ctx, slog.LevelInfo, "authn_login_success", "subject", a.ID, "session", tokens.Session.ID)
	return tokens, nil
}

// hasPasswordOf reports whether a and b are the same account with the same password hash, by
// its salt.
func (a *account) hasPasswordOf(b *account) bool {
	return a.ID == b.ID && bytes.Equal(a.Password.Salt, b.Password.Salt)
}

// logoutEverywhere ends all sessions of the user.
func (s *server) logoutEverywhere(w http.ResponseWriter, r *http.Request, c *Claims) {
	if err := s.sessions.EndAll(r.Context(), c.Subject); err != nil {
		s.unavailable(w, r, err)
		return
	}
	s.cookies.Clear(w)
	w.WriteHeader(http.StatusNoContent)
}

func isSubset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}
