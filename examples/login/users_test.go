package main

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

var testCost = hashCost{time: 1, memory: 64, threads: 1}

func TestUsers(t *testing.T) {
	u := newUsers(testCost)
	u.add("alice", "one", "sales")
	u.add("bob", "one")
	require.NotEqual(t, u.byName["alice"].hash, u.byName["bob"].hash, "no salt")

	roles, err := u.check(t.Context(), "alice", "one")
	require.NoError(t, err)
	require.Equal(t, []string{"sales"}, roles)
	for _, test := range []struct{ name, password string }{
		{"alice", "two"}, {"alice", ""}, {"Alice", "one"}, {"", ""}, {"", "one"}, {"mallory", "one"},
	} {
		roles, err := u.check(t.Context(), test.name, test.password)
		require.Equal(t, errBadLogin, err, "%q %q", test.name, test.password)
		require.Nil(t, roles)
	}

	u.nobody = u.newUser("known", "sales") // not even its own password lets nobody in
	_, err = u.check(t.Context(), "mallory", "known")
	require.Equal(t, errBadLogin, err)
}

// The work for a name is seen by the memory that its hash takes.
func TestUsersSameWork(t *testing.T) {
	u := newUsers(hashCost{time: 1, memory: 4 << 10, threads: 1})
	u.add("alice", "one")
	work := func(name string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		u.check(t.Context(), name, "guess")
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	require.GreaterOrEqual(t, work("alice"), uint64(4<<20))
	require.InDelta(t, work("alice"), work("mallory"), 1<<20)
}

func TestUsersBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUsers(testCost)
		u.add("alice", "one", "sales")
		for range maxHashes {
			u.slots <- struct{}{}
		}
		begin := time.Now()
		_, err := u.check(t.Context(), "alice", "one")
		require.Equal(t, errBusy, err)
		require.Equal(t, hashTimeout, time.Since(begin))

		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = u.check(gone, "alice", "one")
		require.Equal(t, context.Canceled, err)

		<-u.slots
		for range 2 * maxHashes { // each gives its slot back
			_, err = u.check(t.Context(), "alice", "one")
			require.NoError(t, err)
		}
	})
}
