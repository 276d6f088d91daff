//go:build unix

package redisstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store/redisstore"
)

// What is wrong with a Config is said without asking a server.
func TestConfig(t *testing.T) {
	client := connect(t, "127.0.0.1:1")
	deaf := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer deaf.Close()
	deafCluster := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}})
	defer deafCluster.Close()
	ring := redis.NewRing(&redis.RingOptions{})
	defer ring.Close()
	const noTimeouts = "redisstore: Config.Client does not set ContextTimeoutEnabled, so calls could exceed Config.Timeout; set it in the client's options"
	for _, test := range []struct {
		cfg  redisstore.Config
		want string
	}{
		{redisstore.Config{}, "redisstore: Config.Client is nil; redis.NewClient makes one"},
		{redisstore.Config{Client: (*redis.Client)(nil)}, "redisstore: Config.Client is nil; redis.NewClient makes one"},
		{redisstore.Config{Client: (*redis.ClusterClient)(nil)}, "redisstore: Config.Client is nil; redis.NewClusterClient makes one"},
		{redisstore.Config{Client: ring}, "redisstore: Config.Client is a *redis.Ring; it must be a *redis.Client or a *redis.ClusterClient"},
		{redisstore.Config{Client: deaf}, noTimeouts},
		{redisstore.Config{Client: deafCluster}, noTimeouts},
		{redisstore.Config{Client: client, Prefix: "{a}:"}, `redisstore: Config.Prefix "{a}:" contains a brace; remove it`},
		{redisstore.Config{Client: client, Timeout: time.Millisecond}, "redisstore: Config.Timeout is 1ms; use 0, or 10ms to 1m0s"},
		{redisstore.Config{Client: client, Timeout: -1}, "redisstore: Config.Timeout is -1ns; use 0, or 10ms to 1m0s"},
		{redisstore.Config{Client: client, Timeout: time.Hour}, "redisstore: Config.Timeout is 1h0m0s; use 0, or 10ms to 1m0s"},
		{redisstore.Config{Client: client, WaitReplicas: -1}, "redisstore: Config.WaitReplicas is negative; use the number of replicas of each master, or 0"},
		{redisstore.Config{Client: client, WaitReplicas: 1, InsecureNoWait: true}, "redisstore: Config.InsecureNoWait and Config.WaitReplicas are both set; remove one"},
	} {
		s, err := redisstore.New(t.Context(), test.cfg)
		require.EqualError(t, err, test.want)
		require.Nil(t, s)
	}
}

// A server that cannot be reached is found at the start, within the time of the context
// and of Config.
func TestNewUnreachable(t *testing.T) {
	t.Parallel()
	client := connect(t, "127.0.0.1:1")
	start := time.Now()
	_, err := redisstore.New(t.Context(), redisstore.Config{Client: client, Timeout: 100 * time.Millisecond})
	require.ErrorContains(t, err, "redisstore: New: ")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = redisstore.New(ctx, redisstore.Config{Client: client})
	require.ErrorContains(t, err, "redisstore: New: ")
	require.Less(t, time.Since(start), 2*time.Second)
}

// Each policy that evicts is found, and so is one set while there is no limit.
func TestNewPolicy(t *testing.T) {
	t.Parallel()
	_, client, server := open(t)
	for _, policy := range []string{"allkeys-lru", "allkeys-random", "volatile-lru", "volatile-ttl", "volatile-lfu"} {
		require.NoError(t, client.ConfigSet(t.Context(), "maxmemory-policy", policy).Err())
		_, err := redisstore.New(t.Context(), redisstore.Config{Client: client})
		require.EqualError(t, err, "redisstore: New: maxmemory-policy of "+server.Addr()+" is "+policy+", so it may evict revocations; set it to noeviction")
	}

	// Who may not ask is not told.
	require.NoError(t, client.Do(t.Context(), "acl", "setuser", "default", "-info").Err())
	_, err := redisstore.New(t.Context(), redisstore.Config{Client: client})
	require.NoError(t, err)
}

// The commands that the package doc names suffice.
func TestACL(t *testing.T) {
	t.Parallel()
	_, client, server := open(t)
	user := []any{"acl", "setuser", "jwt", "on", ">secret", "~jwt:*"}
	for _, c := range []string{
		"eval", "evalsha", "script|load", "time", "info", "getex", "getrange", "set", "zrem", "zrange", "zremrangebyscore",
		"zadd", "pexpireat", "persist", "xread", "xadd", "pexpire",
	} {
		user = append(user, "+"+c)
	}
	require.NoError(t, client.Do(t.Context(), user...).Err())
	restricted := redis.NewClient(&redis.Options{Addr: server.Addr(), Username: "jwt", Password: "secret", ContextTimeoutEnabled: true})
	defer restricted.Close()
	_, err := redisstore.New(t.Context(), redisstore.Config{Client: restricted, Prefix: "other:"})
	require.ErrorContains(t, err, "redisstore: Load: NOPERM")
	s, err := redisstore.New(t.Context(), redisstore.Config{Client: restricted})
	require.NoError(t, err)
	useAll(t, s)
}
