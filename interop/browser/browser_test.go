package browser

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwthttp"
)

// What pages do, in JavaScript. Where a request is refused by the browser, they return its
// exception.
const (
	login   = `async user => (await fetch('/login?user=' + user, {method: 'POST'})).status`
	logout  = `async () => (await fetch('/logout', {method: 'POST'})).status`
	whoAmI  = `async () => { const r = await fetch('/me'); return r.ok ? await r.text() : r.status }`
	cookies = `async () => JSON.stringify([document.cookie, await cookieStore.getAll()])`
	forge   = `cookie => { document.cookie = cookie }`

	postForm = `origin => {
		const form = document.createElement('form')
		form.method = 'post'
		form.action = origin + '/orders'
		document.body.append(form)
		form.submit()
	}`
	postFetch = `origin => fetch(origin + '/orders', {method: 'POST', mode: 'no-cors', credentials: 'include'}).then(r => r.type, String)`
	postJSON  = `origin => fetch(origin + '/orders', {
		method: 'POST', credentials: 'include', body: '{}', headers: {'Content-Type': 'application/json'},
	}).then(r => r.status, String)`
	read   = `origin => fetch(origin + '/me', {credentials: 'include'}).then(r => r.text(), String)`
	follow = `origin => { location.href = origin + '/me' }`
	socket = `origin => new Promise(done => {
		const socket = new WebSocket(origin.replace('http', 'ws') + '/socket')
		socket.onmessage = e => done(e.data)
		socket.onerror = () => done('failed')
	})`
)

func TestBrowser(t *testing.T) {
	b := startBrowser(t)
	t.Run("cookies", func(t *testing.T) { testCookies(t, b) })
	t.Run("other origins", func(t *testing.T) { testOrigins(t, b) })
	t.Run("links", func(t *testing.T) { testLinks(t, b) })
	t.Run("two tabs", func(t *testing.T) { testTabs(t, b) })
}

// Cookies that are Secure and called __Host-Http-… work over http on both names of this
// machine. No script can read them, or make them.
func testCookies(t *testing.T, b *browser) {
	for _, tt := range []struct {
		name, host, cookie string
		cfg                jwthttp.CookieConfig
	}{
		{"127.0.0.1", "127.0.0.1", "__Host-Http-at", jwthttp.CookieConfig{}},
		{"localhost", "localhost", "__Host-Http-at", jwthttp.CookieConfig{}},
		{"strict", "localhost", "__Host-Http-at", jwthttp.CookieConfig{SameSite: http.SameSiteStrictMode}},
		{"partitioned", "localhost", "__Host-Http-at", jwthttp.CookieConfig{Partitioned: true}},
		{"InsecureLocalhost", "localhost", "at", jwthttp.CookieConfig{InsecureLocalhost: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := startApp(t, tt.host, tt.cfg)
			tab, _ := b.open(t, t.Name(), "1", app.origin)
			require.EqualValues(t, http.StatusOK, tab.run(t, login, "alice"))
			require.Equal(t, "alice", tab.run(t, whoAmI, nil))
			require.Equal(t, request{"/me", true, "same-origin", jwthttp.ReasonAccepted}, app.next(t))
			require.Equal(t, `["",[]]`, tab.run(t, cookies, nil))

			require.EqualValues(t, http.StatusOK, tab.run(t, logout, nil))
			require.EqualValues(t, http.StatusUnauthorized, tab.run(t, whoAmI, nil))
			require.Equal(t, request{"/me", false, "same-origin", jwthttp.ReasonNoCredentials}, app.next(t))

			if strings.HasPrefix(tt.cookie, "__Host-Http-") {
				tab.run(t, forge, tt.cookie+"=a.b.c; Secure; Path=/")
				require.EqualValues(t, http.StatusUnauthorized, tab.run(t, whoAmI, nil))
				require.Equal(t, request{"/me", false, "same-origin", jwthttp.ReasonNoCredentials}, app.next(t))
			}
		})
	}
}

