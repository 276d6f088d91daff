//go:build unix

package redisstore_test

import (
	"context"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/redisstore"
	"github.com/cda17858/jwt/store/redisstore/internal/redistest"
)

// open returns a Store on a new server.
func open(t testing.TB, settings ...string) (*redisstore.Store, *redis.Client, *redistest.Server) {
	t.Helper()
	server := redistest.Start(t, settings...)
	client := connect(t, server.Addr())
	s, err := redisstore.New(t.Context(), redisstore.Config{Client: client})
	require.NoError(t, err)
	return s, client, server
}

func connect(t testing.TB, addr string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// counted is a storetest.Counter.
type counted struct {
	*redisstore.Store
	client *redis.Client
}

func (c counted) Count(ctx context.Context) (int, error) {
	n, err := c.client.DBSize(ctx).Result()
	return int(n), err
}

// useAll calls every method of s so that it does something.
func useAll(t testing.TB, s *redisstore.Store) {
	t.Helper()
	ctx, key, subject := t.Context(), rand.Text(), rand.Text()
	for _, expires := range []time.Time{time.Now().Add(time.Hour), {}} {
		records, _, err := s.Load(ctx, key, subject)
		require.NoError(t, err)
		ok, err := s.Swap(ctx, key, records[0].Version, store.Record{Version: store.NewVersion(), Expires: expires, Subject: subject, Durable: true})
		require.NoError(t, err)
		require.True(t, ok)
	}
	keys, err := s.List(ctx, subject)
	require.NoError(t, err)
	require.Equal(t, []string{key}, keys)
	require.NoError(t, s.Append(ctx, store.Revocation{Kind: "k", ID: key, Expires: time.Now().Add(time.Hour)}))
	rs, _, err := s.Since(ctx, "")
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(rs, func(r store.Revocation) bool { return r.ID == key }))
}

// long is for tests of several seconds. With others beside them, they would measure those.
func long(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if !thorough() {
		t.Parallel()
	}
}
