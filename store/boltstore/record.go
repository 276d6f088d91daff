//go:build unix || windows

package boltstore

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The buckets of a file. Numbers in keys and values are big-endian, so that keys sort by
// number.
var (
	bucketFormat              = []byte("jwt boltstore")        // "format" → the number of this format
	bucketRecords             = []byte("records")              // key → record
	bucketExpiring            = []byte("expiring")             // expires, key → nothing
	bucketSubjects            = []byte("subjects")             // length of subject, subject, key → nothing
	bucketRevocations         = []byte("revocations")          // number → revocation
	bucketExpiringRevocations = []byte("expiring revocations") // expires, number → nothing
)

// expiredPerChange is how many expired records a Swap deletes at most, and how many expired
// revocations an Append: more than it adds, and few enough to cost little.
const expiredPerChange = 8

// millis are milliseconds since 1970.
type millis int64

// never is when a record without Expires expires.
const never millis = math.MaxInt64

func newMillis(t time.Time) millis {
	if t.IsZero() {
		return never
	}
	return millis(t.UnixMilli())
}

func (m millis) time() time.Time {
	if m == never {
		return time.Time{}
	}
	return time.UnixMilli(int64(m))
}

// A record is the value under a key: version, expires, length of subject, subject, data.
// The zero record means that the key has none.
type record struct {
	version       uint64
	expires       millis
	subject, data []byte
}

const recordHead = 8 + 8 + 2

func (r record) live(now time.Time) bool {
	return r.version != 0 && now.UnixMilli() < int64(r.expires)
}

func (r record) encode() []byte {
	b := make([]byte, 0, recordHead+len(r.subject)+len(r.data))
	b = binary.BigEndian.AppendUint64(b, r.version)
	b = binary.BigEndian.AppendUint64(b, uint64(r.expires))
	b = binary.BigEndian.AppendUint16(b, uint16(len(r.subject)))
	return append(append(b, r.subject...), r.data...)
}

// decodeRecord returns a record whose subject and data are parts of b.
func decodeRecord(b []byte) (record, error) {
	if b == nil {
		return record{}, nil
	}
	if len(b) < recordHead || len(b) < recordHead+int(binary.BigEndian.Uint16(b[16:])) {
		return record{}, errDamaged
	}
	end := recordHead + int(binary.BigEndian.Uint16(b[16:]))
	return record{
		version: binary.BigEndian.Uint64(b),
		expires: millis(binary.BigEndian.Uint64(b[8:])),
		subject: b[recordHead:end],
		data:    b[end:],
	}, nil
}

func expiringKey(expires millis, key []byte) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(expires)), key...)
}

// subjectPrefix is the prefix of all keys of a subject, and of no other subject.
func subjectPrefix(subject []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(subject))), subject...)
}

func subjectKey(subject, key []byte) []byte { return append(subjectPrefix(subject), key...) }

// swap stores next under key if the version there is old, which is 0 for no record.
func swap(tx *bolt.Tx, now time.Time, key []byte, old uint64, next record) (bool, error) {
	records := tx.Bucket(bucketRecords)
	had, err := decodeRecord(records.Get(key))
	if err != nil {
		return false, err
	}
	version := had.version
	if !had.live(now) {
		version = 0
	}
	if version != old {
		return false, nil
	}
	if !next.live(now) {
		return true, remove(tx, key, had)
	}
	// A refresh of a session changes neither, so it writes no index.
	if had.version != 0 && had.expires != next.expires {
		if err := forgetExpires(tx, key, had); err != nil {
			return false, err
		}
	}
	if had.version != 0 && !bytes.Equal(had.subject, next.subject) {
		if err := forgetSubject(tx, key, had); err != nil {
			return false, err
		}
	}
	return true, put(tx, key, had, next)
}

// put stores next under key, and the index entries that are not there for had.
func put(tx *bolt.Tx, key []byte, had, next record) error {
	if next.expires != never && (had.version == 0 || had.expires != next.expires) {
		if err := tx.Bucket(bucketExpiring).Put(expiringKey(next.expires, key), nil); err != nil {
			return err
		}
	}
	if len(next.subject) > 0 && (had.version == 0 || !bytes.Equal(had.subject, next.subject)) {
		if err := tx.Bucket(bucketSubjects).Put(subjectKey(next.subject, key), nil); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketRecords).Put(key, next.encode())
}

// remove deletes had, the record under key. It does nothing for the zero record.
func remove(tx *bolt.Tx, key []byte, had record) error {
	if had.version == 0 {
		return nil
	}
	if err := forgetExpires(tx, key, had); err != nil {
		return err
	}
	if err := forgetSubject(tx, key, had); err != nil {
		return err
	}
	return tx.Bucket(bucketRecords).Delete(key)
}

func forgetExpires(tx *bolt.Tx, key []byte, r record) error {
	return tx.Bucket(bucketExpiring).Delete(expiringKey(r.expires, key))
}

func forgetSubject(tx *bolt.Tx, key []byte, r record) error {
	return tx.Bucket(bucketSubjects).Delete(subjectKey(r.subject, key))
}

// removeExpired deletes at most n records that have expired.
func removeExpired(tx *bolt.Tx, now time.Time, n int) error {
	for _, k := range expired(tx.Bucket(bucketExpiring), now, n) {
		key := k[8:]
		had, err := decodeRecord(tx.Bucket(bucketRecords).Get(key))
		if err != nil {
			return err
		}
		if err := remove(tx, key, had); err != nil {
			return err
		}
	}
	return nil
}

// expired returns the first n keys of b whose time, their first 8 bytes, has passed.
func expired(b *bolt.Bucket, now time.Time, n int) (keys [][]byte) {
	c := b.Cursor()
	for k, _ := c.First(); len(k) > 8 && len(keys) < n; k, _ = c.Next() {
		if int64(binary.BigEndian.Uint64(k)) > now.UnixMilli() {
			break
		}
		keys = append(keys, bytes.Clone(k))
	}
	return keys
}
