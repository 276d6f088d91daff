package storetest_test

import (
	"context"
	"crypto/fips140"
	"slices"
	"testing"
	"testing/cryptotest"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/storetest"
)

// A fault is a store that breaks one demand, and what the suite says of it.
type fault struct {
	name, demand, want string
	open               func() store.Store
}

// Each of these stores breaks the contract in a way in which real stores do, and the
// demand that is named finds it.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("runs demands on many stores")
	}
	if fips140.Enabled() && fips140.Version() != "v1.0.0" {
		// Its source of randomness measures time, which stands still in a bubble.
		cryptotest.SetGlobalRandom(t, 1)
	}
	found := make(map[string]int)
	for _, f := range slices.Concat(swapFaults, linearizableFaults, expiryFaults, dataFaults, contextFaults, listFaults, feedFaults) {
		found[f.demand]++
		t.Run(f.demand+"/"+f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				require.Contains(t, failure(t, f.demand, f.open()), f.want)
			})
		})
	}
	for _, name := range storetest.Demands() {
		require.Positive(t, found[name], "a fault for demand %s", name)
		t.Run(name+"/none", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				require.Empty(t, failure(t, name, &broken{Memory: store.NewMemory()}))
			})
		})
	}
}

// faulty returns a fault whose store is a Memory that change has changed.
func faulty(demand, name, want string, change func(b *broken, m *store.Memory)) fault {
	return fault{name, demand, want, func() store.Store {
		b := &broken{Memory: store.NewMemory()}
		change(b, b.Memory)
		return b
	}}
}

// force stores r under key, whatever is there.
func force(ctx context.Context, m *store.Memory, key string, r store.Record) (bool, error) {
	for {
		records, _, err := m.Load(ctx, key)
		if err != nil {
			return false, err
		}
		if ok, err := m.Swap(ctx, key, records[0].Version, r); ok || err != nil {
			return ok, err
		}
	}
}
