package jwthttp_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwthttp"
)

func TestMetadata(t *testing.T) {
	h, err := jwthttp.NewMetadataHandler(jwthttp.Metadata{
		Resource:             "https://api.example.com/mcp",
		AuthorizationServers: []string{issuer},
		ScopesSupported:      []string{"orders:read", "orders:write"},
		ResourceName:         "Orders",
		Documentation:        "https://example.com/docs",
	})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle(h.Path(), h)
	w := do(mux, with("GET", "/.well-known/oauth-protected-resource/mcp"))
	require.Equal(t, 200, w.Code)
	require.Equal(t, "application/json", w.Header().Get("Content-Type"), "RFC 9728 3.2")
	require.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"))
	require.JSONEq(t, `{
		"resource": "https://api.example.com/mcp",
		"authorization_servers": ["https://auth.example.com"],
		"scopes_supported": ["orders:read", "orders:write"],
		"bearer_methods_supported": ["header"],
		"resource_name": "Orders",
		"resource_documentation": "https://example.com/docs"
	}`, w.Body.String())

	w = do(mux, with("HEAD", h.Path()))
	require.Equal(t, 200, w.Code)
	require.NotEmpty(t, w.Header().Get("Content-Length"))
	w = do(mux, with("OPTIONS", h.Path(), "Origin", "https://b.example.com", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "mcp-protocol-version"))
	require.Equal(t, 204, w.Code)
	require.Equal(t, "*", w.Header().Get("Access-Control-Allow-Headers"))
	w = do(mux, with("POST", h.Path()))
	require.Equal(t, 405, w.Code)
	require.Equal(t, "GET, HEAD, OPTIONS", w.Header().Get("Allow"))
}

// RFC 9728 section 3.1: the segment stands between host and path. The challenge names the
// same URL.
func TestMetadataPath(t *testing.T) {
	for resource, url := range map[string]string{
		"https://api.example.com":            "https://api.example.com/.well-known/oauth-protected-resource",
		"https://api.example.com/":           "https://api.example.com/.well-known/oauth-protected-resource",
		"https://api.example.com/mcp":        "https://api.example.com/.well-known/oauth-protected-resource/mcp",
		"https://api.example.com/mcp/":       "https://api.example.com/.well-known/oauth-protected-resource/mcp/",
		"https://api.example.com:8443/a/b":   "https://api.example.com:8443/.well-known/oauth-protected-resource/a/b",
		"https://api.example.com/a%2Fb":      "https://api.example.com/.well-known/oauth-protected-resource/a%2Fb",
		"https://api.example.com/a?tenant=1": "https://api.example.com/.well-known/oauth-protected-resource/a?tenant=1",
		"https://api.example.com?tenant=1":   "https://api.example.com/.well-known/oauth-protected-resource?tenant=1",
		"http://127.0.0.1:8080/mcp":          "http://127.0.0.1:8080/.well-known/oauth-protected-resource/mcp",
		"http://localhost:8080":              "http://localhost:8080/.well-known/oauth-protected-resource",
	} {
		w := do(newAuth(t, jwthttp.Config{Resource: resource}).Require()(hello), with("GET", "/"))
		c, err := parseChallenge(w.Header().Get("WWW-Authenticate"))
		require.NoError(t, err)
		require.Equal(t, url, c.params["resource_metadata"])

		h, err := jwthttp.NewMetadataHandler(jwthttp.Metadata{Resource: resource})
		require.NoError(t, err)
		mux := http.NewServeMux()
		mux.Handle(h.Path(), h)
		require.Equal(t, 200, do(mux, with("GET", url)).Code, url)
	}
}

func TestNewMetadataHandlerRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		m    jwthttp.Metadata
		want string
	}{
		{"nothing", jwthttp.Metadata{}, `Metadata.Resource "" is empty`},
		{"http", jwthttp.Metadata{Resource: "http://api.example.com"}, "Metadata.Resource"},
		{"fragment", jwthttp.Metadata{Resource: "https://api.example.com#a"}, "Metadata.Resource"},
		{"issuer", jwthttp.Metadata{Resource: "https://a.example.com", AuthorizationServers: []string{"auth.example.com"}}, "Metadata.AuthorizationServers"},
		{"issuer with a query", jwthttp.Metadata{Resource: "https://a.example.com", AuthorizationServers: []string{"https://auth.example.com?a"}}, "Metadata.AuthorizationServers"},
		{"scope", jwthttp.Metadata{Resource: "https://a.example.com", ScopesSupported: []string{"a b"}}, "Metadata.ScopesSupported"},
		{"link", jwthttp.Metadata{Resource: "https://a.example.com", PolicyURI: "policy.html"}, "Metadata.PolicyURI"},
		{"name", jwthttp.Metadata{Resource: "https://a.example.com", Documentation: "docs"}, "Metadata.Documentation"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, err := jwthttp.NewMetadataHandler(test.m)
			require.ErrorContains(t, err, test.want)
			require.Nil(t, h)
		})
	}
}
