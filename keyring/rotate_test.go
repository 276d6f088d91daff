package keyring_test

import (
	"errors"
	"math/rand/v2"
	"strings"
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
		require.EqualError(t, err, "keyring: the header names a key that this ring does not have; it may have been revoked just now")

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
	if testing.Short() {
		t.Skip("makes a hundred keys")
	}
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
					cfg.Store = memory()
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

// TestRestart: a ring that was closed for long finds its way.
func TestRestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := config()
		cfg.Period, cfg.MaxStale = period, longest
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

// TestClockAhead: a process whose clock was decades ahead has used the store. The next one
// says so, and rotates as if nothing had happened.
func TestClockAhead(t *testing.T) {
	const years = 30 * 365 * 24 * time.Hour
	for name, ahead := range map[string]func(t *testing.T, cfg keyring.Config){
		"first start": func(t *testing.T, cfg keyring.Config) {
			time.Sleep(years)
			newRing(t, cfg)
		},
		"later start": func(t *testing.T, cfg keyring.Config) {
			require.NoError(t, newRing(t, cfg).Close())
			time.Sleep(years)
			newRing(t, cfg)
		},
		"starts": func(t *testing.T, cfg keyring.Config) {
			for range 3 {
				require.NoError(t, newRing(t, cfg).Close())
				time.Sleep(years)
			}
			newRing(t, cfg)
		},
		"rotations": func(t *testing.T, cfg keyring.Config) {
			time.Sleep(years)
			ring := newRing(t, cfg)
			for range 3 {
				wait(lead)
				require.NoError(t, ring.Rotate(t.Context()))
			}
		},
		"revocation": func(t *testing.T, cfg keyring.Config) {
			require.NoError(t, newRing(t, cfg).Close())
			time.Sleep(years)
			ring := newRing(t, cfg)
			require.NoError(t, ring.Revoke(t.Context(), ring.KeyID()))
		},
		"period after none": func(t *testing.T, cfg keyring.Config) {
			byHand := cfg
			byHand.Period = 0
			require.NoError(t, newRing(t, byHand).Close())
			time.Sleep(years)
			newRing(t, cfg)
		},
		"by hand": func(t *testing.T, cfg keyring.Config) {
			time.Sleep(years)
			cfg.Period = 0
			ring := newRing(t, cfg)
			wait(lead)
			require.NoError(t, ring.Rotate(t.Context()))
		},
	} {
		cfg := config()
		cfg.Period = 2 * lead
		state := ""
		bubble(t, func(t *testing.T) {
			cfg := cfg
			cfg.Store = memory()
			ahead(t, cfg)
			state = stored(t, cfg.Store)
		})
		// look makes a ring whose clock is not ahead find what is stored.
		look := func(name string, find func(t *testing.T, cfg keyring.Config) *keyring.Ring) {
			t.Run(name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					time.Sleep(365 * 24 * time.Hour)
					out := new(log)
					cfg := cfg
					cfg.Logger = out.logger()
					ring := find(t, cfg)
					require.Contains(t, out.String(), "keyring: times in the store were ahead of the clock and have been set back")
					was := make(map[string]bool)
					for range 4 {
						signsAndVerifies(t, ring)
						require.False(t, was[ring.KeyID()], "the key is rotated")
						was[ring.KeyID()] = true
						wait(cfg.Period + lead)
					}
					require.LessOrEqual(t, len(published(ring)), 3, "old keys are gone")
					require.Equal(t, 1, strings.Count(out.String(), "set back"))
					err := ring.Rotate(t.Context())
					if errors.Is(err, keyring.ErrTooSoon) {
						wait(lead)
						err = ring.Rotate(t.Context())
					}
					require.NoError(t, err)
				})
			})
		}
		look(name+"/by a start", func(t *testing.T, cfg keyring.Config) *keyring.Ring {
			cfg.Store = holding(state)
			return newRing(t, cfg)
		})
		look(name+"/by one that runs", func(t *testing.T, cfg keyring.Config) *keyring.Ring {
			cfg.Store = memory()
			ring := newRing(t, cfg)
			_, version, err := cfg.Store.Load(t.Context())
			require.NoError(t, err)
			require.NoError(t, cfg.Store.CompareAndSwap(t.Context(), version, []byte(state)))
			wait(poll)
			return ring
		})
	}
}

