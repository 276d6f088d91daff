package store

import (
	"cmp"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A log is the Feed of a Memory: revocations in the order in which they were added.
// A cursor is the log's id, so that no other log takes it, and the number of the entry
// that was returned last.
type log struct {
	id      string
	most    int
	last    uint64 // number of the newest entry
	entries []entry
	compact int // the length at which expired entries are removed
}

type entry struct {
	number uint64
	Revocation
}

func newLog(most int) log { return log{id: rand.Text(), most: most} }

func (l *log) add(r Revocation, now time.Time) error {
	if len(l.entries) >= min(l.compact, l.most) {
		l.entries = slices.DeleteFunc(l.entries, func(e entry) bool { return e.expired(now) })
		l.compact = 2*len(l.entries) + 64 // so that an add costs a constant on average
	}
	if len(l.entries) >= l.most {
		return errFull
	}
	l.last++
	l.entries = append(l.entries, entry{l.last, r})
	return nil
}

func (l *log) since(cursor string, now time.Time) (rs []Revocation, next string) {
	seen := l.number(cursor)
	from, _ := slices.BinarySearchFunc(l.entries, seen+1, func(e entry, n uint64) int {
		return cmp.Compare(e.number, n)
	})
	for _, e := range l.entries[from:] {
		if len(rs) == FeedPage {
			break
		}
		seen = e.number
		if !e.expired(now) {
			rs = append(rs, e.Revocation)
		}
	}
	return rs, l.id + strconv.FormatUint(seen, 10)
}

// number returns the number in a cursor of this log, else 0.
func (l *log) number(cursor string) uint64 {
	digits, ok := strings.CutPrefix(cursor, l.id)
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n > l.last {
		return 0
	}
	return n
}

func (r Revocation) expired(now time.Time) bool { return !now.Before(r.Expires) }
