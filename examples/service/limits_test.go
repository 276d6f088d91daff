package main

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(5)
		for range 5 {
			require.True(t, l.allow("alice"))
		}
		require.False(t, l.allow("alice"))
		require.True(t, l.allow("bob"))
		time.Sleep(loginPeriod / 5)
		require.True(t, l.allow("alice"))
		require.False(t, l.allow("alice"))
	})
}

// A flood of keys does not make the limiter forget one.
func TestLimiterForgetsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1)
		require.True(t, l.allow("alice"))
		for i := range 100_000 {
			l.allow(fmt.Sprint("user", i))
		}
		require.False(t, l.allow("alice"))
	})
}
