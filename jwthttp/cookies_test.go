package jwthttp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwthttp"
)

const origin = "https://app.example.com"

func newCookies(t testing.TB, change ...func(*jwthttp.CookieConfig)) *jwthttp.Cookies {
	t.Helper()
	cfg := jwthttp.CookieConfig{Origin: origin}
	for _, f := range change {
		f(&cfg)
	}
	c, err := jwthttp.NewCookies(cfg)
	require.NoError(t, err)
	return c
}

func localhost(cfg *jwthttp.CookieConfig) {
	cfg.Origin, cfg.InsecureLocalhost = "http://localhost:8080", true
}

func TestCookiesSet(t *testing.T) {
	for _, test := range []struct {
		name            string
		change          func(*jwthttp.CookieConfig)
		access, refresh string
	}{
		{
			"default", func(*jwthttp.CookieConfig) {},
			"__Host-Http-at=a.b.c; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax",
			"__Host-Http-rt=jrt1_x; Path=/; Max-Age=1209600; HttpOnly; Secure; SameSite=Lax",
		},
		{
			"strict and partitioned", func(cfg *jwthttp.CookieConfig) {
				cfg.SameSite, cfg.Partitioned = http.SameSiteStrictMode, true
			},
			"__Host-Http-at=a.b.c; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Strict; Partitioned",
			"__Host-Http-rt=jrt1_x; Path=/; Max-Age=1209600; HttpOnly; Secure; SameSite=Strict; Partitioned",
		},
		{
			"for development", localhost,
			"at=a.b.c; Path=/; Max-Age=600; HttpOnly; SameSite=Lax",
			"rt=jrt1_x; Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCookies(t, test.change)
			w := httptest.NewRecorder()
			require.NoError(t, c.SetAccess(w, "a.b.c", 10*time.Minute+time.Millisecond))
			require.NoError(t, c.SetRefresh(w, "jrt1_x", 14*24*time.Hour))
			require.Equal(t, []string{test.access, test.refresh}, w.Header()["Set-Cookie"])
			require.Equal(t, []string{"no-store"}, w.Header()["Cache-Control"])

			// They come back as they went out.
			r := httptest.NewRequest("GET", "/", nil)
			for _, line := range w.Header()["Set-Cookie"] {
				pair, _, _ := strings.Cut(line, ";")
				r.Header.Add("Cookie", pair)
			}
			access, err := c.Access(r)
			require.NoError(t, err)
			require.Equal(t, "a.b.c", access)
			refresh, err := c.Refresh(r)
			require.NoError(t, err)
			require.Equal(t, "jrt1_x", refresh)

			// What clears a cookie has the same name and attributes.
			w = httptest.NewRecorder()
			c.Clear(w)
			require.Equal(t, []string{
				strings.NewReplacer("=a.b.c;", "=;", "Max-Age=600", "Max-Age=0").Replace(test.access),
				strings.NewReplacer("=jrt1_x;", "=;", "Max-Age=1209600", "Max-Age=0").Replace(test.refresh),
			}, w.Header()["Set-Cookie"])
			require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		})
	}
}

func TestCookiesUntilBrowserCloses(t *testing.T) {
	w := httptest.NewRecorder()
	require.NoError(t, newCookies(t).SetRefresh(w, "jrt1_x", 0))
	require.Equal(t, []string{"__Host-Http-rt=jrt1_x; Path=/; HttpOnly; Secure; SameSite=Lax"}, w.Header()["Set-Cookie"])
}

// An error leaves the answer as it was.
func TestCookiesSetRefuses(t *testing.T) {
	c := newCookies(t)
	line := "__Host-Http-at=; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax"
	longest := strings.Repeat("a", 4096-len(line))
	w := httptest.NewRecorder()
	require.NoError(t, c.SetAccess(w, longest, 10*time.Minute))
	require.Len(t, w.Header().Get("Set-Cookie"), 4096)

	for _, test := range []struct {
		name, token string
		maxAge      time.Duration
		want        string
	}{
		{"too long", longest + "a", 10 * time.Minute, "has 4097 bytes; browsers keep no more than 4096"},
		{"no token", "", 10 * time.Minute, "not a token"},
		{"a semicolon", "a;Domain=example.com", 10 * time.Minute, "not a token"},
		{"a space", "a b", 10 * time.Minute, "not a token"},
		{"a newline", "a\r\nb", 10 * time.Minute, "not a token"},
		{"not ASCII", "ä", 10 * time.Minute, "not a token"},
		{"padding only", "==", 10 * time.Minute, "not a token"},
		{"expired", "a.b.c", -time.Second, "maxAge is -1s"},
		{"a unit is missing", "a.b.c", 600, "maxAge is 600ns"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			err := c.SetAccess(w, test.token, test.maxAge)
			require.ErrorContains(t, err, test.want)
			require.Empty(t, w.Header())
			require.Error(t, c.SetRefresh(w, test.token, test.maxAge))
			require.Empty(t, w.Header())
			if len(test.token) > 8 {
				require.NotContains(t, err.Error(), test.token)
			}
		})
	}
	require.ErrorContains(t, c.SetAccess(httptest.NewRecorder(), "a.b.c", 0), "maxAge is 0s")

	w = httptest.NewRecorder()
	require.ErrorContains(t, new(jwthttp.Cookies).SetAccess(w, "a.b.c", time.Minute), "zero")
	require.Empty(t, w.Header())
}

