//go:build unix

package sqlstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store/sqlstore/internal/pgtest"
)

// A client refreshes its tokens through the handler as a real one does: one request at a
// time, and after a 503 or a lost answer again with the same refresh token.
type client struct {
	s               *sessions
	refresh, logout http.Handler

	refreshToken, accessToken string
	fresh                     int // answers with a new refresh token
	rotations                 atomic.Int64
	refused                   atomic.Int64 // 503
	wrong                     error
}

// post sends a form, and returns the status.
func post(h http.Handler, form url.Values) (int, []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.Bytes()
}

// step is one refresh, and one request with the access token.
func (c *client) step() {
	status, body := post(c.refresh, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {c.refreshToken}})
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	switch {
	case status == http.StatusServiceUnavailable:
		c.refused.Add(1)
		return
	case status != http.StatusOK:
		c.wrong = fmt.Errorf("an honest client was refused: %d %s", status, body)
		return
	}
	if c.wrong = json.Unmarshal(body, &tokens); c.wrong != nil {
		return
	}
	if tokens.Refresh != c.refreshToken {
		if c.fresh++; c.fresh%4 == 1 {
			return // lost, but not those of four generations in a row: that would be reuse
		}
		c.rotations.Add(1)
	}
	c.refreshToken, c.accessToken = tokens.Refresh, tokens.Access

	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	if _, err := c.s.Parse(ctx, c.accessToken); err != nil && isVerdict(err) {
		c.wrong = fmt.Errorf("a good access token was refused: %w", err)
	}
}

func isVerdict(err error) bool {
	_, ok := errors.AsType[*jwt.TokenError](err)
	return ok
}

// leave logs in and out, and returns the tokens once the logout has been acknowledged, or nil.
func (c *client) leave() *session.Tokens {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	tokens, err := c.s.Start(ctx, session.Login{Subject: "leaver"})
	if err != nil {
		return nil
	}
	for range 100 {
		switch status, body := post(c.logout, url.Values{"token": {tokens.RefreshToken}}); status {
		case http.StatusOK:
			return tokens
		case http.StatusServiceUnavailable:
			time.Sleep(10 * time.Millisecond)
		default:
			c.wrong = fmt.Errorf("logout: %d %s", status, body)
			return nil
		}
	}
	return nil
}

// A crowd is clients at work.
type crowd struct {
	t       *testing.T
	s       *sessions
	clients []*client
	left    []*session.Tokens // after an acknowledged logout
}

// refreshing runs 16 clients, and one that logs in and out, while fault happens. A second
// of the store's clock is a minute, so that the clients come to new generations quickly.
func refreshing(t *testing.T, fault func(c *crowd, server *pgtest.Server)) {
	t.Helper()
	st, db, server := open(t)
	begin := time.Now()
	fast := func() time.Time { return begin.Add(60 * time.Since(begin)) }
	s := newSessions(t, &clockStore{st, fast}, func(c *sessionConfig) { c.RecoveryUnchecked = 24 * time.Hour })
	c := &crowd{t: t, s: s}
	newClient := func() *client {
		return &client{s: s, refresh: s.NewRefreshHandler(nil), logout: s.NewLogoutHandler(nil)}
	}
	var wg sync.WaitGroup
	var done atomic.Bool
	for i := range 16 {
		one := newClient()
		one.refreshToken = login(t, s, fmt.Sprint("user ", i)).RefreshToken
		c.clients = append(c.clients, one)
		wg.Go(func() {
			for !done.Load() && one.wrong == nil {
				one.step()
				time.Sleep(5 * time.Millisecond)
			}
			assert.NoError(t, one.wrong)
		})
	}
	leaver := newClient()
	wg.Go(func() {
		for !done.Load() && leaver.wrong == nil {
			if tokens := leaver.leave(); tokens != nil {
				c.left = append(c.left, tokens)
			}
			time.Sleep(5 * time.Millisecond)
		}
		assert.NoError(t, leaver.wrong)
	})
	stop := sync.OnceFunc(func() { done.Store(true); wg.Wait() })
	defer stop()
	fault(c, server)
	stop()
	forget(db)
	c.check()
}

// progress waits until every client has come to new generations.
func (c *crowd) progress() {
	c.t.Helper()
	c.wait(2, func(c *client) *atomic.Int64 { return &c.rotations })
}

// refusals waits until every client has met the fault.
func (c *crowd) refusals() {
	c.t.Helper()
	c.wait(1, func(c *client) *atomic.Int64 { return &c.refused })
}

// wait waits until count has grown by n for each client.
func (c *crowd) wait(n int64, count func(*client) *atomic.Int64) {
	c.t.Helper()
	var want []int64
	for _, one := range c.clients {
		want = append(want, count(one).Load()+n)
	}
	require.Eventually(c.t, func() bool {
		for i, one := range c.clients {
			if count(one).Load() < want[i] {
				return false
			}
		}
		return true
	}, 30*time.Second, 10*time.Millisecond)
}

// check requires that nothing was lost, after the clients have stopped.
func (c *crowd) check() {
	t := c.t
	t.Helper()
	for _, one := range c.clients {
		require.NoError(t, one.wrong)
		one.step()
		require.NoError(t, one.wrong)
	}
	before := c.s.Stats().Refreshes
	require.Zero(t, before.Adopted, "a client had a token that the store did not know")
	require.Equal(t, session.Refreshes{Rotated: before.Rotated, Repeated: before.Repeated, Unavailable: before.Unavailable}, before)
	require.Positive(t, before.Unavailable)

	require.NotEmpty(t, c.left)
	for _, tokens := range c.left {
		_, err := c.s.Refresh(t.Context(), tokens.RefreshToken)
		require.ErrorIs(t, err, session.ErrEnded, "an acknowledged logout was lost")
	}
	require.Eventually(t, func() bool { // within Staleness
		for _, tokens := range c.left {
			if _, err := c.s.Parse(t.Context(), tokens.AccessToken); !errors.Is(err, jwt.ErrRevoked) {
				return false
			}
		}
		return true
	}, 20*time.Second, 100*time.Millisecond)
}

// The server is shut down at once, again and again, in the middle of refreshes.
func TestSessionsCrash(t *testing.T) {
	long(t)
	refreshing(t, func(c *crowd, server *pgtest.Server) {
		for range 3 {
			c.progress()
			server.Crash()
			c.refusals()
			server.Restart()
		}
		c.progress()
	})
}

// The server hangs in the middle of refreshes, its connections too.
func TestSessionsHang(t *testing.T) {
	long(t)
	refreshing(t, func(c *crowd, server *pgtest.Server) {
		defer server.Continue()
		for range 2 {
			c.progress()
			server.Stop()
			c.refusals() // when their time is up
			server.Continue()
		}
		c.progress()
	})
}
