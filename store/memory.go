package store

import (
	"bytes"
	"container/heap"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// A Memory is a [Store], a [Lister] and a [Feed] in the memory of one process. It is
// lost with the process. It has no goroutine and needs no Close.
type Memory struct {
	most int

	mu       sync.RWMutex
	records  map[string]*record
	expiring queue          // the records that expire, the next one first
	subjects map[string]set // the keys of each Subject
	log      log
}

type set map[string]struct{}

var _ interface {
	Store
	Lister
	Feed
} = (*Memory)(nil)

// A record is what a Memory keeps for one key. Its Record is never changed.
type record struct {
	Record
	key   string
	place int // in Memory.expiring, if it expires
}

// defaultRecords is the bound of NewMemory.
const defaultRecords = 1_000_000

// expiredPerSwap is how many expired records a Swap removes at most: more than it adds,
// and few enough not to be felt.
const expiredPerSwap = 8

// errFull is returned by a Memory that has reached its bound.
var errFull = errors.New("store: the memory store is full: see NewMemorySize")

// NewMemory returns an empty Memory that is bounded to a million records and a million
// revocations. Beyond that, Swap of a new key and Append are errors until something has
// expired.
func NewMemory() *Memory { return NewMemorySize(defaultRecords) }

// NewMemorySize returns an empty Memory that is bounded to the given number of records, and
// to as many revocations.
func NewMemorySize(records int) *Memory {
	return &Memory{
		most:     records,
		records:  make(map[string]*record),
		subjects: make(map[string]set),
		log:      newLog(records),
	}
}

// Load implements [Store]. The time is that of the process.
func (m *Memory) Load(ctx context.Context, keys ...string) ([]Record, time.Time, error) {
	for _, key := range keys {
		if err := CheckKey(key); err != nil {
			return nil, time.Time{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, time.Time{}, err
	}
	found := make([]Record, len(keys))
	m.mu.RLock()
	defer m.mu.RUnlock()
	now := wallClock()
	for i, key := range keys {
		if r := m.records[key]; r != nil && !r.expired(now) {
			found[i] = Record{Version: r.Version, Expires: r.Expires, Data: r.Data}
		}
	}
	return found, now, nil
}

// Swap implements [Store]. Durable has no meaning here.
func (m *Memory) Swap(ctx context.Context, key string, old uint64, r Record) (bool, error) {
	if err := CheckKey(key); err != nil {
		return false, err
	}
	if err := r.Check(); err != nil {
		return false, err
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	next := &record{Record: r, key: key}
	next.Data = bytes.Clone(r.Data)
	m.mu.Lock()
	defer m.mu.Unlock()
	now := wallClock()
	m.removeExpired(now)
	if r := m.records[key]; r != nil && r.expired(now) {
		m.remove(r)
	}
	had := m.records[key]
	switch {
	case had == nil && old != 0, had != nil && had.Version != old:
		return false, nil
	case had != nil:
		m.remove(had)
	case len(m.records) >= m.most:
		return false, errFull
	}
	if !next.expired(now) {
		m.add(next)
	}
	return true, nil
}

// List implements [Lister].
func (m *Memory) List(ctx context.Context, subject string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Collect(maps.Keys(m.subjects[subject])), nil
}

// Append implements [Feed].
func (m *Memory) Append(ctx context.Context, r Revocation) error {
	if err := r.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.log.add(r, wallClock())
}

// Since implements [Feed].
func (m *Memory) Since(ctx context.Context, cursor string) ([]Revocation, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	rs, next := m.log.since(cursor, wallClock())
	return rs, next, nil
}

// Len returns the number of records it holds, some of which may have expired.
func (m *Memory) Len() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.records)
}

func (m *Memory) add(r *record) {
	m.records[r.key] = r
	if !r.Expires.IsZero() {
		heap.Push(&m.expiring, r)
	}
	if r.Subject != "" {
		if m.subjects[r.Subject] == nil {
			m.subjects[r.Subject] = make(set)
		}
		m.subjects[r.Subject][r.key] = struct{}{}
	}
}

func (m *Memory) remove(r *record) {
	delete(m.records, r.key)
	if !r.Expires.IsZero() {
		heap.Remove(&m.expiring, r.place)
	}
	delete(m.subjects[r.Subject], r.key)
	if len(m.subjects[r.Subject]) == 0 {
		delete(m.subjects, r.Subject)
	}
}

func (m *Memory) removeExpired(now time.Time) {
	for range expiredPerSwap {
		if len(m.expiring) == 0 || !m.expiring[0].expired(now) {
			return
		}
		m.remove(m.expiring[0])
	}
}

func (r Record) expired(now time.Time) bool {
	return !r.Expires.IsZero() && !now.Before(r.Expires)
}

// A queue is a heap of records: the one that expires next is the first.
type queue []*record

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].Expires.Before(q[j].Expires) }

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

func (q *queue) Push(x any) {
	r := x.(*record)
	r.place = len(*q)
	*q = append(*q, r)
}

func (q *queue) Pop() any {
	last := len(*q) - 1
	r := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return r
}

// wallClock returns the time without a monotonic reading, which Expires lacks too.
func wallClock() time.Time { return time.Now().Round(0) }
