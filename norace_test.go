//go:build !race

package jwt_test

// raceEnabled says whether the race detector is on. It makes a sync.Pool forget at
// random, so that allocations cannot be counted.
const raceEnabled = false
