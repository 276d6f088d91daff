package verifycache

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"
)

// seen remembers keys, in one bit each. For at most one key in eight it may report a key that
// is not there, and it forgets all keys from time to time. It is safe for concurrent use.
type seen struct {
	seed  maphash.Seed
	words []atomic.Uint64 // a power of two of them
	limit int64           // keys after which all are forgotten
	keys  atomic.Int64
}

// newSeen returns a seen for a table of that many entries.
func newSeen(entries int) *seen {
	words := 1 << bits.Len(uint(entries/4)) // at least 16 bits for an entry
	return &seen{seed: maphash.MakeSeed(), words: make([]atomic.Uint64, words), limit: int64(words) * 64 / 8}
}

// before reports whether key has come before, and remembers it.
func (s *seen) before(key string) bool {
	h := maphash.String(s.seed, key)
	bit := uint64(1) << (h >> 58)
	if s.words[h&uint64(len(s.words)-1)].Or(bit)&bit != 0 {
		return true
	}
	if s.keys.Add(1) >= s.limit {
		s.keys.Store(0)
		for i := range s.words {
			s.words[i].Store(0)
		}
	}
	return false
}
