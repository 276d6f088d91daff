package main

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// prefixes are networks, as a flag.Value.
type prefixes []netip.Prefix

func (p *prefixes) String() string { return "" }

func (p *prefixes) Set(text string) error {
	*p = nil
	for network := range strings.SplitSeq(text, ",") {
		n, err := netip.ParsePrefix(strings.TrimSpace(network))
		if err != nil {
			return err
		}
		*p = append(*p, n.Masked())
	}
	return nil
}

func (p prefixes) contain(a netip.Addr) bool {
	for _, network := range p {
		if network.Contains(a) {
			return true
		}
	}
	return false
}

// client returns the address of the client: the last in X-Forwarded-For that is not one of
// the proxies. What stands before that, the client may have written itself.
func (p prefixes) client(r *http.Request) netip.Addr {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	a, _ := netip.ParseAddr(host)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.contain(a.Unmap()); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		a = hop
	}
	return a.Unmap()
}

// addressKey returns the key of an address. A host of IPv6 has a whole /64 of them.
func addressKey(a netip.Addr) string {
	if a.Is6() && !a.Is4In6() {
		p, err := a.WithZone("").Prefix(64)
		if err == nil {
			return p.String()
		}
	}
	return a.Unmap().String()
}
