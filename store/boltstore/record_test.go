//go:build unix || windows

package boltstore_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
)

// A change that changes nothing costs no fsync, and 8 of the expired are deleted with each
// that does.
func TestRemoveExpired(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	in(t, func(t *testing.T) {
		s, ctx := openAt(t, path), t.Context()
		commits := 0
		s.Around(func(commit func() error) error {
			err := commit()
			if err == nil {
				commits++
			}
			return err
		})
		soon := time.Now().Add(time.Second)
		for i := range 20 {
			ok, err := s.Swap(ctx, fmt.Sprint(i), 0, store.Record{Version: 1, Expires: soon, Subject: "subject"})
			require.NoError(t, err)
			require.True(t, ok)
			r := revocation(fmt.Sprint(i))
			r.Expires = soon
			require.NoError(t, s.Append(ctx, r))
		}
		require.Equal(t, 40, commits)
		time.Sleep(time.Second)
		ok, err := s.Swap(ctx, "new", 7, store.Record{Version: 8})
		require.NoError(t, err)
		require.False(t, ok)
		require.Equal(t, 40, commits)

		want := func(records, revocations int) {
			t.Helper()
			n, err := s.Count(ctx)
			require.NoError(t, err)
			require.Equal(t, records, n)
			n, err = s.CountRevocations()
			require.NoError(t, err)
			require.Equal(t, revocations, n)
			expiring, subjects, err := s.Entries()
			require.NoError(t, err)
			require.Equal(t, [2]int{records - 1, records - 1}, [2]int{expiring, subjects}, "the indices have the same records, without the new one")
		}
		ok, err = s.Swap(ctx, "new", 0, store.Record{Version: 1})
		require.NoError(t, err)
		require.True(t, ok)
		want(13, 20)
		require.NoError(t, s.Append(ctx, revocation("new")))
		want(13, 13)
		for v := range uint64(2) {
			ok, err = s.Swap(ctx, "new", v+1, store.Record{Version: v + 2})
			require.NoError(t, err)
			require.True(t, ok)
		}
		want(1, 13)
	})
}
