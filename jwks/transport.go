package jwks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
)

// client returns the HTTP client for a complete Config, and, unless that has a Transport,
// the network of its connections.
func (cfg *Config) client() (*http.Client, *network) {
	if cfg.Transport != nil {
		return &http.Client{Transport: cfg.Transport, CheckRedirect: checkRedirect}, nil
	}
	// Not a clone of http.DefaultTransport: anyone may have changed that.
	n := &network{conns: make(map[*conn]struct{})}
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if cfg.PublicOnly {
		t.Proxy = nil
		n.dialer.Control = publicOnly
	}
	// In a browser, a Transport without a dial func uses fetch, the only network there.
	if runtime.GOOS != "js" || cfg.PublicOnly {
		t.DialContext = n.dial
	}
	return &http.Client{Transport: t, CheckRedirect: checkRedirect}, n
}

// A network makes connections, and ends them all when it is closed. CloseIdleConnections
// would leave those that are being made, or whose request has just been canceled.
type network struct {
	dialer net.Dialer
	mu     sync.Mutex
	conns  map[*conn]struct{} // nil if the network is closed
}

// A conn is a connection of a network.
type conn struct {
	net.Conn
	network *network
}

func (n *network) dial(ctx context.Context, network, address string) (net.Conn, error) {
	inner, err := n.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conns == nil {
		inner.Close()
		return nil, net.ErrClosed
	}
	c := &conn{inner, n}
	n.conns[c] = struct{}{}
	return c, nil
}

func (c *conn) Close() error {
	c.network.mu.Lock()
	delete(c.network.conns, c)
	c.network.mu.Unlock()
	return c.Conn.Close()
}

func (n *network) close() {
	if n == nil {
		return
	}
	n.mu.Lock()
	conns := n.conns
	n.conns = nil
	n.mu.Unlock()
	for c := range conns {
		c.Conn.Close()
	}
}

// errRedirected is about an answer that leads elsewhere.
var errRedirected = errors.New("redirected")

// checkRedirect lets a server redirect within itself, a few times.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case req.URL.Scheme != first.Scheme || req.URL.Host != first.Host:
		return fmt.Errorf("%w to another host or scheme", errRedirected)
	case len(via) > 3:
		return fmt.Errorf("%w more than three times", errRedirected)
	}
	return nil
}

// Public IPv6 addresses are in global. The networks in reserved are not public (RFC 6890 and
// its registries), or lead into IPv4, and [netip.Addr] has no method for them.
//
// The metadata services of clouds are at 169.254.0.0/16 (most of them), fd00::/8 (AWS,
// Google, Oracle, Scaleway), 100.100.100.200 (Alibaba), 192.0.0.192 (Oracle) and
// 168.63.129.16 (Azure). Only the last of these is in a network that is otherwise public.
var (
	global   = netip.MustParsePrefix("2000::/3")
	reserved = []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("168.63.129.16/32"),
		netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
		netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
		netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
		netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
		netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"),
	}
)

// publicOnly is called with each address that a name was resolved to, just before the
// connection is made. So a name cannot change its meaning in between.
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
