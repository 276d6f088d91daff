package main

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/keyring"
)

// A listedUser is an account without its password.
type listedUser struct {
	Name     string   `json:"name"`
	Roles    []string `json:"roles"`
	Disabled bool     `json:"disabled"`
}

const usersPerPage = 50

// listUsers lists the users whose names begin with the query parameter start.
func (s *server) listUsers(w http.ResponseWriter, r *http.Request, _ *Claims) {
	list, more, err := s.accounts.list(r.Context(), r.FormValue("start"), usersPerPage)
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	users := make([]listedUser, len(list))
	for i, a := range list {
		users[i] = listedUser{a.Name, a.Roles, a.Disabled}
	}
	writeJSON(w, http.StatusOK, map[string]any{"users": users, "more": more})
}

func (s *server) addUser(w http.ResponseWriter, r *http.Request, c *Claims) {
	var in struct {
		Name     string   `json:"name"`
		Password string   `json:"password"`
		Roles    []string `json:"roles"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	if err := checkAccount(in.Name, in.Password, in.Roles); err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	hash, err := s.hasher.hash(r.Context(), in.Password)
	if err == nil {
		err = s.accounts.create(r.Context(), account{Name: in.Name, Password: hash, Roles: in.Roles})
	}
	switch {
	case err == errTaken:
		writeError(w, http.StatusConflict, err.Error())
	case err != nil:
		s.unavailable(w, r, err)
	default:
		s.audit(r.Context(), slog.LevelWarn, "user_created", "by", c.Subject, "name", in.Name, "roles", in.Roles)
		writeJSON(w, http.StatusCreated, listedUser{Name: in.Name, Roles: in.Roles})
	}
}

// changeUser disables or enables a user. Disabling ends the user's sessions.
func (s *server) changeUser(w http.ResponseWriter, r *http.Request, c *Claims) {
	var in struct {
		Disabled bool `json:"disabled"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	a, err := s.accounts.update(r.Context(), r.PathValue("name"), func(a *account) error {
		if a.ID == c.Subject {
			return errYourself
		}
		a.Disabled = in.Disabled
		return nil
	})
	if err == nil && a.Disabled {
		err = s.sessions.EndAll(r.Context(), a.ID)
	}
	switch {
	case err == errYourself:
		writeError(w, http.StatusConflict, err.Error())
	case err == errNoAccount:
		writeError(w, http.StatusNotFound, err.Error())
	case err != nil:
		s.unavailable(w, r, err)
	default:
		s.audit(r.Context(), slog.LevelWarn, "user_updated", "by", c.Subject, "subject", a.ID, "disabled", a.Disabled)
		writeJSON(w, http.StatusOK, listedUser{a.Name, a.Roles, a.Disabled})
	}
}

var errYourself = errors.New("you cannot disable your own account")

// listKeys lists the kids of the keys: the one that signs, the next one, and the retired ones.
func (s *server) listKeys(w http.ResponseWriter, _ *http.Request, _ *Claims) {
	kids := []string{}
	for _, k := range s.ring.Keys() {
		kids = append(kids, k.KeyID())
	}
	writeJSON(w, http.StatusOK, map[string]any{"signing": s.ring.KeyID(), "keys": kids})
}

func (s *server) rotateKeys(w http.ResponseWriter, r *http.Request, c *Claims) {
	s.changeKeys(w, r, c, "rotated", s.ring.Rotate(r.Context()))
}

// revokeKey is for a stolen key: all tokens that it signed are refused, and clients refresh
// theirs.
func (s *server) revokeKey(w http.ResponseWriter, r *http.Request, c *Claims) {
	s.changeKeys(w, r, c, "revoked", s.ring.Revoke(r.Context(), r.PathValue("kid")))
}

func (s *server) changeKeys(w http.ResponseWriter, r *http.Request, c *Claims, what string, err error) {
	switch {
	case errors.Is(err, keyring.ErrTooSoon):
		writeError(w, http.StatusConflict, "verifiers may not have the next key yet; try again later")
	case errors.Is(err, jwt.ErrUnknownKey):
		writeError(w, http.StatusNotFound, "no such key")
	case err != nil:
		s.unavailable(w, r, err)
	default:
		s.audit(r.Context(), slog.LevelWarn, "authz_admin", "by", c.Subject, "keys", what)
		s.listKeys(w, r, c)
	}
}
