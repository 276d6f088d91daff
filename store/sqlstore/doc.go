// Package sqlstore is a [store.Store] in an SQL database, with the list and the feed:
// sessions, revocations and key rings in two tables beside those of the application.
//
//	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
//	s := sqlstore.Postgres(db)
//	err = s.Migrate(ctx) // or run the text of s.Schema() by a tool of your own
//
// It imports no driver. The tests run with github.com/jackc/pgx/v5.
//
// # What it needs of the database
//
// The database must be the one that accepts writes. A replica lags behind, and so is not
// a Store.
//
// A Load or a Swap is one statement and one round trip, and so is each page of the feed.
// Any default isolation level will do. A connection pooler may stand in
// between, if the driver is set up for it (pgx: default_query_exec_mode=exec).
//
// Give every context a deadline: a server that hangs makes a call without one wait.
//
// # What survives
//
// What Swap and Append have acknowledged survives a crash of the server, unless
// synchronous_commit or fsync is off. It survives a failover if the replica is
// synchronous. With an asynchronous one set synchronous_standby_names, or the last
// acknowledged records are lost, whatever their Durable says.
//
// Expired rows are deleted by the statements of Swap and Append, at most 8 each time.
// There is no job to run.
package sqlstore
