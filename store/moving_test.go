package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/storetest"
)

func moving(t testing.TB, old, new store.Store) store.Store {
	t.Helper()
	s, err := store.Moving(old, new)
	require.NoError(t, err)
	return s
}

func movable(t testing.TB, old, new store.Store) store.Store {
	t.Helper()
	s, err := store.Movable(old, new)
	require.NoError(t, err)
	return s
}

// A full is a Store with everything.
type full interface {
	store.Store
	store.Lister
	store.Feed
}

// A fleet is processes, each with a Store of its own over the same data. Each call is made
// by one of them at random.
type fleet []full

func (f fleet) one() full { return f[rand.IntN(len(f))] }

func (f fleet) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	return f.one().Load(ctx, keys...)
}

func (f fleet) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	return f.one().Swap(ctx, key, old, r)
}

func (f fleet) List(ctx context.Context, subject string) ([]string, error) {
	return f.one().List(ctx, subject)
}

func (f fleet) Append(ctx context.Context, r store.Revocation) error { return f.one().Append(ctx, r) }

func (f fleet) Since(ctx context.Context, cursor string) ([]store.Revocation, string, error) {
	return f.one().Since(ctx, cursor)
}

// The contract holds in one process, and among the processes of each deployment.
func TestMoving(t *testing.T) {
	for name, processes := range map[string]func(old, new *store.Memory) fleet{
		"Moving":  func(old, new *store.Memory) fleet { return fleet{moving(t, old, new).(full)} },
		"Movable": func(old, new *store.Memory) fleet { return fleet{movable(t, old, new).(full)} },
		"first deployment": func(old, new *store.Memory) fleet {
			return fleet{old, movable(t, old, new).(full)}
		},
		"second deployment": func(old, new *store.Memory) fleet {
			return fleet{movable(t, old, new).(full), moving(t, old, new).(full), moving(t, old, new).(full)}
		},
		"third deployment": func(old, new *store.Memory) fleet {
			return fleet{moving(t, old, new).(full), new}
		},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "second deployment" {
				t.Skip("the other deployments take some seconds")
			}
			t.Parallel()
			storetest.Run(t, func(*testing.T) store.Store { return processes(store.NewMemory(), store.NewMemory()) })
		})
	}
}

// What is in old stays what it is, until it is replaced, deleted or has expired in new.
func TestMovingRecords(t *testing.T) {
	in(t, func(t *testing.T) {
		ctx, old, new := t.Context(), store.NewMemory(), store.NewMemory()
		begin := time.Now()
		record := func(version uint64, lifetime time.Duration) store.Record {
			r := store.Record{Version: version, Data: fmt.Append(nil, "data ", version), Subject: "ann"}
			if lifetime != 0 {
				r.Expires = begin.Add(lifetime)
			}
			return r
		}
		swap := func(s store.Store, key string, old uint64, r store.Record) {
			t.Helper()
			ok, err := s.Swap(ctx, key, old, r)
			require.NoError(t, err)
			require.True(t, ok)
		}
		keys := []string{"kept", "replaced", "deleted", "shorter", "longer", "half", "for ever"}
		for i, key := range keys[:6] {
			swap(old, key, 0, record(uint64(i+1), 24*time.Hour))
		}
		swap(old, "for ever", 0, record(7, 0))

		s := moving(t, old, new)
		swap(s, "replaced", 2, record(12, 24*time.Hour))
		swap(s, "deleted", 3, record(13, -time.Hour))
		swap(s, "shorter", 4, record(14, time.Hour))
		swap(s, "longer", 5, record(10, 24*time.Hour))
		swap(s, "longer", 10, record(15, 1000*time.Hour))
		swap(s, "for ever", 7, record(17, 0))
		one := 1
		_, err := moving(t, old, &stopping{new, &one}).Swap(ctx, "half", 6, record(16, 24*time.Hour))
		require.ErrorIs(t, err, errStopped)

		versions := func(s store.Store) (versions []uint64) {
			t.Helper()
			records, _, err := s.Load(ctx, keys...)
			require.NoError(t, err)
			for _, r := range records {
				require.True(t, r.Version == 0 || string(r.Data) == fmt.Sprint("data ", r.Version))
				versions = append(versions, r.Version)
			}
			return versions
		}
		list := func(s store.Store) []string {
			t.Helper()
			keys, err := s.(store.Lister).List(ctx, "ann")
			require.NoError(t, err)
			return keys
		}
		processes := []store.Store{s, movable(t, old, new), moving(t, old, new)}
		for _, s := range processes {
			require.Equal(t, []uint64{1, 12, 0, 14, 15, 6, 17}, versions(s))
			require.Subset(t, list(s), []string{"kept", "replaced", "shorter", "longer", "half", "for ever"})
		}
		time.Sleep(2 * time.Hour)
		for _, s := range processes {
			require.Equal(t, []uint64{1, 12, 0, 0, 15, 6, 17}, versions(s))
		}
		time.Sleep(22 * time.Hour)
		for _, s := range processes {
			require.Equal(t, []uint64{0, 0, 0, 0, 15, 0, 17}, versions(s))
		}
		time.Sleep(2 * time.Hour)
		require.Equal(t, []uint64{0, 0, 0, 0, 15, 0, 17}, versions(new))
		// The mark in old has been renewed with the record.
		records, _, err := old.Load(ctx, "longer")
		require.NoError(t, err)
		require.NotZero(t, records[0].Version)
	})
}

