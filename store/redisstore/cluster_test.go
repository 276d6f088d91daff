//go:build unix

package redisstore_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/redisstore"
	"github.com/cda17858/jwt/store/redisstore/internal/redistest"
	"github.com/cda17858/jwt/store/storetest"
)

// openCluster returns a Store on a new cluster. Its client prefers replicas for reading,
// which a Store must not.
func openCluster(t testing.TB, changes ...func(*redisstore.Config)) (*redisstore.Store, *redis.ClusterClient, *redistest.Cluster) {
	t.Helper()
	cluster := redistest.StartCluster(t)
	client := connectCluster(t, cluster)
	cfg := redisstore.Config{Client: client, WaitReplicas: 1}
	for _, change := range changes {
		change(&cfg)
	}
	s, err := redisstore.New(t.Context(), cfg)
	require.NoError(t, err)
	return s, client, cluster
}

func connectCluster(t testing.TB, cluster *redistest.Cluster) *redis.ClusterClient {
	t.Helper()
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), ReadOnly: true, RouteRandomly: true, ContextTimeoutEnabled: true})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// The suite, for which the servers have forgotten their scripts again and again.
func TestCluster(t *testing.T) {
	t.Parallel()
	s, _, cluster := openCluster(t)
	storetest.Run(t, func(*testing.T) store.Store {
		for _, node := range cluster.Nodes {
			node.Do("script", "flush")
		}
		return &durable{Store: s}
	})
}

// A durable makes each second record Durable.
type durable struct {
	*redisstore.Store
	n atomic.Int64
}

func (d *durable) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	r.Durable = d.n.Add(1)%2 == 0
	return d.Store.Swap(ctx, key, old, r)
}
