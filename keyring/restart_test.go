package keyring_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/keyring"
)

// TestRestart: a ring that was closed for long finds its way.
func TestRestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := config()
		cfg.Period = period
		ring := newRing(t, cfg)
		first, sig := mustSign(t, ring)
		second := published(ring)[1]
		require.NoError(t, ring.Close())
		require.NoError(t, ring.Close(), "twice does no harm")

		wait(period)
		require.Equal(t, second, ring.KeyID(), "a closed ring still goes by the clock")
		wait(lifetime + grace)
		require.ErrorIs(t, verify(ring, first, sig), jwt.ErrUnknownKey)
		wait(3 * period)
		require.Equal(t, []string{second}, published(ring))

		ring = newRing(t, cfg)
		require.Equal(t, second, ring.KeyID())
		require.Len(t, published(ring), 2)
		wait(lead - 1)
		require.Equal(t, second, ring.KeyID(), "the rotation is overdue, but must be announced")
		wait(1)
		require.NotEqual(t, second, ring.KeyID())
	})
}

func TestConfigChanges(t *testing.T) {
	// again closes ring and makes another with cfg.
	again := func(t *testing.T, ring *keyring.Ring, cfg keyring.Config) *keyring.Ring {
		require.NoError(t, ring.Close())
		return newRing(t, cfg)
	}
	tests := map[string]func(t *testing.T, cfg keyring.Config, ring *keyring.Ring){
		"longer period": func(t *testing.T, cfg keyring.Config, ring *keyring.Ring) {
			wait(period / 2)
			cfg.Period = 2 * period
			ring = again(t, ring, cfg)
			first := ring.KeyID()
			wait(3*period/2 - 1)
			require.Equal(t, first, ring.KeyID())
			wait(1)
			require.NotEqual(t, first, ring.KeyID())
		},
		"shorter period, over already": func(t *testing.T, cfg keyring.Config, ring *keyring.Ring) {
			first, sig := mustSign(t, ring)
			wait(period / 2)
			cfg.Period = period / 4
			ring = again(t, ring, cfg)
			require.NotEqual(t, first, ring.KeyID(), "the next key has been published for long")
			wait(lifetime + grace - 1)
			require.NoError(t, verify(ring, first, sig), "retired now, and not in the past")
			wait(1)
			require.Error(t, verify(ring, first, sig))
		},
		"by hand from now on": func(t *testing.T, cfg keyring.Config, ring *keyring.Ring) {
			first := ring.KeyID()
			cfg.Period = 0
			ring = again(t, ring, cfg)
			wait(3 * period)
			require.Equal(t, first, ring.KeyID())
		},
		"shorter lifetime": func(t *testing.T, cfg keyring.Config, ring *keyring.Ring) {
			first, sig := mustSign(t, ring)
			cfg.TokenLifetime = time.Minute
			ring = again(t, ring, cfg)
			wait(period + grace + lifetime - 1)
			require.NoError(t, verify(ring, first, sig), "it has signed tokens that live longer")
			wait(period)
			third, sig := mustSign(t, ring)
			require.Contains(t, stored(t, cfg.Store), `"lifetime":"1m0s"`)
			wait(period)
			require.NotEqual(t, third, ring.KeyID())
			require.ErrorIs(t, verify(ring, third, sig), jwt.ErrUnknownKey, "it was made after the change")
		},
		"longer lifetime": func(t *testing.T, cfg keyring.Config, ring *keyring.Ring) {
			first, sig := mustSign(t, ring)
			cfg.TokenLifetime = 2 * lifetime
			ring = again(t, ring, cfg)
			wait(period + grace + 2*lifetime - 1)
			require.NoError(t, verify(ring, first, sig))
			wait(1)
			require.Error(t, verify(ring, first, sig))
		},
		"nothing": func(t *testing.T, cfg keyring.Config, ring *keyring.Ring) {
			wait(period / 2)
			before := stored(t, cfg.Store)
			again(t, ring, cfg)
			require.Equal(t, before, stored(t, cfg.Store), "nothing is written")
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				cfg := config()
				cfg.Period = period
				test(t, cfg, newRing(t, cfg))
			})
		})
	}
}
