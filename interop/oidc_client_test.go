package interop

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/interop/internal/node"
	"github.com/cda17858/jwt/jwks"
)

const api = "https://orders.example"

// accessToken are the private claims of an access token (RFC 9068 section 2.2).
type accessToken struct {
	ClientID string `json:"client_id"`
	Scope    string `json:"scope"`
}

// policy is that of the API for tokens of p.
func (p *provider) policy() jwt.Policy {
	return jwt.Policy{
		Algorithms: []jwt.Algorithm{p.alg},
		Issuers:    []string{p.issuer},
		Audiences:  []string{api},
		Types:      []string{"at+jwt"},
		Required:   []string{"sub", "iat", "jti", "client_id"},
	}
}

// A client counts the fetches of its Client.
type client struct {
	*jwks.Client
	mu      sync.Mutex
	fetches []jwks.Report
}

func newClient(t *testing.T, cfg jwks.Config) *client {
	t.Helper()
	c := new(client)
	cfg.Observe = func(f jwks.Report) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.fetches = append(c.fetches, f)
	}
	var err error
	c.Client, err = jwks.New(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func (c *client) seen() []jwks.Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]jwks.Report(nil), c.fetches...)
}

// fetched requires that there have been n fetches. One is reported only after its set is
// in use.
func (c *client) fetched(t *testing.T, n int, why string) []jwks.Report {
	t.Helper()
	eventually(t, func() bool { return len(c.seen()) >= n }, why)
	fetches := c.seen()
	require.Len(t, fetches, n, why)
	return fetches
}

func parse(t *testing.T, token string, v jwt.Verifier, p jwt.Policy) (*jwt.Claims[accessToken], error) {
	t.Helper()
	validator, err := jwt.NewValidator(p)
	require.NoError(t, err)
	claims, err := jwt.Parse[accessToken](t.Context(), token, v, validator)
	require.Equal(t, err == nil, claims != nil)
	return claims, err
}

// requireRefused fails unless err is that of a bad token.
func requireRefused(t *testing.T, err error, field string, reason error) {
	t.Helper()
	te, ok := errors.AsType[*jwt.TokenError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, field, te.Field)
	require.ErrorIs(t, err, reason)
}

// requireUnchecked fails unless err says that the token could not be checked.
func requireUnchecked(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	_, ok := errors.AsType[*jwt.TokenError](err)
	require.False(t, ok, "%v", err)
	require.NotErrorIs(t, err, jwt.ErrUnknownKey)
	require.NotErrorIs(t, err, jwt.ErrSignature)
}

// eventually waits for something that goes on by itself; how long is of no interest.
func eventually(t *testing.T, condition func() bool, what string) {
	t.Helper()
	for limit := time.Now().Add(30 * time.Second); !condition(); time.Sleep(10 * time.Millisecond) {
		require.True(t, time.Now().Before(limit), what)
	}
}

// onlyOAuth is for a provider that has the metadata of RFC 8414 alone.
type onlyOAuth struct{ asked []string }

func (o *onlyOAuth) RoundTrip(req *http.Request) (*http.Response, error) {
	o.asked = append(o.asked, req.URL.Path)
	if req.URL.Path == "/.well-known/openid-configuration" {
		req = req.Clone(req.Context())
		req.URL.Path = "/nothing-here"
	}
	return http.DefaultTransport.RoundTrip(req)
}

// Access tokens of a certified OpenID provider, by the keys that its metadata names.
func TestOIDCProvider(t *testing.T) {
	folder := node.Folder(t, "testdata/op.mjs", nodeModules)
	var providers []*provider
	for _, alg := range []jwt.Algorithm{jwt.ES256, jwt.RS256, jwt.PS256, jwt.EdDSA, jwt.Ed25519} {
		providers = append(providers, startProvider(t, folder, alg, "0"))
	}
	for _, p := range providers {
		t.Run(string(p.alg), func(t *testing.T) {
			t.Run("good", func(t *testing.T) { testGood(t, p) })
			t.Run("bad", func(t *testing.T) { testBad(t, p) })
		})
	}
	t.Run("others", func(t *testing.T) { testOthers(t, providers) })
	t.Run("twin", func(t *testing.T) { testTwin(t, providers[0], startProvider(t, folder, jwt.ES256, "0")) })
	t.Run("late", func(t *testing.T) { testLate(t, folder, providers[0]) })
	t.Run("middleware", func(t *testing.T) { testMiddleware(t, folder) })
	t.Run("robot", func(t *testing.T) { testRobot(t, folder) })
	t.Run("gone", func(t *testing.T) { testGone(t, folder, providers[1]) })
}

