//go:build unix || windows

package boltstore

import (
	"context"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/cda17858/jwt/store"
)

// Append implements [store.Feed]. It returns after an fsync. It deletes at most 8 expired
// revocations.
func (s *Store) Append(ctx context.Context, r store.Revocation) error {
	if err := r.Check(); err != nil {
		return err
	}
	_, err := s.change(ctx, "", func(tx *bolt.Tx, _ time.Time) (bool, error) {
		return true, appendRevocation(tx, r)
	})
	return wrap("Append", err)
}

// Since implements [store.Feed]. A cursor from before the file was opened means the
// beginning.
func (s *Store) Since(ctx context.Context, cursor string) ([]store.Revocation, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", wrap("Since", err)
	}
	var rs []store.Revocation
	var seen uint64
	err := s.view(func(tx *bolt.Tx) error {
		b, now := tx.Bucket(bucketRevocations), wallClock()
		seen = s.number(cursor, b.Sequence())
		c := b.Cursor()
		for k, v := c.Seek(numberKey(seen + 1)); k != nil && len(rs) < store.FeedPage; k, v = c.Next() {
			r, err := decodeRevocation(v)
			if err != nil || len(k) != 8 {
				return errDamaged
			}
			seen = binary.BigEndian.Uint64(k)
			if now.Before(r.Expires) {
				rs = append(rs, r)
			}
		}
		return nil
	})
	if err != nil {
		return nil, "", wrap("Since", err)
	}
	return rs, s.feed + strconv.FormatUint(seen, 10), nil
}

// number returns the number in a cursor of this Store, or 0 if it is not one.
func (s *Store) number(cursor string, last uint64) uint64 {
	digits, ok := strings.CutPrefix(cursor, s.feed)
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n > last {
		return 0
	}
	return n
}

func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func appendRevocation(tx *bolt.Tx, r store.Revocation) error {
	b := tx.Bucket(bucketRevocations)
	n, err := b.NextSequence()
	if err != nil {
		return err
	}
	if err := b.Put(numberKey(n), encodeRevocation(r)); err != nil {
		return err
	}
	return tx.Bucket(bucketExpiringRevocations).Put(expiringKey(newMillis(r.Expires), numberKey(n)), nil)
}

// removeExpiredRevocations deletes at most n revocations that have expired.
func removeExpiredRevocations(tx *bolt.Tx, now time.Time, n int) error {
	for _, k := range expired(tx.Bucket(bucketExpiringRevocations), now, n) {
		if err := tx.Bucket(bucketRevocations).Delete(k[8:]); err != nil {
			return err
		}
		if err := tx.Bucket(bucketExpiringRevocations).Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// A revocation is encoded as expires, not before, length of kind, kind, id.
const revocationHead = 8 + 8 + 1

func encodeRevocation(r store.Revocation) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(newMillis(r.Expires)))
	b = binary.BigEndian.AppendUint64(b, uint64(newMillis(r.NotBefore)))
	b = append(b, byte(len(r.Kind)))
	return append(append(b, r.Kind...), r.ID...)
}

func decodeRevocation(b []byte) (store.Revocation, error) {
	if len(b) < revocationHead || len(b) < revocationHead+int(b[16]) {
		return store.Revocation{}, errDamaged
	}
	end := revocationHead + int(b[16])
	return store.Revocation{
		Kind:      string(b[revocationHead:end]),
		ID:        string(b[end:]),
		NotBefore: millis(binary.BigEndian.Uint64(b[8:])).time(),
		Expires:   millis(binary.BigEndian.Uint64(b)).time(),
	}, nil
}
