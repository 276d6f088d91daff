//go:build unix

package redisstore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A server is killed and started again in the middle of refreshes. Nothing that it has
// acknowledged is lost, and while it is down the answer is 503.
func TestSessionsKill(t *testing.T) {
	long(t)
	s, _, server := open(t)
	c, end := gather(t, s)
	for range 3 {
		c.progress(refreshes() / 4)
		server.Kill()
		c.refusals()
		server.Restart()
	}
	c.progress(refreshes() / 4)
	end()
	refreshed, letIn := c.alive()
	require.Zero(t, refreshed, "an acknowledged logout was lost")
	require.Zero(t, letIn)
	require.Zero(t, c.stats().Adopted, "a client had a token that the store did not know")
}

// A server hangs in the middle of refreshes, and then lets its clients wait.
func TestSessionsHang(t *testing.T) {
	long(t)
	s, client, server := open(t)
	c, end := gather(t, s)
	c.progress(0)
	server.Stop()
	c.refusals() // when their time is up
	server.Continue()
	c.progress(0)
	require.NoError(t, client.Do(t.Context(), "client", "pause", (2*bound).Milliseconds(), "all").Err())
	c.refusals()
	c.progress(0)
	require.NoError(t, client.Do(t.Context(), "client", "pause", (2*bound).Milliseconds(), "write").Err())
	c.refusals()
	c.progress(0)
	end()
	refreshed, letIn := c.alive()
	require.Zero(t, refreshed)
	require.Zero(t, letIn)
	require.Zero(t, c.stats().Adopted)
}

// A server that forgets its scripts again and again is given them again; nobody notices.
func TestSessionsScriptFlush(t *testing.T) {
	t.Parallel()
	s, client, _ := open(t)
	c, end := gather(t, s)
	for range 50 {
		require.NoError(t, client.ScriptFlush(t.Context()).Err())
		time.Sleep(10 * time.Millisecond)
	}
	c.progress(0)
	end()
	require.Zero(t, c.stats().Unavailable)
	require.Zero(t, c.stats().Adopted)
}
