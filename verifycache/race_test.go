//go:build race

package verifycache_test

const raceEnabled = true
