package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/session"
)

// Private has the claims of our access tokens beyond the registered ones. sub is the ID of the
// account.
type Private struct {
	jwthttp.AccessToken
	Name string `json:"preferred_username"`
}

// Claims has all claims of our access tokens.
type Claims = jwt.Claims[Private]

// audience lists the services that accept our tokens: this one and the second process.
var audience = []string{"service", "reports"}

const (
	idle     = 14 * 24 * time.Hour
	absolute = 90 * 24 * time.Hour
	devices  = 20 // sessions of one user
)

// startSessions sets up the sessions, which turn logins into tokens, and the middleware, which
// turns tokens into claims.
func (s *server) startSessions(ctx context.Context) (err error) {
	s.cookies, err = jwthttp.NewCookies(jwthttp.CookieConfig{
		Origin:            s.cfg.origin,
		InsecureLocalhost: s.cfg.insecureLocalhost,
	})
	if err != nil {
		return fmt.Errorf("-origin (%s): %w", variable("origin"), err)
	}
	s.sessions, err = session.New(ctx, session.Config[Private]{
		Signer: s.ring, Issuer: s.cfg.origin, Audience: audience,
		Keys: s.cfg.refreshKeys, Store: s.store,
		Access: s.cfg.access, Idle: idle, Absolute: absolute, Grace: s.cfg.grace,
		MaxSessions: devices,
		Claims:      s.claims,
		Check:       session.CheckConfig{Staleness: s.cfg.staleness()},
		Observe:     s.hub.publish,
		Logger:      s.log,
	})
	if err != nil {
		return err
	}
	if err := s.meter.observeSessions(s.sessions.Stats); err != nil {
		return err
	}
	s.auth, err = jwthttp.New(s.sessions.Parse, jwthttp.Config{
		Cookies:      s.cookies,
		Resource:     s.cfg.origin,
		LiveInterval: s.cfg.liveInterval(),
		Observe:      s.decided,
		Logger:       s.log,
	})
	return err
}

// claims is called at each login and refresh, so a change of roles or of their scopes takes
// effect within the lifetime of an access token.
func (s *server) claims(ctx context.Context, in session.Session) (Private, error) {
	a, err := s.accounts.load(ctx, string(in.Data))
	switch {
	case errors.Is(err, errNoAccount), err == nil && (a.ID != in.Subject || a.Disabled):
		return Private{}, session.ErrEnd
	case err != nil:
		return Private{}, err
	case in.AuthenticatedAt.Before(a.PasswordChanged):
		return Private{}, session.ErrEnd
	}
	c := Private{AccessToken: in.AccessToken(), Name: a.Name}
	c.UserRoles = a.Roles
	c.Scope = a.scopes()
	if in.Scope != nil { // an app asked for fewer scopes
		c.Scope = slices.DeleteFunc(c.Scope, func(scope string) bool { return !slices.Contains(in.Scope, scope) })
	}
	return c, nil
}
