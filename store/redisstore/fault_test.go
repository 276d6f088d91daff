//go:build unix

package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/redisstore"
	"github.com/cda17858/jwt/store/redisstore/internal/redistest"
)

// swap stores a new record under key, which must work, and returns its version.
func swap(t testing.TB, s store.Store, key string, old uint64) uint64 {
	t.Helper()
	r := store.Record{Version: store.NewVersion(), Expires: time.Now().Add(time.Hour), Subject: "subject", Durable: true}
	ok, err := s.Swap(t.Context(), key, old, r)
	require.NoError(t, err)
	require.True(t, ok)
	return r.Version
}

func version(t testing.TB, s store.Store, key string) uint64 {
	t.Helper()
	records, _, err := s.Load(t.Context(), key)
	require.NoError(t, err)
	return records[0].Version
}

// revoke appends a revocation, and requires that Since returns it.
func revoke(t testing.TB, s store.Feed, id, cursor string) (next string) {
	t.Helper()
	require.NoError(t, s.Append(t.Context(), store.Revocation{Kind: "jti", ID: id, Expires: time.Now().Add(time.Hour)}))
	ids, next := revoked(t, s, cursor)
	require.Contains(t, ids, id)
	return next
}

func revoked(t testing.TB, s store.Feed, cursor string) (ids []string, next string) {
	t.Helper()
	rs, next, err := s.Since(t.Context(), cursor)
	require.NoError(t, err)
	for _, r := range rs {
		ids = append(ids, r.ID)
	}
	return ids, next
}

// A connection breaks after the server has stored the record and before it can say so. If
// Swap were sent again, it would find its own record and return false.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr())
	s, err := redisstore.New(t.Context(), redisstore.Config{Client: connect(t, proxy.Addr())})
	require.NoError(t, err)
	for i := range 10 {
		key := fmt.Sprint("key ", i)
		old, next := swap(t, s, key, 0), store.NewVersion()
		proxy.LoseAnswer()
		ok, err := s.Swap(t.Context(), key, old, store.Record{Version: next})
		require.Error(t, err)
		require.False(t, ok)
		require.Equal(t, next, version(t, s, key))
	}
}

// A server hangs. Every call ends within Timeout, whatever its context says.
func TestTimeout(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, err := redisstore.New(t.Context(), redisstore.Config{Client: connect(t, server.Addr()), Timeout: 100 * time.Millisecond})
	require.NoError(t, err)
	useAll(t, s)
	server.Stop()
	defer server.Continue()
	for name, call := range map[string]func() error{
		"Load": func() error { _, _, err := s.Load(t.Context(), "key"); return err },
		"Swap": func() error { _, err := s.Swap(t.Context(), "key", 0, store.Record{Version: 1}); return err },
		"List": func() error { _, err := s.List(t.Context(), "subject"); return err },
		"Append": func() error {
			return s.Append(t.Context(), store.Revocation{Kind: "k", ID: "i", Expires: time.Now().Add(time.Hour)})
		},
		"Since": func() error { _, _, err := s.Since(t.Context(), ""); return err },
	} {
		begin := time.Now()
		err := call()
		require.ErrorIs(t, err, context.DeadlineExceeded, name)
		require.ErrorContains(t, err, "redisstore: "+name+": ")
		require.Less(t, time.Since(begin), 2*time.Second, name) // go-redis would take 3 s and more
	}
}

// A master becomes a replica, as after a failover, and its clients stay connected. What it
// has may be old, and so it must not answer.
func TestDemoted(t *testing.T) {
	t.Parallel()
	s, client, _ := open(t)
	_, _, other := open(t)
	v := swap(t, s, "key", 0)
	cursor := revoke(t, s, "id", "")
	host, port := "127.0.0.1", other.Addr()[len("127.0.0.1:"):]
	require.NoError(t, client.Do(t.Context(), "replicaof", host, port).Err())
	_, _, err := s.Load(t.Context(), "key")
	require.ErrorContains(t, err, "READONLY")
	_, _, err = s.Load(t.Context(), "other", "key")
	require.ErrorContains(t, err, "READONLY")
	_, err = s.Swap(t.Context(), "key", v, store.Record{Version: store.NewVersion()})
	require.ErrorContains(t, err, "READONLY")
	_, err = s.List(t.Context(), "subject")
	require.ErrorContains(t, err, "READONLY")
	_, _, err = s.Since(t.Context(), cursor)
	require.ErrorContains(t, err, "READONLY")
	_, err = redisstore.New(t.Context(), redisstore.Config{Client: client})
	require.ErrorContains(t, err, "READONLY")

	require.NoError(t, client.Do(t.Context(), "replicaof", "no", "one").Err())
	swap(t, s, "another key", 0)
}

