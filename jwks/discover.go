package jwks

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/cda17858/jwt/internal/strictjson"
)

// discover returns the URL of the set as the issuer's metadata says.
func (c *Client) discover(ctx context.Context) (string, error) {
	c.mu.Lock()
	known := c.url
	c.mu.Unlock()
	if known != "" {
		return known, nil
	}
	a, location, err := c.metadata(ctx)
	if err != nil {
		return location, err
	}
	var issuer, uri string
	err = strictjson.Members(a.body, func(name []byte, value strictjson.Value) error {
		switch string(name) {
		case "issuer":
			issuer = text(value)
		case "jwks_uri":
			uri = text(value)
		}
		return nil
	})
	if err != nil {
		return location, fmt.Errorf("%s: the metadata is malformed: %w", location, err)
	}
	if issuer != c.cfg.Issuer {
		return location, fmt.Errorf("%s: the metadata is of the issuer %.200q, and Config.Issuer is %q; they must be equal", location, issuer, c.cfg.Issuer)
	}
	if err := c.cfg.checkURL(uri); err != nil {
		return location, fmt.Errorf("%s: jwks_uri %w", location, err)
	}
	if isHTTPS(c.cfg.Issuer) && !isHTTPS(uri) && !c.cfg.InsecureHTTP {
		return location, fmt.Errorf("%s: jwks_uri is not an https URL", location)
	}
	c.mu.Lock()
	c.url = uri
	c.mu.Unlock()
	return uri, nil
}

// text returns the text of a JSON string, or "".
func text(value strictjson.Value) string {
	if value.Kind() != '"' {
		return ""
	}
	b, _ := strictjson.Text(value)
	return string(b)
}

// forget has the next fetch look at the metadata again.
func (c *Client) forget() {
	c.mu.Lock()
	c.url = ""
	c.mu.Unlock()
}

// metadata tries the places where an issuer's metadata can be, in order.
func (c *Client) metadata(ctx context.Context) (a answer, location string, err error) {
	urls := metadataURLs(c.cfg.Issuer)
	for _, location = range urls {
		a, err = c.get(ctx, location, "application/json", "")
		switch {
		case err != nil:
			return a, location, err
		case a.status == http.StatusOK:
			return a, location, nil
		case a.status != http.StatusNotFound:
			return a, location, fmt.Errorf("%s answered %d", location, a.status)
		}
	}
	return a, location, fmt.Errorf("neither %s nor %s is there (404); if the issuer has no metadata, set Config.URL to its JWK Set", urls[0], urls[1])
}

// isMetadata reports whether data, which is no set, is metadata.
func isMetadata(data []byte) bool {
	keys, uri := false, false
	err := strictjson.Members(data, func(name []byte, _ strictjson.Value) error {
		keys = keys || string(name) == "keys"
		uri = uri || string(name) == "jwks_uri"
		return nil
	})
	return err == nil && uri && !keys
}

// metadataURLs returns where OpenID Connect Discovery 1.0 section 4 appends, and where
// RFC 8414 section 3.1 inserts, its well-known path.
func metadataURLs(issuer string) [2]string {
	trimmed := strings.TrimSuffix(issuer, "/")
	scheme, rest, _ := strings.Cut(trimmed, "://")
	host, path, _ := strings.Cut(rest, "/")
	if path != "" {
		path = "/" + path
	}
	return [2]string{
		trimmed + "/.well-known/openid-configuration",
		scheme + "://" + host + "/.well-known/oauth-authorization-server" + path,
	}
}
