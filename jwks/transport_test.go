package jwks_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// TestRedirects: only within a host and its scheme, and only a few.
func TestRedirects(t *testing.T) {
	const refused = ": redirected to another host or scheme"
	for _, tt := range []struct {
		name, url string
		locations []string // where each request is redirected to; the next one answers
		text      string   // "": accepted
	}{
		{"none", setURL, nil, ""},
		{"same host", setURL, []string{"https://issuer.example/v2/keys"}, ""},
		{"relative", setURL, []string{"/v2/keys"}, ""},
		{"three", setURL, []string{"/1", "/2", "/3"}, ""},
		{"four", setURL, []string{"/1", "/2", "/3", "/4"}, `Get "/4": redirected more than three times`},
		{"another host", setURL, []string{"https://other.example/keys"}, `Get "https://other.example/keys"` + refused},
		{"a host below", setURL, []string{"https://keys.issuer.example/"}, `Get "https://keys.issuer.example/"` + refused},
		{"another host in the end", setURL, []string{"/1", "//other.example/keys"}, `Get "//other.example/keys"` + refused},
		{"another port", setURL, []string{"https://issuer.example:8443/keys"}, `Get "https://issuer.example:8443/keys"` + refused},
		{"http", setURL, []string{"http://issuer.example/keys"}, `Get "http://issuer.example/keys"` + refused},
		{"loopback", setURL, []string{"https://127.0.0.1/"}, `Get "https://127.0.0.1/"` + refused},
		{"from loopback", "http://127.0.0.1/keys", []string{"http://169.254.169.254/"}, `Get "http://169.254.169.254/"` + refused},
		{"to https", "http://127.0.0.1/keys", []string{"https://127.0.0.1/keys"}, `Get "https://127.0.0.1/keys"` + refused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				i.set(func(*http.Request) (*http.Response, error) {
					if n := i.count(); n <= len(tt.locations) {
						return response(302, "", "Location", tt.locations[n-1]), nil
					}
					return response(200, setOf(keyA)), nil
				})
				c := i.start(t, func(cfg *jwks.Config) { cfg.URL = tt.url })
				if tt.text == "" {
					expect(t, "ok", c, keyA)
					return
				}
				require.EqualError(t, c.Ready(), "jwks: no set has been fetched: "+tt.text)
			})
		})
	}
}

