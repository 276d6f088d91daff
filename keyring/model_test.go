package keyring_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/keyring"
)

// TestModel compares rings with a model over random sequences of operations.
func TestModel(t *testing.T) {
	sequences, steps := 60, 60
	if testing.Short() {
		sequences = 15
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
		m.store = keyring.NewMemory()
	}
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
