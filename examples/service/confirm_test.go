package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const newPassword = "another horse, another staple"

// A new password ends all other sessions, and keeps this one.
func TestChangePassword(t *testing.T) {
	s := startService(t)
	here, there := s.login(t, "alice"), s.login(t, "alice")
	here.do("POST", "/password", map[string]string{"old": "guess", "new": newPassword}).want(401)
	here.do("POST", "/password", map[string]string{"old": testPassword, "new": "short"}).want(400)
	there.do("POST", "/refresh", nil).want(204)

	here.do("POST", "/password", map[string]string{"old": testPassword, "new": newPassword}).want(204)
	here.do("GET", "/me", nil).want(200)
	here.do("POST", "/refresh", nil).want(204)
	there.do("POST", "/refresh", nil).want(401)
	s.browser(t).do("POST", "/login", loginBody("alice", testPassword)).want(401)
	s.browser(t).do("POST", "/login", loginBody("alice", newPassword)).want(200)
	require.Contains(t, s.log.String(), "authn_password_change")
	require.NotContains(t, s.log.String(), newPassword)
}

// A service that dies between the new password and the end of the sessions lets none of them go
// on: a thief who has one could stay otherwise.
func TestChangePasswordHalfDone(t *testing.T) {
	s := startService(t)
	there := s.login(t, "alice")
	time.Sleep(2 * time.Millisecond) // times are kept in milliseconds
	a, err := s.accounts.load(t.Context(), "alice")
	require.NoError(t, err)
	hash, err := s.hasher.hash(t.Context(), newPassword)
	require.NoError(t, err)
	require.NoError(t, s.accounts.changePassword(t.Context(), a, hash))
	require.Equal(t, errBadLogin, s.accounts.changePassword(t.Context(), a, hash))

	there.do("POST", "/refresh", nil).want(401)
	b := s.browser(t)
	b.do("POST", "/login", loginBody("alice", newPassword)).want(200)
	b.do("POST", "/refresh", nil).want(204)
}

// If the session of the browser has ended meanwhile, the new password holds, and nobody is
// logged in.
func TestChangePasswordWithoutSession(t *testing.T) {
	s := startService(t)
	here, there := s.login(t, "alice"), s.login(t, "alice")
	id := here.do("GET", "/me", nil).want(200).member("session")
	there.do("DELETE", "/devices/"+id, nil).want(204)
	// The access token is good for a moment longer.
	here.do("POST", "/password", map[string]string{"old": testPassword, "new": newPassword}).want(401)
	there.do("POST", "/refresh", nil).want(401)
	s.browser(t).do("POST", "/login", loginBody("alice", newPassword)).want(200)
}

// An app has no cookies, and nothing changes.
func TestChangePasswordByBearer(t *testing.T) {
	s := startService(t)
	b := s.browser(t)
	b.header.Set("Authorization", "Bearer "+s.token(t, "alice"))
	b.do("POST", "/password", map[string]string{"old": testPassword, "new": newPassword}).want(400)
	b.do("POST", "/confirm", map[string]string{"password": testPassword}).want(400)
	s.login(t, "alice")
}

func TestConfirm(t *testing.T) {
	s := startService(t)
	b := s.login(t, "admin")
	a := b.do("GET", "/admin/users", nil).want(401)
	require.Contains(t, a.Header.Get("WWW-Authenticate"), "insufficient_user_authentication")
	b.do("POST", "/confirm", map[string]string{"password": "guess"}).want(401)
	b.do("GET", "/admin/users", nil).want(401)
	old := b.do("GET", "/me", nil).want(200).member("session")

	b.do("POST", "/confirm", map[string]string{"password": testPassword}).want(204)
	b.do("GET", "/admin/users", nil).want(200)
	require.NotEqual(t, old, b.do("GET", "/me", nil).want(200).member("session"), "a thief of the old session has nothing")
	b.do("POST", "/refresh", nil).want(204)
	b.do("GET", "/admin/users", nil).want(200)
}

// A user whose name has been given to another account cannot go on as that.
func TestConfirmByAnotherAccount(t *testing.T) {
	s := startService(t)
	b := s.login(t, "admin")
	_, err := s.accounts.update(t.Context(), "admin", func(a *account) error { a.ID = "another"; return nil })
	require.NoError(t, err)
	b.do("POST", "/confirm", map[string]string{"password": testPassword}).want(401)
	b.do("POST", "/password", map[string]string{"old": testPassword, "new": newPassword}).want(401)
	s.login(t, "admin")
}

// Strangers who use up the tries of a name keep nobody from a step-up, with which an admin
// revokes a stolen key. It has tries of its own.
func TestConfirmWhileStrangersTry(t *testing.T) {
	s := startService(t, "-account-logins=3")
	b, stranger := s.login(t, "admin"), s.browser(t)
	for range 2 {
		stranger.do("POST", "/login", loginBody("admin", "guess")).want(401)
	}
	stranger.do("POST", "/login", loginBody("admin", "guess")).want(429)
	b.do("POST", "/confirm", map[string]string{"password": testPassword}).want(204)
	b.do("GET", "/admin/keys", nil).want(200)
	for range 2 {
		b.do("POST", "/confirm", map[string]string{"password": "guess"}).want(401)
	}
	b.do("POST", "/confirm", map[string]string{"password": testPassword}).want(429)
}
