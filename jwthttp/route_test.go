package jwthttp_test

import (
	"bufio"
	"context"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// serve starts a server for h on loopback, and returns its address and what it logs.
func serve(t *testing.T, h http.Handler) (addr string, logged *syncBuffer) {
	t.Helper()
	if runtime.GOOS == "js" {
		t.Skip("no sockets")
	}
	logged = new(syncBuffer)
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(logged, "", 0)
	s.Config.MaxHeaderBytes = 2 << 20
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), logged
}

// send writes text to a connection of its own, and returns the answer with its body. If it
// must be closed then, send waits for that.
func send(t *testing.T, addr, text string, closed bool) (res *http.Response, body string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	go io.WriteString(conn, text) // the server may answer before it has read all
	method, _, _ := strings.Cut(text, " ")
	r := bufio.NewReader(conn)
	res, err = http.ReadResponse(r, &http.Request{Method: method})
	require.NoError(t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	if closed {
		_, err = r.ReadByte()
		require.Equal(t, io.EOF, err)
	}
	return res, string(data)
}

// Whatever a stranger sends is answered, and nothing of it is logged above debug level.
func TestBadInput(t *testing.T) {
	var log syncBuffer
	auth := newAuth(t, jwthttp.Config{
		Cookies: newCookies(t),
		Logger:  slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug + 1})),
	})
	addr, logged := serve(t, auth.Require(jwthttp.Scope("orders:read")).Handler(greet))
	good := sign(t, claimsOf("alice", user()))
	long := strings.Repeat("a", 1<<20)
	for _, test := range []struct {
		name, method string
		fields       []string
		status       int
	}{
		{"a good token", "GET", []string{"Authorization: Bearer " + good}, 200},
		{"a token of 1 MiB", "GET", []string{"Authorization: Bearer " + long}, 401},
		{"dots, 1 MiB of them", "GET", []string{"Authorization: Bearer " + strings.Repeat(".", 1<<20)}, 401},
		{"spaces, 1 MiB of them", "GET", []string{"Authorization: Bearer " + strings.Repeat(" ", 1<<20) + "x"}, 401},
		{"a scheme of 1 MiB", "GET", []string{"Authorization: " + long}, 401},
		{"a cookie of 1 MiB", "GET", []string{"Cookie: __Host-Http-at=" + long}, 401},
		{"cookies, a hundred thousand", "GET", []string{"Cookie: " + strings.Repeat("a=b; ", 100_000)}, 401},
		{"headers beyond the server's limit", "GET", []string{"Authorization: Bearer " + long, "X: " + long, "Y: " + long}, 431},
		{"NUL", "GET", []string{"Authorization: Bearer a\x00b"}, 400},
		{"NUL in a cookie", "GET", []string{"Cookie: __Host-Http-at=a\x00b"}, 400},
		{"several lines", "GET", []string{"Authorization: Bearer " + good, "Authorization: Bearer " + good}, 400},
		{"RFC 9112 5.2: a line that goes on", "GET", []string{"Authorization: Bearer\r\n " + good}, 200},
		{"no token", "GET", []string{"Authorization: Bearer"}, 400},
		{"no token, spaces", "GET", []string{"Authorization: Bearer   "}, 400},
		{"joined by a comma", "GET", []string{"Authorization: Bearer " + good + ", Bearer " + good}, 400},
		{"a token with spaces", "GET", []string{"Authorization: Bearer " + good[:9] + " " + good[9:]}, 400},
		{"a cookie twice", "GET", []string{"Cookie: __Host-Http-at=" + good + "; __Host-Http-at=" + good}, 400},
		{"HEAD", "HEAD", nil, 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := test.method + " / HTTP/1.1\r\nHost: app.example.com\r\n" + strings.Join(append(test.fields, ""), "\r\n") + "\r\n"
			res, body := send(t, addr, text, false)
			require.Equal(t, test.status, res.StatusCode)
			require.Equal(t, test.status == 200, body == "hello alice")
			require.NotContains(t, body, good[:20])
			require.NotContains(t, body, "aaaa")
			if test.method == "HEAD" {
				require.Empty(t, body)
				require.Greater(t, res.ContentLength, int64(0))
			}
		})
	}
	require.Empty(t, logged.String())
	require.Empty(t, log.String())
}

