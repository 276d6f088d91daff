package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

func TestLogin(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "key.pem"))
	for _, test := range []struct {
		name, method, body, contentType string
		status                          int
	}{
		{"good", "POST", loginBody("alice", demoPassword), "application/json", 200},
		{"charset", "POST", loginBody("bob", demoPassword), "application/json; charset=utf-8", 200},
		{"wrong password", "POST", loginBody("alice", "guess"), "application/json", 401},
		{"password of another case", "POST", loginBody("alice", strings.ToUpper(demoPassword)), "application/json", 401},
		{"no password", "POST", loginBody("alice", ""), "application/json", 401},
		{"unknown user", "POST", loginBody("mallory", demoPassword), "application/json", 401},
		{"no user", "POST", loginBody("", demoPassword), "application/json", 401},
		{"null", "POST", "null", "application/json", 400},
		{"no members", "POST", "{}", "application/json", 401},
		{"a user in another case", "POST", named(`"USER":"alice"`), "application/json", 400},
		{"two users in two cases", "POST", named(`"user":"mallory","USER":"alice"`), "application/json", 400},
		{"two users", "POST", named(`"user":"mallory","user":"alice"`), "application/json", 400},
		{"two users, one escaped", "POST", named(`"user":"mallory","us\u0065r":"alice"`), "application/json", 400},
		{"another member", "POST", named(`"user":"alice","admin":"yes"`), "application/json", 400},
		{"a user in an object", "POST", named(`"user":{"user":"alice"}`), "application/json", 400},
		{"an array", "POST", `["alice"]`, "application/json", 400},
		{"cut off", "POST", `{"user":"alice"`, "application/json", 400},
		{"empty", "POST", "", "application/json", 400},
		{"not JSON", "POST", "user=alice", "application/json", 400},
		{"two values", "POST", "{} {}", "application/json", 400},
		{"of another type", "POST", `{"user":1}`, "application/json", 400},
		{"form", "POST", "user=alice", "application/x-www-form-urlencoded", 415},
		{"JSON as text", "POST", loginBody("alice", demoPassword), "text/plain", 415},
		{"no type", "POST", loginBody("alice", demoPassword), "", 415},
		{"longest", "POST", pad(loginBody("alice", demoPassword), maxBody), "application/json", 200},
		{"too long", "POST", pad(loginBody("alice", demoPassword), maxBody+1), "application/json", 413},
		{"GET", "GET", "", "", 405},
	} {
		t.Run(test.name, func(t *testing.T) {
			res, body := do(t, test.method, s.url+"/login", test.body, http.Header{"Content-Type": {test.contentType}})
			require.Equal(t, test.status, res.StatusCode, body)
			require.Equal(t, test.status == 200, strings.Contains(body, "access_token"))
			require.Equal(t, test.status == 401, res.Header.Get("WWW-Authenticate") != "")
		})
	}
}

// named returns a login with the password of alice and these further members.
func named(members string) string {
	return `{` + members + `,"password":"` + demoPassword + `"}`
}

func pad(s string, n int) string { return s + strings.Repeat(" ", n-len(s)) }

// Nothing in the answer tells an unknown user from a wrong password.
func TestLoginHidesUsers(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "key.pem"))
	known, knownBody := do(t, "POST", s.url+"/login", loginBody("alice", "guess"), jsonType)
	unknown, unknownBody := do(t, "POST", s.url+"/login", loginBody("mallory", "guess"), jsonType)
	require.Equal(t, known.StatusCode, unknown.StatusCode)
	require.Equal(t, knownBody, unknownBody)
	known.Header.Del("Date")
	unknown.Header.Del("Date")
	require.Equal(t, known.Header, unknown.Header)
}

func TestTokenClaims(t *testing.T) {
	keyFile := filepath.Join(t.TempDir(), "key.pem")
	token := start(t, keyFile).login(t, "alice")
	_, payload, _ := strings.Cut(token, ".")
	payload, _, _ = strings.Cut(payload, ".")
	data, err := base64.RawURLEncoding.DecodeString(payload)
	require.NoError(t, err)
	var got struct {
		Iss, Sub, Aud, Jti string
		Iat, Exp           int64
		Roles              []string
	}
	require.NoError(t, json.Unmarshal(data, &got))
	require.Equal(t, issuer, got.Iss)
	require.Equal(t, "alice", got.Sub)
	require.Equal(t, audience, got.Aud)
	require.Len(t, got.Jti, 26)
	require.Equal(t, int64(900), got.Exp-got.Iat)
	require.Equal(t, []string{"sales"}, got.Roles)
}

