package store

import (
	"context"
	"time"
)

// A Store keeps records under keys. Its methods are safe for concurrent use, by any
// number of processes if the store is shared.
//
// A store is linearizable per key: every Load and Swap of a key takes effect at one
// moment between its call and its return. So a Load that starts after a Swap has
// returned true sees that record or a later one; a replica that lags behind is not a
// Store. Nothing is promised across keys.
//
// An error of either method says nothing about the data. A context that is done is an
// error. Errors do not quote Data.
type Store interface {
	// Load returns the records under keys, in the order of keys, and the time.
	// Of a record, Version, Expires and Data are set. It is the zero Record if there is
	// none under its key, or if it has expired. The caller does not change Data.
	//
	// There may be any number of keys, none included, and a key may occur twice. If one
	// of them cannot be read, there is an error and no records.
	//
	// The time is that of the clock by which records expire: the server's. With several
	// servers, it is that of the server of keys[0]. A store whose server has no clock to
	// read returns the time of the process. Then the clocks of all processes must agree
	// within half of the shortest grace period that is built on it (5 s for package
	// session). The time does not go back unless that clock is set back.
	Load(ctx context.Context, keys ...string) ([]Record, time.Time, error)

	// Swap stores r under key if the version there is old. If old is 0, it stores r if
	// there is no record under key, or only one that has expired. It returns whether it has
	// stored r. If it returns false, nothing has changed.
	//
	// After an error, r may have been stored or not, but never in part; it may even be
	// stored after Swap has returned. The Version that Load returns shows which it was.
	//
	// When Swap returns true, r outlives a crash of the store (not of a store that is
	// only in memory). If r has expired already, there is no record under key
	// afterwards.
	//
	// Swap does not keep or change r.Data. A key or a record that breaks a limit is an
	// error, and nothing has changed: see CheckKey and [Record.Check].
	Swap(ctx context.Context, key string, old uint64, r Record) (bool, error)
}

// A Record is what a Store keeps under one key.
type Record struct {
	// Version is not 0 and never used twice: the caller of Swap takes a [NewVersion]
	// each time. Stores compare versions for equality only.
	Version uint64

	// Expires is when the record ceases to exist: from that time on, by the clock of
	// the store, Load does not return it. A store removes it soon after; one without
	// expiry of its own removes at most 8 expired records with each Swap.
	// A store may cut Expires to whole milliseconds. Zero means never.
	Expires time.Time

	// Data is 0 to [MaxData] bytes of any value.
	Data []byte

	// Subject, unless it is empty, lists the key under it: see [Lister]. It is 0 to
	// [MaxKey] bytes of any value. Load does not return it, so each Swap sets it again.
	Subject string

	// Durable says that the record must survive a failover to a replica as well, for
	// example an ended session: Swap waits for a replica if the store replicates
	// asynchronously and can wait. Other records may be lost in a failover, and the caller
	// must be able to bear that. Load does not return it.
	Durable bool
}

// A Lister is a Store that finds the keys of a subject.
type Lister interface {
	// List returns the keys of all records that have this Subject and have not expired,
	// in any order, each once. It may also return keys of records that have expired, or
	// that had this Subject before: the caller loads what it needs. A record whose Swap
	// returned true before List was called is among them.
	List(ctx context.Context, subject string) (keys []string, err error)
}
