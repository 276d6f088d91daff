package main

import (
	"hash/maphash"
	"time"

	"golang.org/x/time/rate"
)

// loginPeriod is the time to which the numbers of the flags refer.
const loginPeriod = 5 * time.Minute

// A limiter limits the attempts of each key, such as the name of an account. So a stranger can
// use up the tries of a user; those who are logged in go on.
//
// Its memory is bounded without forgetting anyone: two keys that share a slot share its limit.
// Nobody can choose which, since the seed is random.
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
