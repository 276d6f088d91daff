package keyring_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/keyring"
)

// TestStoreDown: a ring goes on with what it has, reports, and catches up.
func TestStoreDown(t *testing.T) {
	for name, set := range map[string]func(*faulty, error){
		"load": func(s *faulty, err error) { s.set(err, nil, nil) },
		"swap": func(s *faulty, err error) { s.set(nil, err, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				out := new(log)
				store := &faulty{Store: memory()}
				cfg := config()
				cfg.Store, cfg.Period, cfg.Logger, cfg.MaxStale = store, period, out.logger(), longest
				set(store, errStore)
				_, err := keyring.New(t.Context(), cfg)
				require.ErrorIs(t, err, errStore)

				set(store, nil)
				ring := newRing(t, cfg)
				first, sig := mustSign(t, ring)
				second := published(ring)[1]
				wait(lead)
				set(store, errStore)
				err = ring.Rotate(t.Context())
				require.ErrorIs(t, err, errStore)
				require.Equal(t, map[string]string{
					"load": "keyring: Load: the store is down", "swap": "keyring: CompareAndSwap: the store is down",
				}[name], err.Error())
				require.ErrorIs(t, ring.Revoke(t.Context(), first), errStore)
				require.Equal(t, []string{first, second}, published(ring), "nothing has changed")
				signsAndVerifies(t, ring)

				wait(period - lead)
				require.Equal(t, second, ring.KeyID(), "the schedule is known")
				require.Equal(t, []string{second, first}, published(ring))
				wait(30 * time.Second)
				require.Contains(t, out.String(), "level=ERROR")
				require.Contains(t, out.String(), "the store is down")
				wait(lead)
				require.Equal(t, second, ring.KeyID())
				require.ErrorIs(t, verify(ring, first, sig), jwt.ErrUnknownKey)
				signsAndVerifies(t, ring)

				set(store, nil)
				wait(30 * time.Second)
				require.Len(t, published(ring), 2)
				wait(period - lead - 30*time.Second)
				require.NotEqual(t, second, ring.KeyID())
			})
		})
	}
}

// TestMaxStale: a key that another process has revoked lives on for MaxStale in one whose
// store fails, to the nanosecond, and no longer.
func TestMaxStale(t *testing.T) {
	for name, maxStale := range map[string]time.Duration{"default": 0, "ten minutes": 10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				out := new(log)
				cfg := config()
				other := newRing(t, cfg)
				store := &faulty{Store: cfg.Store}
				cfg.Store, cfg.MaxStale, cfg.Logger = store, maxStale, out.logger()
				ring := newRing(t, cfg)
				kid, sig := mustSign(t, ring)
				wait(poll)
				store.set(errStore, nil, nil)
				require.NoError(t, other.Revoke(t.Context(), kid))

				wait(cmp.Or(maxStale, 24*time.Hour))
				require.NoError(t, verify(ring, kid, sig), "it has not heard of it")
				require.Contains(t, out.String(), "the ring goes on with the keys that it has")
				require.NotContains(t, out.String(), "stale")
				before := ring.Generation()
				wait(1)
				require.NotEqual(t, before, ring.Generation())
				for _, kid := range []string{kid, ""} {
					err := verify(ring, kid, sig)
					require.ErrorContains(t, err, "keyring: the keys were last seen in the store at 2000-01-01T00:00:30Z; Config.MaxStale is ")
					require.NotErrorIs(t, err, jwt.ErrUnknownKey, "it could not check")
					require.NotErrorIs(t, err, jwt.ErrSignature)
				}
				_, err := sign(ring, kid)
				require.ErrorContains(t, err, "Config.MaxStale")
				require.Nil(t, ring.Keys(), "nor is it published")
				wait(poll)
				require.Contains(t, out.String(), "the keys are stale: nothing is signed or verified")

				store.set(nil, nil, nil)
				wait(poll)
				require.ErrorIs(t, verify(ring, kid, sig), jwt.ErrUnknownKey)
				require.Equal(t, published(other), published(ring))
				require.NotEqual(t, before, ring.Generation())
				signsAndVerifies(t, ring)
			})
		})
	}
}

// TestStaleOnceClosed: a closed ring hears of no revocation.
func TestStaleOnceClosed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := config()
		cfg.MaxStale = time.Hour
		ring := newRing(t, cfg)
		kid, sig := mustSign(t, ring)
		require.NoError(t, ring.Close())
		wait(time.Hour)
		require.NoError(t, verify(ring, kid, sig))
		wait(1)
		require.ErrorContains(t, verify(ring, kid, sig), "Config.MaxStale is 1h0m0s")
		require.ErrorIs(t, ring.Revoke(t.Context(), "unknown"), jwt.ErrUnknownKey)
		require.NoError(t, verify(ring, kid, sig), "Revoke has looked into the store")
	})
}

// TestRevokeTheLast: the next key has taken over and there is none after it, since the
// store was down; then it is revoked.
func TestRevokeTheLast(t *testing.T) {
	for name, old := range map[string]time.Duration{"one is retired": 0, "there is no other": lifetime + grace} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				store := &faulty{Store: memory()}
				cfg := config()
				cfg.Store, cfg.Period, cfg.MaxStale = store, period, longest
				ring := newRing(t, cfg)
				first, second := ring.KeyID(), published(ring)[1]
				store.set(nil, errStore, nil)
				wait(period + old)
				require.Equal(t, second, ring.KeyID())
				store.set(nil, nil, nil)
				require.NoError(t, ring.Revoke(t.Context(), second))
				require.NotContains(t, []string{first, second}, ring.KeyID())
				signsAndVerifies(t, ring)
				require.NotContains(t, published(ring), second)
			})
		})
	}
}

