package jwthttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/cda17858/jwt/internal/check"
)

// Metadata tells clients how to get a token for a protected resource (RFC 9728 section 2).
type Metadata struct {
	Resource             string   `json:"resource"`                        // required: Config.Resource
	AuthorizationServers []string `json:"authorization_servers,omitempty"` // issuers
	ScopesSupported      []string `json:"scopes_supported,omitempty"`
	ResourceName         string   `json:"resource_name,omitempty"`          // for people
	Documentation        string   `json:"resource_documentation,omitempty"` // a URL
	PolicyURI            string   `json:"resource_policy_uri,omitempty"`
	TermsOfServiceURI    string   `json:"resource_tos_uri,omitempty"`

	// BearerMethodsSupported is "header" if it is nil, which is all that this package takes
	// tokens from besides cookies.
	BearerMethodsSupported []string `json:"bearer_methods_supported"`

	DPoPBoundAccessTokensRequired bool `json:"dpop_bound_access_tokens_required,omitempty"`
}

// A MetadataHandler serves [Metadata] to everyone, pages of other origins included.
// [NewMetadataHandler] makes it.
type MetadataHandler struct {
	path string
	body []byte
}

// NewMetadataHandler returns a handler that serves m, or an error that names the field at
// fault. Its place is h.Path():
//
//	mux.Handle(h.Path(), h)
func NewMetadataHandler(m Metadata) (*MetadataHandler, error) {
	u, err := parseResource(m.Resource)
	if err != nil {
		return nil, fmt.Errorf("jwthttp: Metadata.Resource %q %w", m.Resource, err)
	}
	for _, issuer := range m.AuthorizationServers {
		if u, err := parseResource(issuer); err != nil || u.RawQuery != "" {
			return nil, fmt.Errorf("jwthttp: Metadata.AuthorizationServers: %q is not the https URL of an issuer", issuer)
		}
	}
	for _, scope := range m.ScopesSupported {
		if !isScope(scope) {
			return nil, fmt.Errorf("jwthttp: Metadata.ScopesSupported: %q is not a scope (RFC 6749 section 3.3)", scope)
		}
	}
	for _, link := range []struct{ field, url string }{
		{"Documentation", m.Documentation}, {"PolicyURI", m.PolicyURI}, {"TermsOfServiceURI", m.TermsOfServiceURI},
	} {
		if u, err := url.Parse(link.url); link.url != "" && (err != nil || u.Host == "") {
			return nil, fmt.Errorf("jwthttp: Metadata.%s %q is not a URL", link.field, link.url)
		}
	}
	if m.BearerMethodsSupported == nil {
		m.BearerMethodsSupported = []string{"header"}
	}
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("jwthttp: Metadata: %w", err)
	}
	return &MetadataHandler{metadataURL(u).EscapedPath(), append(body, '\n')}, nil
}

// Path returns the path of the metadata's URL, such as
// /.well-known/oauth-protected-resource/mcp for the resource https://api.example.com/mcp.
func (h *MetadataHandler) Path() string { return h.path }

// ServeHTTP answers GET, HEAD, and the preflights that browsers send for a GET with fields of
// their own.
func (h *MetadataHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		header.Set("Content-Type", "application/json")
		header.Set("Cache-Control", "public, max-age=3600")
		header.Set("Content-Length", strconv.Itoa(len(h.body)))
		w.Write(h.body) // an error means that the client has gone
	case http.MethodOptions:
		header.Set("Access-Control-Allow-Methods", "GET, HEAD")
		header.Set("Access-Control-Allow-Headers", "*")
		w.WriteHeader(http.StatusNoContent)
	default:
		header.Set("Allow", "GET, HEAD, OPTIONS")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// parseResource refuses what is not the identifier of a resource (RFC 9728 section 1.2).
func parseResource(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return nil, errors.New("is empty; is an environment variable unset?")
	case err != nil || u.Hostname() == "" || u.Opaque != "" || !isQuotable(text):
		return nil, errors.New("is not a URL such as https://api.example.com")
	case u.User != nil || strings.Contains(text, "#"):
		return nil, errors.New("has a user or a fragment")
	case u.Scheme == "https", u.Scheme == "http" && check.IsLoopback(u.Hostname()):
		return u, nil
	}
	return nil, errors.New("is not an https URL; http is allowed for loopback addresses only")
}

// metadataURL returns where the metadata of a resource are (RFC 9728 section 3): between host
// and path stands a segment, and a path of one slash is none.
func metadataURL(resource *url.URL) *url.URL {
	const segment = "/.well-known/oauth-protected-resource"
	u := *resource
	if path := resource.EscapedPath(); path != "/" {
		u.Path, u.RawPath = segment+resource.Path, segment+path
	} else {
		u.Path, u.RawPath = segment, ""
	}
	return &u
}
