package jwthttp_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwthttp"
)

// A crossOrigin is a request as a browser or another client sends it, and whether it passes.
type crossOrigin struct {
	name, method string
	header       http.Header
	passes       bool
}

func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

var crossOrigins = []crossOrigin{
	{"no browser", "POST", nil, true},
	{"same origin", "POST", headers("Sec-Fetch-Site", "same-origin", "Origin", origin), true},
	{"typed by the user", "POST", headers("Sec-Fetch-Site", "none"), true},
	{"cross site", "POST", headers("Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"), false},
	{"another subdomain", "POST", headers("Sec-Fetch-Site", "same-site", "Origin", "https://b.example.com"), false},
	{"another port", "POST", headers("Sec-Fetch-Site", "same-site", "Origin", "https://app.example.com:8443"), false},
	{"a sandboxed frame", "POST", headers("Sec-Fetch-Site", "cross-site", "Origin", "null"), false},
	{"a redirect", "POST", headers("Sec-Fetch-Site", "cross-site"), false},
	{"trusted", "POST", headers("Sec-Fetch-Site", "same-site", "Origin", "https://admin.example.com"), true},
	{"old browser, same origin", "POST", headers("Origin", origin), true},
	{"old browser, trusted", "POST", headers("Origin", "https://admin.example.com"), true},
	{"old browser, cross site", "POST", headers("Origin", "https://evil.example"), false},
	{"old browser, over http", "POST", headers("Origin", "http://app.example.com"), false},
	{"old browser, user in the origin", "POST", headers("Origin", "https://a@app.example.com"), false},
	{"old browser, null", "POST", headers("Origin", "null"), false},
	{"DELETE", "DELETE", headers("Sec-Fetch-Site", "cross-site"), false},
	{"a method in lower case", "get", headers("Sec-Fetch-Site", "cross-site"), false},
	{"GET", "GET", headers("Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"), true},
	{"HEAD", "HEAD", headers("Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"), true},
	{"OPTIONS", "OPTIONS", headers("Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"), true},

	// Browsers send Origin with a WebSocket, and no Sec-Fetch-Site.
	{"RFC 6455: WebSocket", "GET", headers("Upgrade", "websocket", "Connection", "Upgrade", "Origin", origin), true},
	{"RFC 6455: WebSocket, trusted", "GET", headers("Upgrade", "websocket", "Connection", "Upgrade", "Origin", "https://admin.example.com"), true},
	{"RFC 6455: WebSocket, no browser", "GET", headers("Upgrade", "websocket", "Connection", "Upgrade"), true},
	{"RFC 6455: WebSocket, cross site", "GET", headers("Upgrade", "websocket", "Connection", "Upgrade", "Origin", "https://evil.example"), false},
	{"RFC 6455: WebSocket, over http", "GET", headers("Upgrade", "websocket", "Connection", "Upgrade", "Origin", "http://app.example.com"), false},
	{"RFC 6455: WebSocket, another port", "GET", headers("Upgrade", "websocket", "Connection", "Upgrade", "Origin", "https://app.example.com:8443"), false},
	{"RFC 6455: WebSocket, null", "GET", headers("Upgrade", "websocket", "Connection", "Upgrade", "Origin", "null"), false},
	{"WebSocket, Sec-Fetch-Site too", "GET", headers("Upgrade", "websocket", "Connection", "Upgrade", "Origin", origin, "Sec-Fetch-Site", "same-origin"), true},
	{"WebSocket, Sec-Fetch-Site against Origin", "GET", headers("Upgrade", "websocket", "Connection", "Upgrade", "Origin", "https://evil.example", "Sec-Fetch-Site", "same-origin"), false},
	{"WebSocket, Sec-Fetch-Site only", "GET", headers("Upgrade", "websocket", "Connection", "Upgrade", "Sec-Fetch-Site", "cross-site"), false},
	{"RFC 9110 7.8: another upgrade, cross site", "GET", headers("Upgrade", "x", "Origin", "https://evil.example"), false},
	{"RFC 8441: extended CONNECT, Sec-Fetch-Site against Origin", "CONNECT", headers(":protocol", "websocket", "Origin", "https://evil.example", "Sec-Fetch-Site", "same-origin"), false},
	{"RFC 8441: extended CONNECT", "CONNECT", headers(":protocol", "websocket", "Origin", origin), true},
	{"RFC 8441: extended CONNECT, cross site", "CONNECT", headers(":protocol", "websocket", "Origin", "https://evil.example"), false},
	{"RFC 8441: extended CONNECT, over http", "CONNECT", headers(":protocol", "websocket", "Origin", "http://app.example.com"), false},
}

func (c crossOrigin) request() *http.Request {
	r := httptest.NewRequest("POST", "https://app.example.com/", nil)
	r.Method = c.method
	for name, values := range c.header {
		r.Header[name] = values
	}
	return r
}

func TestProtect(t *testing.T) {
	cookies := newCookies(t, func(cfg *jwthttp.CookieConfig) {
		cfg.TrustedOrigins = []string{"https://admin.example.com"}
	})
	for _, test := range crossOrigins {
		t.Run(test.name, func(t *testing.T) {
			var called bool
			h := cookies.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				called = true
				require.Equal(t, test.method, r.Method, "the handler sees another method")
			}))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, test.request())
			require.Equal(t, test.passes, called)
			if !test.passes {
				require.Equal(t, http.StatusForbidden, w.Code)
				require.JSONEq(t, `{"error":"access_denied"}`, w.Body.String())
				require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			}
		})
	}
}

// Behind a proxy that rewrites Host the origin is still the one of the configuration.
func TestProtectBehindProxy(t *testing.T) {
	h := newCookies(t).Protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, test := range crossOrigins {
		if test.header.Get("Origin") == "https://admin.example.com" {
			continue
		}
		r := test.request()
		r.Host = "10.0.0.1:8080"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, test.passes, w.Code == http.StatusOK, test.name)
	}
}

func TestProtectLocalhost(t *testing.T) {
	h := newCookies(t, localhost).Protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for host, status := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "127.0.0.1:8080": 200, "127.1.2.3": 200, "[::1]:8080": 200, "[::1]": 200, "::1": 200,
		"app.example.com": 403, "app.example.com:8080": 403, "localhost.example.com": 403, "127.0.0.1.example.com": 403,
		"10.0.0.1:8080": 403, "": 403, "0.0.0.0": 403, "[::]:8080": 403, "localhost.": 403,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, status, w.Code, host)
	}
}

func TestProtectNil(t *testing.T) {
	require.Panics(t, func() { newCookies(t).Protect(nil) })
	require.Panics(t, func() { new(jwthttp.Cookies).Protect(hello) })
	require.Panics(t, func() { (*jwthttp.Cookies)(nil).Protect(hello) })
}