func TestCookiesGet(t *testing.T) {
	c := newCookies(t)
	for _, test := range []struct {
		name   string
		header []string
		want   string
		fails  bool
	}{
		{"none", nil, "", false},
		{"others", []string{"at=x; __Host-at=y; __host-http-at=z"}, "", false},
		{"one", []string{"a=1; __Host-Http-at=a.b.c; b=2"}, "a.b.c", false},
		{"empty", []string{"__Host-Http-at="}, "", false},
		{"RFC 9113 8.2.3: in lines", []string{"a=1", "__Host-Http-at=a.b.c", "b=2"}, "a.b.c", false},
		{"twice", []string{"__Host-Http-at=a.b.c; __Host-Http-at=a.b.d"}, "", true},
		{"twice the same", []string{"__Host-Http-at=a.b.c; __Host-Http-at=a.b.c"}, "", true},
		{"twice in lines", []string{"__Host-Http-at=a.b.c", "__Host-Http-at=a.b.d"}, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header["Cookie"] = test.header
			got, err := c.Access(r)
			require.Equal(t, test.fails, err != nil)
			require.Equal(t, test.want, got)
		})
	}
}

func TestNewCookiesRefuses(t *testing.T) {
	trusting := func(origins ...string) jwthttp.CookieConfig {
		return jwthttp.CookieConfig{Origin: origin, TrustedOrigins: origins}
	}
	for _, test := range []struct {
		name string
		cfg  jwthttp.CookieConfig
		want string
	}{
		{"nothing", jwthttp.CookieConfig{}, `CookieConfig.Origin "" is empty`},
		{"path", jwthttp.CookieConfig{Origin: origin + "/app"}, "no path"},
		{"slash", jwthttp.CookieConfig{Origin: origin + "/"}, "not even a slash"},
		{"query", jwthttp.CookieConfig{Origin: origin + "?"}, "no path"},
		{"fragment", jwthttp.CookieConfig{Origin: origin + "#"}, "no path"},
		{"user", jwthttp.CookieConfig{Origin: "https://a@app.example.com"}, "more than scheme, host and port"},
		{"http", jwthttp.CookieConfig{Origin: "http://app.example.com"}, "loopback addresses only"},
		{"a name", jwthttp.CookieConfig{Origin: "app.example.com"}, "not an origin"},
		{"null", jwthttp.CookieConfig{Origin: "null"}, "not an origin"},
		{"an app", jwthttp.CookieConfig{Origin: "capacitor://localhost"}, "not an https origin"},
		{"SameSite None", jwthttp.CookieConfig{Origin: origin, SameSite: http.SameSiteNoneMode}, "neither Lax nor Strict"},
		{"SameSite default", jwthttp.CookieConfig{Origin: origin, SameSite: http.SameSiteDefaultMode}, "neither Lax nor Strict"},
		{"trusted upper case", trusting("https://App.example.com"), `TrustedOrigins: "https://App.example.com" has upper case`},
		{"trusted default port", trusting("https://b.example.com:443"), "default port"},
		{"trusted http default port", trusting("http://localhost:80"), "default port"},
		{"trusted empty port", trusting("https://b.example.com:"), "default port"},
		{"trusted wildcard", trusting("https://*.example.com"), "wildcard"},
		{"trusted not ASCII", trusting("https://bär.example.com"), "xn--"},
		{"trusted http", trusting("http://b.example.com"), "loopback addresses only"},
		{"trusted nothing", trusting(""), "is empty"},
		{"trusted opaque", trusting("mailto:a"), "not an origin"},
		{"trusted twice", trusting("https://b.example.com", "https://b.example.com"), "given twice"},
		{"trusted itself", trusting(origin), "given twice"},
		{"localhost in production", jwthttp.CookieConfig{Origin: origin, InsecureLocalhost: true}, "not http on loopback"},
		{"localhost partitioned", jwthttp.CookieConfig{Origin: "http://localhost", InsecureLocalhost: true, Partitioned: true}, "must be Secure"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := jwthttp.NewCookies(test.cfg)
			require.ErrorContains(t, err, test.want)
			require.Nil(t, c)
		})
	}
	for _, origin := range []string{"http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost", "https://xn--br-via.example.com:8443"} {
		_, err := jwthttp.NewCookies(jwthttp.CookieConfig{Origin: origin, TrustedOrigins: []string{"capacitor://localhost", "https://b.example.com"}})
		require.NoError(t, err, origin)
	}
}
