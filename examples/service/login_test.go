package main

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/session"
)

func TestLogin(t *testing.T) {
	s := startService(t)
	for _, test := range []struct {
		name, contentType string
		body              any
		status            int
	}{
		{"good", "", loginBody("alice", testPassword), 200},
		{"charset", "application/json; charset=utf-8", loginBody("bob", testPassword), 200},
		{"wrong password", "", loginBody("alice", "guess"), 401},
		{"no password", "", loginBody("alice", ""), 401},
		{"unknown user", "", loginBody("mallory", testPassword), 401},
		{"a name that cannot be one", "", loginBody(strings.Repeat("a", 600), testPassword), 401},
		{"another case", "", `{"User":"alice","password":"` + testPassword + `"}`, 400},
		{"twice", "", `{"user":"bob","user":"alice","password":"` + testPassword + `"}`, 400},
		{"another member", "", `{"user":"alice","password":"` + testPassword + `","admin":true}`, 400},
		{"of another type", "", `{"user":1}`, 400},
		{"cut off", "", `{"user":"alice"`, 400},
		{"empty", "", "", 400},
		{"too long", "", `{"user":"` + strings.Repeat("a", maxBody) + `"}`, 413},
		{"form", "application/x-www-form-urlencoded", "user=alice", 415},
		{"text", "text/plain", loginBody("alice", testPassword), 415},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := s.browser(t)
			if test.contentType != "" {
				b.header.Set("Content-Type", test.contentType)
			}
			a := b.do("POST", "/login", test.body).want(test.status)
			require.Equal(t, test.status == 200, len(a.Cookies()) == 2)
			require.NotContains(t, a.body, "jrt1_")
		})
	}
}

// Nothing in the answer tells an unknown user from a wrong password, or from a user who has
// been disabled.
func TestLoginHidesUsers(t *testing.T) {
	s := startService(t)
	_, err := s.accounts.update(t.Context(), "bob", func(a *account) error { a.Disabled = true; return nil })
	require.NoError(t, err)
	wrong := s.browser(t).do("POST", "/login", loginBody("alice", "guess")).want(401)
	for _, other := range []*answer{
		s.browser(t).do("POST", "/login", loginBody("mallory", "guess")),
		s.browser(t).do("POST", "/login", loginBody("bob", testPassword)),
	} {
		wrong.Header.Del("Date")
		other.Header.Del("Date")
		require.Equal(t, wrong.StatusCode, other.StatusCode)
		require.Equal(t, wrong.Header, other.Header)
		require.Equal(t, wrong.body, other.body)
	}
}

// A hash is computed for each of them, so that the time does not tell either: without a turn
// for that there is no answer.
func TestLoginHashesForAll(t *testing.T) {
	s := startService(t)
	_, err := s.accounts.update(t.Context(), "bob", func(a *account) error { a.Disabled = true; return nil })
	require.NoError(t, err)
	for range maxHashes {
		_, err := s.hasher.wait(t.Context())
		require.NoError(t, err)
	}
	for _, name := range []string{"alice", "bob", "mallory"} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err := s.authenticate(ctx, name, "guess")
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
}

func TestLoginLimit(t *testing.T) {
	s := startService(t, "-account-logins=3", "-address-logins=5")
	b := s.browser(t)
	for range 3 {
		b.do("POST", "/login", loginBody("alice", "guess")).want(401)
	}
	a := b.do("POST", "/login", loginBody("alice", testPassword)).want(429)
	require.NotEmpty(t, a.Header.Get("Retry-After"))
	b.do("POST", "/token", loginBody("bob", testPassword)).want(200)
	b.do("POST", "/token", loginBody("admin", testPassword)).want(429) // the address
}

func TestRemember(t *testing.T) {
	s := startService(t)
	for _, remember := range []bool{false, true} {
		body := loginBody("alice", testPassword)
		body["remember"] = remember
		a := s.browser(t).do("POST", "/login", body).want(200)
		for _, c := range a.Cookies() {
			require.True(t, c.HttpOnly)
			require.True(t, c.Secure)
			if strings.HasSuffix(c.Name, "rt") {
				require.Equal(t, remember, c.MaxAge > int(24*time.Hour/time.Second), c.MaxAge)
			}
		}
	}
}

func TestRefreshAndLogout(t *testing.T) {
	s := startService(t)
	b := s.login(t, "alice")
	require.Equal(t, "1", b.do("GET", "/me", nil).want(200).member("generation"))
	b.do("POST", "/refresh", nil).want(204)
	require.Equal(t, "2", b.do("GET", "/me", nil).want(200).member("generation"))
	b.do("POST", "/logout", nil).want(204)
	b.do("GET", "/me", nil).want(401)
	b.do("POST", "/refresh", nil).want(401)
}

// A login over the session of another user ends that one.
func TestLoginReplaces(t *testing.T) {
	s := startService(t)
	b, old := s.login(t, "alice"), s.browser(t)
	old.cookies = maps.Clone(b.cookies)
	b.do("POST", "/login", loginBody("bob", testPassword)).want(200)
	require.Equal(t, "bob", b.do("GET", "/me", nil).want(200).member("name"))
	old.do("POST", "/refresh", nil).want(401)
}

func TestLogoutEverywhere(t *testing.T) {
	s := startService(t)
	here, there := s.login(t, "alice"), s.login(t, "alice")
	here.do("POST", "/logout/everywhere", nil).want(204)
	here.do("GET", "/me", nil).want(401)
	there.do("POST", "/refresh", nil).want(401)
}

// A page of another site can neither log in, nor out, nor refresh, nor change anything.
func TestCrossSite(t *testing.T) {
	s := startService(t)
	b := s.login(t, "alice")
	b.header.Set("Sec-Fetch-Site", "cross-site")
	for _, path := range []string{
		"/login", "/refresh", "/logout", "/logout/everywhere", "/password", "/confirm", "/orders", "/demo/thief", "/demo/store", "/demo/key",
	} {
		b.do("POST", path, nil).want(403)
	}
	b.do("DELETE", "/devices/x", nil).want(403)
	b.do("GET", "/me", nil).want(200)
}

func TestToken(t *testing.T) {
	s := startService(t)
	body := loginBody("alice", testPassword)
	body["scopes"] = []string{"orders:read"}
	a := s.browser(t).do("POST", "/token", body).want(200)
	require.Empty(t, a.Cookies())
	b := s.browser(t)
	b.header.Set("Authorization", "Bearer "+a.member("access_token"))
	b.do("GET", "/orders", nil).want(200)
	b.do("POST", "/orders", map[string]string{"item": "tea"}).want(403)

	body["scopes"] = []string{"orders:delete"}
	s.browser(t).do("POST", "/token", body).want(400)
	s.browser(t).do("POST", "/token", loginBody("alice", "guess")).want(401)
}

// A password that is changed between its check and the start of the session starts none.
func TestPasswordChangedMeanwhile(t *testing.T) {
	s := startService(t)
	checked, err := s.authenticate(t.Context(), "alice", testPassword)
	require.NoError(t, err)
	_, err = s.accounts.update(t.Context(), "alice", func(a *account) error {
		a.Password = s.hasher.make("another password")
		return nil
	})
	require.NoError(t, err)
	_, err = s.start(t.Context(), checked, session.Login{})
	require.ErrorIs(t, err, errBadLogin)
	list, err := s.sessions.List(t.Context(), checked.ID)
	require.NoError(t, err)
	require.Empty(t, list)
}

func accountOf(t *testing.T, s *service, name string) *account {
	a, err := s.accounts.load(t.Context(), name)
	require.NoError(t, err)
	return a
}