// A parse that panics is answered with 500, once, and the connection is closed.
func TestParsePanics(t *testing.T) {
	var events []jwthttp.Event
	auth, err := jwthttp.New(func(context.Context, string) (*jwt.Claims[embedded], error) {
		panic("a defect")
	}, jwthttp.Config{Observe: func(_ context.Context, e jwthttp.Event) { events = append(events, e) }})
	require.NoError(t, err)
	addr, logged := serve(t, auth.Require().Handler(greet))
	before := runtime.NumGoroutine()
	for range 20 {
		res, body := send(t, addr, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n\r\n", true)
		require.Equal(t, 500, res.StatusCode)
		require.JSONEq(t, `{"error":"server_error","error_description":"The request could not be authorized."}`, body)
		require.Empty(t, res.Header.Get("WWW-Authenticate"))
	}
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+2 }, 5*time.Second, time.Millisecond)
	require.Eventually(t, func() bool { return strings.Count(logged.String(), "a defect") == 20 }, 5*time.Second, time.Millisecond,
		"net/http reports the panic")
	require.Len(t, events, 20)
	require.Equal(t, jwthttp.ReasonDefect, events[0].Reason)
	require.Equal(t, 500, events[0].Status)
	require.EqualError(t, events[0].Err, "jwthttp: parse, Extract or a rule panicked")
}

func TestParseReturnsNothing(t *testing.T) {
	auth, err := jwthttp.New(func(context.Context, string) (*jwt.Claims[embedded], error) { return nil, nil }, jwthttp.Config{})
	require.NoError(t, err)
	for _, m := range []jwthttp.Middleware[embedded]{auth.Require(), auth.Optional()} {
		require.Equal(t, 500, do(m(hello), with("GET", "/", "Authorization", "Bearer x")).Code)
	}
}

// An error goes before claims.
func TestParseReturnsBoth(t *testing.T) {
	auth, err := jwthttp.New(func(context.Context, string) (*jwt.Claims[embedded], error) {
		return new(jwt.Claims[embedded]), &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}
	}, jwthttp.Config{})
	require.NoError(t, err)
	require.Equal(t, 401, do(auth.Require()(hello), with("GET", "/", "Authorization", "Bearer x")).Code)
}

// A client that has gone is not an outage; a time limit of the server's own may be one.
func TestClientGone(t *testing.T) {
	var reason jwthttp.Reason
	auth, err := jwthttp.New(func(ctx context.Context, _ string) (*jwt.Claims[embedded], error) {
		return nil, ctx.Err()
	}, jwthttp.Config{Observe: func(_ context.Context, e jwthttp.Event) { reason = e.Reason }})
	require.NoError(t, err)
	get := func(ctx context.Context) int {
		return do(auth.Require()(hello), with("GET", "/", "Authorization", "Bearer x").WithContext(ctx)).Code
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, 503, get(ctx))
	require.Equal(t, jwthttp.ReasonGone, reason)
	ctx, cancel = context.WithTimeout(t.Context(), 0)
	defer cancel()
	require.Equal(t, 503, get(ctx))
	require.Equal(t, jwthttp.ReasonUnavailable, reason)
}

