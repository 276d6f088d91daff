// Package boltstore is a [store.Store] in one file, with the list and the feed: sessions,
// revocations and key rings of a service that runs as one process and has no database.
// It is built on bbolt, and needs no server.
//
//	s, err := boltstore.New(ctx, boltstore.Config{Path: "/var/lib/app/sessions.db"})
//	defer s.Close()
//
// # One process
//
// While a Store is open, the file is locked, and no other process can open it. A new
// process that starts while the old one is still there waits for it, at most
// Config.LockWait. Two instances that serve at once need another store: package sqlstore,
// for example.
//
// The file must be on a local disk. Do not copy, cut or replace it while it is in use;
// a snapshot of the file system is a good backup.
//
// # What survives
//
// What Swap and Append have acknowledged survives a crash of the process and of the
// machine: they return after an fsync. All calls that wait at the same time share one, so
// many callers get far more done in a second than one caller does.
//
// Expired records are deleted by Swap, and expired revocations by Append, at most 8 each
// time. The file keeps the room that they leave, for new records. It does not shrink.
//
// # When the disk fails
//
// If the disk is full, Swap and Append return errors, and succeed again when there is
// room. If an fsync fails, nobody knows what is on the disk. Then all methods return
// errors until the file is opened anew.
//
// # Platforms
//
// It builds for Unix systems and Windows. Elsewhere, as in wasm, this package has nothing
// but this text, since bbolt needs memory-mapped files.
package boltstore
