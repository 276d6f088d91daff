package main

import (
	"net/http/httptest"
	"strings"
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

func TestClientAddress(t *testing.T) {
	var proxies prefixes
	require.NoError(t, proxies.Set("10.0.0.0/8,::1/128"))
	for _, test := range []struct {
		name, remote, forwarded, want string
	}{
		{"direct", "192.0.2.1:1234", "", "192.0.2.1"},
		{"a client that lies", "192.0.2.1:1234", "198.51.100.7", "192.0.2.1"},
		{"by a proxy", "10.0.0.1:1234", "192.0.2.1", "192.0.2.1"},
		{"a client that lies, by a proxy", "10.0.0.1:1234", "198.51.100.7, 192.0.2.1", "192.0.2.1"},
		{"by two proxies", "10.0.0.1:1234", "192.0.2.1,10.0.0.2", "192.0.2.1"},
		{"proxies only", "10.0.0.1:1234", "10.0.0.2", "10.0.0.2"},
		{"a proxy that says nothing", "10.0.0.1:1234", "", "10.0.0.1"},
		{"nonsense", "10.0.0.1:1234", "192.0.2.1, unknown", "10.0.0.1"},
		{"IPv6", "[::1]:1234", "2001:db8::1", "2001:db8::1"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:1234", "192.0.2.1", "192.0.2.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = test.remote
		for hop := range strings.SplitSeq(test.forwarded, ", ") { // some proxies add a line
			r.Header.Add("X-Forwarded-For", hop)
		}
		require.Equal(t, test.want, proxies.client(r).String(), test.name)
	}
}
