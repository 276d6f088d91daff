package jwt

import (
	"sync"

	"github.com/cda17858/jwt/internal/compact"
)

// A scratch holds the bytes of one token while it is made or checked. It is wiped before
// it is used again, and what is handed out of it has no capacity beyond its length, so
// that no token can be seen through another's buffer.
type scratch struct {
	a, b, c []byte
	split   compact.Buffers
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// maxScratch is the capacity in bytes beyond which a buffer is not kept.
const maxScratch = 64 << 10

func getScratch() *scratch { return scratches.Get().(*scratch) }

func putScratch(s *scratch) {
	for _, b := range []*[]byte{&s.a, &s.b, &s.c, &s.split.Token, &s.split.Parts} {
		*b = wipe(*b)
	}
	s.split.Members.Reset()
	scratches.Put(s)
}

func wipe(b []byte) []byte {
	if cap(b) > maxScratch {
		return nil
	}
	clear(b)
	return b[:0]
}
