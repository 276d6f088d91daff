package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
)

func TestOrders(t *testing.T) {
	s := startService(t)
	alice, admin := s.login(t, "alice"), s.login(t, "admin")
	alice.do("POST", "/orders", map[string]string{"item": ""}).want(400)
	alice.do("POST", "/orders", map[string]string{"item": strings.Repeat("a", 101)}).want(400)
	alice.do("POST", "/orders", map[string]string{"item": "green tea"}).want(201)
	require.Contains(t, alice.do("GET", "/orders", nil).want(200).body, "green tea")
	require.NotContains(t, admin.do("GET", "/orders", nil).want(200).body, "green tea")
}

// Orders that are added at the same time are all kept, up to the limit.
func TestOrdersAtOnce(t *testing.T) {
	o := &orders{store.NewMemory()}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			if err := o.add(t.Context(), "ann", order{Item: fmt.Sprint(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list, _, err := o.load(t.Context(), "ann")
	require.NoError(t, err)
	require.Len(t, list, 4)
	for range maxOrders - 4 {
		require.NoError(t, o.add(t.Context(), "ann", order{}))
	}
	require.ErrorIs(t, o.add(t.Context(), "ann", order{}), errFull)
}
