package keyring_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/keyring"
)

// wait sleeps in a bubble and lets the rings do what is due at that moment.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// TestLife follows keys through their lives, to the nanosecond.
func TestLife(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := config()
		cfg.Period = period
		ring := newRing(t, cfg)
		first, sig := mustSign(t, ring)
		require.Len(t, published(ring), 2)
		require.Equal(t, first, published(ring)[0])
		second := published(ring)[1]

		_, err := sign(ring, second)
		require.EqualError(t, err, "keyring: the header names a key that does not sign yet")

		wait(period - 1)
		require.Equal(t, []string{first, second}, published(ring))
		wait(1)
		require.Equal(t, second, ring.KeyID())
		require.Len(t, published(ring), 3)
		third := published(ring)[1]
		require.Equal(t, []string{second, third, first}, published(ring))
		signsAndVerifies(t, ring)

		wait(grace - 1)
		_, err = sign(ring, first)
		require.NoError(t, err, "a Sign that began before the rotation")
		wait(1)
		_, err = sign(ring, first)
		require.EqualError(t, err, "keyring: the header names a key that was retired more than a minute ago")

		wait(lifetime - 1)
		require.NoError(t, verify(ring, first, sig))
		require.NoError(t, verify(ring, "", sig))
		require.Contains(t, stored(t, cfg.Store), first)
		wait(1)
		require.ErrorIs(t, verify(ring, first, sig), jwt.ErrUnknownKey)
		require.ErrorIs(t, verify(ring, "", sig), jwt.ErrSignature)
		require.Equal(t, []string{second, third}, published(ring))
		_, err = sign(ring, first)
		require.EqualError(t, err, "keyring: the header names no key of this ring; it may have been revoked just now")

		wait(30 * time.Second)
		require.NotContains(t, stored(t, cfg.Store), first, "deleted from the store as well")

		wait(period - grace - lifetime - 30*time.Second - 1)
		require.Equal(t, second, ring.KeyID())
		wait(1)
		require.Equal(t, third, ring.KeyID())
	})
}

func stored(t testing.TB, store keyring.Store) string {
	t.Helper()
	state, _, err := store.Load(t.Context())
	require.NoError(t, err)
	return string(state)
}

func TestRotate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ring := newRing(t, config())
		first, sig := mustSign(t, ring)
		second := published(ring)[1]
		wait(lead - 1)
		err := ring.Rotate(t.Context())
		require.ErrorIs(t, err, keyring.ErrTooSoon)
		require.EqualError(t, err, "keyring: too soon: the next key has been published for 59m59.999999999s, and Config.Lead is 1h0m0s; Rotate at 2000-01-01T01:00:00Z, or Revoke the current key if it is compromised")
		require.Equal(t, []string{first, second}, published(ring))
		wait(1)
		require.NoError(t, ring.Rotate(t.Context()))
		require.Equal(t, second, ring.KeyID())
		require.NoError(t, verify(ring, first, sig))
		require.ErrorIs(t, ring.Rotate(t.Context()), keyring.ErrTooSoon)

		wait(100 * time.Hour)
		require.Equal(t, second, ring.KeyID(), "by hand means never by itself")
		require.Len(t, published(ring), 2)
		require.NoError(t, ring.Rotate(t.Context()))
	})
}

// TestRotateBeforeItsTime: a rotation by hand puts the schedule off.
func TestRotateBeforeItsTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := config()
		cfg.Period = period
		ring := newRing(t, cfg)
		wait(20 * time.Hour)
		require.NoError(t, ring.Rotate(t.Context()))
		second := ring.KeyID()
		wait(period - 1)
		require.Equal(t, second, ring.KeyID())
		wait(1)
		require.NotEqual(t, second, ring.KeyID())
	})
}

// TestTooManyKeys: keys that are rotated by hand too often do not pile up.
func TestTooManyKeys(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := config()
		cfg.TokenLifetime, cfg.Lead = time.Hour, time.Second
		ring := newRing(t, cfg)
		for range 98 {
			wait(time.Second)
			require.NoError(t, ring.Rotate(t.Context()))
		}
		wait(time.Second)
		err := ring.Rotate(t.Context())
		require.ErrorIs(t, err, keyring.ErrTooSoon)
		require.EqualError(t, err, "keyring: too soon: the ring holds 100 keys, and the oldest verifies until 2000-01-01T01:01:01Z")
		kid, _ := mustSign(t, ring)
		require.NoError(t, ring.Revoke(t.Context(), kid), "revoking is always possible")
		newRing(t, cfg)
		require.Len(t, published(ring), 100)
		wait(time.Hour + grace)
		require.NoError(t, ring.Rotate(t.Context()))
	})
}

