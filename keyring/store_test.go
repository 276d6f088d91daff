package keyring_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/keyring"
	"github.com/cda17858/jwt/store"
)

var errStore = errors.New("the store is down")

// A faulty store does what a test tells it to do before it asks the Store within.
type faulty struct {
	keyring.Store
	mu           sync.Mutex
	load, swap   error // instead of the call
	afterSwap    error // after the call
	loads, swaps int
}

func (s *faulty) set(load, swap, afterSwap error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.load, s.swap, s.afterSwap = load, swap, afterSwap
}

func (s *faulty) use(store keyring.Store) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Store = store
}

func (s *faulty) counts() (loads, swaps int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads, s.swaps
}

func (s *faulty) Load(ctx context.Context) ([]byte, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	if s.load != nil {
		return nil, "", s.load
	}
	return s.Store.Load(ctx)
}

func (s *faulty) CompareAndSwap(ctx context.Context, version string, state []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.swaps++
	if s.swap != nil {
		return s.swap
	}
	if err := s.Store.CompareAndSwap(ctx, version, state); err != nil {
		return err
	}
	return s.afterSwap
}

// A cell is a store that holds state at first. Its versions are those of no other.
type cell struct {
	mu    sync.Mutex
	state string
}

func holding(state string) *cell { return &cell{state: state} }

func (c *cell) Load(context.Context) ([]byte, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return []byte(c.state), "version of " + c.state, nil
}

func (c *cell) CompareAndSwap(_ context.Context, version string, state []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if version != "version of "+c.state {
		return keyring.ErrConflict
	}
	c.state = string(state)
	return nil
}

// TestContract is what every Store must do.
func TestContract(t *testing.T) {
	for name, store := range map[string]keyring.Store{
		"store":  memory(),
		"folder": keyring.NewFolder(t.TempDir() + "/a/b"),
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			state, version, err := store.Load(ctx)
			require.NoError(t, err)
			require.Empty(t, version)
			require.Empty(t, state)
			require.ErrorIs(t, store.CompareAndSwap(ctx, "1", []byte("x")), keyring.ErrConflict)

			given := []byte("one")
			require.NoError(t, store.CompareAndSwap(ctx, "", given))
			copy(given, "xxx")
			one, version1, err := store.Load(ctx)
			require.NoError(t, err)
			require.Equal(t, "one", string(one))
			require.NotEmpty(t, version1)
			require.ErrorIs(t, store.CompareAndSwap(ctx, "", []byte("two")), keyring.ErrConflict)
			require.ErrorIs(t, store.CompareAndSwap(ctx, "x", []byte("two")), keyring.ErrConflict)
			require.NoError(t, store.CompareAndSwap(ctx, version1, []byte("two")))
			_, version2, err := store.Load(ctx)
			require.NoError(t, err)
			require.NotEqual(t, version1, version2)
			require.ErrorIs(t, store.CompareAndSwap(ctx, version1, []byte("three")), keyring.ErrConflict)
			require.Equal(t, "two", stored(t, store))

			canceled, cancel := context.WithCancel(ctx)
			cancel()
			require.ErrorIs(t, store.CompareAndSwap(canceled, version2, []byte("four")), context.Canceled)
			_, _, err = store.Load(canceled)
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, "two", stored(t, store))

			// Of many with the same version, one wins.
			results := make(chan error)
			for i := range 8 {
				go func() { results <- store.CompareAndSwap(ctx, version2, fmt.Appendf(nil, "%d", i)) }()
			}
			won := 0
			for range 8 {
				if err := <-results; err == nil {
					won++
				} else if !errors.Is(err, keyring.ErrConflict) {
					t.Error(err)
				}
			}
			require.Equal(t, 1, won)
		})
	}
}

// conflicts is a store in which others are faster, a number of times.
type conflicts struct {
	keyring.Store
	left, swaps int
}

func (s *conflicts) CompareAndSwap(ctx context.Context, version string, state []byte) error {
	s.swaps++
	if s.left > 0 {
		s.left--
		return fmt.Errorf("row changed: %w", keyring.ErrConflict)
	}
	return s.Store.CompareAndSwap(ctx, version, state)
}

func TestConflicts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		store := &conflicts{Store: memory(), left: 49}
		cfg := config()
		cfg.Store = store
		ring := newRing(t, cfg)
		require.Equal(t, 50, store.swaps)
		wait(lead)
		store.left = 50
		err := ring.Rotate(t.Context())
		require.ErrorIs(t, err, keyring.ErrConflict)
		require.EqualError(t, err, "keyring: gave up after 50 tries: keyring: another process has changed the keys meanwhile")
		require.NoError(t, ring.Rotate(t.Context()))

		store.left = 50
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		wait(lead)
		require.ErrorIs(t, ring.Rotate(ctx), context.DeadlineExceeded)
	})
}