// Who knows only old cannot replace what has been moved, nor take its key.
func TestMovingOldProcess(t *testing.T) {
	ctx, old, new := t.Context(), store.NewMemory(), store.NewMemory()
	ok, err := old.Swap(ctx, "key", 0, store.Record{Version: 1, Data: []byte("{}")})
	require.NoError(t, err)
	require.True(t, ok)
	s := moving(t, old, new)
	for key, version := range map[string]uint64{"key": 1, "begun in new": 0} {
		ok, err = s.Swap(ctx, key, version, store.Record{Version: 2, Data: []byte("{}")})
		require.NoError(t, err)
		require.True(t, ok)
		for _, version := range []uint64{0, 1, 2} {
			ok, err = old.Swap(ctx, key, version, store.Record{Version: 3})
			require.NoError(t, err)
			require.False(t, ok)
		}
		records, _, err := old.Load(ctx, key)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(records[0].Data), "\x00"), "it is not JSON, so it is an error to package session")
	}
	keys, err := old.List(ctx, "")
	require.NoError(t, err)
	require.Empty(t, keys)
}

// The way back is Moving with both exchanged, even if a process has stopped half-way.
func TestMovingBack(t *testing.T) {
	ctx, old, new := t.Context(), store.NewMemory(), store.NewMemory()
	steps := 0
	half := moving(t, old, &stopping{Store: new, left: &steps})
	for i := range uint64(4) {
		_, err := old.Swap(ctx, fmt.Sprint(i), 0, store.Record{Version: i + 1, Data: fmt.Append(nil, i)})
		require.NoError(t, err)
	}
	steps = 1 // the claim is stored, and the record is not
	_, err := half.Swap(ctx, "0", 1, store.Record{Version: 10})
	require.ErrorIs(t, err, errStopped)
	records, _, err := old.Load(ctx, "0")
	require.NoError(t, err)
	require.NotEqual(t, uint64(1), records[0].Version, "it is marked")
	steps = 3
	ok, err := half.Swap(ctx, "1", 2, store.Record{Version: 11})
	require.NoError(t, err)
	require.True(t, ok)

	for _, s := range []store.Store{half, moving(t, new, old), movable(t, new, old), moving(t, old, new)} {
		records, _, err := s.Load(ctx, "0", "1", "2", "3", "4")
		require.NoError(t, err)
		for i, want := range []uint64{1, 11, 3, 4, 0} {
			require.Equal(t, want, records[i].Version, i)
		}
		require.Equal(t, "0", string(records[0].Data))
	}
	back := moving(t, new, old)
	for key, version := range map[string]uint64{"0": 1, "1": 11, "2": 3, "4": 0} {
		ok, err := back.Swap(ctx, key, version, store.Record{Version: 20, Data: []byte("back")})
		require.NoError(t, err)
		require.True(t, ok, key)
	}
	records, _, err = old.Load(ctx, "0", "1", "2", "3", "4")
	require.NoError(t, err)
	for i, want := range []uint64{20, 20, 20, 4, 20} {
		require.Equal(t, want, records[i].Version, i)
	}
}