func TestRevoke(t *testing.T) {
	// Each ring has a retired, a current and a next key.
	setUp := func(t *testing.T, cfg keyring.Config) (ring *keyring.Ring, retired, current, next string, old, sig []byte) {
		ring = newRing(t, cfg)
		retired, old = mustSign(t, ring)
		wait(lead + 10*time.Second) // not when the ring looks into the store
		require.NoError(t, ring.Rotate(t.Context()))
		current, sig = mustSign(t, ring)
		return ring, retired, current, published(ring)[1], old, sig
	}
	for name, period := range map[string]time.Duration{"by hand": 0, "scheduled": period} {
		cfg := config()
		cfg.Period = period
		run := func(name string, f func(t *testing.T, cfg keyring.Config)) {
			t.Run(name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					cfg := cfg
					cfg.Store = keyring.NewMemory()
					f(t, cfg)
				})
			})
		}
		run(name+"/current", func(t *testing.T, cfg keyring.Config) {
			ring, retired, current, next, old, sig := setUp(t, cfg)
			require.NoError(t, ring.Revoke(t.Context(), current))
			require.Equal(t, next, ring.KeyID(), "although it has just been published")
			require.ErrorIs(t, verify(ring, current, sig), jwt.ErrUnknownKey)
			require.ErrorIs(t, verify(ring, "", sig), jwt.ErrSignature)
			_, err := sign(ring, current)
			require.Error(t, err)
			require.NoError(t, verify(ring, retired, old))
			require.Len(t, published(ring), 3)
			require.NotContains(t, stored(t, cfg.Store), current)
			signsAndVerifies(t, ring)
			require.ErrorIs(t, ring.Rotate(t.Context()), keyring.ErrTooSoon)
			wait(period)
			if period > 0 {
				require.NotEqual(t, next, ring.KeyID(), "the schedule begins anew")
			}
			_, err = sign(ring, retired)
			if period == 0 {
				require.NoError(t, err, "its minute is not over")
			} else {
				require.Error(t, err)
			}
		})
		run(name+"/next", func(t *testing.T, cfg keyring.Config) {
			ring, retired, current, next, old, sig := setUp(t, cfg)
			wait(30 * time.Second)
			require.NoError(t, ring.Revoke(t.Context(), next))
			require.Equal(t, current, ring.KeyID())
			require.NotContains(t, published(ring), next)
			require.Len(t, published(ring), 3)
			require.NoError(t, verify(ring, current, sig))
			require.NoError(t, verify(ring, retired, old))
			require.ErrorIs(t, ring.Rotate(t.Context()), keyring.ErrTooSoon)
			if period > 0 {
				wait(period - 30*time.Second - 1)
				require.Equal(t, current, ring.KeyID(), "the schedule stays")
				wait(1)
				require.NotEqual(t, current, ring.KeyID())
			}
		})
		run(name+"/retired", func(t *testing.T, cfg keyring.Config) {
			ring, retired, current, next, old, sig := setUp(t, cfg)
			require.NoError(t, ring.Revoke(t.Context(), retired))
			require.Equal(t, []string{current, next}, published(ring))
			require.ErrorIs(t, verify(ring, retired, old), jwt.ErrUnknownKey)
			require.NoError(t, verify(ring, current, sig))
			_, err := sign(ring, retired)
			require.Error(t, err, "its minute is not over, but it is compromised")
		})
		run(name+"/unknown", func(t *testing.T, cfg keyring.Config) {
			ring, retired, current, next, _, _ := setUp(t, cfg)
			err := ring.Revoke(t.Context(), "secret")
			require.ErrorIs(t, err, jwt.ErrUnknownKey)
			require.EqualError(t, err, "keyring: Revoke: no key for this token")
			require.Equal(t, []string{current, next, retired}, published(ring))
			wait(grace + lifetime)
			require.ErrorIs(t, ring.Revoke(t.Context(), retired), jwt.ErrUnknownKey, "it is gone")
		})
	}
	t.Run("next, just before it signs", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			cfg := config()
			cfg.Period = period
			ring := newRing(t, cfg)
			first := ring.KeyID()
			wait(period - time.Minute)
			require.NoError(t, ring.Revoke(t.Context(), published(ring)[1]))
			wait(lead - 1)
			require.Equal(t, first, ring.KeyID(), "the new one must be published for Lead")
			wait(1)
			require.NotEqual(t, first, ring.KeyID())
		})
	})
}
