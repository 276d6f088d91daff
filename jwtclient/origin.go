package jwtclient

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/cda17858/jwt/internal/check"
)

// maxURL is the longest URL of a Config in bytes.
const maxURL = 2 << 10

// parseURL refuses a URL to which no token and no secret may be sent.
func parseURL(text string, insecureHTTP bool) (*url.URL, error) {
	if text == "" {
		return nil, errors.New("is empty; is an environment variable unset?")
	}
	if len(text) > maxURL {
		return nil, fmt.Errorf("is longer than %d bytes", maxURL)
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return nil, errors.New("is not an absolute URL")
	case u.User != nil || strings.Contains(text, "#"):
		return nil, errors.New("has a user or a fragment")
	case u.Scheme == "https" || u.Scheme == "http" && (insecureHTTP || check.IsLoopback(u.Hostname())):
		return u, nil
	case u.Scheme == "http":
		return nil, errors.New("is an http URL; http is allowed for loopback addresses only, or with Config.InsecureHTTP")
	}
	return nil, errors.New("is not an https URL")
}

// parseOrigin returns the origin that a Config names.
func parseOrigin(text string, insecureHTTP bool) (string, error) {
	u, err := parseURL(text, insecureHTTP)
	if err != nil {
		return "", err
	}
	if u.Path != "" || u.RawQuery != "" || u.ForceQuery {
		return "", errors.New("has more than scheme, host and port")
	}
	return originOf(u), nil
}

// originOf returns the origin of a URL (RFC 6454 section 4), always with its port. It is ""
// for a URL with an opaque part, which a proxy could take for another host.
func originOf(u *url.URL) string {
	if u == nil || u.Opaque != "" {
		return ""
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	case u.Scheme == "http":
		port = "80"
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}
