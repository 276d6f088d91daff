package compact

import (
	"maps"
	"sync"
	"sync/atomic"
)

// A memo saves [Rules] from decoding headers that they have seen before: all tokens of one
// key have the same. It is filled with headers of tokens whose signature held, so that
// nobody else can flood it, and changes no answer. It saves an eighth of the time of
// verifying HS256 (BenchmarkParse, compared with memoLength 0).
type memo struct {
	mu      sync.Mutex
	headers atomic.Pointer[map[string]Header] // never modified once stored
}

const (
	memoSize   = 64  // headers; when full, the memo starts anew
	memoLength = 512 // bytes of a header as received; a longer one is not kept
)

func (m *memo) get(raw []byte) (Header, bool) {
	headers := m.headers.Load()
	if headers == nil {
		return Header{}, false
	}
	h, ok := (*headers)[string(raw)]
	return h, ok
}

func (m *memo) put(raw []byte, h Header) {
	if len(raw) > memoLength {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	next := make(map[string]Header, memoSize)
	if old := m.headers.Load(); old != nil && len(*old) < memoSize {
		maps.Copy(next, *old)
	}
	next[string(raw)] = h
	m.headers.Store(&next)
}
