//go:build unix

package redisstore_test

import (
	"testing"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	s, client, _ := open(t)
	storetest.Run(t, func(*testing.T) store.Store { return counted{s, client} })
}
