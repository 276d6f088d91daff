//go:build unix

package redisstore_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store/redisstore"
	"github.com/cda17858/jwt/store/redisstore/internal/redistest"
)

// The master that a Sentinel watches is killed in the middle of refreshes, and comes back as
// a replica.
func TestSentinel(t *testing.T) {
	long(t)
	sentinel := redistest.StartSentinel(t)
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: redistest.MasterName, SentinelAddrs: []string{sentinel.Addr()}, ContextTimeoutEnabled: true,
	})
	defer client.Close()
	_, err := redisstore.New(t.Context(), redisstore.Config{Client: client})
	require.ErrorContains(t, err, "has replicas; set Config.WaitReplicas to 1, or Config.InsecureNoWait")
	s, err := redisstore.New(t.Context(), redisstore.Config{Client: client, WaitReplicas: 1})
	require.NoError(t, err)
	useAll(t, s)

	c, end := gather(t, s)
	c.progress(0)
	sentinel.Master.Kill()
	require.Eventually(t, func() bool { return sentinel.Replica.IsMaster() }, 20*time.Second, 20*time.Millisecond)
	c.progress(0) // nobody can log out now
	sentinel.Master.Restart()
	sentinel.Settle()
	c.progress(0)
	end()
	refreshed, letIn := c.alive()
	require.Zero(t, refreshed, "an acknowledged logout was lost")
	require.Zero(t, letIn)
}
