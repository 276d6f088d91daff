package storetest

import (
	"testing"

	"github.com/cda17858/jwt/store"
)

// Demand runs one demand on s.
func Demand(t testing.TB, name string, s store.Store) {
	for _, d := range demands {
		if d.name == name {
			d.test(newTester(t, s))
			return
		}
	}
	t.Fatalf("there is no demand %s", name)
}

// Demands returns the names of all demands.
func Demands() (names []string) {
	for _, d := range demands {
		names = append(names, d.name)
	}
	return names
}
