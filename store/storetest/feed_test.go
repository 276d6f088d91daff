package storetest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/cda17858/jwt/store"
)

var feedFaults = []fault{
	faulty("Feed", "numbers before the commit", "has missed a revocation", func(b *broken, m *store.Memory) {
		table := newSequence()
		b.append = table.append
		b.since = table.since
	}),
	faulty("Feed", "entries expire early", "has not expired", func(b *broken, m *store.Memory) {
		b.since = func(ctx context.Context, cursor string) ([]store.Revocation, string, error) {
			rs, next, err := m.Since(ctx, cursor)
			return slices.DeleteFunc(rs, func(r store.Revocation) bool { return time.Until(r.Expires) < 200*time.Millisecond }), next, err
		}
	}),
	faulty("Feed", "loses NotBefore", "Since returned", func(b *broken, m *store.Memory) {
		b.append = func(ctx context.Context, r store.Revocation) error {
			r.NotBefore = time.Time{}
			return m.Append(ctx, r)
		}
	}),
	faulty("Feed", "only one page", "of more than one page", func(b *broken, m *store.Memory) {
		_, end, _ := m.Since(context.Background(), "")
		var mu sync.Mutex
		b.append = func(ctx context.Context, r store.Revocation) error {
			err := m.Append(ctx, r)
			mu.Lock()
			defer mu.Unlock()
			for {
				var page []store.Revocation
				page, end, _ = m.Since(context.Background(), end)
				if len(page) < store.FeedPage {
					return err
				}
			}
		}
		b.since = func(ctx context.Context, cursor string) ([]store.Revocation, string, error) {
			rs, _, err := m.Since(ctx, cursor)
			mu.Lock()
			defer mu.Unlock()
			return rs, end, err
		}
	}),
	faulty("Feed", "a cursor from elsewhere is at the end", "has not made, lacks", func(b *broken, m *store.Memory) {
		b.since = func(ctx context.Context, cursor string) ([]store.Revocation, string, error) {
			rs, next, err := m.Since(ctx, cursor)
			if _, start, _ := m.Since(ctx, "elsewhere"); cursor != "" && len(cursor) != len(start) && len(cursor) < 20 {
				rs = nil
			}
			return rs, next, err
		}
	}),
	faulty("Feed", "takes anything", "returned no error", func(b *broken, m *store.Memory) {
		b.append = func(ctx context.Context, r store.Revocation) error {
			if r.Check() != nil {
				return nil
			}
			return m.Append(ctx, r)
		}
	}),
}

// A sequence is a table whose rows have numbers, which are given before the commit, and a
// cursor that is the largest of them: so readers miss what is committed late.
type sequence struct {
	mu   sync.Mutex
	last int
	rows map[int]store.Revocation
}

func newSequence() *sequence { return &sequence{rows: make(map[int]store.Revocation)} }

func (s *sequence) append(ctx context.Context, r store.Revocation) error {
	if err := r.Check(); err != nil {
		return err
	}
	s.mu.Lock()
	s.last++
	number := s.last
	s.mu.Unlock()
	time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[number] = r
	return ctx.Err()
}

func (s *sequence) since(ctx context.Context, cursor string) (rs []store.Revocation, next string, err error) {
	time.Sleep(time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	from, last := 0, 0
	if _, err := fmt.Sscan(cursor, &from); err != nil || from > s.last {
		from = 0
	}
	for number, r := range s.rows {
		if number > from && len(rs) < store.FeedPage {
			rs = append(rs, r)
		}
		last = max(last, number)
	}
	return rs, fmt.Sprint(last), ctx.Err()
}
