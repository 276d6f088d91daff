//go:build unix || windows

package boltstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/cda17858/jwt/store"
)

// A Store is a [store.Store], a [store.Lister] and a [store.Feed] in a file. [New] makes
// one. Its methods are safe for concurrent use.
type Store struct {
	db   *bolt.DB
	feed string // prefix of the cursors of this Store

	update func(func(*bolt.Tx) error) error // db.Update, except in tests

	changes  chan *change          // received by run
	writing  atomic.Pointer[batch] // the changes that are being written
	failure  atomic.Pointer[error] // why the file must be opened again
	stop     chan struct{}         // closed by Close
	stopped  chan struct{}         // closed by run
	closing  sync.Once
	closeErr error
}

var _ interface {
	store.Store
	store.Lister
	store.Feed
} = (*Store)(nil)

var (
	errClosed  = errors.New("the store is closed")
	errDamaged = errors.New("the file is damaged, or was truncated while in use")
	errLeft    = errors.New("the file stays locked until the process ends, since it is damaged")
)

// Close waits for the write in progress, closes the file and unlocks it. Waiting and later
// calls return an error. A second Close returns what the first one returned.
func (s *Store) Close() error {
	s.closing.Do(func() {
		close(s.stop)
		<-s.stopped
		if err := s.failed(); errors.Is(err, errDamaged) {
			s.closeErr = errLeft // bbolt may hold its locks for ever
			return
		}
		s.closeErr = s.db.Close()
	})
	return wrap("Close", s.closeErr)
}

// Load implements [store.Store]. The time is that of this process.
//
// If one of the records is being written, Load waits until it is on the disk, so it never
// returns a record that a crash can undo.
func (s *Store) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	for _, key := range keys {
		if err := store.CheckKey(key); err != nil {
			return nil, time.Time{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, time.Time{}, wrap("Load", err)
	}
	var now time.Time
	found := make([]store.Record, len(keys))
	err := s.view(func(tx *bolt.Tx) error {
		now = wallClock()
		b := tx.Bucket(bucketRecords)
		for i, key := range keys {
			r, err := decodeRecord(b.Get([]byte(key)))
			if err != nil {
				return err
			}
			if r.live(now) {
				found[i] = store.Record{Version: r.version, Expires: r.expires.time(), Data: bytes.Clone(r.data)}
			}
		}
		return nil
	})
	if err == nil {
		err = s.settled(ctx, keys)
	}
	if err != nil {
		return nil, time.Time{}, wrap("Load", err)
	}
	return found, now, nil
}

// Swap implements [store.Store]. It returns true after an fsync, so every record is Durable.
// It deletes at most 8 expired records.
func (s *Store) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	if err := store.CheckKey(key); err != nil {
		return false, err
	}
	if err := r.Check(); err != nil {
		return false, err
	}
	next := record{version: r.Version, expires: newMillis(r.Expires), subject: []byte(r.Subject), data: bytes.Clone(r.Data)}
	stored, err := s.change(ctx, key, func(tx *bolt.Tx, now time.Time) (bool, error) {
		return swap(tx, now, []byte(key), old, next)
	})
	return stored, wrap("Swap", err)
}

// List implements [store.Lister].
func (s *Store) List(ctx context.Context, subject string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, wrap("List", err)
	}
	var keys []string
	err := s.view(func(tx *bolt.Tx) error {
		prefix := subjectPrefix([]byte(subject))
		c := tx.Bucket(bucketSubjects).Cursor()
		for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
			keys = append(keys, string(k[len(prefix):]))
		}
		return nil
	})
	if err != nil {
		return nil, wrap("List", err)
	}
	return keys, nil
}

// view calls fn in a read transaction.
func (s *Store) view(fn func(*bolt.Tx) error) error {
	if err := s.failed(); err != nil {
		return err
	}
	return guard(func() error { return s.db.View(fn) })
}

// guard calls fn. It turns a panic of bbolt on a damaged page, and a memory fault on a page
// that the file no longer has, into an error.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errDamaged, p)
		}
	}()
	return fn()
}

// failed returns why the file must be opened again, or nil.
func (s *Store) failed() error {
	if err := s.failure.Load(); err != nil {
		return *err
	}
	return nil
}

func wrap(method string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		err = errClosed
	}
	return fmt.Errorf("boltstore: %s: %w", method, err)
}

// wallClock returns the time without a monotonic reading, which a stored Expires lacks too.
func wallClock() time.Time { return time.Now().Round(0) }