func TestOrders(t *testing.T) {
	keyFile := filepath.Join(t.TempDir(), "key.pem")
	s := start(t, keyFile)
	ours, err := openKey(keyFile)
	require.NoError(t, err)
	theirs, err := openKey(filepath.Join(t.TempDir(), "key.pem"))
	require.NoError(t, err)

	// signed returns a token that is good except for the change.
	signed := func(signer jwt.Signer, change func(*Claims)) string {
		now := time.Now()
		c := Claims{
			Issuer: issuer, Subject: "alice", Audience: []string{audience}, ID: "1",
			IssuedAt: now.Add(-time.Minute), ExpiresAt: now.Add(time.Minute),
			Private: Session{UserRoles: []string{"sales"}},
		}
		change(&c)
		token, err := jwt.Sign(t.Context(), signer, c)
		require.NoError(t, err)
		return token
	}
	alice, bob := s.login(t, "alice"), s.login(t, "bob")
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(alice, ".")[1] + "."

	for _, test := range []struct {
		name          string
		authorization []string
		status        int
	}{
		{"good", []string{"Bearer " + alice}, 200},
		{"scheme in lower case", []string{"bearer " + alice}, 200},
		{"two spaces", []string{"Bearer  " + alice}, 200},
		{"made with the key file", []string{"Bearer " + signed(ours, func(*Claims) {})}, 200},
		{"none", nil, 401},
		{"basic", []string{"Basic YTpi"}, 401},
		{"only the token", []string{alice}, 401},
		{"only the scheme", []string{"Bearer"}, 400},
		{"no token", []string{"Bearer "}, 400}, // net/http cuts the space
		{"two headers", []string{"Bearer " + alice, "Bearer " + alice}, 400},
		{"tampered claims", []string{"Bearer " + tamper(alice, 1)}, 401},
		{"tampered signature", []string{"Bearer " + tamper(alice, 2)}, 401},
		{"alg none", []string{"Bearer " + unsigned}, 401},
		{"another key", []string{"Bearer " + signed(theirs, func(*Claims) {})}, 401},
		{"expired", []string{"Bearer " + signed(ours, func(c *Claims) {
			c.IssuedAt = c.IssuedAt.Add(-time.Hour)
			c.ExpiresAt = c.ExpiresAt.Add(-time.Hour)
		})}, 401},
		{"another issuer", []string{"Bearer " + signed(ours, func(c *Claims) { c.Issuer = "https://other.example.com" })}, 401},
		{"another audience", []string{"Bearer " + signed(ours, func(c *Claims) { c.Audience = []string{"mail"} })}, 401},
		{"no subject", []string{"Bearer " + signed(ours, func(c *Claims) { c.Subject = "" })}, 401},
		{"wrong role", []string{"Bearer " + bob}, 403},
		{"no role", []string{"Bearer " + signed(ours, func(c *Claims) { c.Private.UserRoles = nil })}, 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			res, body := do(t, "GET", s.url+"/orders", "", http.Header{"Authorization": test.authorization})
			require.Equal(t, test.status, res.StatusCode, body)
			challenge := res.Header.Get("WWW-Authenticate")
			switch {
			case test.status == 200:
				require.JSONEq(t, `{"user":"alice","orders":["1001","1002"]}`, body)
				require.Empty(t, challenge)
			case test.status == 403:
				require.Empty(t, challenge)
			case test.status == 400:
				require.Equal(t, `Bearer realm="orders", error="invalid_request"`, challenge)
			case len(test.authorization) == 1 && strings.HasPrefix(test.authorization[0], "Bearer ey"):
				require.Equal(t, `Bearer realm="orders", error="invalid_token"`, challenge)
			default: // RFC 6750 section 3.1: no error code where no token was sent
				require.Equal(t, `Bearer realm="orders"`, challenge)
			}
			require.Equal(t, test.status == 200, strings.Contains(body, "1001"))
		})
	}
	require.NoError(t, s.stop())
	require.Contains(t, s.log.String(), "reason=forbidden") // bob
	require.NotContains(t, s.log.String(), strings.Split(alice, ".")[1])
}

// tamper changes one character in the middle of a part of token.
func tamper(token string, part int) string {
	parts := strings.Split(token, ".")
	b := []byte(parts[part])
	if i := len(b) / 2; b[i] != 'A' {
		b[i] = 'A'
	} else {
		b[i] = 'B'
	}
	parts[part] = string(b)
	return strings.Join(parts, ".")
}

// down is a key source that cannot be reached.
type down struct{}

func (down) Verify(context.Context, jwt.Header, []byte, []byte) error { return errors.New("no route") }

func (down) Algorithm() jwt.Algorithm { return jwt.ES256 }
func (down) KeyID() string            { return "" }
func (down) Sign(context.Context, jwt.Header, []byte) ([]byte, error) {
	return nil, errors.New("no route")
}

func TestKeysUnavailable(t *testing.T) {
	signer, err := openKey(filepath.Join(t.TempDir(), "key.pem"))
	require.NoError(t, err)
	u := newUsers(testCost)
	u.add("alice", demoPassword, "sales")
	for _, test := range []struct {
		name          string
		signer        jwt.Signer
		keys          jwt.Verifier
		login, orders int
	}{
		{"neither", signer, signer.Verifier(), 200, 200},
		{"to verify", signer, down{}, 200, 503},
		{"to sign", down{}, signer.Verifier(), 503, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := newServer(u, test.signer, test.keys, slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			srv := httptest.NewServer(s)
			defer srv.Close()
			res, _ := do(t, "POST", srv.URL+"/login", loginBody("alice", demoPassword), jsonType)
			require.Equal(t, test.login, res.StatusCode)

			now := time.Now()
			token, err := jwt.Sign(t.Context(), signer, Claims{
				Issuer: issuer, Subject: "alice", Audience: []string{audience}, ID: "1",
				IssuedAt: now, ExpiresAt: now.Add(time.Minute), Private: Session{UserRoles: []string{"sales"}},
			})
			require.NoError(t, err)
			res, _ = (&service{url: srv.URL}).orders(t, token)
			require.Equal(t, test.orders, res.StatusCode)
			require.Empty(t, res.Header.Get("WWW-Authenticate"))
			require.Equal(t, test.orders == 503, res.Header.Get("Retry-After") != "")
		})
	}
}
