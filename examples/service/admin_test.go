package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// admin returns a browser after the step-up.
func (s *service) admin(t *testing.T) *browser {
	b := s.login(t, "admin")
	b.do("POST", "/confirm", map[string]string{"password": testPassword}).want(204)
	return b
}

// The routes of admins are closed to all others.
func TestAdminIsClosed(t *testing.T) {
	s := startService(t)
	alice, stranger, unconfirmed := s.login(t, "alice"), s.browser(t), s.login(t, "admin")
	alice.do("POST", "/confirm", map[string]string{"password": testPassword}).want(204)
	for _, route := range [][2]string{
		{"GET", "/admin/users"}, {"POST", "/admin/users"}, {"POST", "/admin/users/bob"},
		{"GET", "/admin/keys"}, {"POST", "/admin/keys/rotate"}, {"DELETE", "/admin/keys/x"},
	} {
		stranger.do(route[0], route[1], nil).want(401)
		unconfirmed.do(route[0], route[1], nil).want(401)
		alice.do(route[0], route[1], nil).want(403)
	}
}

func TestAdminUsers(t *testing.T) {
	s := startService(t)
	b, alice := s.admin(t), s.login(t, "alice")
	var got struct {
		Users []listedUser
		More  bool
	}
	b.do("GET", "/admin/users?start=a", nil).want(200).into(&got)
	require.Equal(t, []listedUser{{"admin", []string{"admin"}, false}, {"alice", []string{"sales"}, false}}, got.Users)

	b.do("POST", "/admin/users", map[string]any{"name": "carl", "password": newPassword, "roles": []string{"support"}}).want(201)
	b.do("POST", "/admin/users", map[string]any{"name": "carl", "password": newPassword, "roles": []string{"support"}}).want(409)
	b.do("POST", "/admin/users", map[string]any{"name": "Carl", "password": newPassword}).want(400)
	b.do("POST", "/admin/users", map[string]any{"name": "dora", "password": newPassword, "roles": []string{"root"}}).want(400)
	s.browser(t).do("POST", "/login", loginBody("carl", newPassword)).want(200)

	b.do("POST", "/admin/users/alice", map[string]any{"disabled": true}).want(200)
	alice.do("POST", "/refresh", nil).want(401)
	s.browser(t).do("POST", "/login", loginBody("alice", testPassword)).want(401)
	b.do("POST", "/admin/users/alice", map[string]any{"disabled": false}).want(200)
	s.login(t, "alice")
	b.do("POST", "/admin/users/admin", map[string]any{"disabled": true}).want(409)
	b.do("POST", "/admin/users/nobody", map[string]any{"disabled": true}).want(404)
}

// What has been taken from a user is gone at the next refresh, and a user who has been
// deleted cannot go on, nor one of the same name.
func TestClaimsFollowTheAccount(t *testing.T) {
	s := startService(t)
	b := s.login(t, "alice")
	_, err := s.accounts.update(t.Context(), "alice", func(a *account) error { a.Roles = []string{"support"}; return nil })
	require.NoError(t, err)
	b.do("POST", "/refresh", nil).want(204)
	b.do("POST", "/orders", map[string]string{"item": "tea"}).want(403)

	_, err = s.accounts.update(t.Context(), "alice", func(a *account) error { a.ID = "another"; return nil })
	require.NoError(t, err)
	b.do("POST", "/refresh", nil).want(401)
}

func TestAdminKeys(t *testing.T) {
	s := startService(t)
	b := s.admin(t)
	var keys struct {
		Signing string
		Keys    []string
	}
	b.do("GET", "/admin/keys", nil).want(200).into(&keys)
	require.Len(t, keys.Keys, 2)
	require.Equal(t, keys.Signing, keys.Keys[0])
	b.do("POST", "/admin/keys/rotate", nil).want(409) // too soon
	b.do("DELETE", "/admin/keys/unknown", nil).want(404)

	old := keys.Signing
	b.do("DELETE", "/admin/keys/"+old, nil).want(200).into(&keys)
	require.NotContains(t, keys.Keys, old)
	b.do("GET", "/admin/keys", nil).want(401) // signed with the key that is gone
	b.do("POST", "/refresh", nil).want(204)
	b.do("GET", "/admin/keys", nil).want(200)
	require.Contains(t, s.log.String(), "authz_admin")
}
