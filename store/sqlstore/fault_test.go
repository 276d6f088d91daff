//go:build unix

package sqlstore_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/sqlstore"
)

// bound is the deadline of a call in these tests.
const bound = time.Second

// A writer counts up under a key of its own, and appends each count to the feed.
type writer struct {
	key          string
	acknowledged uint64 // the last count that Swap has acknowledged
	possible     uint64 // the last count that it was asked to store
	appended     []string
	refused      int // calls that returned an error
	wrong        error
}

// step makes one call of Load, Swap and Append. It goes on from what Load returns, as a
// caller does whose last Swap has failed.
func (w *writer) step(s *sqlstore.Store) {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	start := time.Now()
	defer func() {
		if took := time.Since(start); took > 2*bound {
			w.wrong = fmt.Errorf("a call has taken %v", took)
		}
	}()
	records, now, err := s.Load(ctx, w.key)
	if err != nil {
		w.refused++
		return
	}
	count := uint64(0)
	if len(records[0].Data) == 8 {
		count = binary.BigEndian.Uint64(records[0].Data)
	}
	if count < w.acknowledged || count > w.possible {
		w.wrong = fmt.Errorf("Load returned count %d, but %d was acknowledged and %d was not asked for", count, w.acknowledged, w.possible+1)
		return
	}
	w.possible = max(w.possible, count+1)
	ok, err := s.Swap(ctx, w.key, records[0].Version, store.Record{
		Version: store.NewVersion(), Expires: now.Add(time.Hour), Data: binary.BigEndian.AppendUint64(nil, count+1),
	})
	switch {
	case err != nil:
		w.refused++
		return
	case ok:
		w.acknowledged = count + 1
	}
	id := fmt.Sprint(w.key, " ", count)
	if err := s.Append(ctx, store.Revocation{Kind: "jti", ID: id, Expires: now.Add(time.Hour)}); err != nil {
		w.refused++
		return
	}
	w.appended = append(w.appended, id)
}

// writers runs 8 writers while fault happens, and returns them. A reader follows the feed
// meanwhile, and must have everything at the end.
func writers(t *testing.T, s *sqlstore.Store, fault func()) []*writer {
	t.Helper()
	var all []*writer
	var wg sync.WaitGroup
	var done atomic.Bool
	for i := range 8 {
		w := &writer{key: fmt.Sprint("writer ", i)}
		all = append(all, w)
		wg.Go(func() {
			for !done.Load() && w.wrong == nil {
				w.step(s)
				time.Sleep(time.Millisecond)
			}
		})
	}
	seen, cursor := make(map[string]bool), ""
	read := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), bound)
		defer cancel()
		rs, next, err := s.Since(ctx, cursor)
		if err != nil {
			return err
		}
		require.Less(t, len(rs), store.FeedPage)
		for _, r := range rs {
			seen[r.ID] = true
		}
		cursor = next
		return nil
	}
	wg.Go(func() {
		for !done.Load() {
			_ = read()
			time.Sleep(time.Millisecond)
		}
	})
	fault()
	done.Store(true)
	wg.Wait()
	require.NoError(t, read())
	for _, w := range all {
		w.step(s) // what was acknowledged is there
		require.NoError(t, w.wrong)
		require.Positive(t, w.acknowledged)
		for _, id := range w.appended[:len(w.appended)-1] {
			require.True(t, seen[id], "a reader that went on has missed a revocation")
		}
	}
	return all
}

// Nothing that was acknowledged is lost when the server is shut down at once, again and
// again, and calls fail meanwhile.
func TestCrash(t *testing.T) {
	long(t)
	s, db, server := open(t)
	all := writers(t, s, func() {
		for range 3 {
			time.Sleep(200 * time.Millisecond)
			server.Crash()
			time.Sleep(50 * time.Millisecond)
			server.Restart()
		}
		time.Sleep(200 * time.Millisecond)
		forget(db)
	})
	refused := 0
	for _, w := range all {
		refused += w.refused
	}
	require.Positive(t, refused)
}

// A server that hangs makes calls fail when their time is up.
func TestHang(t *testing.T) {
	long(t)
	s, _, server := open(t)
	writers(t, s, func() {
		time.Sleep(200 * time.Millisecond)
		server.Stop()
		defer server.Continue()

		ctx, cancel := context.WithTimeout(t.Context(), bound)
		defer cancel()
		start := time.Now()
		_, _, err := s.Load(ctx, "writer 0")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		ok, err := s.Swap(ctx, "new", 0, store.Record{Version: store.NewVersion()})
		require.Error(t, err)
		require.False(t, ok)
		_, _, err = s.Since(ctx, "")
		require.Error(t, err)
		require.Less(t, time.Since(start), 2*bound)

		time.Sleep(bound)
		server.Continue()
		time.Sleep(500 * time.Millisecond)
	})
}
