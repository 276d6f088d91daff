//go:build unix || windows

package boltstore_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	s := open(t)
	storetest.Run(t, func(*testing.T) store.Store { return s })
}

// A file can be either side of store.Moving.
func TestMoving(t *testing.T) {
	if os.Getenv("BOLTSTORE_MOVING") != "full" {
		t.Skip("takes half a minute: set BOLTSTORE_MOVING=full, as .ci/full does")
	}
	for name, stores := range map[string][2]store.Store{
		"from a file": {open(t), store.NewMemory()},
		"to a file":   {store.NewMemory(), open(t)},
		"both":        {open(t), open(t)},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := store.Moving(stores[0], stores[1])
			require.NoError(t, err)
			storetest.Run(t, func(*testing.T) store.Store { return s })
		})
	}
}