func testGood(t *testing.T, p *provider) {
	oauth := new(onlyOAuth)
	for name, cfg := range map[string]jwks.Config{
		"OIDC":     {Issuer: p.issuer},
		"RFC 8414": {Issuer: p.issuer, Transport: oauth},
		"URL":      {URL: p.issuer + "/jwks"},
	} {
		cfg.Algorithms = []jwt.Algorithm{p.alg}
		keys := newClient(t, cfg)
		// The first fetch may be under way still: Parse waits for it.
		claims, err := parse(t, p.token(t, api), keys, p.policy())
		require.NoError(t, err, name)
		require.Equal(t, p.issuer, claims.Issuer)
		require.Equal(t, "shop", claims.Subject)
		require.Equal(t, []string{api}, claims.Audience)
		require.Equal(t, 5*time.Minute, claims.ExpiresAt.Sub(claims.IssuedAt))
		require.NotEmpty(t, claims.ID)
		require.Equal(t, "at+jwt", claims.Type)
		require.Equal(t, p.alg, claims.Algorithm)
		require.Equal(t, string(p.alg)+"-1", claims.KeyID)
		require.Equal(t, accessToken{ClientID: "shop", Scope: "orders:read"}, claims.Private)

		require.NoError(t, keys.Ready())
		require.Len(t, keys.Keys(), 1)
		fetches := keys.fetched(t, 1, "one fetch")
		require.Equal(t, p.issuer+"/jwks", fetches[0].URL)
		require.Equal(t, 1, fetches[0].Keys)
		require.Empty(t, fetches[0].Skipped)
	}
	require.Equal(t, []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks"}, oauth.asked)
}

func testBad(t *testing.T, p *provider) {
	keys := newClient(t, jwks.Config{Issuer: p.issuer, Algorithms: []jwt.Algorithm{p.alg}})
	token := p.token(t, api)
	part := strings.Split(token, ".")
	other := strings.Split(p.token(t, api), ".")
	noChange := func(*jwt.Policy) {}
	for _, tt := range []struct {
		name, token string
		change      func(*jwt.Policy)
		field       string
		reason      error
	}{
		{"audience", p.token(t, "https://billing.example"), noChange, "aud", jwt.ErrMismatch},
		{"issuer", token, func(p *jwt.Policy) { p.Issuers = []string{p.Issuers[0] + "/"} }, "iss", jwt.ErrMismatch},
		{"type", token, func(p *jwt.Policy) { p.Types = nil }, "typ", jwt.ErrMismatch},
		{"algorithm", token, func(p *jwt.Policy) { p.Algorithms = []jwt.Algorithm{jwt.ES384} }, "alg", jwt.ErrAlgorithm},
		{"claim", token, func(p *jwt.Policy) { p.Required = []string{"sid"} }, "sid", jwt.ErrMissing},
		{"time", token, func(p *jwt.Policy) { p.Now = func() time.Time { return time.Now().Add(5*time.Minute + time.Second) } }, "exp", jwt.ErrExpired},
		{"age", token, func(p *jwt.Policy) {
			p.MaxAge, p.Now = time.Minute, func() time.Time { return time.Now().Add(2 * time.Minute) }
		}, "iat", jwt.ErrMismatch},
		{"signature", part[0] + "." + part[1] + "." + flip(part[2]), noChange, "signature", jwt.ErrSignature},
		{"signature of another token", part[0] + "." + part[1] + "." + other[2], noChange, "signature", jwt.ErrSignature},
		{"no signature", part[0] + "." + part[1] + ".", noChange, "signature", jwt.ErrMalformed},
	} {
		policy := p.policy()
		tt.change(&policy)
		_, err := parse(t, tt.token, keys, policy)
		require.Error(t, err, tt.name)
		requireRefused(t, err, tt.field, tt.reason)
	}
	_, err := parse(t, token, keys, p.policy())
	require.NoError(t, err)
	keys.fetched(t, 1, "a bad token has caused a fetch")

	// The metadata says who the issuer is, to the byte.
	slash := newClient(t, jwks.Config{Issuer: p.issuer + "/", Algorithms: []jwt.Algorithm{p.alg}})
	_, err = parse(t, token, slash, p.policy())
	requireUnchecked(t, err)
	require.ErrorContains(t, err, "the metadata is of the issuer")
}

// flip changes a character in the middle.
func flip(s string) string {
	middle := len(s) / 2
	if s[middle] == 'A' {
		return s[:middle] + "B" + s[middle+1:]
	}
	return s[:middle] + "A" + s[middle+1:]
}
