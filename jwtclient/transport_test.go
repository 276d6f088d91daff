package jwtclient_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwtclient"
)

func TestRoundTrip(t *testing.T) {
	s := new(server)
	network := hosts{issuer: s.ServeHTTP, orders: echo, "https://other.example.com": echo}
	transport := newTransport(t, network, endpointOf(network))
	for range 3 {
		status, body := get(t, transport, orders+"/orders")
		require.Equal(t, 200, status)
		require.Equal(t, "Bearer token-1", body)
	}
	_, body := get(t, transport, "https://other.example.com/")
	require.Empty(t, body)
	require.Equal(t, 1, s.calls())

	// The request is not changed, its Authorization is replaced, and the answer does not show
	// the token.
	req := httptest.NewRequest("GET", orders+"/", nil)
	req.Header.Set("Authorization", "Bearer of-somebody-else")
	resp, err := transport.RoundTrip(req)
	require.NoError(t, err)
	got, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "Bearer token-1", string(got))
	require.Equal(t, "Bearer of-somebody-else", req.Header.Get("Authorization"))
	require.Same(t, req, resp.Request)
}

// A token goes to its origins, however a URL spells them, and to no other.
func TestOrigins(t *testing.T) {
	s := new(server)
	var asked atomic.Bool
	everywhere := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.String() == endpoint {
			return hosts{issuer: s.ServeHTTP}.RoundTrip(r)
		}
		asked.Store(true)
		w := httptest.NewRecorder()
		echo(w, r)
		return w.Result(), nil
	})
	transport, err := jwtclient.New(jwtclient.Config{
		Origins:   []string{"https://Orders.example.com:443", "http://127.0.0.1:8080", "http://[::1]"},
		Source:    endpointOf(everywhere),
		Transport: everywhere,
	})
	require.NoError(t, err)
	for url, ours := range map[string]bool{
		"https://orders.example.com/":             true,
		"https://ORDERS.example.com:443/a?b":      true,
		"http://127.0.0.1:8080/":                  true,
		"http://[::1]:80/":                        true,
		"http://orders.example.com/":              false,
		"http://orders.example.com:443/":          false,
		"https://orders.example.com:8443/":        false,
		"https://orders.example.com./":            false,
		"https://a.orders.example.com/":           false,
		"https://orders.example.com.evil.example": false,
		"https://orders.example.com@evil.example": false,
		"https://evil.example/orders.example.com": false,
		"http://127.0.0.1/":                       false,
		"http://localhost:8080/":                  false,
	} {
		_, body := get(t, transport, url)
		require.Equal(t, ours, strings.HasPrefix(body, "Bearer token-"), url)
	}
	// A proxy could take an opaque part for another host.
	req := httptest.NewRequest("GET", "https://orders.example.com/", nil)
	req.URL.Opaque = "//evil.example/"
	resp, err := transport.RoundTrip(req)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Empty(t, body)
	require.True(t, asked.Load())
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// On real servers: a redirect within the origin keeps the token, one to another loses it.
func TestRedirect(t *testing.T) {
	needsSockets(t)
	other := httptest.NewServer(http.HandlerFunc(echo))
	defer other.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/", echo)
	mux.Handle("/within", http.RedirectHandler("/there", http.StatusTemporaryRedirect))
	mux.Handle("/away", http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	ours := httptest.NewServer(mux)
	defer ours.Close()
	auth := httptest.NewServer(new(server))
	defer auth.Close()
	transport, err := jwtclient.New(jwtclient.Config{
		Origins: []string{ours.URL},
		Source:  jwtclient.Endpoint{URL: auth.URL, ClientID: "billing", Secret: password},
	})
	require.NoError(t, err)
	defer transport.CloseIdleConnections()
	for path, want := range map[string]string{"/": "Bearer token-1", "/within": "Bearer token-1", "/away": ""} {
		_, body := get(t, transport, ours.URL+path)
		require.Equal(t, want, body, path)
	}
}

// guarded answers 401 to each token that is not the good one.
type guarded struct {
	mu     sync.Mutex
	good   string
	bodies []string
}

func (g *guarded) set(good string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.good = good
}

func (g *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	g.bodies = append(g.bodies, string(body))
	defer echo(w, r)
	if r.Header.Get("Authorization") != "Bearer "+g.good {
		w.WriteHeader(http.StatusUnauthorized)
	}
}

func TestRetryAfter401(t *testing.T) {
	onlyReader := func() io.Reader { return io.MultiReader(strings.NewReader("body")) }
	for name, tt := range map[string]struct {
		body   io.Reader
		good   string // the token that the server takes
		status int
		bodies []string
		calls  int
	}{
		"no body":                {nil, "token-2", 200, []string{"", ""}, 2},
		"body that can be had":   {strings.NewReader("body"), "token-2", 200, []string{"body", "body"}, 2},
		"body of a stream":       {onlyReader(), "token-2", 401, []string{"body"}, 2},
		"the new one is refused": {nil, "token-3", 401, []string{"", ""}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, g := new(server), &guarded{good: tt.good}
				network := hosts{issuer: s.ServeHTTP, orders: g.ServeHTTP}
				transport := newTransport(t, network, endpointOf(network))
				resp, err := (&http.Client{Transport: transport}).Post(orders, "text/plain", tt.body)
				require.NoError(t, err)
				require.Equal(t, tt.status, resp.StatusCode)
				require.Equal(t, tt.bodies, g.bodies)
				synctest.Wait()
				require.Equal(t, tt.calls, s.calls())
				_, body := get(t, transport, orders)
				require.Equal(t, "Bearer token-2", body, "the next request")
			})
		})
	}
}

