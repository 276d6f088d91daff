package interop

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jwtclient"
	"github.com/cda17858/jwt/jwthttp"
)

// From end to end: jwtclient gets an access token (RFC 9068) from the provider, in each way to
// authenticate that both have, and jwthttp takes it, with the keys that the provider's metadata
// name.
func testMiddleware(t *testing.T, folder string) {
	ring := newRing(t, jwt.ES256)
	p := startProvider(t, folder, jwt.ES256, "0", newIssuer(t, jwt.ES256, jwt.KeySet{ring}).url+"/jwks")
	service := newService(t, p)
	from := jwtclient.Endpoint{
		URL: p.issuer + "/token", Issuer: p.issuer,
		Resources: []string{api}, Scopes: []string{"orders:read"},
	}
	post, basic, key := from, from, from
	post.ClientID, post.Secret, post.SecretInBody = "shop", "not a secret", true
	basic.ClientID, basic.Secret = "till: 1", "100% & a + b: c"
	key.ClientID, key.Key = "robot", ring
	typed, write := key, key
	typed.KeyType = "client-authentication+jwt"
	write.Scopes = []string{"orders:read", "orders:write"}
	other := post
	other.Resources = []string{"https://billing.example"}

	for name, tt := range map[string]struct {
		source      jwtclient.Endpoint
		read, write int // the answers to GET and POST
		body        string
	}{
		"client_secret_post":  {post, 200, 403, "orders of shop"},
		"client_secret_basic": {basic, 200, 403, "orders of till: 1"},
		"private_key_jwt":     {key, 200, 403, "orders of robot"},
		"typ":                 {typed, 200, 403, "orders of robot"},
		"both scopes":         {write, 200, 200, "orders of robot"},
		"another audience":    {other, 401, 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			client := &http.Client{Transport: newTransport(t, service, tt.source)}
			resp, err := client.Get(service.URL + "/orders")
			require.NoError(t, err)
			body := readAll(t, resp)
			require.Equal(t, tt.read, resp.StatusCode, body)
			if tt.body != "" {
				require.Equal(t, tt.body, body)
			}
			resp, err = client.Post(service.URL+"/orders", "text/plain", nil)
			require.NoError(t, err)
			body = readAll(t, resp)
			require.Equal(t, tt.write, resp.StatusCode, body)
			if tt.write == 403 {
				require.Equal(t, `Bearer realm="orders.example", error="insufficient_scope", `+
					`resource_metadata="https://orders.example/.well-known/oauth-protected-resource", scope="orders:write"`, resp.Header.Get("WWW-Authenticate"))
			}
		})
	}
	resp, err := http.Get(service.URL + "/orders")
	require.NoError(t, err)
	readAll(t, resp)
	require.Equal(t, 401, resp.StatusCode)

	// What the provider refuses.
	wrong, stranger, two := post, key, post
	wrong.Secret = "a wrong secret"
	stranger.Key = newRing(t, jwt.ES256)
	two.Resources = []string{api, "https://billing.example"}
	for name, tt := range map[string]struct {
		source jwtclient.Endpoint
		status int
		code   string
	}{
		"secret":   {wrong, 401, "invalid_client"},
		"key":      {stranger, 401, "invalid_client"},
		"resource": {two, 400, "invalid_target"},
	} {
		_, _, err := newTransport(t, service, tt.source).Token(t.Context())
		refused, ok := errors.AsType[*jwtclient.Error](err)
		require.True(t, ok, "%s: %v", name, err)
		require.Equal(t, tt.status, refused.StatusCode, name)
		require.Equal(t, tt.code, refused.Code, name)
		require.NotEmpty(t, refused.Description)
	}
}

// newService returns the orders API: GET needs the scope orders:read, POST orders:write.
func newService(t *testing.T, p *provider) *httptest.Server {
	t.Helper()
	keys := newClient(t, jwks.Config{Issuer: p.issuer, Algorithms: []jwt.Algorithm{p.alg}})
	parser, err := jwt.NewParser[jwthttp.AccessToken](keys, p.policy())
	require.NoError(t, err)
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{Resource: api})
	require.NoError(t, err)
	mux := http.NewServeMux()
	for method, scope := range map[string]string{"GET": "orders:read", "POST": "orders:write"} {
		mux.Handle(method+" /orders", auth.Require(jwthttp.Scope(scope)).Handler(
			func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[jwthttp.AccessToken]) {
				io.WriteString(w, "orders of "+c.Private.ClientID)
			}))
	}
	service := httptest.NewServer(mux)
	t.Cleanup(service.Close)
	return service
}

func newTransport(t *testing.T, service *httptest.Server, source jwtclient.Endpoint) *jwtclient.Transport {
	t.Helper()
	transport, err := jwtclient.New(jwtclient.Config{Origins: []string{service.URL}, Source: source})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, transport.Close()) })
	return transport
}

func readAll(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(body)
}
