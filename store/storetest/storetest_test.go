package storetest_test

import (
	"testing"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return counted{store.NewMemory()} })
}

// One store for all demands, which is not empty.
func TestSharedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("TestMemory is the same with less time")
	}
	shared := counted{store.NewMemory()}
	storetest.Run(t, func(*testing.T) store.Store { return shared })
}

// A store that is neither a Lister nor a Feed nor a Counter.
func TestOnlyStore(t *testing.T) {
	if testing.Short() {
		t.Skip("TestMemory is the same with less time")
	}
	storetest.Run(t, func(*testing.T) store.Store { return struct{ store.Store }{store.NewMemory()} })
}