// TestPublicOnly has addresses of every registry of special ones.
func TestPublicOnly(t *testing.T) {
	const refused = "the host has an address that is not on the public internet"
	for _, tt := range []struct {
		name, address, text string
	}{
		{"public", "8.8.8.8:443", ""},
		{"public IPv6", "[2606:4700::1111]:443", ""},
		{"public, as IPv6", "[::ffff:8.8.8.8]:443", ""},
		{"below 10/8", "9.255.255.255:443", ""},
		{"above 10/8", "11.0.0.0:443", ""},
		{"below CGNAT", "100.63.255.255:443", ""},
		{"above CGNAT", "100.128.0.0:443", ""},
		{"above 172.16/12", "172.32.0.0:443", ""},
		{"above 198.18/15", "198.20.0.0:443", ""},

		{"loopback", "127.0.0.1:443", refused},
		{"loopback, other", "127.255.255.254:443", refused},
		{"loopback, as IPv6", "[::ffff:127.0.0.1]:443", refused},
		{"loopback IPv6", "[::1]:443", refused},
		{"unspecified", "0.0.0.0:443", refused},
		{"unspecified IPv6", "[::]:443", refused},
		{"this network", "0.1.2.3:443", refused},
		{"10/8", "10.0.0.1:443", refused},
		{"10/8, as IPv6", "[::ffff:10.0.0.1]:443", refused},
		{"172.16/12", "172.31.255.255:443", refused},
		{"192.168/16", "192.168.1.1:443", refused},
		{"CGNAT", "100.64.0.1:443", refused},
		{"CGNAT, end", "100.127.255.255:443", refused},
		{"CGNAT, as IPv6", "[::ffff:100.64.0.1]:443", refused},
		{"link-local, metadata of clouds", "169.254.169.254:80", refused},
		{"link-local, as IPv6", "[::ffff:169.254.169.254]:80", refused},
		{"link-local IPv6", "[fe80::1]:443", refused},
		{"link-local IPv6 with zone", "[fe80::1%eth0]:443", refused},
		{"zone on a public one", "[2606:4700::1111%eth0]:443", ""},
		{"zone on a private one", "[fd00::1%eth0]:443", refused},
		{"unique local", "[fc00::1]:443", refused},
		{"unique local, metadata of AWS", "[fd00:ec2::254]:80", refused},
		{"unique local, metadata of Google", "[fd20:ce::254]:80", refused},
		{"metadata of Azure", "168.63.129.16:80", refused},
		{"metadata of Azure, as IPv6", "[::ffff:168.63.129.16]:32526", refused},
		{"below that of Azure", "168.63.129.15:443", ""},
		{"above that of Azure", "168.63.129.17:443", ""},
		{"metadata of Alibaba", "100.100.100.200:80", refused},
		{"metadata of Oracle", "192.0.0.192:80", refused},
		{"metadata of containers of AWS", "169.254.170.2:80", refused},
		{"site-local", "[fec0::1]:443", refused},
		{"IETF", "192.0.0.8:443", refused},
		{"documentation 1", "192.0.2.1:443", refused},
		{"documentation 2", "198.51.100.1:443", refused},
		{"documentation 3", "203.0.113.1:443", refused},
		{"documentation IPv6", "[2001:db8::1]:443", refused},
		{"documentation IPv6, new", "[3fff::1]:443", refused},
		{"6to4 relay", "192.88.99.1:443", refused},
		{"benchmarks", "198.19.255.255:443", refused},
		{"multicast", "224.0.0.1:443", refused},
		{"multicast IPv6", "[ff02::1]:443", refused},
		{"reserved", "240.0.0.1:443", refused},
		{"broadcast", "255.255.255.255:443", refused},
		{"IPv4-compatible", "[::7f00:1]:443", refused},
		{"IPv4-translated", "[::ffff:0:7f00:1]:443", refused},
		{"NAT64", "[64:ff9b::7f00:1]:443", refused},
		{"NAT64, local", "[64:ff9b:1::a00:1]:443", refused},
		{"6to4", "[2002:7f00:1::]:443", refused},
		{"Teredo", "[2001::1]:443", refused},
		{"ORCHID", "[2001:20::1]:443", refused},
		{"discard", "[100::1]:443", refused},
		{"segment routing", "[5f00::1]:443", refused},
		{"not allocated", "[4000::1]:443", refused},

		{"no port", "8.8.8.8", "cannot tell whether 8.8.8.8 is a public address"},
		{"a name", "issuer.example:443", "cannot tell whether issuer.example:443 is a public address"},
		{"nothing", "", "cannot tell whether  is a public address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := jwks.PublicOnly("tcp", tt.address, nil)
			if tt.text == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, tt.text)
			}
		})
	}
}

func needSockets(t testing.TB) {
	if runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("there are no sockets")
	}
}

// TestPublicOnlyDials makes the connection, or does not.
func TestPublicOnlyDials(t *testing.T) {
	needSockets(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(setOf(keyA))) }))
	defer server.Close()
	for _, public := range []bool{false, true} {
		fetched := make(chan jwks.Report, 10)
		c, err := jwks.New(t.Context(), jwks.Config{URL: server.URL, Algorithms: validAlgorithms, PublicOnly: public,
			Observe: func(f jwks.Report) { fetched <- f }})
		require.NoError(t, err)
		f := <-fetched
		require.NoError(t, c.Close())
		if public {
			require.ErrorContains(t, f.Err, "the host has an address that is not on the public internet")
			_, ok := f.Err.(net.Error)
			require.True(t, ok, "%T", f.Err)
		} else {
			require.NoError(t, f.Err)
		}
	}
}

// TestProxy: a proxy would connect to whatever it is told.
func TestProxy(t *testing.T) {
	open, _ := jwks.HTTPTransport(jwks.Config{})
	public, _ := jwks.HTTPTransport(jwks.Config{PublicOnly: true})
	require.NotNil(t, open.Proxy)
	require.Nil(t, public.Proxy)
}