// A server that refuses every token causes a call in ten seconds, not one for each request,
// and the token that it refuses stays good for others.
func TestRefusedEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, g := new(server), &guarded{good: "none"}
		network := hosts{issuer: s.ServeHTTP, orders: g.ServeHTTP}
		transport := newTransport(t, network, endpointOf(network))
		for range 100 {
			status, _ := get(t, transport, orders)
			require.Equal(t, 401, status)
			time.Sleep(100 * time.Millisecond)
		}
		require.Equal(t, 2, s.calls())
		time.Sleep(10 * time.Second)
		get(t, transport, orders)
		require.Equal(t, 3, s.calls())

		// While there is no other token, the answer is that of the server.
		s.set(unavailable)
		time.Sleep(10 * time.Second)
		status, _ := get(t, transport, orders)
		require.Equal(t, 401, status)
		require.Equal(t, 4, s.calls())
		g.set("token-3")
		status, _ = get(t, transport, orders)
		require.Equal(t, 200, status)
	})
}

// An issuer that returns the token that was refused is asked once.
func TestSameTokenAgain(t *testing.T) {
	s, g := new(server), &guarded{good: "none"}
	s.set(func(w http.ResponseWriter) bool {
		io.WriteString(w, `{"access_token":"token-1","token_type":"bearer","expires_in":300}`)
		return true
	})
	network := hosts{issuer: s.ServeHTTP, orders: g.ServeHTTP}
	transport := newTransport(t, network, endpointOf(network))
	for range 3 {
		status, _ := get(t, transport, orders)
		require.Equal(t, 401, status)
	}
	require.Equal(t, 2, s.calls())
	require.Len(t, g.bodies, 3)
}

// Requests that a withdrawn token has failed share one call for the next.
func TestRetryTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, g := new(server), &guarded{good: "token-1"}
		s.delay = func(context.Context) { time.Sleep(time.Second) }
		network := hosts{issuer: s.ServeHTTP, orders: g.ServeHTTP}
		transport := newTransport(t, network, endpointOf(network))
		get(t, transport, orders)
		g.set("token-2")
		var good atomic.Int32
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				resp, err := (&http.Client{Transport: transport}).Get(orders)
				if err == nil && resp.StatusCode == 200 {
					good.Add(1)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 2, s.calls())
		require.EqualValues(t, 100, good.Load())
	})
}

func TestThousandWaitersOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(server)
		s.delay = func(context.Context) { time.Sleep(time.Second) }
		network := hosts{issuer: s.ServeHTTP, orders: echo}
		transport := newTransport(t, network, endpointOf(network))
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				token, expires, err := transport.Token(t.Context())
				require.NoError(t, err)
				require.Equal(t, "token-1", token)
				require.Equal(t, 299*time.Second, time.Until(expires))
			})
		}
		wg.Wait()
		require.Equal(t, 1, s.calls())
	})
}