// A full server is an error for those who write. What is read is right, and when there is
// room again, everything goes on.
func TestFull(t *testing.T) {
	t.Parallel()
	s, client, _ := open(t)
	service := newSessions(t, s)
	tokens := login(t, service, "ann")
	v := swap(t, s, "key", 0)
	cursor := revoke(t, s, "id", "")
	require.NoError(t, client.ConfigSet(t.Context(), "maxmemory", "1").Err())

	require.Equal(t, v, version(t, s, "key"))
	require.Zero(t, version(t, s, "absent"))
	keys, err := s.List(t.Context(), "subject")
	require.NoError(t, err)
	require.Equal(t, []string{"key"}, keys)
	ids, _ := revoked(t, s, "")
	require.Equal(t, []string{"id"}, ids)
	ids, _ = revoked(t, s, cursor)
	require.Empty(t, ids)
	for key, old := range map[string]uint64{"key": v, "new": 0} {
		ok, err := s.Swap(t.Context(), key, old, store.Record{Version: store.NewVersion(), Subject: "subject"})
		require.ErrorContains(t, err, "OOM")
		require.False(t, ok)
	}
	require.ErrorContains(t, s.Append(t.Context(), store.Revocation{Kind: "jti", ID: "id", Expires: time.Now().Add(time.Hour)}), "OOM")
	_, err = service.Parse(t.Context(), tokens.AccessToken)
	require.NoError(t, err)
	for _, err := range []error{
		service.Logout(t.Context(), tokens.RefreshToken),
		service.EndAll(t.Context(), "ann"),
		func() error { _, err := service.Start(t.Context(), session.Login{Subject: "bob"}); return err }(),
	} {
		require.ErrorContains(t, err, "OOM")
		require.False(t, isVerdict(err))
	}

	require.NoError(t, client.ConfigSet(t.Context(), "maxmemory", "0").Err())
	require.Equal(t, v, version(t, s, "key"))
	swap(t, s, "key", v)
	_, err = service.Refresh(t.Context(), tokens.RefreshToken)
	require.NoError(t, err, "nothing of what failed has ended the session")
}

// A server comes back without its data. Nobody knows the sessions, and new ones begin.
func TestEmpty(t *testing.T) {
	t.Parallel()
	s, _, server := open(t)
	restore := server.Backup()
	signer := newSigner(t)
	one := newSessions(t, s, func(c *sessionConfig) { c.Signer, c.Check.CheckEveryRequest = signer, true })
	other := newSessions(t, s, func(c *sessionConfig) { c.Signer, c.Check.Staleness = signer, 100*time.Millisecond })
	before := login(t, one, "ann")
	claims, err := other.Parse(t.Context(), login(t, one, "bob").AccessToken)
	require.NoError(t, err)
	require.NoError(t, other.Revoke(t.Context(), claims.ID, claims.ExpiresAt))
	restore()

	require.Eventually(t, func() bool { _, _, err := s.Load(t.Context()); return err == nil }, 10*time.Second, 10*time.Millisecond)
	_, err = one.Refresh(t.Context(), before.RefreshToken)
	require.ErrorIs(t, err, session.ErrUnknown)
	_, err = one.Parse(t.Context(), before.AccessToken)
	require.ErrorIs(t, err, jwt.ErrRevoked)
	after := login(t, one, "ann")
	for _, s := range []*sessions{one, other} {
		_, err = s.Parse(t.Context(), after.AccessToken)
		require.NoError(t, err)
	}
	require.NoError(t, one.Logout(t.Context(), after.RefreshToken))
	require.Eventually(t, func() bool {
		_, err := other.Parse(t.Context(), after.AccessToken)
		return errors.Is(err, jwt.ErrRevoked)
	}, 10*time.Second, 10*time.Millisecond, "a reader of the feed that was has not found its way into the one that is")
}

// A server goes back to an earlier state, again and again, and revocations are added that
// are as many or more. A reader who has seen what is gone misses none of them.
func TestFeedGoesBack(t *testing.T) {
	long(t)
	s, _, server := open(t)
	revoke(t, s, "early", "")
	restore := server.Backup()
	cursor := ""
	for i := range 3 {
		cursor = revoke(t, s, fmt.Sprint("lost ", i), cursor)
		restore()
		require.Eventually(t, func() bool { _, _, err := s.Load(t.Context()); return err == nil }, 10*time.Second, 10*time.Millisecond)
		for n := range i {
			revoke(t, s, fmt.Sprint("kept ", i, n), "")
		}
		ids, next := revoked(t, s, cursor)
		require.Contains(t, ids, "early", "it starts from the beginning")
		for n := range i {
			require.Contains(t, ids, fmt.Sprint("kept ", i, n))
		}
		ids, cursor = revoked(t, s, next)
		require.Empty(t, ids)
	}
}
