//go:build unix

package redisstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store/redisstore"
)

// A crowd is clients at work, while something happens to the servers.
type crowd struct {
	t         *testing.T
	instances []*sessions
	clients   []*client
	answered  atomic.Int64 // refreshes that were answered

	mu   sync.Mutex
	left []*session.Tokens // after an acknowledged logout
}

const (
	crowdSize = 16 // clients that refresh
	leavers   = 8  // clients that log in and out
)

const (
	bound     = time.Second // the deadline of a request
	staleness = time.Second // of the revocations that checks use
)

// gather starts clients that use instances over stores. A second of the stores' clock is
// a minute, so that the clients come to new generations quickly. The function that it
// returns ends their work, and tests that nothing is wrong with any of them.
func gather(t *testing.T, stores ...*redisstore.Store) (c *crowd, end func()) {
	t.Helper()
	begin, signer := time.Now(), cheapSigner(t)
	fast := func() time.Time { return begin.Add(60 * time.Since(begin)) }
	c = &crowd{t: t}
	for _, s := range stores {
		c.instances = append(c.instances, newSessions(t, &clockStore{s, fast}, func(cfg *sessionConfig) {
			cfg.Signer, cfg.RecoveryUnchecked, cfg.Check.Staleness = signer, 24*time.Hour, staleness
		}))
	}
	var wg sync.WaitGroup
	var done atomic.Bool
	for i := range crowdSize {
		one := &client{crowd: c}
		one.refreshToken = login(t, c.any(), fmt.Sprint("user ", i)).RefreshToken
		c.clients = append(c.clients, one)
		wg.Go(func() {
			for !done.Load() && one.wrong == nil {
				one.step()
				time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
			}
			assert.NoError(t, one.wrong)
		})
	}
	for range leavers {
		leaver := &client{crowd: c}
		wg.Go(func() {
			for !done.Load() && leaver.wrong == nil {
				leaver.leave()
				time.Sleep(time.Millisecond)
			}
			assert.NoError(t, leaver.wrong)
		})
	}
	stop := sync.OnceFunc(func() { done.Store(true); wg.Wait() })
	t.Cleanup(stop)
	return c, func() { t.Helper(); stop(); c.check() }
}

// any returns an instance.
func (c *crowd) any() *sessions { return c.instances[rand.IntN(len(c.instances))] }

// A client refreshes its tokens through the handler as a real one does: one request at a
// time, and after a 503 or a lost answer again with the same refresh token.
type client struct {
	crowd *crowd

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
	start := time.Now()
	h.ServeHTTP(w, r)
	if took := time.Since(start); took > 2*bound {
		return 0, fmt.Append(nil, "an answer after ", took)
	}
	return w.Code, w.Body.Bytes()
}

// step is one refresh, and one request with the access token.
func (c *client) step() {
	status, body := post(c.crowd.any().NewRefreshHandler(nil), url.Values{"grant_type": {"refresh_token"}, "refresh_token": {c.refreshToken}})
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
	c.crowd.answered.Add(1)
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
	if err := c.crowd.parse(c.accessToken); isVerdict(err) {
		c.wrong = fmt.Errorf("a good access token was refused: %w", err)
	}
}

func (c *crowd) parse(accessToken string) error {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	_, err := c.any().Parse(ctx, accessToken)
	return err
}

func isVerdict(err error) bool {
	_, ok := errors.AsType[*jwt.TokenError](err)
	return ok
}

// leave logs in and out, and adds the tokens to those that must not be good again once the
// logout has been acknowledged.
func (c *client) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	tokens, err := c.crowd.any().Start(ctx, session.Login{Subject: "leaver"})
	if err != nil {
		return
	}
	time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
	for range 100 {
		switch status, body := post(c.crowd.any().NewLogoutHandler(nil), url.Values{"token": {tokens.RefreshToken}}); status {
		case http.StatusOK:
			c.crowd.mu.Lock()
			defer c.crowd.mu.Unlock()
			c.crowd.left = append(c.crowd.left, tokens)
			return
		case http.StatusServiceUnavailable:
			time.Sleep(10 * time.Millisecond)
		default:
			c.wrong = fmt.Errorf("logout: %d %s", status, body)
			return
		}
	}
}

// progress waits until every client has come to new generations, and n more refreshes were
// answered.
func (c *crowd) progress(n int64) {
	c.t.Helper()
	n += c.answered.Load()
	c.wait(2, func(c *client) *atomic.Int64 { return &c.rotations })
	require.Eventually(c.t, func() bool { return c.answered.Load() >= n }, 60*time.Second, 10*time.Millisecond)
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
	}, 60*time.Second, 10*time.Millisecond)
}

// check requires that every client can go on after all have stopped, and that nobody was
// taken for a thief.
func (c *crowd) check() {
	t := c.t
	t.Helper()
	for _, one := range c.clients {
		require.NoError(t, one.wrong)
		require.Eventually(t, func() bool {
			before := c.answered.Load()
			one.step()
			return one.wrong != nil || c.answered.Load() > before
		}, 20*time.Second, 100*time.Millisecond)
		require.NoError(t, one.wrong)
	}
	require.NotEmpty(t, c.left)
	total := c.stats()
	require.Equal(t, session.Refreshes{Rotated: total.Rotated, Repeated: total.Repeated, Adopted: total.Adopted, Unavailable: total.Unavailable}, total)
}

// stats is the sum over all instances.
func (c *crowd) stats() (total session.Refreshes) {
	for _, s := range c.instances {
		r := s.Stats().Refreshes
		total.Rotated += r.Rotated
		total.Repeated += r.Repeated
		total.Adopted += r.Adopted
		total.Malformed += r.Malformed
		total.Unknown += r.Unknown
		total.Ended += r.Ended
		total.Expired += r.Expired
		total.Reused += r.Reused
		total.Unavailable += r.Unavailable
	}
	return total
}

// alive returns how many sessions whose logout was acknowledged can be refreshed, and how
// many of their access tokens are let in when all instances have had time to hear of it.
func (c *crowd) alive() (refreshed, letIn int) {
	c.t.Helper()
	for _, tokens := range c.left {
		_, err := c.any().Refresh(c.t.Context(), tokens.RefreshToken)
		if !isVerdict(err) {
			require.NoError(c.t, err)
			refreshed++
		}
	}
	time.Sleep(staleness)
	for _, tokens := range c.left {
		for _, s := range c.instances {
			_, err := s.Parse(c.t.Context(), tokens.AccessToken)
			if !errors.Is(err, jwt.ErrRevoked) {
				require.NoError(c.t, err)
				letIn++
			}
		}
	}
	return refreshed, letIn
}

// thorough reports whether the tests take minutes, as in .ci/full.
func thorough() bool { return os.Getenv("REDIS_FAULTS") == "full" }

// refreshes is how many refreshes a test sees.
func refreshes() int64 {
	if thorough() {
		return 10_000
	}
	return 1_000
}
