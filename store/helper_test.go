package store_test

import (
	"crypto/fips140"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
)

// in runs f in a bubble with a clock of its own.
func in(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	// In FIPS mode the source of randomness measures time, which stands still in a bubble.
	if fips140.Enabled() && fips140.Version() != "v1.0.0" {
		cryptotest.SetGlobalRandom(t, 1)
	}
	synctest.Test(t, f)
}