// The handler gets the ResponseWriter of the server itself.
func TestResponseWriterIsPassedOn(t *testing.T) {
	auth := newAuth(t, jwthttp.Config{Cookies: newCookies(t)})
	w := httptest.NewRecorder()
	for _, m := range []jwthttp.Middleware[embedded]{auth.Require(), auth.Optional()} {
		called := false
		m.Handler(func(got http.ResponseWriter, _ *http.Request, _ *jwt.Claims[embedded]) {
			called = true
			require.Same(t, w, got)
		}).ServeHTTP(w, with("GET", "/", "Authorization", "Bearer "+sign(t, claimsOf("alice", user()))))
		require.True(t, called)
	}
}

// A handler can take over the connection, as for a WebSocket.
func TestHijack(t *testing.T) {
	auth := newAuth(t, jwthttp.Config{})
	addr, logged := serve(t, auth.Require().Handler(func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[embedded]) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(rw, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"+c.Subject)
		rw.Flush()
	}))
	_, body := send(t, addr, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: Upgrade\r\nAuthorization: Bearer "+sign(t, claimsOf("alice", user()))+"\r\n\r\n", true)
	require.Equal(t, "alice", body)
	require.Empty(t, logged.String())
}

// Over HTTP/2 it is all the same: a refusal, a panic, and more requests afterwards.
func TestHTTP2(t *testing.T) {
	if runtime.GOOS == "js" {
		t.Skip("no sockets")
	}
	parse := newParse[embedded](t)
	auth, err := jwthttp.New(func(ctx context.Context, token string) (*jwt.Claims[embedded], error) {
		if token == "panic" {
			panic("a defect")
		}
		return parse(ctx, token)
	}, jwthttp.Config{})
	require.NoError(t, err)
	s := httptest.NewUnstartedServer(auth.Require().Handler(greet))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	good := sign(t, claimsOf("alice", user()))
	for token, status := range map[string]int{"panic": 500, "": 401, "x": 401, good: 200} {
		for range 2 {
			req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL, nil)
			require.NoError(t, err)
			if token != "" {
				req.Header.Set("Authorization", "Bearer "+token)
			}
			res, err := s.Client().Do(req)
			require.NoError(t, err)
			require.Equal(t, 2, res.ProtoMajor)
			require.Equal(t, status, res.StatusCode)
			_, err = io.Copy(io.Discard, res.Body)
			if status != 500 { // where the server resets the stream
				require.NoError(t, err)
			}
			res.Body.Close()
		}
	}
}

// The forms of Handler and of middleware are func types of net/http.
func TestMiddlewareForms(t *testing.T) {
	auth := newAuth(t, jwthttp.Config{})
	var plain func(http.Handler) http.Handler = auth.Require()
	require.Equal(t, 401, do(plain(hello), with("GET", "/")).Code)
	plain = auth.Optional()
	require.Equal(t, "hello", do(plain(hello), with("GET", "/")).Body.String())
	require.Panics(t, func() { auth.Require()(nil) })
	require.Panics(t, func() { auth.Require().Handler(nil) })
}

// Middleware within middleware parses the token once, and never takes over the claims of
// another token.
func TestNested(t *testing.T) {
	var parsed atomic.Int32
	parse := newParse[embedded](t)
	auth, err := jwthttp.New(func(ctx context.Context, token string) (*jwt.Claims[embedded], error) {
		parsed.Add(1)
		return parse(ctx, token)
	}, jwthttp.Config{})
	require.NoError(t, err)
	alice, bob := sign(t, claimsOf("alice", user())), sign(t, claimsOf("bob", user()))
	inner := auth.Require(jwthttp.Scope("orders:read")).Handler(greet)
	require.Equal(t, "hello alice", do(auth.Optional()(auth.Require()(inner)), with("GET", "/", "Authorization", "Bearer "+alice)).Body.String())
	require.Equal(t, int32(1), parsed.Load())

	// A handler that makes other requests of one, such as a batch.
	batch := func(inner http.Handler, header http.Header) http.Handler {
		return auth.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r = r.Clone(r.Context())
			r.Header = header
			inner.ServeHTTP(w, r)
		}))
	}
	asAlice := func() *http.Request { return with("GET", "/", "Authorization", "Bearer "+alice) }
	require.Equal(t, "hello bob", do(batch(inner, headers("Authorization", "Bearer "+bob)), asAlice()).Body.String())
	require.Equal(t, 401, do(batch(inner, headers("Authorization", "Bearer x")), asAlice()).Code)
	require.Equal(t, 401, do(batch(inner, nil), asAlice()).Code)
	require.Equal(t, "hello", do(batch(auth.Optional().Handler(greet), nil), asAlice()).Body.String())

	// Another Auth parses for itself, and its claims are the innermost.
	other := newAuth(t, jwthttp.Config{})
	h := other.Require()(auth.Require()(other.Require().Handler(greet)))
	require.Equal(t, "hello alice", do(h, asAlice()).Body.String())
}

