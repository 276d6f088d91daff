package jwks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cda17858/jwt/internal/strictjson"
)

// metadataLife is how long the URL in an issuer's metadata is used before the metadata is
// read again: an issuer that moves its set may leave the old host to someone else.
const metadataLife = time.Hour

// A location is where an issuer's metadata said that the set is.
type location struct {
	url  string
	read time.Time
}

// locate returns the URL of the set. lastErr is why the last fetch failed, or nil.
func (c *Client) locate(ctx context.Context, lastErr error) (string, error) {
	switch {
	case c.cfg.URL != "":
		return c.cfg.URL, nil
	case c.location.url != "" && lastErr == nil && time.Since(c.location.read) < metadataLife:
		return c.location.url, nil
	}
	m, place, err := c.discover(ctx)
	if err != nil {
		return place, err
	}
	if err := c.checkMetadata(m); err != nil {
		return place, fmt.Errorf("%s: %w", place, err)
	}
	c.location = location{m.uri, time.Now()}
	return m.uri, nil
}

// metadata is what matters of an issuer's metadata.
type metadata struct{ issuer, uri string }

// checkMetadata refuses metadata of another issuer, and a URL that keys may not be fetched
// from.
func (c *Client) checkMetadata(m metadata) error {
	if m.issuer != c.cfg.Issuer {
		return fmt.Errorf("the metadata is of the issuer %.200q, and Config.Issuer is %q; they must be equal", m.issuer, c.cfg.Issuer)
	}
	if err := c.cfg.checkURL(m.uri); err != nil {
		return fmt.Errorf("jwks_uri %w", err)
	}
	if isHTTPS(c.cfg.Issuer) && !isHTTPS(m.uri) && !c.cfg.InsecureHTTP {
		return errors.New("jwks_uri is not an https URL")
	}
	return nil
}

// discover returns the issuer's metadata and its place. Any answer of the first place that
// is not metadata leads to the second one; an error of the network or the server does not,
// since it says nothing about the place.
func (c *Client) discover(ctx context.Context) (m metadata, place string, err error) {
	places := metadataURLs(c.cfg.Issuer)
	var reasons []error
	for _, place := range places {
		a, err := c.get(ctx, place, "application/json", "")
		switch {
		case errors.Is(err, errRedirected) || errors.Is(err, errTooLong):
		case err != nil:
			return m, place, err
		case a.status == http.StatusOK:
			if m, err = parseMetadata(a.body); err == nil {
				return m, place, nil
			}
			err = fmt.Errorf("%s: %w", place, err)
		default:
			err = fmt.Errorf("%s answered %d", place, a.status)
			if a.status >= 500 {
				return m, place, err
			}
		}
		reasons = append(reasons, err)
	}
	return m, places[0], fmt.Errorf("%w; %w; if the issuer has no metadata, set Config.URL to its JWK Set", reasons[0], reasons[1])
}

// parseMetadata reads metadata as liberally as its meaning is beyond doubt. What is not an
// object with issuer and jwks_uri is not metadata.
func parseMetadata(data []byte) (m metadata, err error) {
	seen := make(map[string]bool)
	err = strictjson.CutMembers(bytes.TrimPrefix(data, []byte("\ufeff")), func(name []byte, value strictjson.Value) error {
		var field *string
		switch string(name) {
		case "issuer":
			field = &m.issuer
		case "jwks_uri":
			field = &m.uri
		default:
			return nil
		}
		if seen[string(name)] {
			return fmt.Errorf("%s occurs twice", name)
		}
		seen[string(name)] = true
		*field = text(value)
		return nil
	})
	switch {
	case err != nil:
		return m, fmt.Errorf("the metadata is malformed: %w", err)
	case m.issuer == "":
		return m, errors.New("this is not metadata: it has no issuer")
	case m.uri == "":
		return m, errors.New("the metadata has no jwks_uri")
	}
	return m, nil
}

// isMetadata reports whether data, which is not a set, is metadata.
func isMetadata(data []byte) bool {
	keys, uri := false, false
	err := strictjson.CutMembers(data, func(name []byte, _ strictjson.Value) error {
		keys = keys || string(name) == "keys"
		uri = uri || string(name) == "jwks_uri"
		return nil
	})
	return err == nil && uri && !keys
}

// text returns the text of a JSON string in UTF-8, or "".
func text(value strictjson.Value) string {
	if value.Kind() != '"' || !value.IsValid() {
		return ""
	}
	b, _ := strictjson.Text(value)
	return string(b)
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
