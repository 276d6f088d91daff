// Package boltstore is a [store.Store] in one file, and a [store.Lister] and a [store.Feed]:
// sessions, revocations and key rings for a service that runs as one process without
// a database server. It is built on bbolt.
//
//	s, err := boltstore.New(ctx, boltstore.Config{Path: "/var/lib/app/sessions.db"})
//	defer s.Close()
//
// # One process
//
// While a Store is open, the file is locked, and no other process can open it. A process
// that starts while the old one is still running waits for it, at most Config.LockWait.
// Instances that run at the same time need another store, such as package sqlstore.
//
// The file must be on a local disk. Do not copy, truncate or replace it while it is in use.
// To back it up, take a snapshot of the file system.
//
// # Durability
//
// Swap and Append return after an fsync, so what they have acknowledged survives a crash of
// the process and of the machine. Calls that are waiting at the same time share one fsync,
// so throughput grows with the number of concurrent callers.
//
// Swap deletes expired records, and Append expired revocations, at most 8 per call. The
// file reuses their space. It does not shrink.
//
// # Disk errors
//
// If the disk is full, Swap and Append return errors until there is space again. If an
// fsync fails, the state of the file is unknown: from then on all methods return errors,
// until the file is opened again.
//
// # Platforms
//
// Unix and Windows. Elsewhere, as in wasm, the package is empty, because bbolt needs
// memory-mapped files.
package boltstore
