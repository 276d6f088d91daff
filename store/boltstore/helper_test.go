//go:build unix || windows

package boltstore_test

import (
	"path/filepath"
	"testing"
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
