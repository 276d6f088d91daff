package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
)

const testPassword = "correct horse battery staple"

// A service is the whole service, on a port of its own.
type service struct {
	*server
	url string
	log *buffer
}

// startService starts the service with the demo's users, in memory, with cheap passwords.
func startService(t *testing.T, args ...string) *service {
	t.Helper()
	s := &service{log: &buffer{}}
	cfg, err := readConfig(append([]string{"-hash-memory=8", "-demo", "-access=10m", "-data", t.TempDir()}, args...), noEnv, io.Discard)
	require.NoError(t, err)
	require.NoError(t, cfg.completeSecrets())
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	cfg.origin = "http://" + ln.Addr().String()
	s.url = cfg.origin
	s.server, err = newServer(t.Context(), cfg, store.NewMemory(), newLogger(s.log))
	require.NoError(t, err)
	require.NoError(t, s.demoAccounts(t.Context(), io.Discard))
	srv := httptest.NewUnstartedServer(s.handler)
	srv.Listener.Close()
	srv.Listener = ln
	srv.Start()
	t.Cleanup(func() {
		s.close()
		srv.Close()
	})
	return s
}

func noEnv(string) string { return "" }

// A browser has cookies, and sends what browsers send.
type browser struct {
	t       *testing.T
	service *service
	cookies map[string]string // net/http/cookiejar sends no Secure cookies to 127.0.0.1
	header  http.Header
}

func (s *service) browser(t *testing.T) *browser {
	return &browser{t, s, map[string]string{}, http.Header{
		"Sec-Fetch-Site": {"same-origin"},
		"User-Agent":     {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
	}}
}

// login returns a browser in which the user has logged in.
func (s *service) login(t *testing.T, user string) *browser {
	b := s.browser(t)
	b.do("POST", "/login", loginBody(user, testPassword)).want(200)
	return b
}

func loginBody(user, password string) map[string]any {
	return map[string]any{"user": user, "password": password}
}

// token returns the access token of an app in which the user has logged in.
func (s *service) token(t *testing.T, user string) string {
	a := s.browser(t).do("POST", "/token", loginBody(user, testPassword)).want(200)
	return a.member("access_token")
}

// An answer is that of the service, read to its end.
type answer struct {
	*http.Response
	t    *testing.T
	body string
}

// do sends a body, if it is not nil, as JSON; one that is a string as it is.
func (b *browser) do(method, path string, body any) *answer {
	b.t.Helper()
	var data []byte
	switch body := body.(type) {
	case nil:
	case string:
		data = []byte(body)
	default:
		data, _ = json.Marshal(body)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.service.url+path, bytes.NewReader(data))
	require.NoError(b.t, err)
	r.Header = b.header.Clone()
	if body != nil && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(b.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	for _, c := range res.Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return &answer{res, b.t, string(text)}
}

func (a *answer) want(status int) *answer {
	a.t.Helper()
	require.Equal(a.t, status, a.StatusCode, a.body)
	return a
}

func (a *answer) into(v any) {
	a.t.Helper()
	require.NoError(a.t, json.Unmarshal([]byte(a.body), v), a.body)
}

func (a *answer) member(name string) string {
	a.t.Helper()
	var members map[string]any
	a.into(&members)
	require.Contains(a.t, members, name)
	return fmt.Sprint(members[name])
}

// A buffer is a log that can be read while it is written.
type buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
