package devissuer_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/devissuer"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jws"
	"github.com/cda17858/jwt/jwttest"
)

// start starts an issuer, and returns its URL.
func start(t *testing.T, cfg devissuer.Config) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	cfg.Origin = "http://" + server.Listener.Addr().String()
	cfg.Signer = jwttest.NewKey(t, jwt.ES256)
	cfg.Subject, cfg.Audience, cfg.Type, cfg.Lifetime, cfg.Now = "dev", []string{"api"}, "JWT", 15*time.Minute, time.Now
	cfg.Claims = map[string]any{"role": "admin"}
	h, err := devissuer.New(cfg)
	require.NoError(t, err)
	server.Config.Handler = h
	server.Start()
	t.Cleanup(server.Close)
	return cfg.Origin
}

// An answer is one of the token endpoint.
type answer struct {
	Token     string `json:"access_token"`
	Type      string `json:"token_type"`
	ExpiresIn int    `json:"expires_in"`
	Scope     string `json:"scope"`
	Error     string `json:"error"`
	Details   string `json:"error_description"`
}

func ask(t *testing.T, issuer string, form url.Values, client string) (a answer) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, issuer+devissuer.TokenPath, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if client != "" {
		r.SetBasicAuth(client, "any secret")
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&a))
	require.Equal(t, a.Error == "", resp.StatusCode == http.StatusOK)
	return a
}

// A service finds the keys by the metadata, and accepts the tokens.
func TestTokens(t *testing.T) {
	issuer := start(t, devissuer.Config{})
	keys, err := jwks.Fetch(t.Context(), jwks.Config{Issuer: issuer, Algorithms: []jwt.Algorithm{jwt.ES256}})
	require.NoError(t, err)
	parser, err := jwt.NewParser[map[string]any](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256}, Issuers: []string{issuer}, Audiences: []string{"api", "orders"},
	})
	require.NoError(t, err)
	for _, tt := range []struct {
		name, client string
		form         url.Values
		sub, aud     string
		life         int
		private      map[string]any
	}{
		{"nothing", "", nil, "dev", "api", 900, map[string]any{"role": "admin"}},
		{"client_credentials", "", url.Values{"grant_type": {"client_credentials"}, "client_id": {"ci"}, "scope": {"read write"}}, "ci", "api", 900,
			map[string]any{"role": "admin", "client_id": "ci", "scope": "read write"}},
		{"Basic", "ci", url.Values{"audience": {"orders"}, "ttl": {"60"}}, "ci", "orders", 60, map[string]any{"role": "admin", "client_id": "ci"}},
		{"resource", "", url.Values{"resource": {"orders"}, "sub": {"alice"}, "ttl": {"1h"}}, "alice", "orders", 3600, map[string]any{"role": "admin"}},
		{"claims", "", url.Values{"claims": {`{"role":"guest","level":3}`}}, "dev", "api", 900, map[string]any{"role": "guest", "level": json.Number("3")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := ask(t, issuer, tt.form, tt.client)
			require.Empty(t, a.Error, a.Details)
			require.Equal(t, "Bearer", a.Type)
			require.InDelta(t, tt.life, a.ExpiresIn, 2)
			c, err := parser.Parse(t.Context(), a.Token)
			require.NoError(t, err)
			require.Equal(t, tt.sub, c.Subject)
			require.Equal(t, []string{tt.aud}, c.Audience)
			require.Equal(t, tt.private, c.Private)
			require.Equal(t, tt.form.Get("scope"), a.Scope)
		})
	}

	expired := ask(t, issuer, url.Values{"ttl": {"-1m"}}, "")
	_, err = parser.Parse(t.Context(), expired.Token)
	require.ErrorIs(t, err, jwt.ErrExpired)
	again := ask(t, issuer, nil, "")
	m, err := jws.Unverified(again.Token)
	require.NoError(t, err)
	require.Contains(t, string(m.Payload), `"role":"admin"`, "a request has changed the claims of others")
}

func TestRefusals(t *testing.T) {
	issuer := start(t, devissuer.Config{})
	for _, tt := range []struct {
		form url.Values
		code string
	}{
		{url.Values{"grant_type": {"password"}}, "unsupported_grant_type"},
		{url.Values{"ttl": {"soon"}}, "invalid_request"},
		{url.Values{"ttl": {"25h"}}, "invalid_request"},
		{url.Values{"ttl": {"-999999999999"}}, "invalid_request"},
		{url.Values{"ttl": {"0"}}, ""},
		{url.Values{"claims": {"[]"}}, "invalid_request"},
		{url.Values{"claims": {"null"}}, "invalid_request"},
		{url.Values{"claims": {`{"iss":"https://other.example.com"}`}}, "invalid_request"},
		{url.Values{"aud": {""}}, "invalid_request"},
	} {
		t.Run(tt.form.Encode(), func(t *testing.T) {
			a := ask(t, issuer, tt.form, "")
			require.Equal(t, tt.code, a.Error, a.Details)
			require.Equal(t, tt.code == "", a.Token != "")
			require.NotContains(t, a.Details, "jwt:")
		})
	}
	resp, err := http.Get(issuer + devissuer.TokenPath)
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
}

// Only pages of the origin that was named may read tokens; all may read the metadata.
func TestOrigins(t *testing.T) {
	for _, tt := range []struct{ path, allowed, want string }{
		{devissuer.TokenPath, "", ""},
		{devissuer.TokenPath, "http://localhost:3000", "http://localhost:3000"},
		{devissuer.KeysPath, "", "*"},
		{devissuer.MetadataPaths[0], "", "*"},
		{devissuer.MetadataPaths[1], "", "*"},
	} {
		issuer := start(t, devissuer.Config{AllowOrigin: tt.allowed})
		method := http.MethodGet
		if tt.path == devissuer.TokenPath {
			method = http.MethodPost
		}
		r, err := http.NewRequestWithContext(t.Context(), method, issuer+tt.path, nil)
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, tt.want, resp.Header.Get("Access-Control-Allow-Origin"), tt.path)
	}
}