// TestNotKnownWhetherStored: the store has stored the keys, and then failed.
func TestNotKnownWhetherStored(t *testing.T) {
	bubble(t, func(t *testing.T) {
		store := &faulty{Store: memory()}
		cfg := config()
		cfg.Store = store
		store.set(nil, nil, errStore)
		_, err := keyring.New(t.Context(), cfg)
		require.ErrorIs(t, err, errStore)
		store.set(nil, nil, nil)
		ring := newRing(t, cfg)
		first, second := ring.KeyID(), published(ring)[1]
		require.Contains(t, stored(t, store), first)

		wait(lead)
		store.set(nil, nil, errStore)
		require.ErrorIs(t, ring.Rotate(t.Context()), errStore)
		require.Equal(t, first, ring.KeyID(), "no key that may not be stored signs")
		store.set(nil, nil, nil)
		wait(30 * time.Second)
		require.Equal(t, second, ring.KeyID(), "the ring has found out")

		store.set(nil, nil, errStore)
		require.ErrorIs(t, ring.Revoke(t.Context(), first), errStore)
		store.set(nil, nil, nil)
		require.ErrorIs(t, ring.Revoke(t.Context(), first), jwt.ErrUnknownKey, "it had worked")
	})
}

// TestStoreLost: a store that is empty or broken is not taken for a new one.
func TestStoreLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		out := new(log)
		store := &faulty{Store: memory()}
		cfg := config()
		cfg.Store, cfg.Logger = store, out.logger()
		ring := newRing(t, cfg)
		good := stored(t, store)
		wait(lead)
		lost := memory()
		store.use(lost)
		require.EqualError(t, ring.Rotate(t.Context()), "keyring: the store is empty, although it held keys before: restore it")
		wait(time.Minute)
		require.Contains(t, out.String(), "restore it")
		require.Empty(t, stored(t, lost))
		signsAndVerifies(t, ring)

		for _, bad := range []string{"", "{", good[:len(good)-1]} {
			store.use(holding(bad))
			err := ring.Rotate(t.Context())
			require.EqualError(t, err, "keyring: what the store holds: not one JSON object")
			_, err = keyring.New(t.Context(), cfg)
			require.EqualError(t, err, "keyring: what the store holds: not one JSON object")
			require.Equal(t, bad, stored(t, store), "nothing is written")
			signsAndVerifies(t, ring)
		}

		store.use(holding(good))
		require.NoError(t, ring.Rotate(t.Context()))
	})
}

// hanging is a store that, when it is told to, answers only when the context is done.
type hanging struct {
	keyring.Store
	now atomic.Bool
}

func (s *hanging) Load(ctx context.Context) ([]byte, string, error) {
	if s.now.Load() {
		<-ctx.Done()
		return nil, "", ctx.Err()
	}
	return s.Store.Load(ctx)
}

func TestHangingStore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		out := new(log)
		cfg := config()
		store := &hanging{Store: cfg.Store}
		cfg.Store, cfg.Logger = store, out.logger()
		ring := newRing(t, cfg)
		store.now.Store(true)
		wait(30 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, ring.Rotate(ctx), context.DeadlineExceeded, "it cannot have the store")
		signsAndVerifies(t, ring)
		require.NotContains(t, out.String(), "deadline")
		wait(9 * time.Second)
		require.Contains(t, out.String(), "deadline", "the ring's own goroutine gives up")
		require.NoError(t, ring.Close())
	})
}

// versionless is a store that breaks the contract.
type versionless struct{ keyring.Store }

func (s versionless) Load(ctx context.Context) ([]byte, string, error) {
	return []byte("{}"), "", nil
}

func TestStoreWithoutVersion(t *testing.T) {
	cfg := config()
	cfg.Store = versionless{cfg.Store}
	_, err := keyring.New(t.Context(), cfg)
	require.EqualError(t, err, "keyring: Load: the store returned keys without a version")
}

func TestClose(t *testing.T) {
	for name, end := range map[string]func(*keyring.Ring, context.CancelFunc){
		"close":   func(ring *keyring.Ring, _ context.CancelFunc) { ring.Close() },
		"context": func(_ *keyring.Ring, cancel context.CancelFunc) { cancel(); synctest.Wait() },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				out := new(log)
				store := &faulty{Store: memory()}
				cfg := config()
				cfg.Store, cfg.Logger = store, out.logger()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				ring, err := keyring.New(ctx, cfg)
				require.NoError(t, err)
				wait(29 * time.Second)
				end(ring, cancel)
				loads, _ := store.counts()
				require.Equal(t, 1, loads)
				wait(time.Hour)
				loads, _ = store.counts()
				require.Equal(t, 1, loads)
				signsAndVerifies(t, ring)
				require.NoError(t, ring.Rotate(t.Context()), "by hand still works")
				require.NotContains(t, out.String(), "ERROR")
			})
		})
	}
	t.Run("canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errStore)
		_, err := keyring.New(ctx, config())
		require.Error(t, err)
	})
}

// TestEightRings: rings that share a store agree on the current key at every moment,
// and store no more than one of them would.
func TestEightRings(t *testing.T) {
	rounds := 4
	if testing.Short() {
		rounds = 1
	}
	bubble(t, func(t *testing.T) {
		store := &faulty{Store: memory()}
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
		for range rounds {
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
			"all is an hour ahead":         {"2000-01-01T01:→2000-01-01T02:", third},
		} {
			from, to, _ := strings.Cut(test.change, "→")
			body, _, _ := strings.Cut(strings.ReplaceAll(state, from, to), `,"sha256"`)
			cfg.Store = holding(summed(body))
			ring := newRing(t, cfg)
			require.Equal(t, test.want, ring.KeyID(), name)
			signsAndVerifies(t, ring)
		}
	})
}
