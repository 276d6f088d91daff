package browser

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// An app is a service with pages, whose users have their tokens in cookies.
type app struct {
	origin  string
	seen    chan request
	revoked sync.Map     // by subject: a channel; the tokens are refused when it is closed
	waiting atomic.Int32 // requests that wait for such a channel
	auth    *jwthttp.Auth[struct{}]
	cookies *jwthttp.Cookies
	signer  jwt.Signer
}

// A request is what an app has seen of one, and decided.
type request struct {
	Path      string
	HasCookie bool
	FetchSite string // Sec-Fetch-Site
	Reason    jwthttp.Reason
}

type requestKey struct{}

const page = `<!doctype html><html lang="en"><title>page</title><link rel="icon" href="data:,">`

// startApp starts an app whose pages have the host.
func startApp(t *testing.T, host string, cfg jwthttp.CookieConfig) *app {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	a := &app{origin: "http://" + host + ":" + port, seen: make(chan request, 100)}

	secret := []byte("a secret of 32 bytes for the tests")
	var err error
	a.signer, err = jwt.NewHMACSigner(jwt.HS256, "key-1", secret)
	require.NoError(t, err)
	verifier, err := jwt.NewHMACVerifier(jwt.HS256, "key-1", secret)
	require.NoError(t, err)
	parser, err := jwt.NewParser[struct{}](verifier, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256}, Issuers: []string{a.origin}, Audiences: []string{a.origin},
	})
	require.NoError(t, err)
	cfg.Origin = a.origin
	a.cookies, err = jwthttp.NewCookies(cfg)
	require.NoError(t, err)
	a.auth, err = jwthttp.New(func(ctx context.Context, token string) (*jwt.Claims[struct{}], error) {
		claims, err := parser.Parse(ctx, token)
		if err == nil {
			if closed, revoked := a.revoked.Load(claims.Subject); revoked {
				a.waiting.Add(1)
				<-closed.(chan struct{})
				return nil, &jwt.TokenError{Field: "sub", Err: jwt.ErrRevoked}
			}
		}
		return claims, err
	}, jwthttp.Config{Cookies: a.cookies, Observe: a.observe})
	require.NoError(t, err)

	server.Config.Handler = a.routes()
	server.Start()
	t.Cleanup(server.Close)
	return a
}

func (a *app) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.HandlerFunc(servePage))
	mux.Handle("POST /login", a.cookies.Protect(http.HandlerFunc(a.login)))
	mux.Handle("POST /logout", a.cookies.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.cookies.Clear(w)
	})))
	greet := func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[struct{}]) {
		io.WriteString(w, c.Subject)
	}
	mux.Handle("GET /me", a.auth.Require().Handler(greet))
	mux.Handle("/orders", a.auth.Require().Handler(greet))
	mux.Handle("GET /socket", a.auth.Require().Handler(a.socket))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := request{Path: r.URL.Path, HasCookie: len(r.Cookies()) > 0, FetchSite: r.Header.Get("Sec-Fetch-Site")}
		mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, seen)))
	})
}

func servePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	io.WriteString(w, page)
}

// login sets the cookie for the user that the query names.
func (a *app) login(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	token, err := jwt.Sign(r.Context(), a.signer, jwt.Claims[struct{}]{
		Issuer: a.origin, Subject: r.FormValue("user"), Audience: []string{a.origin},
		IssuedAt: now, ExpiresAt: now.Add(10 * time.Minute),
	})
	if err == nil {
		err = a.cookies.SetAccess(w, token, 10*time.Minute)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (a *app) socket(w http.ResponseWriter, r *http.Request, c *jwt.Claims[struct{}]) {
	// The library's own check of the origin is off, so that only jwthttp refuses.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	conn.Write(r.Context(), websocket.MessageText, []byte(c.Subject))
	conn.Close(websocket.StatusNormalClosure, "")
}

func (a *app) observe(ctx context.Context, e jwthttp.Event) {
	seen := ctx.Value(requestKey{}).(request)
	seen.Reason = e.Reason
	a.seen <- seen
}

// next returns the next request that needed a token.
func (a *app) next(t *testing.T) request {
	t.Helper()
	select {
	case r := <-a.seen:
		return r
	case <-time.After(20 * time.Second):
		require.Fail(t, "no request has come")
		return request{}
	}
}

// startStranger starts a server of pages that have nothing to do with an app, and returns
// their origin.
func startStranger(t *testing.T, host string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(servePage))
	t.Cleanup(server.Close)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	return "http://" + host + ":" + port
}