// Each Confirm is asked, that of inner middleware as well.
func TestNestedConfirm(t *testing.T) {
	auth := newAuth(t, jwthttp.Config{})
	asked := ""
	confirm := func(name string, err error) jwthttp.Rule {
		return jwthttp.Confirm(func(*http.Request, string, *jwt.Claims[embedded]) error {
			asked += name
			return err
		})
	}
	refused := &jwt.TokenError{Field: "cnf", Err: jwt.ErrMismatch}
	bound := tokenNames(t).Replace("BOUND")
	for _, test := range []struct {
		outer, inner jwthttp.Middleware[embedded]
		status       int
		asked        string
	}{
		{auth.Require(confirm("a", nil)), auth.Require(), 200, "a"},
		{auth.Require(confirm("a", nil)), auth.Require(confirm("b", nil)), 200, "ab"},
		{auth.Require(confirm("a", nil)), auth.Require(confirm("b", refused)), 401, "ab"},
		{auth.Require(confirm("a", nil), confirm("b", refused)), auth.Require(), 401, "ab"},
		{auth.Require(confirm("a", refused)), auth.Require(confirm("b", nil)), 401, "a"},
		{auth.Require(), auth.Require(confirm("b", nil)), 401, ""},
	} {
		asked = ""
		require.Equal(t, test.status, do(test.outer(test.inner(hello)), with("GET", "/", "Authorization", "Bearer "+bound)).Code)
		require.Equal(t, test.asked, asked)
	}
}

func TestPreflight(t *testing.T) {
	preflight := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		w.WriteHeader(http.StatusNoContent)
	})
	auth := newAuth(t, jwthttp.Config{Preflight: preflight})
	h := auth.Require().Handler(greet)
	w := do(h, with("OPTIONS", "/", "Origin", "https://b.example.com", "Access-Control-Request-Method", "PUT"))
	require.Equal(t, 204, w.Code)
	require.Equal(t, "https://b.example.com", w.Header().Get("Access-Control-Allow-Origin"))
	// Whatever is not a preflight needs a token.
	for _, r := range []*http.Request{
		with("OPTIONS", "/"), with("OPTIONS", "/", "Origin", "https://b.example.com"),
		with("OPTIONS", "/", "Access-Control-Request-Method", "PUT"),
		with("GET", "/", "Origin", "https://b.example.com", "Access-Control-Request-Method", "PUT"),
	} {
		require.Equal(t, 401, do(h, r).Code)
	}
}

func TestInsecureLocalhost(t *testing.T) {
	h := newAuth(t, jwthttp.Config{Cookies: newCookies(t, localhost)}).Optional().Handler(greet)
	token := sign(t, claimsOf("alice", user()))
	for _, r := range []*http.Request{
		with("GET", "/", "Cookie", "at="+token), with("GET", "/", "Authorization", "Bearer "+token), with("GET", "/"),
	} {
		r.Host = "localhost:8080"
		require.Equal(t, 200, do(h, r).Code)
		r.Host = "app.example.com"
		require.Equal(t, 403, do(h, r).Code)
	}
}