var errStopped = errors.New("stopped")

// A stopping stops before a Swap when none are left.
type stopping struct {
	store.Store
	left *int
}

func (s *stopping) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	if *s.left--; *s.left < 0 {
		return false, errStopped
	}
	return s.Store.Swap(ctx, key, old, r)
}

func TestMovingLongRecord(t *testing.T) {
	ctx, old, new := t.Context(), store.NewMemory(), store.NewMemory()
	for version, size := range map[uint64]int{1: store.MaxData, 2: store.MaxData - 63, 3: store.MaxData - 64} {
		key := fmt.Sprint(version)
		_, err := old.Swap(ctx, key, 0, store.Record{Version: version, Data: make([]byte, size)})
		require.NoError(t, err)
		ok, err := moving(t, old, new).Swap(ctx, key, version, store.Record{Version: 10, Data: make([]byte, store.MaxData)})
		if version == 3 {
			require.NoError(t, err)
			require.True(t, ok)
			continue
		}
		require.EqualError(t, err, fmt.Sprintf("store: a record of %d bytes is too long to be moved; the limit is 262080", size))
		require.False(t, ok)
	}
}

type (
	onlyStore struct{ store.Store }
	onlyList  struct {
		store.Store
		store.Lister
	}
	onlyFeed struct {
		store.Store
		store.Feed
	}
)

func TestMovingInterfaces(t *testing.T) {
	m, other := store.NewMemory(), store.NewMemory()
	for _, test := range []struct {
		old           store.Store
		lister, feeds bool
	}{
		{m, true, true}, {onlyStore{m}, false, false}, {onlyList{m, m}, true, false}, {onlyFeed{m, m}, false, true},
	} {
		for _, s := range []store.Store{moving(t, test.old, other), moving(t, other, test.old), movable(t, test.old, other)} {
			_, lister := s.(store.Lister)
			_, feeds := s.(store.Feed)
			require.Equal(t, [2]bool{test.lister, test.feeds}, [2]bool{lister, feeds}, "%T", test.old)
		}
	}
	_, err := store.Moving(m, m)
	require.EqualError(t, err, "store: Moving: old and new are the same store")
	require.NotNil(t, moving(t, fleet{m}, fleet{other}), "stores that cannot be compared")
	_, err = store.Moving(nil, m)
	require.EqualError(t, err, "store: Moving: a store is nil; pass both")
	_, err = store.Movable(m, (*store.Memory)(nil))
	require.EqualError(t, err, "store: Movable: a store is nil; pass both")
}

// An error says which store it is from.
func TestMovingErrors(t *testing.T) {
	ctx, m := t.Context(), store.NewMemory()
	down := &downStore{m}
	for where, s := range map[string]full{"old store": moving(t, down, m).(full), "new store": moving(t, m, down).(full)} {
		_, _, err := s.Load(ctx, "key")
		require.EqualError(t, err, "store: "+where+": down")
		ok, err := s.Swap(ctx, "key", 0, store.Record{Version: 1})
		require.EqualError(t, err, "store: "+where+": down")
		require.False(t, ok)
		_, err = s.List(ctx, "subject")
		require.EqualError(t, err, "store: "+where+": down")
		require.EqualError(t, s.Append(ctx, revoked("id")), "store: "+where+": down")
		_, _, err = s.Since(ctx, "")
		require.EqualError(t, err, "store: "+where+": down")
	}
}

// A store whose clock is an hour ahead keeps no marks. That is an error, and not a loop
// without an end.
func TestMovingClocksApart(t *testing.T) {
	ok, err := moving(t, forgetful{store.NewMemory()}, store.NewMemory()).Swap(t.Context(), "key", 0, store.Record{Version: 1})
	require.EqualError(t, err, "store: a record cannot be moved; check that the clocks of both stores agree")
	require.False(t, ok)
}