// TestDecidesAnew: after a conflict, the decision is made on what the other has stored.
func TestDecidesAnew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		memory := memory()
		cfg := config()
		cfg.Store = memory
		other := newRing(t, cfg)
		store := &race{Store: memory}
		cfg.Store = store
		ring := newRing(t, cfg)
		wait(lead)
		store.before = func() { require.NoError(t, other.Rotate(t.Context())) }
		require.ErrorIs(t, ring.Rotate(t.Context()), keyring.ErrTooSoon, "one rotation is enough")
		require.Equal(t, other.KeyID(), ring.KeyID())

		kid := ring.KeyID()
		store.before = func() { require.NoError(t, other.Revoke(t.Context(), kid)) }
		require.ErrorIs(t, ring.Revoke(t.Context(), kid), jwt.ErrUnknownKey)
		require.Equal(t, other.KeyID(), ring.KeyID())
	})
}

// race lets something happen between the load and the swap of another.
type race struct {
	keyring.Store
	before func()
}

func (s *race) CompareAndSwap(ctx context.Context, version string, state []byte) error {
	if f := s.before; f != nil {
		s.before = nil
		f()
	}
	return s.Store.CompareAndSwap(ctx, version, state)
}

// TestInStore: a store keeps several rings beside other records, and each under a version
// that is new, durably.
func TestInStore(t *testing.T) {
	ctx := t.Context()
	records := &recording{Memory: store.NewMemory()}
	one, two := keyring.InStore(records, "one"), keyring.InStore(records, "two")
	require.NoError(t, one.CompareAndSwap(ctx, "", []byte("1")))
	require.NoError(t, two.CompareAndSwap(ctx, "", []byte("2")))
	require.Equal(t, "1", stored(t, one))
	require.Equal(t, "2", stored(t, two))
	require.Equal(t, []string{"k:one", "k:two"}, records.keys)

	versions := make(map[string]bool)
	for range 10 {
		_, version, err := one.Load(ctx)
		require.NoError(t, err)
		require.False(t, versions[version])
		versions[version] = true
		require.NoError(t, one.CompareAndSwap(ctx, version, []byte("1")))
	}

	for want, s := range map[string]keyring.Store{
		"InStore was given no name":  keyring.InStore(records, ""),
		"InStore was given no store": keyring.InStore(nil, "keys"),
	} {
		cfg := config()
		cfg.Store = s
		_, err := keyring.New(ctx, cfg)
		require.EqualError(t, err, "keyring: Load: "+want)
		require.EqualError(t, s.CompareAndSwap(ctx, "", nil), want)
	}
	cfg := config()
	cfg.Store = keyring.InStore(records, strings.Repeat("x", store.MaxKey-1))
	_, err := keyring.New(ctx, cfg)
	require.ErrorContains(t, err, "keyring: Load: store: ")
}

// recording records the keys of Swap.
type recording struct {
	*store.Memory
	keys []string
}

func (s *recording) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	if !r.Durable || r.Version == 0 || !r.Expires.IsZero() {
		return false, errors.New("a ring is kept for ever, and survives a failover")
	}
	if len(s.keys) < 2 {
		s.keys = append(s.keys, key)
	}
	return s.Memory.Swap(ctx, key, old, r)
}

// A ring moves to another store with its next rotation. All keys are there then, and a
// process that knows only the old store cannot overwrite them.
func TestInStoreMoving(t *testing.T) {
	ctx, old, new := t.Context(), store.NewMemory(), store.NewMemory()
	with := func(s store.Store) keyring.Config {
		return keyring.Config{Store: keyring.InStore(s, "ring"), TokenLifetime: lifetime, Lead: noLead}
	}
	before := newRing(t, with(old))
	kid, sig := mustSign(t, before)
	moving, err := store.Moving(old, new)
	require.NoError(t, err)
	ring := newRing(t, with(moving))
	require.Equal(t, kid, ring.KeyID())
	require.NoError(t, rotate(ring))

	require.ErrorContains(t, before.Rotate(ctx), "keyring: ")
	require.NoError(t, verify(before, kid, sig))
	_, err = keyring.New(ctx, with(old))
	require.Error(t, err)

	after := newRing(t, with(new))
	require.Equal(t, ring.KeyID(), after.KeyID())
	require.NoError(t, verify(after, kid, sig))
}