// TestClockSlightlyAhead: clocks that differ by less than 5 minutes change no times.
func TestClockSlightlyAhead(t *testing.T) {
	cfg := config()
	cfg.Period = period
	state := ""
	bubble(t, func(t *testing.T) {
		time.Sleep(5 * time.Minute)
		newRing(t, cfg)
		state = stored(t, cfg.Store)
	})
	bubble(t, func(t *testing.T) {
		cfg.Store = holding(state)
		ring := newRing(t, cfg)
		require.Equal(t, state, stored(t, cfg.Store))
		first := ring.KeyID()
		wait(period + 5*time.Minute - 1)
		require.Equal(t, first, ring.KeyID())
		wait(1)
		require.NotEqual(t, first, ring.KeyID())
	})
}

// TestModel compares rings with a model over random sequences of operations.
func TestModel(t *testing.T) {
	sequences, steps := 60, 60
	if testing.Short() {
		sequences = 10
	}
	for seed := range uint64(sequences) {
		bubble(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			m := &model{T: t, rng: rng, lead: 10 * time.Minute, lifetime: 7 * time.Minute}
			if seed%3 > 0 {
				m.period = 45 * time.Minute
			}
			m.open()
			for range steps {
				m.step()
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

// A model knows for each key that has ever been what must become of it. Its stages
// are the words of the documentation.
type model struct {
	*testing.T
	rng                    *rand.Rand
	lead, period, lifetime time.Duration
	store                  keyring.Store
	ring                   *keyring.Ring

	next, current *modelKey
	due           time.Time   // when next takes over; zero if by hand
	past          []*modelKey // retired or revoked

	verified map[uint64]map[string]bool // by Generation of the ring, the kids that have verified
}

type modelKey struct {
	kid       string
	published time.Time
	from      time.Time
	sig       []byte // made while it was the current key
	retired   time.Time
	revoked   bool
}

func (k *modelKey) signs(now time.Time) bool {
	return !k.revoked && now.Before(k.retired.Add(time.Minute))
}

func (k *modelKey) verifies(now time.Time, lifetime time.Duration) bool {
	return !k.revoked && now.Before(k.retired.Add(time.Minute+lifetime))
}

// open makes the ring, the first or one after a restart.
func (m *model) open() {
	if m.store == nil {
		m.store = memory()
	}
	m.verified = make(map[uint64]map[string]bool)
	m.ring = newRing(m, keyring.Config{Store: m.store, TokenLifetime: m.lifetime, Lead: m.lead, Period: m.period})
	if m.current == nil {
		m.current = &modelKey{kid: m.ring.KeyID(), published: time.Now(), from: time.Now()}
		m.newNext(time.Now())
	}
	m.catchUp(false)
	m.check()
}

// newNext is called when the ring has made a key at the time at.
func (m *model) newNext(at time.Time) {
	var fresh []string
	for _, kid := range published(m.ring) {
		if !m.known(kid) {
			fresh = append(fresh, kid)
		}
	}
	require.Len(m, fresh, 1, "there is one new key")
	m.next = &modelKey{kid: fresh[0], published: at}
	m.due = time.Time{}
	if m.period > 0 {
		m.due = m.current.from.Add(m.period)
		if ready := at.Add(m.lead); ready.After(m.due) {
			m.due = ready
		}
	}
}

func (m *model) known(kid string) bool {
	for _, k := range append(m.past, m.current, m.next) {
		if k != nil && k.kid == kid {
			return true
		}
	}
	return false
}

// takeOver makes next the current key from at on.
func (m *model) takeOver(at time.Time) {
	m.current.retired = at
	m.past = append(m.past, m.current)
	m.current, m.next = m.next, nil
	m.current.from = at
}

// catchUp does what the schedule says, up to now. If the ring has not been open, it has
// made the next key only now.
func (m *model) catchUp(open bool) {
	if m.period == 0 || time.Now().Before(m.due) {
		return
	}
	at := time.Now()
	if open {
		at = m.due
	}
	m.takeOver(m.due)
	m.newNext(at)
}

func (m *model) step() {
	switch m.rng.IntN(10) {
	case 0, 1:
		tooSoon := time.Now().Before(m.next.published.Add(m.lead))
		err := m.ring.Rotate(m.Context())
		if tooSoon {
			require.ErrorIs(m, err, keyring.ErrTooSoon)
			break
		}
		require.NoError(m, err)
		m.takeOver(time.Now())
		m.newNext(time.Now())
	case 2:
		m.revoke()
	case 3: // restart
		require.NoError(m, m.ring.Close())
		if m.rng.IntN(2) == 0 {
			m.sleep()
		}
		m.open()
	default:
		m.sleep()
		synctest.Wait()
		m.catchUp(true)
	}
	m.check()
}

func (m *model) revoke() {
	all := append([]*modelKey{m.current, m.next, {kid: "never"}}, m.past...)
	k := all[m.rng.IntN(len(all))]
	err := m.ring.Revoke(m.Context(), k.kid)
	switch {
	case k == m.current:
		require.NoError(m, err)
		m.takeOver(time.Now())
		k.revoked = true
		m.newNext(time.Now())
	case k == m.next:
		require.NoError(m, err)
		k.revoked = true
		m.past = append(m.past, k)
		m.newNext(time.Now())
	case k.verifies(time.Now(), m.lifetime):
		require.NoError(m, err)
		k.revoked = true
	default:
		require.ErrorIs(m, err, jwt.ErrUnknownKey)
	}
}

// sleep sleeps no further than to the next takeover, and often to a moment when
// something happens, or just before or after.
func (m *model) sleep() {
	now := time.Now()
	moments := []time.Time{
		now.Add(1), now.Add(time.Minute), now.Add(m.lead), now.Add(time.Duration(m.rng.Int64N(int64(time.Hour)))),
		m.next.published.Add(m.lead),
	}
	if m.period > 0 {
		moments = append(moments, m.due, m.due, m.due)
	}
	for _, k := range m.past {
		if k.revoked {
			continue
		}
		moments = append(moments, k.retired.Add(time.Minute), k.retired.Add(time.Minute+m.lifetime))
	}
	d := moments[m.rng.IntN(len(moments))].Sub(now) + time.Duration(m.rng.IntN(3)-1)
	if m.period > 0 {
		d = min(d, m.due.Sub(now)+time.Duration(m.rng.IntN(3)-1))
	}
	time.Sleep(max(d, 1))
}

// check compares all that can be seen of the ring with the model.
func (m *model) check() {
	now := time.Now()
	require.Equal(m, m.current.kid, m.ring.KeyID())
	want := []string{m.current.kid, m.next.kid}
	for i := len(m.past) - 1; i >= 0; i-- {
		if m.past[i].verifies(now, m.lifetime) {
			want = append(want, m.past[i].kid)
		}
	}
	require.ElementsMatch(m, want, published(m.ring))
	for kid := range m.verified[m.ring.Generation()] {
		require.Contains(m, want, kid, "the generation has come back, and the key has not")
	}
	if m.verified[m.ring.Generation()] == nil {
		m.verified[m.ring.Generation()] = make(map[string]bool)
	}
	for _, kid := range want {
		m.verified[m.ring.Generation()][kid] = true
	}
	require.Equal(m, want[:2], published(m.ring)[:2])

	_, err := sign(m.ring, m.next.kid)
	require.Error(m, err)
	m.current.sig, err = sign(m.ring, m.current.kid)
	require.NoError(m, err)
	require.NoError(m, verify(m.ring, m.current.kid, m.current.sig))
	for _, k := range m.past {
		_, err := sign(m.ring, k.kid)
		require.Equal(m, k.signs(now), err == nil)
		if err = verify(m.ring, k.kid, k.sig); !k.verifies(now, m.lifetime) {
			require.ErrorIs(m, err, jwt.ErrUnknownKey)
		} else if k.sig != nil {
			require.NoError(m, err)
		}
	}
}
