package main

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
)

// A session is confirmed when the user has just given the password again. A service with
// passkeys or one-time passwords asks for one of them instead.
const (
	acrConfirmed = "confirmed"
	confirmedFor = 5 * time.Minute
)

// confirm is the step-up that the admin's pages want (RFC 9470): the session is replaced by
// one with another acr and auth_time.
func (s *server) confirm(w http.ResponseWriter, r *http.Request, c *Claims) {
	var in struct {
		Password string `json:"password"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	if _, err := s.authenticate(r.Context(), c.Private.Name, in.Password); err != nil {
		s.refuse(w, r, err)
		return
	}
	s.replace(w, r, session.Login{Subject: c.Subject, ACR: acrConfirmed, AMR: []string{"pwd"}})
}

// changePassword ends all sessions of the user except this one.
func (s *server) changePassword(w http.ResponseWriter, r *http.Request, c *Claims) {
	var in struct {
		Old string `json:"old"`
		New string `json:"new"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	if err := checkPassword(in.New); err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	ctx := r.Context()
	checked, err := s.authenticate(ctx, c.Private.Name, in.Old)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	hash, err := s.hasher.hash(ctx, in.New)
	if err == nil {
		_, err = s.accounts.update(ctx, checked.Name, func(a *account) error {
			if !a.hasPasswordOf(checked) {
				return errBadLogin
			}
			a.Password = hash
			return nil
		})
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.audit(ctx, slog.LevelInfo, "authn_password_change", "subject", c.Subject)
	s.replace(w, r, session.Login{Subject: c.Subject, AMR: []string{"pwd"}, EndOthers: true})
}

// replace puts a new session in the place of that of the refresh cookie. If this fails for a
// new password, no session may survive.
func (s *server) replace(w http.ResponseWriter, r *http.Request, login session.Login) {
	refreshToken, err := s.cookies.Refresh(r)
	var tokens *session.Tokens
	if err == nil {
		tokens, err = s.sessions.Reauthenticate(r.Context(), refreshToken, login)
	}
	if err == nil {
		err = tokens.SetCookies(w, s.cookies)
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if login.EndOthers {
		err = errors.Join(err, s.sessions.EndAll(r.Context(), login.Subject))
	}
	if _, refused := errors.AsType[*jwt.TokenError](err); refused {
		writeError(w, http.StatusUnauthorized, "the session has ended; log in again")
		return
	}
	s.unavailable(w, r, err)
}
