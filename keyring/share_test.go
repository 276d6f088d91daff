package keyring_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/keyring"
)

// TestEightRings: rings that share a store agree on the current key at every moment,
// and store no more than one of them would.
func TestEightRings(t *testing.T) {
	bubble(t, func(t *testing.T) {
		store := &faulty{Store: keyring.NewMemory()}
		cfg := config()
		cfg.Store, cfg.Period, cfg.TokenLifetime = store, period, 3*period
		var rings []*keyring.Ring
		for range 8 {
			rings = append(rings, newRing(t, cfg))
		}
		agree := func() {
			t.Helper()
			for _, ring := range rings {
				require.Equal(t, published(rings[0]), published(ring))
				require.Equal(t, rings[0].KeyID(), ring.KeyID())
			}
		}
		kid, sig := mustSign(t, rings[3])
		require.NoError(t, verify(rings[5], kid, sig))
		for range 4 {
			before := rings[0].KeyID()
			time.Sleep(period - 1)
			agree()
			time.Sleep(time.Nanosecond)
			for _, ring := range rings { // before they have read anything
				require.NotEqual(t, before, ring.KeyID())
				require.Equal(t, rings[0].KeyID(), ring.KeyID())
			}
			wait(30 * time.Second)
			agree()
			time.Sleep(period - 30*time.Second) // the next but one
			synctest.Wait()
		}
		wait(lead)
		require.NoError(t, rings[6].Rotate(t.Context()))
		wait(30 * time.Second)
		agree()
		require.NoError(t, rings[2].Revoke(t.Context(), rings[2].KeyID()))
		wait(30 * time.Second)
		agree()
		var state struct {
			Keys []struct{ Published, From time.Time }
		}
		require.NoError(t, json.Unmarshal([]byte(stored(t, store)), &state))
		require.Len(t, state.Keys, len(published(rings[0])))
		_, swaps := store.counts()
		require.Less(t, swaps, 8*20)
	})
}

// TestFollow: how fast a ring learns what another has stored.
func TestFollow(t *testing.T) {
	tests := []struct{ lead, poll time.Duration }{
		{noLead, time.Second}, {4 * time.Second, time.Second}, {40 * time.Second, 10 * time.Second},
		{2 * time.Minute, 30 * time.Second}, {24 * time.Hour, 30 * time.Second},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.lead), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				cfg := config()
				cfg.Lead = test.lead
				writer := newRing(t, cfg)
				time.Sleep(test.poll / 2)
				store := &faulty{Store: cfg.Store}
				cfg.Store, cfg.ReadOnly = store, true
				reader := newRing(t, cfg)
				old := writer.KeyID()
				require.Equal(t, old, reader.KeyID())
				require.NoError(t, writer.Revoke(t.Context(), old))
				wait(test.poll - 1)
				require.Equal(t, old, reader.KeyID())
				wait(1)
				require.Equal(t, writer.KeyID(), reader.KeyID())
				require.Equal(t, published(writer), published(reader))
				wait(10 * test.poll)
				loads, swaps := store.counts()
				require.Equal(t, 12, loads)
				require.Zero(t, swaps)
			})
		})
	}
}

func TestReadOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := config()
		cfg.Period = period
		writer := newRing(t, cfg)
		store := &faulty{Store: cfg.Store}
		readCfg := cfg
		readCfg.Store, readCfg.ReadOnly = store, true
		reader := newRing(t, readCfg)
		signsAndVerifies(t, reader)
		const want = "keyring: Config.ReadOnly is set: this ring does not change keys"
		require.EqualError(t, reader.Rotate(t.Context()), want)
		require.EqualError(t, reader.Revoke(t.Context(), reader.KeyID()), want)
		for range 3 {
			wait(period)
			require.Equal(t, writer.KeyID(), reader.KeyID())
			wait(30 * time.Second)
			require.Equal(t, published(writer), published(reader))
		}
		require.NoError(t, writer.Close())
		wait(3 * period)
		require.Len(t, published(reader), 1, "it only follows")
		signsAndVerifies(t, reader)
		_, swaps := store.counts()
		require.Zero(t, swaps)
	})
}

// TestSlowClock: the clock of the process that rotated is ahead of ours. There is
// always a key that signs, never one that was retired long ago.
func TestSlowClock(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := config()
		ahead := newRing(t, cfg)
		first := ahead.KeyID()
		wait(lead)
		require.NoError(t, ahead.Rotate(t.Context()))
		wait(10 * time.Minute)
		second, third := ahead.KeyID(), published(ahead)[1]
		require.NoError(t, ahead.Revoke(t.Context(), second))
		require.Equal(t, third, ahead.KeyID())
		state := stored(t, cfg.Store)
		require.NoError(t, ahead.Close())

		for name, test := range map[string]struct{ change, want string }{
			"third is to sign in a minute": {"2000-01-01T01:10:00Z→2000-01-01T01:11:00Z", third},
			"all is ten minutes ahead":     {"2000-01-01T01:→2000-01-01T02:", first},
		} {
			from, to, _ := strings.Cut(test.change, "→")
			cfg.Store = holding(strings.ReplaceAll(state, from, to))
			ring := newRing(t, cfg)
			require.Equal(t, test.want, ring.KeyID(), name)
			signsAndVerifies(t, ring)
		}
	})
}
