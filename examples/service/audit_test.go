package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Logins, and what happens to sessions, are logged with who has asked; passwords and tokens
// never, nor a name that does not exist.
func TestAudit(t *testing.T) {
	s := startService(t)
	b := s.login(t, "alice")
	b.do("POST", "/login", loginBody("my-password-in-the-wrong-field", "guess-guess")).want(401)
	b.do("POST", "/login", loginBody("alice", "guess-guess")).want(401)
	token := b.cookies["__Host-Http-rt"]
	b.do("POST", "/refresh", nil).want(204)
	b.do("GET", "/admin/users", nil).want(403)
	b.header.Set("Sec-Fetch-Site", "cross-site")
	b.do("POST", "/orders", nil).want(403)
	b.header.Set("Sec-Fetch-Site", "same-origin")
	b.do("POST", "/logout", nil).want(204)

	log := s.log.String()
	for _, want := range []string{
		`"event":"authn_login_success"`, `"event":"authn_login_fail"`, `"event":"session_created"`, `"event":"session_renewed"`,
		`"event":"session_logout"`, `"event":"authz_fail","route":"GET /admin/users"`, `"event":"malicious_csrf","route":"POST /orders"`, `"address":"127.0.0.1"`, `"agent":"Mozilla/5.0`, accountOf(t, s, "alice").ID,
	} {
		require.Contains(t, log, want)
	}
	for _, secret := range []string{testPassword, "guess-guess", "wrong-field", token, token[5:40], b.cookies["__Host-Http-at"]} {
		if secret != "" {
			require.NotContains(t, log, secret)
		}
	}
}