// TestOwnTransport: what anyone does to http.DefaultTransport does not reach a Client.
func TestOwnTransport(t *testing.T) {
	needSockets(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(setOf(keyA))) }))
	defer server.Close()
	standard := http.DefaultTransport
	http.DefaultTransport = new(issuer)
	defer func() { http.DefaultTransport = standard }()
	c, err := jwks.New(t.Context(), jwks.Config{URL: server.URL, Algorithms: validAlgorithms})
	require.NoError(t, err)
	expect(t, "ok", c, keyA)
	require.NoError(t, c.Close())
}

// TestConnectionsEnd with the Client, or with its context, whatever they are doing. The idle
// ones would end by themselves after 30 seconds.
func TestConnectionsEnd(t *testing.T) {
	needSockets(t)
	set := must(jwks.NewHandler(jwks.HandlerConfig{Source: sourceOf(keyA), MaxAge: time.Minute}))
	for _, hangs := range []bool{false, true} {
		for _, how := range []string{"Close", "context"} {
			t.Run(fmt.Sprintf("hangs %v, %s", hangs, how), func(t *testing.T) {
				asked := make(chan struct{})
				server, closed := watched(func(w http.ResponseWriter, r *http.Request) {
					if !hangs {
						set.ServeHTTP(w, r)
					}
					close(asked)
					if hangs {
						<-r.Context().Done()
					}
				})
				server.Start()
				defer server.Close()
				ctx, cancel := context.WithCancel(t.Context())
				c, err := jwks.New(ctx, jwks.Config{URL: server.URL, Algorithms: validAlgorithms})
				require.NoError(t, err)
				<-asked
				if !hangs {
					expect(t, "ok", c, keyA)
				}
				begin := time.Now()
				if how == "Close" {
					require.NoError(t, c.Close())
				}
				cancel()
				<-closed
				require.Less(t, time.Since(begin), 20*time.Second)
				require.NoError(t, c.Close())
			})
		}
	}
}

// TestHTTP2ConnectionsEnd although a request has just been canceled: the connection is not
// idle yet, and CloseIdleConnections leaves it.
func TestHTTP2ConnectionsEnd(t *testing.T) {
	needSockets(t)
	asked := make(chan string)
	server, closed := watched(func(_ http.ResponseWriter, r *http.Request) {
		asked <- r.Proto
		<-r.Context().Done()
	})
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	transport, end := jwks.HTTPTransport(jwks.Config{})
	transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { _, _ = transport.RoundTrip(must(http.NewRequestWithContext(ctx, "GET", server.URL, nil))) }()
	require.Equal(t, "HTTP/2.0", <-asked)
	begin := time.Now()
	cancel()
	transport.CloseIdleConnections()
	end()
	<-closed
	require.Less(t, time.Since(begin), 20*time.Second)

	// None is made afterwards.
	ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := transport.RoundTrip(must(http.NewRequestWithContext(ctx, "GET", server.URL, nil)))
	require.Error(t, err)
	require.NoError(t, ctx.Err())
}

// watched returns a server, not yet started, and a channel that is closed when its first
// connection has ended.
func watched(h http.HandlerFunc) (*httptest.Server, <-chan struct{}) {
	server, closed := httptest.NewUnstartedServer(h), make(chan struct{})
	var once sync.Once
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			once.Do(func() { close(closed) })
		}
	}
	return server, closed
}

// TestRealTimeout: over a real connection that never ends.
func TestRealTimeout(t *testing.T) {
	needSockets(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(`{"keys":[`))
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	c, err := jwks.New(t.Context(), jwks.Config{URL: server.URL, Algorithms: validAlgorithms, Timeout: 50 * time.Millisecond})
	require.NoError(t, err)
	err = c.Verify(context.Background(), jwt.Header{Algorithm: jwt.EdDSA}, nil, nil)
	require.EqualError(t, err, "jwks: no set has been fetched: "+server.URL+": context deadline exceeded")
	require.NoError(t, c.Close())
}