// The context of a waiter ends its own waiting, that of the one that began the call included.
func TestWaiterGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(server)
		s.delay = func(ctx context.Context) {
			select {
			case <-time.After(3 * time.Second):
			case <-ctx.Done():
			}
		}
		network := hosts{issuer: s.ServeHTTP}
		transport := newTransport(t, network, endpointOf(network))
		first, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _, err := transport.Token(first)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, time.Second, time.Since(begin))
			_, ok := errors.AsType[*jwtclient.Error](err)
			require.False(t, ok)
		})
		synctest.Wait()
		token, _, err := transport.Token(t.Context())
		require.NoError(t, err)
		require.Equal(t, "token-1", token)
		require.Equal(t, 3*time.Second, time.Since(begin))
		wg.Wait()
		require.Equal(t, 1, s.calls())
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		network := hosts{issuer: hangs}
		transport := newTransport(t, network, endpointOf(network))
		result := make(chan error, 1)
		go func() {
			_, _, err := transport.Token(t.Context())
			result <- err
		}()
		synctest.Wait()
		require.NoError(t, transport.Close())
		require.EqualError(t, <-result, "jwtclient: the Transport is closed")
		body := &closeRecorder{}
		_, err := transport.RoundTrip(httptest.NewRequest("POST", orders, body))
		require.EqualError(t, err, "jwtclient: the Transport is closed")
		require.True(t, body.closed, "RoundTrip has not closed the body")
	})
}

type closeRecorder struct{ closed bool }

func (*closeRecorder) Read([]byte) (int, error) { return 0, io.EOF }
func (c *closeRecorder) Close() error           { c.closed = true; return nil }

// What is printed, logged and encoded holds no secret and no token.
func TestNothingShown(t *testing.T) {
	network := hosts{issuer: new(server).ServeHTTP, orders: echo}
	source := endpointOf(nil)
	cfg := jwtclient.Config{Origins: []string{orders}, Source: source}
	source.Transport = network
	transport := newTransport(t, network, source)
	_, body := get(t, transport, orders)
	require.Equal(t, "Bearer token-1", body)
	for _, v := range []any{transport, cfg, &cfg, cfg.Source, jwtclient.Secret(password)} {
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		encoded, err := json.Marshal(v)
		require.NoError(t, err)
		requireNoSecret(t, log.String()+string(encoded))
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			requireNoSecret(t, fmt.Sprintf(verb, v))
		}
	}
	require.Equal(t, password, string(jwtclient.Secret(password)))
}

// GetBody may fail; then the answer of the server stands.
func TestBodyCannotBeHad(t *testing.T) {
	s, g := new(server), &guarded{good: "token-2"}
	network := hosts{issuer: s.ServeHTTP, orders: g.ServeHTTP}
	transport := newTransport(t, network, endpointOf(network))
	req := httptest.NewRequest("POST", orders, strings.NewReader("body"))
	req.GetBody = func() (io.ReadCloser, error) { return nil, errors.New("it is gone") }
	resp, err := transport.RoundTrip(req)
	require.NoError(t, err)
	require.Equal(t, 401, resp.StatusCode)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "Bearer token-1", string(body), "the answer is not whole")
}

func TestLogger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := new(server)
		network := hosts{issuer: s.ServeHTTP, orders: echo}
		transport, err := jwtclient.New(jwtclient.Config{
			Origins: []string{orders}, Source: endpointOf(network), Transport: network,
			Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		require.NoError(t, err)
		get(t, transport, orders)
		require.Empty(t, log.String())
		s.set(unavailable)
		time.Sleep(250 * time.Second)
		get(t, transport, orders) // with the token that is still good
		synctest.Wait()
		require.Contains(t, log.String(), `level=WARN msg="jwtclient: a call for a token has failed" err="jwtclient: no token: `+endpoint+` answered 503"`)
		requireNoSecret(t, log.String())
	})
}
