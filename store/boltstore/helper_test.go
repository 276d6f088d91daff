//go:build unix || windows

package boltstore_test

import (
	"crypto/fips140"
	"path/filepath"
	"sync"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/boltstore"
)

// open returns a Store in a new file.
func open(t testing.TB) *boltstore.Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "store.db"))
}

// openAt returns a Store in the file at path. It is closed at the end of the test.
func openAt(t testing.TB, path string) *boltstore.Store {
	t.Helper()
	s, err := boltstore.New(t.Context(), boltstore.Config{Path: path})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func revocation(id string) store.Revocation {
	return store.Revocation{Kind: "jti", ID: id, Expires: time.Now().Add(time.Hour)}
}

// records is the number of records in the file that fill makes.
const records = 300

func fill(t *testing.T, path string) {
	t.Helper()
	s := openAt(t, path)
	defer s.Close()
	var wg sync.WaitGroup
	for i := range records {
		wg.Go(func() {
			if ok, err := s.Swap(t.Context(), key(i), 0, record()); err != nil || !ok {
				t.Error("Swap returned", ok, err)
			}
		})
	}
	wg.Wait()
}

func record() store.Record {
	return store.Record{Version: store.NewVersion(), Expires: later, Data: data, Subject: "subject"}
}

// in runs f in a bubble with a clock of its own.
func in(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	// In FIPS mode the source of randomness measures time, which stands still in a bubble.
	if fips140.Enabled() && fips140.Version() != "v1.0.0" {
		cryptotest.SetGlobalRandom(t, 1)
	}
	synctest.Test(t, f)
}
