//go:build unix

package redisstore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store/redisstore"
)

// Replicas take over in the middle of refreshes: by agreement, with the loss of what the
// masters did last, after a kill, and from a master that hangs and then comes back. Nobody
// is logged out, and nobody who has logged out is let in.
func TestClusterFailover(t *testing.T) {
	long(t)
	s, _, cluster := openCluster(t)
	c, end := gather(t, s)
	n := refreshes() / 6
	for i := range 3 {
		c.progress(n)
		cluster.Failover(i)
	}
	for i := range 3 {
		c.progress(n)
		cluster.Lose(i, 500*time.Millisecond)
	}
	c.progress(n)
	killed, _ := cluster.Pair(0)
	killed.Kill()
	c.progress(n) // on the replica
	killed.Restart()
	cluster.Settle()
	stopped, _ := cluster.Pair(1)
	stopped.Stop()
	c.progress(n)
	stopped.Continue()
	cluster.Settle()
	c.progress(n)
	end()
	refreshed, letIn := c.alive()
	t.Logf("of %d logouts, %d were undone; %d access tokens were let in; %+v", len(c.left), refreshed, letIn, c.stats())
	require.Zero(t, refreshed, "an acknowledged logout was lost")
	require.Zero(t, letIn)
	require.Positive(t, c.stats().Adopted, "the masters have lost nothing, so this test shows nothing")
	require.Positive(t, c.stats().Unavailable)
}

// Without WAIT the same loss brings sessions back that were ended. That is what
// Config.InsecureNoWait says, and that the test above can find it.
func TestClusterFailoverWithoutWait(t *testing.T) {
	long(t)
	s, _, cluster := openCluster(t, func(cfg *redisstore.Config) { cfg.WaitReplicas, cfg.InsecureNoWait = 0, true })
	c, end := gather(t, s)
	for i := range 3 {
		c.progress(0)
		cluster.Lose(i, time.Second)
	}
	c.progress(0)
	end()
	refreshed, letIn := c.alive()
	t.Logf("of %d logouts, %d were undone; %d access tokens were let in; %+v", len(c.left), refreshed, letIn, c.stats())
	require.Positive(t, refreshed+letIn)
}

// The slot of a key moves to another master. Whoever asks for the key is sent there, also by
// a master that has the slot but not the key any more, and while the client does not know.
func TestClusterMove(t *testing.T) {
	t.Parallel()
	s, _, cluster := openCluster(t)
	key, sibling := "{tag} 1", "{tag} 2" // in one slot
	v := swap(t, s, key, 0)
	move := cluster.Move("{tag}")
	v = swap(t, s, key, v)
	w := swap(t, s, sibling, 0) // is stored at the new one
	move.Finish("jwt:r:" + key)
	v = swap(t, s, key, v) // sent by a client that has not heard of it
	w = swap(t, s, sibling, w)
	require.Equal(t, v, version(t, s, key))
	require.Equal(t, w, version(t, s, sibling))
	time.Sleep(300 * time.Millisecond) // it has heard of it
	swap(t, s, key, v)
}
