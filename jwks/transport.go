package jwks

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// client returns the HTTP client for a complete Config.
func (cfg *Config) client() *http.Client {
	c := &http.Client{Transport: cfg.Transport, CheckRedirect: checkRedirect}
	if c.Transport == nil {
		// Not a clone of http.DefaultTransport: anyone may have changed that.
		t := &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    1,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		}
		if cfg.PublicOnly {
			t.Proxy = nil
			t.DialContext = (&net.Dialer{Control: publicOnly}).DialContext
		}
		c.Transport = t
	}
	return c
}

// checkRedirect lets a server redirect within itself, a few times.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case req.URL.Scheme != first.Scheme || req.URL.Host != first.Host:
		return errors.New("redirected to another host or scheme")
	case len(via) > 3:
		return errors.New("redirected more than three times")
	}
	return nil
}

// Networks of the public internet, as far as IPv6 goes, and those that lie within or
// that [netip.Addr] does not know, but are not public (RFC 6890 and its registries), or
// reach into IPv4.
var (
	global   = netip.MustParsePrefix("2000::/3")
	reserved = []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
		netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
		netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
		netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
		netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"),
	}
)

// publicOnly is called with each address that a name was resolved to, before connecting,
// so that a name cannot change its meaning in between.
func publicOnly(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("cannot tell whether %s is a public address", address)
	}
	addr := ap.Addr().Unmap().WithZone("")
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.Is6() && !global.Contains(addr) ||
		slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return errors.New("the host has an address that is not on the public internet")
	}
	return nil
}
