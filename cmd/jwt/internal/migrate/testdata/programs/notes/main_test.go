package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func newService(now func() time.Time) *service {
	return &service{
		secret: []byte(strings.Repeat("0123456789abcdef", 4)),
		now:    now,
		users: map[string]user{
			"alice": {password: "a", role: "admin"},
			"bob":   {password: "b", role: "user", groups: []string{"team"}},
		},
		notes: map[string][]string{"alice": {"hers"}, "team": {"theirs"}},
	}
}

func do(t *testing.T, h http.Handler, method, path, token string, form url.Values) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func login(t *testing.T, h http.Handler, name, password string) string {
	t.Helper()
	resp := do(t, h, "POST", "/login", "", url.Values{"user": {name}, "password": {password}})
	var out map[string]string
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(resp.Status, err)
	}
	return out["token"]
}

func TestNotes(t *testing.T) {
	h := newService(time.Now).routes()
	alice, bob := login(t, h, "alice", "a"), login(t, h, "bob", "b")
	for _, test := range []struct {
		token, method, path string
		want                int
	}{
		{alice, "GET", "/notes/alice", 200},
		{alice, "GET", "/notes/bob", 200},
		{bob, "GET", "/notes/alice", 403},
		{bob, "GET", "/notes/team", 200},
		{bob, "POST", "/notes", 201},
		{"", "GET", "/notes/alice", 401},
		{"nonsense", "GET", "/notes/alice", 401},
		{alice[:len(alice)-4] + "AAAA", "GET", "/notes/alice", 401},
	} {
		if resp := do(t, h, test.method, test.path, test.token, nil); resp.StatusCode != test.want {
			t.Errorf("%s %s: %s, want %d", test.method, test.path, resp.Status, test.want)
		}
	}
}

func TestExpired(t *testing.T) {
	now := time.Now()
	s := newService(func() time.Time { return now })
	token := login(t, s.routes(), "alice", "a")
	now = now.Add(time.Hour)
	resp := do(t, s.routes(), "GET", "/notes/alice", token, nil)
	body := make([]byte, 100)
	n, _ := resp.Body.Read(body)
	if resp.StatusCode != 401 || strings.TrimSpace(string(body[:n])) != "log in again" {
		t.Errorf("%s %q", resp.Status, body[:n])
	}
}

// Tokens that were made for somebody else, or in another way, are refused.
func TestForeignTokens(t *testing.T) {
	s := newService(time.Now)
	good := jwt.RegisteredClaims{
		Issuer: "notes", Subject: "alice", Audience: jwt.ClaimStrings{"notes"}, ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour)),
	}
	issuer, audience, endless := good, good, good
	issuer.Issuer = "other"
	audience.Audience = jwt.ClaimStrings{"other"}
	endless.ExpiresAt = nil
	for name, test := range map[string]struct {
		method jwt.SigningMethod
		claims jwt.RegisteredClaims
		want   int
	}{
		"good":     {jwt.SigningMethodHS256, good, 200},
		"issuer":   {jwt.SigningMethodHS256, issuer, 401},
		"audience": {jwt.SigningMethodHS256, audience, 401},
		"endless":  {jwt.SigningMethodHS256, endless, 401},
		"method":   {jwt.SigningMethodHS512, good, 401},
	} {
		token, err := jwt.NewWithClaims(test.method, test.claims).SignedString(s.secret)
		if err != nil {
			t.Fatal(err)
		}
		if resp := do(t, s.routes(), "GET", "/notes/alice", token, nil); resp.StatusCode != test.want {
			t.Errorf("%s: %s, want %d", name, resp.Status, test.want)
		}
	}
}
