package main

import (
	"hash/maphash"
	"time"

	"golang.org/x/time/rate"
)

// loginPeriod is the period of -account-logins and -address-logins.
const loginPeriod = 5 * time.Minute

// A limiter limits the attempts per key, such as the name of an account. A stranger can use up
// the attempts of a user, but that does not affect sessions that exist.
//
// Its memory is bounded: keys that share a slot share its limit. Because the seed is random,
// an attacker cannot choose which keys do.
type limiter struct {
	seed  maphash.Seed
	slots [1 << 14]*rate.Limiter
}

func newLimiter(attempts int) *limiter {
	l := &limiter{seed: maphash.MakeSeed()}
	for i := range l.slots {
		l.slots[i] = rate.NewLimiter(rate.Every(loginPeriod/time.Duration(attempts)), attempts)
	}
	return l
}

func (l *limiter) allow(key string) bool {
	return l.slots[maphash.String(l.seed, key)%uint64(len(l.slots))].Allow()
}
