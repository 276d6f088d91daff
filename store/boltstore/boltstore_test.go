//go:build unix || windows

package boltstore_test

import (
	"testing"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	s := open(t)
	storetest.Run(t, func(*testing.T) store.Store { return s })
}
