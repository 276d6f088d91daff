package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
)

// A session is confirmed when the user has just entered the password again. A service with
// passkeys or one-time passwords should ask for one of them instead.
const (
	acrConfirmed = "confirmed"
	confirmedFor = 5 * time.Minute
)

// confirm is the step-up that the admin routes require (RFC 9470): it replaces the session with
// one with a new acr and auth_time.
func (s *server) confirm(w http.ResponseWriter, r *http.Request, c *Claims) {
	var in struct {
		Password string `json:"password"`
	}
	refreshToken, ok := s.refreshCookie(w, r)
	if !ok || !readJSON(w, r, &in) {
		return
	}
	if _, err := s.authenticateAgain(r.Context(), c, in.Password); err != nil {
		s.refuse(w, r, err)
		return
	}
	s.replace(w, r, refreshToken, session.Login{Subject: c.Subject, ACR: acrConfirmed, AMR: []string{"pwd"}})
}

// changePassword ends all sessions of the user except this one.
func (s *server) changePassword(w http.ResponseWriter, r *http.Request, c *Claims) {
	var in struct {
		Old string `json:"old"`
		New string `json:"new"`
	}
	refreshToken, ok := s.refreshCookie(w, r)
	if !ok || !readJSON(w, r, &in) {
		return
	}
	if err := checkPassword(in.New); err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	ctx := r.Context()
	checked, err := s.authenticateAgain(ctx, c, in.Old)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	hash, err := s.hasher.hash(ctx, in.New)
	if err == nil {
		err = s.accounts.changePassword(ctx, checked, hash)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.audit(ctx, slog.LevelInfo, "authn_password_change", "subject", c.Subject)
	s.replace(w, r, refreshToken, session.Login{Subject: c.Subject, AMR: []string{"pwd"}, EndOthers: true})
}

// authenticateAgain is authenticate for a user who is logged in. It fails if the name belongs to
// another account by now. The user has tries of their own, so that strangers who try the name
// cannot keep an admin from revoking a key.
func (s *server) authenticateAgain(ctx context.Context, c *Claims, password string) (*account, error) {
	a, err := s.check(ctx, c.Private.Name, password, "again "+c.Subject)
	if err == nil && a.ID != c.Subject {
		return nil, errBadLogin
	}
	return a, err
}

// refreshCookie returns the refresh token of the request. Without one it answers 400 and returns
// false: an app has no cookie, and must log in again instead.
func (s *server) refreshCookie(w http.ResponseWriter, r *http.Request) (string, bool) {
	token, err := s.cookies.Refresh(r)
	if err != nil || token == "" {
		writeError(w, http.StatusBadRequest, "the request must have one refresh token in a cookie")
		return "", false
	}
	return token, true
}

// replace replaces the session of the refresh token.
func (s *server) replace(w http.ResponseWriter, r *http.Request, refreshToken string, login session.Login) {
	tokens, err := s.sessions.Reauthenticate(r.Context(), refreshToken, login)
	if err == nil {
		err = tokens.SetCookies(w, s.cookies)
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if login.EndOthers { // no session may survive the old password
		if err := s.sessions.EndAll(r.Context(), login.Subject); err != nil {
			s.unavailable(w, r, err)
			return
		}
	}
	if _, refused := errors.AsType[*jwt.TokenError](err); refused {
		writeError(w, http.StatusUnauthorized, "the session has ended; log in again")
		return
	}
	s.unavailable(w, r, err)
}
