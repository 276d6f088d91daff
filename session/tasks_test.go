package session_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// After Close no goroutine is left, and without requests there is none: the bubble waits for
// all that are in it, and fails if one stays.
func TestNoGoroutineLeft(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSessions(t)
		for range 50 {
			tokens := start(t, s)
			_, err := s.Parse(t.Context(), tokens.AccessToken)
			require.NoError(t, err)
		}
		require.NoError(t, s.Close())
		require.NoError(t, s.Close(), "twice")
	})
}
