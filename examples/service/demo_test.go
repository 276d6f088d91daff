package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// steal hands the refresh token of b to the thief.
func (s *service) steal(b *browser) (id string) {
	return b.do("POST", "/demo/thief", nil).want(200).member("id")
}

// The whole theft: the thief gets on, the user comes with an old generation, and both are out.
func TestTheft(t *testing.T) {
	t.Parallel()
	s := startService(t, "-grace=1s")
	b := s.login(t, "alice")
	id := s.steal(b)
	require.Equal(t, "2", b.do("POST", "/demo/thief/"+id, nil).want(200).member("generation"))
	time.Sleep(1200 * time.Millisecond) // more than grace
	b.do("POST", "/refresh", nil).want(401)
	require.Contains(t, b.do("POST", "/demo/thief/"+id, nil).want(200).member("caught"), "reuse")
	require.Contains(t, s.log.String(), `"level":"CRITICAL","msg":"session: authn_token_reuse"`)
	b.do("POST", "/demo/thief/unknown", nil).want(404)
	s.browser(t).do("POST", "/demo/thief", nil).want(401)
}

// The other way round: the user gets on, and the thief is found out.
func TestTheftByALateThief(t *testing.T) {
	t.Parallel()
	s := startService(t, "-grace=1s")
	b := s.login(t, "alice")
	id := s.steal(b)
	b.do("POST", "/refresh", nil).want(204)
	b.do("GET", "/me", nil).want(200)
	time.Sleep(1200 * time.Millisecond)
	require.Contains(t, b.do("POST", "/demo/thief/"+id, nil).want(200).body, "reused")
	b.do("POST", "/refresh", nil).want(401)
}

// A store that fails logs nobody out, and says that the fault is ours.
func TestBrokenStore(t *testing.T) {
	t.Parallel()
	s := startService(t)
	b := s.login(t, "alice")
	b.do("POST", "/demo/store", map[string]int{"seconds": 60}).want(204)
	for _, call := range [][2]string{
		{"GET", "/orders"}, {"GET", "/devices"}, {"POST", "/refresh"}, {"POST", "/logout"}, {"GET", "/readyz"},
	} {
		a := b.do(call[0], call[1], nil).want(503)
		require.Empty(t, a.Cookies(), call)
	}
	b.do("POST", "/login", loginBody("alice", testPassword)).want(503)
	require.Eventually(t, func() bool { return b.do("GET", "/me", nil).StatusCode == 503 }, 5*time.Second, 100*time.Millisecond, "after the staleness")
	b.do("GET", "/healthz", nil).want(200)

	b.do("POST", "/demo/store", map[string]int{"seconds": 121}).want(400)
	b.do("POST", "/demo/store", map[string]int{"seconds": 0}).want(204)
	b.do("GET", "/me", nil).want(200)
	b.do("GET", "/readyz", nil).want(200)
	b.do("POST", "/refresh", nil).want(204)
}

// After the key is gone, a token is refused, and the next one is good.
func TestRevokedKey(t *testing.T) {
	s := startService(t)
	b := s.login(t, "alice")
	old := b.do("GET", "/me", nil).want(200).member("key")
	require.Equal(t, old, b.do("POST", "/demo/key", nil).want(200).member("revoked"))
	a := b.do("GET", "/orders", nil).want(401)
	require.Contains(t, a.Header.Get("WWW-Authenticate"), "invalid_token")
	b.do("POST", "/refresh", nil).want(204)
	require.NotEqual(t, old, b.do("GET", "/orders", nil).want(200).member("key"))
}

// Without -demo there is no way to break anything, and no known password.
func TestNoDemo(t *testing.T) {
	s := startService(t, "-demo=false")
	b := s.login(t, "alice") // whom the test has made
	for _, path := range []string{"/demo/thief", "/demo/thief/x", "/demo/store", "/demo/key"} {
		b.do("POST", path, map[string]int{}).want(404)
	}
	b.do("GET", "/demo/orders", nil).want(404)
	page := b.do("GET", "/", nil).want(200).body
	require.NotContains(t, page, testPassword)
	require.NotContains(t, page, "thief")
}

func TestDemoUsers(t *testing.T) {
	s := startService(t, "-demo-users=3")
	s.login(t, "user0003")
	s.browser(t).do("POST", "/login", loginBody("user0004", testPassword)).want(401)
	s.login(t, "alice").do("POST", "/password", map[string]string{"old": testPassword, "new": newPassword}).want(204)
	require.NoError(t, s.demoAccounts(t.Context(), io.Discard), "a second start")
	s.login(t, "alice")
	s.browser(t).do("GET", "/demo/orders?subject=x", nil).want(200)
}

// Nobody who has logged in to a demo is a user of the service on the same store.
func TestDemoAccountsStayInTheDemo(t *testing.T) {
	data := t.TempDir()
	demo := startProcess(t, noEnv, "-data", data, "-demo")
	b := demo.login(t, "admin")
	require.NoError(t, demo.stop())

	s := startProcess(t, noEnv, "-data", data, "-origin", demo.url)
	require.NotEmpty(t, s.find(`with the password (\S+)`))
	s.url = "http://" + s.find(`listening at (\S+),`)
	b.service = s.service
	b.do("GET", "/me", nil).want(401)
	b.do("POST", "/refresh", nil).want(401)
	b.do("POST", "/login", loginBody("admin", testPassword)).want(401)
}

// A page whose name resolves to this machine cannot log in to the demo: for the browser it is
// of the same origin (DNS rebinding).
func TestDemoForOtherHosts(t *testing.T) {
	s := startService(t)
	for host, want := range map[string]int{"rebound.example:8080": 421, "127.0.0.1.rebound.example:8080": 421, "localhost:1": 200, s.url[len("http://"):]: 200} {
		body := strings.NewReader(`{"user":"admin","password":"` + testPassword + `"}`)
		r := httptest.NewRequest("POST", "http://"+host+"/login", body)
		r.Header = http.Header{"Origin": {"http://" + host}, "Sec-Fetch-Site": {"same-origin"}, "Content-Type": {"application/json"}}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		require.Equal(t, want, w.Code, host)
		require.Equal(t, want == 200, w.Header()["Set-Cookie"] != nil)
	}
}
