package main

import (
	"net/http"
	"time"

	"github.com/cda17858/jwt/session"
)

// An identity is what the page may show of the access token, which it cannot read.
type identity struct {
	Name       string    `json:"name"`
	Roles      []string  `json:"roles"`
	Scopes     []string  `json:"scopes"`
	Session    string    `json:"session"`
	Generation uint32    `json:"generation"` // of the refresh token
	Key        string    `json:"key"`        // the kid of the token
	Issued     time.Time `json:"issued"`
	Expires    time.Time `json:"expires"`
	ExpiresIn  int64     `json:"expires_in"` // ms: the clock of the browser may be wrong
	LoggedIn   time.Time `json:"logged_in"`
	Confirmed  bool      `json:"confirmed"`
}

func newIdentity(c *Claims) identity {
	p := c.Private
	return identity{
		Name: p.Name, Roles: p.Roles(), Scopes: p.Scopes(),
		Session: session.ID(c), Generation: session.Generation(c), Key: c.KeyID,
		Issued: c.IssuedAt, Expires: c.ExpiresAt, ExpiresIn: time.Until(c.ExpiresAt).Milliseconds(),
		LoggedIn:  p.AuthTime(),
		Confirmed: p.ACR() == acrConfirmed && time.Since(p.AuthTime()) < confirmedFor,
	}
}

func (s *server) me(w http.ResponseWriter, _ *http.Request, c *Claims) {
	writeJSON(w, http.StatusOK, newIdentity(c))
}
