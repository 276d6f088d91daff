//go:build unix || windows

package boltstore

import (
	"context"

	bolt "go.etcd.io/bbolt"
)

// Count makes a Store a storetest.Counter.
func (s *Store) Count(context.Context) (n int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketRecords).ForEach(func(_, _ []byte) error { n++; return nil })
	})
	return n, err
}

// CountRevocations counts those that have expired, too.
func (s *Store) CountRevocations() (n int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketRevocations).ForEach(func(_, _ []byte) error { n++; return nil })
	})
	return n, err
}

// Entries counts the entries of both indices.
func (s *Store) Entries() (expiring, subjects int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		expiring, subjects = tx.Bucket(bucketExpiring).Stats().KeyN, tx.Bucket(bucketSubjects).Stats().KeyN
		return nil
	})
	return expiring, subjects, err
}

// Size is that of the pages of the file, those included that are free again.
func (s *Store) Size() (size int64, err error) {
	err = s.view(func(tx *bolt.Tx) error { size = tx.Size(); return nil })
	return size, err
}

// Around has around called instead of each transaction that writes, which is commit. It is
// called before the Store is used.
func (s *Store) Around(around func(commit func() error) error) {
	update := s.update
	s.update = func(fn func(*bolt.Tx) error) error {
		return around(func() error { return update(fn) })
	}
}

// Settled is what Load asks when it has read keys.
func (s *Store) Settled(ctx context.Context, keys ...string) error { return s.settled(ctx, keys) }
