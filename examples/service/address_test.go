package main

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClientAddress(t *testing.T) {
	var proxies prefixes
	require.NoError(t, proxies.Set("10.0.0.0/8,::1/128"))
	for _, test := range []struct {
		name, remote, forwarded, want string
	}{
		{"direct", "192.0.2.1:1234", "", "192.0.2.1"},
		{"a client that lies", "192.0.2.1:1234", "198.51.100.7", "192.0.2.1"},
		{"by a proxy", "10.0.0.1:1234", "192.0.2.1", "192.0.2.1"},
		{"a client that lies, by a proxy", "10.0.0.1:1234", "198.51.100.7, 192.0.2.1", "192.0.2.1"},
		{"by two proxies", "10.0.0.1:1234", "192.0.2.1,10.0.0.2", "192.0.2.1"},
		{"proxies only", "10.0.0.1:1234", "10.0.0.2", "10.0.0.2"},
		{"a proxy that says nothing", "10.0.0.1:1234", "", "10.0.0.1"},
		{"nonsense", "10.0.0.1:1234", "192.0.2.1, unknown", "10.0.0.1"},
		{"IPv6", "[::1]:1234", "2001:db8::1", "2001:db8::1"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:1234", "192.0.2.1", "192.0.2.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = test.remote
		for hop := range strings.SplitSeq(test.forwarded, ", ") { // some proxies add a line
			r.Header.Add("X-Forwarded-For", hop)
		}
		require.Equal(t, test.want, proxies.client(r).String(), test.name)
	}
}

func TestAddressKey(t *testing.T) {
	key := func(a string) string { return addressKey(netip.MustParseAddr(a)) }
	require.Equal(t, key("192.0.2.1"), key("::ffff:192.0.2.1"))
	require.NotEqual(t, key("192.0.2.1"), key("192.0.2.2"))
	require.Equal(t, key("2001:db8::1"), key("2001:db8::2"), "one /64")
	require.NotEqual(t, key("2001:db8::1"), key("2001:db8:0:1::1"))
	require.Equal(t, key("fe80::1%eth0"), key("fe80::2"))
	require.NotPanics(t, func() { addressKey(netip.Addr{}) })
}
