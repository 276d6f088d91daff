package jwthttp

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/cda17858/jwt/internal/check"
)

// checkOrigin refuses what no browser sends as Origin (RFC 6454 section 6.2), and what
// anyone on the network could send in its name.
func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	switch {
	case origin == "":
		return errors.New("is empty; is an environment variable unset?")
	case err != nil || u.Scheme == "" || u.Host == "" || u.Opaque != "":
		return errors.New("is not an origin such as https://app.example.com")
	case u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(origin, "#"):
		return errors.New("has more than scheme, host and port; an origin has no path, not even a slash")
	case strings.Contains(u.Host, "*"):
		return errors.New("has a wildcard; name each origin")
	case strings.ToLower(origin) != origin:
		return errors.New("has upper case, which no browser sends")
	case strings.ContainsFunc(origin, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return errors.New("is not ASCII; browsers send the host in its xn-- form")
	case u.Port() == "" && strings.HasSuffix(u.Host, ":"),
		u.Scheme == "https" && u.Port() == "443", u.Scheme == "http" && u.Port() == "80":
		return errors.New("names the default port, which no browser sends")
	case u.Scheme == "http" && !check.IsLoopback(u.Hostname()):
		return errors.New("is an http origin, in whose name anyone on the network can send; http is allowed for loopback addresses only")
	}
	return nil
}

// hostname returns the Host of r without its port and without the brackets of IPv6.
func hostname(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		return host
	}
	return strings.Trim(r.Host, "[]")
}

// isUpgrade reports whether r asks for another protocol on its connection: by
// RFC 9110 section 7.8, or by an extended CONNECT of RFC 8441 section 4.
func isUpgrade(r *http.Request) bool {
	return r.Method == http.MethodConnect || len(r.Header["Upgrade"]) > 0
}

var errOrigin = errors.New("jwthttp: the Origin of the request is not one of CookieConfig")

// checkRequest refuses a request that carries cookies and that a page of another origin
// has made. A client that sends neither Origin nor Sec-Fetch-Site is not a browser, and
// passes.
func (c *Cookies) checkRequest(r *http.Request) error {
	upgrade := isUpgrade(r)
	if upgrade && r.Method != http.MethodPost {
		// Browsers let pages of any origin open a WebSocket, with a GET, which
		// CrossOriginProtection takes for harmless.
		post := *r
		post.Method = http.MethodPost
		r = &post
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	origin := r.Header.Get("Origin")
	if upgrade || r.Header.Get("Sec-Fetch-Site") == "" {
		// Here CrossOriginProtection compares Origin with Host. It ignores the scheme,
		// and behind a proxy Host may be another.
		if origin != "" && !c.origins[origin] {
			return errOrigin
		}
	}
	return c.protection.Check(r)
}