// Pages of another origin can do nothing in the user's name. Those of another site do not
// get the cookie sent; those of another port do, and jwthttp refuses.
func testOrigins(t *testing.T, b *browser) {
	app := startApp(t, "127.0.0.1", jwthttp.CookieConfig{})
	port, site := startStranger(t, "127.0.0.1"), startStranger(t, "localhost")
	profile := t.Name()
	own, _ := b.open(t, profile, "own", app.origin)
	require.EqualValues(t, http.StatusOK, own.run(t, login, "alice"))

	const failed = "TypeError: Failed to fetch"
	for _, tt := range []struct {
		name, page, script string
		returns            any // what the page sees of it
		want               request
	}{
		{"own form", app.origin, postForm, nil, request{"/orders", true, "same-origin", jwthttp.ReasonAccepted}},
		{"own fetch", app.origin, postFetch, "basic", request{"/orders", true, "same-origin", jwthttp.ReasonAccepted}},
		{"own fetch of JSON", app.origin, postJSON, 200.0, request{"/orders", true, "same-origin", jwthttp.ReasonAccepted}},
		{"own WebSocket", app.origin, socket, "alice", request{"/socket", true, "", jwthttp.ReasonAccepted}},

		{"form of another port", port, postForm, nil, request{"/orders", true, "same-site", jwthttp.ReasonCrossOrigin}},
		{"fetch of another port", port, postFetch, "opaque", request{"/orders", true, "same-site", jwthttp.ReasonCrossOrigin}},
		{"WebSocket of another port", port, socket, "failed", request{"/socket", true, "", jwthttp.ReasonCrossOrigin}},
		{"preflight of another port", port, postJSON, failed, request{"/orders", false, "same-site", jwthttp.ReasonCrossOrigin}},
		{"GET of another port, which is not shown the answer", port, read, failed, request{"/me", true, "same-site", jwthttp.ReasonAccepted}},

		{"form of another site", site, postForm, nil, request{"/orders", false, "cross-site", jwthttp.ReasonNoCredentials}},
		{"fetch of another site", site, postFetch, "opaque", request{"/orders", false, "cross-site", jwthttp.ReasonNoCredentials}},
		{"WebSocket of another site", site, socket, "failed", request{"/socket", false, "", jwthttp.ReasonNoCredentials}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tab, _ := b.open(t, profile, tt.name, tt.page)
			returned := tab.run(t, tt.script, app.origin)
			require.Equal(t, tt.want, app.next(t))
			require.Equal(t, tt.returns, returned)
		})
	}
}

// A link from another site finds the user logged in, unless the cookies are strict.
func testLinks(t *testing.T, b *browser) {
	site := startStranger(t, "localhost")
	for _, tt := range []struct {
		name string
		mode http.SameSite
		want request
	}{
		{"lax", http.SameSiteLaxMode, request{"/me", true, "cross-site", jwthttp.ReasonAccepted}},
		{"strict", http.SameSiteStrictMode, request{"/me", false, "cross-site", jwthttp.ReasonNoCredentials}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := startApp(t, "127.0.0.1", jwthttp.CookieConfig{SameSite: tt.mode})
			own, _ := b.open(t, t.Name(), "own", app.origin)
			require.EqualValues(t, http.StatusOK, own.run(t, login, "alice"))
			page, _ := b.open(t, t.Name(), "page", site)
			page.run(t, follow, app.origin)
			require.Equal(t, tt.want, app.next(t))
		})
	}
}

// The tabs of a profile have one user. A late answer to one of them, about the user before,
// does not log out the next.
func testTabs(t *testing.T, b *browser) {
	app := startApp(t, "127.0.0.1", jwthttp.CookieConfig{})
	first, _ := b.open(t, t.Name(), "1", app.origin)
	second, _ := b.open(t, t.Name(), "2", app.origin)
	stranger, _ := b.open(t, t.Name()+", another profile", "1", app.origin)
	require.EqualValues(t, http.StatusOK, first.run(t, login, "alice"))
	require.EqualValues(t, http.StatusOK, stranger.run(t, login, "carol"))
	require.Equal(t, "alice", first.run(t, whoAmI, nil))
	require.Equal(t, "alice", second.run(t, whoAmI, nil))
	require.Equal(t, "carol", stranger.run(t, whoAmI, nil))

	answer := make(chan struct{})
	app.revoked.Store("alice", answer)
	second.run(t, "() => { window.late = fetch('/me').then(r => r.status) }", nil)
	require.Eventually(t, func() bool { return app.waiting.Load() == 1 }, 20*time.Second, time.Millisecond)
	require.EqualValues(t, http.StatusOK, first.run(t, login, "bob"))
	close(answer)
	require.EqualValues(t, http.StatusUnauthorized, second.run(t, "() => window.late", nil))
	require.Equal(t, "bob", second.run(t, whoAmI, nil))
	require.Equal(t, "bob", first.run(t, whoAmI, nil))

	require.EqualValues(t, http.StatusOK, second.run(t, logout, nil))
	require.EqualValues(t, http.StatusUnauthorized, first.run(t, whoAmI, nil))
	require.Equal(t, "carol", stranger.run(t, whoAmI, nil))
}
