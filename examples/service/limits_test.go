package main

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(5)
		for range 5 {
			require.True(t, l.allow("alice"))
		}
		require.False(t, l.allow("alice"))
		require.True(t, l.allow("bob"))
		time.Sleep(loginPeriod / 5)
		require.True(t, l.allow("alice"))
		require.False(t, l.allow("alice"))
	})
}

// A flood of keys does not make the limiter forget one.
func TestLimiterForgetsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1)
		require.True(t, l.allow("alice"))
		for i := range 100_000 {
			l.allow(fmt.Sprint("user", i))
		}
		require.False(t, l.allow("alice"))
	})
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