type forgetful struct{ store.Store }

func (forgetful) Swap(context.Context, string, uint64, store.Record) (bool, error) { return true, nil }

type downStore struct{ *store.Memory }

var errDown = errors.New("down")

func (*downStore) Load(context.Context, ...string) ([]store.Record, time.Time, error) {
	return nil, time.Time{}, errDown
}
func (*downStore) List(context.Context, string) ([]string, error) { return nil, errDown }
func (*downStore) Append(context.Context, store.Revocation) error { return errDown }
func (*downStore) Since(context.Context, string) ([]store.Revocation, string, error) {
	return nil, "", errDown
}

func revoked(id string) store.Revocation {
	return store.Revocation{Kind: "jti", ID: id, Expires: time.Now().Add(time.Hour)}
}

// Revocations reach everybody, whoever makes them, and however many there are in each log.
func TestMovingFeed(t *testing.T) {
	for _, n := range []struct{ old, new int }{{0, 0}, {3, 4}, {25_000, 10}, {10, 25_000}, {10_000, 10_000}, {9_999, 9_999}, {25_000, 25_000}, {5_000, 5_000}} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			ctx, old, new := t.Context(), store.NewMemory(), store.NewMemory()
			s := moving(t, old, new).(store.Feed)
			for i := range n.old {
				require.NoError(t, old.Append(ctx, revoked(fmt.Sprint("old ", i))))
			}
			for i := range n.new {
				require.NoError(t, new.Append(ctx, revoked(fmt.Sprint("new ", i))))
			}
			got, cursor := readAll(t, s, "", 12)
			require.Len(t, got, n.old+n.new)
			got, cursor = readAll(t, s, cursor, 1)
			require.Empty(t, got)

			require.NoError(t, s.Append(ctx, revoked("both")))
			require.NoError(t, old.Append(ctx, revoked("old")))
			require.NoError(t, new.Append(ctx, revoked("new")))
			got, _ = readAll(t, s, cursor, 1)
			require.Equal(t, map[string]bool{"both": true, "old": true, "new": true}, got)
			for _, one := range []store.Feed{old, new} {
				got, _ := readAll(t, one, "", 12)
				require.True(t, got["both"])
			}
		})
	}
}

// readAll returns the ids after a cursor, of at most a number of pages.
func readAll(t *testing.T, feed store.Feed, cursor string, most int) (map[string]bool, string) {
	t.Helper()
	all := make(map[string]bool)
	for range most {
		page, next, err := feed.Since(t.Context(), cursor)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page), store.FeedPage)
		for _, r := range page {
			all[r.ID] = true
		}
		cursor = next
		if len(page) < store.FeedPage {
			return all, cursor
		}
	}
	t.Fatalf("there are more than %d pages", most)
	return nil, ""
}

// Data that reads like a mark of Moving would be lost. It is refused, also if it is a mark: that
// of a Moving over another one.
func TestMovingRefusesMarks(t *testing.T) {
	ctx := t.Context()
	mark := append([]byte("\x00\xf1\x9e\xd2moving\x8a\x07\xe4"), make([]byte, 64)...)
	a, b, c := store.NewMemory(), store.NewMemory(), store.NewMemory()
	for _, newStore := range []func(old, new store.Store) (store.Store, error){store.Moving, store.Movable} {
		m, err := newStore(a, b)
		require.NoError(t, err)
		ok, err := m.Swap(ctx, "key", 0, store.Record{Version: store.NewVersion(), Data: mark})
		require.ErrorContains(t, err, "store: Data begins like a mark of Moving")
		require.False(t, ok)
		records, _, err := m.Load(ctx, "key")
		require.NoError(t, err)
		require.Zero(t, records[0])
	}
	inner, err := store.Moving(a, b)
	require.NoError(t, err)
	outer, err := store.Moving(inner, c)
	require.NoError(t, err)
	_, err = outer.Swap(ctx, "key", 0, store.Record{Version: store.NewVersion(), Data: []byte("x")})
	require.ErrorContains(t, err, "neither of its two stores may be a Moving itself")
}
