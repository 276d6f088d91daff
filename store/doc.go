// Package store is the contract between a database and what keeps records in it: sessions,
// revocations, replay caches and key rings. All of them need only the two methods of
// [Store].
//
//	Load  reads records by their keys, and the time
//	Swap  replaces one record if nobody else has replaced it meanwhile
//
// A database that can compare and set one row can be a Store: SQL by an UPDATE with the
// version in its WHERE clause, DynamoDB by a condition expression, etcd by a transaction
// on a revision, Redis by a script. There are no transactions across keys, no queries
// and no locks.
//
// Two more interfaces are optional. A [Lister] finds the keys of one subject. A [Feed]
// tells every instance of a service what has been revoked, so that a check of an access
// token need not ask the store.
//
// [NewMemory] is for tests and for a service of one process. Modules in subdirectories are
// boltstore, a file for one process, sqlstore for PostgreSQL, and redisstore for Redis.
// Package storetest tests a Store that you write.
//
// # Reading, then writing
//
// A caller loads a record, decides, and swaps. It gives each Swap a [NewVersion]:
//
//	Load → Record{Version: v, …}
//	Swap(key, v, Record{Version: NewVersion(), …}) → true:  stored
//	                                               → false: load and decide again
//	                                               → error: stored or not; load to find out
//
// Versions are random and not counted. A store that fails over to a replica may lose the
// last Swaps. With a counter, the next Swap would make a version that some process has seen
// with other data, and that process would overwrite what it has never read: for example an
// acknowledged logout.
//
// # Deleting
//
// There is no Delete: records expire. To delete one at once, Swap it for a record that has
// expired already.
package store
