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
