package main

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestPassword(t *testing.T) {
	h := newHasher(8)
	p, err := h.hash(t.Context(), "secret")
	require.NoError(t, err)
	for _, test := range []struct {
		hash     *passwordHash
		password string
		want     bool
	}{{&p, "secret", true}, {&p, "Secret", false}, {&p, "", false}, {nil, "secret", false}} {
		same, err := h.matches(t.Context(), test.hash, test.password)
		require.NoError(t, err)
		require.Equal(t, test.want, same)
	}
	require.NotEqual(t, p.Salt, h.make("secret").Salt)
}

// The cost is that of the time when the password was set.
func TestPasswordCost(t *testing.T) {
	p := newHasher(8).make("secret")
	same, err := newHasher(16).matches(t.Context(), &p, "secret")
	require.NoError(t, err)
	require.True(t, same)
}

// Memory is bounded: who gets no turn in time is told so.
func TestHashesAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(8)
		for range maxHashes {
			_, err := h.wait(t.Context())
			require.NoError(t, err)
		}
		_, err := h.hash(t.Context(), "secret")
		require.ErrorIs(t, err, errBusy)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = h.matches(ctx, nil, "secret")
		require.ErrorIs(t, err, context.Canceled)
	})
}
