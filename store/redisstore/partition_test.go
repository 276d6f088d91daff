//go:build unix

package redisstore_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store/redisstore/internal/redistest"
)

// A link is what connects an instance with its store.
type link interface {
	Cut()
	Heal()
}

// Two processes lose their store, first both and then one. Who has lost it answers 503 within
// the bound, and lets nobody in on what it knew before. When the network is whole again, they
// agree.
func TestPartition(t *testing.T) {
	long(t)
	server := redistest.Start(t)
	key := newKey(t)
	var instances [2]*instance
	var links [2]link
	for i := range instances {
		proxy := redistest.NewProxy(t, server.Addr())
		instances[i], links[i] = startInstance(t, instanceConfig{Addr: proxy.Addr(), Key: key, Timeout: instanceTimeout}), proxy
	}
	partition(t, instances, links)
}

func partition(t *testing.T, instances [2]*instance, links [2]link) {
	a, b := instances[0], instances[1]
	stays, access := a.login("ann")
	leaves, doomed := b.login("ann")
	for _, i := range instances {
		require.Equal(t, http.StatusOK, i.check(access).Status)
		require.Equal(t, http.StatusOK, i.check(doomed).Status)
	}

	for _, l := range links {
		l.Cut()
	}
	time.Sleep(staleness)
	for _, i := range instances {
		i.unavailable(stays, access)
		i.unavailable(leaves, doomed)
	}

	links[1].Heal()
	require.Eventually(t, func() bool { return b.logout(leaves).Status == http.StatusOK }, 20*time.Second, 100*time.Millisecond)
	require.Eventually(t, func() bool { return b.check(doomed).Status == http.StatusUnauthorized }, 2*staleness, 50*time.Millisecond)
	a.unavailable(leaves, doomed)

	links[0].Heal()
	var next string
	require.Eventually(t, func() bool {
		answer := a.refresh(stays)
		if answer.Status == http.StatusOK {
			next, access = a.tokens(answer)
		}
		return answer.Status == http.StatusOK
	}, 20*time.Second, 100*time.Millisecond)
	again, _ := b.tokens(b.refresh(stays))
	require.Equal(t, next, again)
	for _, i := range instances {
		require.Equal(t, http.StatusOK, i.check(access).Status)
		require.Equal(t, http.StatusUnauthorized, i.check(doomed).Status)
		require.Equal(t, http.StatusBadRequest, i.refresh(leaves).Status)
	}
}

// unavailable requires that i answers 503 within the time of two calls of the store.
func (i *instance) unavailable(refreshToken, accessToken string) {
	i.t.Helper()
	for _, a := range []answer{i.refresh(refreshToken), i.logout(refreshToken), i.check(accessToken)} {
		require.Equal(i.t, http.StatusServiceUnavailable, a.Status, a.Body)
		require.Less(i.t, a.Took, 2*instanceTimeout+time.Second) // the machine may be busy
	}
}
