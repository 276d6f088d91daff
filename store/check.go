package store

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// The limits of keys and data, in bytes. Every store takes up to these limits, and refuses
// more.
const (
	MaxKey  = 512
	MaxData = 256 << 10
)

// maxKind is the limit of Revocation.Kind.
const maxKind = 32

// NewVersion returns a random number other than 0, for the Version of one Swap.
func NewVersion() uint64 {
	for {
		var b [8]byte
		rand.Read(b[:])
		if v := binary.LittleEndian.Uint64(b[:]); v != 0 {
			return v
		}
	}
}

// CheckKey returns an error if key is not 1 to [MaxKey] bytes. A Store calls it first
// in Load and Swap.
func CheckKey(key string) error {
	return checkLength("key", len(key), 1, MaxKey)
}

// Check returns an error if r cannot be stored: if its Version is 0, if its Data or Subject
// is too long, or if its Expires is neither zero nor between the years 1970 and 9999. A
// Store calls it first in Swap.
func (r Record) Check() error {
	if r.Version == 0 {
		return errors.New("store: Version is 0: use NewVersion")
	}
	return cmp.Or(
		checkLength("Data", len(r.Data), 0, MaxData),
		checkLength("Subject", len(r.Subject), 0, MaxKey),
		checkTime("Expires", r.Expires),
	)
}

// Check returns an error if r cannot be appended to a [Feed]: if one of its fields has
// a length or a time that [Revocation] does not allow. A Feed calls it first in Append.
func (r Revocation) Check() error {
	if r.Expires.IsZero() {
		return errors.New("store: Expires of a revocation is zero")
	}
	return cmp.Or(
		checkLength("Kind", len(r.Kind), 1, maxKind),
		checkLength("ID", len(r.ID), 1, MaxKey),
		checkTime("NotBefore", r.NotBefore),
		checkTime("Expires", r.Expires),
	)
}

func checkLength(name string, n, least, most int) error {
	if n < least || n > most {
		return fmt.Errorf("store: %s has %d bytes, not %d to %d", name, n, least, most)
	}
	return nil
}

// checkTime takes what all databases can keep as milliseconds since 1970.
func checkTime(name string, t time.Time) error {
	if !t.IsZero() && (t.UnixMilli() < 1 || t.UTC().Year() > 9999) {
		return fmt.Errorf("store: %s is not between 1970 and 9999", name)
	}
	return nil
}
