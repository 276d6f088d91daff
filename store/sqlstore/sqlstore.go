package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/cda17858/jwt/store"
)

// A Store is a [store.Store], a [store.Lister] and a [store.Feed] in a database. It
// keeps nothing in memory, and does not close its *sql.DB.
type Store struct {
	db *sql.DB
	dialect
}

var _ interface {
	store.Store
	store.Lister
	store.Feed
} = (*Store)(nil)

// A dialect is what differs between databases.
//
// Bytes are given as []byte, versions as int64 with the same bits, and times as
// milliseconds since 1970, with the largest int64 for never.
type dialect struct {
	schema string // DDL that can be run again

	// load returns a query for the records under n keys, which are its arguments:
	// id, version, expires, data. One more row has a null id, and in expires the time.
	load func(n int) string

	// insert takes key, version, expires, subject and data; update these and the old
	// version; add takes kind, id, not before (or null) and expires.
	insert, update, add string

	// list returns the ids of a subject.
	list string

	// exec runs one of these three, and deletes at most 8 rows that have expired. It
	// returns the number of rows that were stored.
	exec func(ctx context.Context, s *Store, statement string, args ...any) (int64, error)

	migrate func(ctx context.Context, db *sql.DB, schema string) error
	since   func(ctx context.Context, s *Store, cursor string) ([]store.Revocation, string, error)

	// conflict reports whether err says that a statement has had no effect because of a
	// concurrent one, which is met at an isolation level above READ COMMITTED.
	conflict func(err error) bool

	// explain adds to an error what its reader can do.
	explain func(err error) error
}

// Schema returns the statements that create the tables, for those who let a tool of
// their own do that. They can be run again. A later version of this package may add to
// them.
func (s *Store) Schema() string { return s.schema }

// Migrate creates the tables that are missing, or brings those of an earlier version of
// this package up to date. Several processes may call it at once, each at its start.
func (s *Store) Migrate(ctx context.Context) error {
	if s.db == nil {
		return s.wrap("Migrate", errNoDB)
	}
	return s.wrap("Migrate", s.migrate(ctx, s.db, s.schema))
}

// Load implements [store.Store]. The time is that of the server, in whole milliseconds.
// Each query reads up to 128 keys.
func (s *Store) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	for _, key := range keys {
		if err := store.CheckKey(key); err != nil {
			return nil, time.Time{}, err
		}
	}
	found := make(map[string]store.Record, len(keys))
	now, err := s.loadInto(ctx, found, keys[:min(len(keys), maxLoad)])
	for rest := keys; err == nil && len(rest) > maxLoad; {
		rest = rest[maxLoad:]
		_, err = s.loadInto(ctx, found, rest[:min(len(rest), maxLoad)])
	}
	if err != nil {
		return nil, time.Time{}, s.wrap("Load", err)
	}
	records := make([]store.Record, len(keys))
	for i, key := range keys {
		records[i] = found[key]
	}
	return records, now, nil
}

// maxLoad is the number of keys of one query. It is a power of two.
const maxLoad = 128

func (s *Store) loadInto(ctx context.Context, found map[string]store.Record, keys []string) (now time.Time, err error) {
	// Drivers keep a prepared statement for each text. So there is one for each power
	// of two, and the last key fills it up.
	n := 1
	for n < len(keys) {
		n *= 2
	}
	args := make([]any, n)
	for i := range args {
		args[i] = []byte{}
		if len(keys) > 0 {
			args[i] = []byte(keys[min(i, len(keys)-1)])
		}
	}
	type row struct {
		id, data         []byte
		version, expires int64
	}
	rows, err := query(ctx, s, func(scan scanFunc) (r row, err error) {
		return r, scan(&r.id, &r.version, &r.expires, &r.data)
	}, s.load(n), args...)
	for _, r := range rows {
		if r.id == nil {
			now = fromMillis(r.expires)
		} else {
			found[string(r.id)] = store.Record{Version: uint64(r.version), Expires: fromMillis(r.expires), Data: r.data}
		}
	}
	return now, err
}

// Swap implements [store.Store]. It deletes at most 8 records that have expired.
func (s *Store) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	if err := store.CheckKey(key); err != nil {
		return false, err
	}
	if err := r.Check(); err != nil {
		return false, err
	}
	statement, args := s.insert, []any{[]byte(key), int64(r.Version), millis(r.Expires), []byte(r.Subject), notNil(r.Data)}
	if old != 0 {
		statement, args = s.update, append(args, int64(old))
	}
	n, err := s.exec(ctx, s, statement, args...)
	return err == nil && n == 1, s.wrap("Swap", err)
}

// List implements [store.Lister].
func (s *Store) List(ctx context.Context, subject string) ([]string, error) {
	if subject == "" {
		return nil, ctx.Err()
	}
	keys, err := query(ctx, s, func(scan scanFunc) (string, error) {
		var id []byte
		err := scan(&id)
		return string(id), err
	}, s.list, []byte(subject))
	return keys, s.wrap("List", err)
}

// Append implements [store.Feed]. It deletes at most 8 revocations that have expired.
func (s *Store) Append(ctx context.Context, r store.Revocation) error {
	if err := r.Check(); err != nil {
		return err
	}
	var notBefore any // null
	if !r.NotBefore.IsZero() {
		notBefore = millis(r.NotBefore)
	}
	_, err := s.exec(ctx, s, s.add, []byte(r.Kind), []byte(r.ID), notBefore, millis(r.Expires))
	return s.wrap("Append", err)
}

// Since implements [store.Feed]. Its cursors are right even if transactions commit in
// another order than they began in, or if the server has crashed. When the server has been
// started again, or another has taken its place, a cursor counts as the beginning.
func (s *Store) Since(ctx context.Context, cursor string) ([]store.Revocation, string, error) {
	rs, next, err := s.since(ctx, s, cursor)
	if err != nil {
		return nil, "", s.wrap("Since", err)
	}
	return rs, next, nil
}

var errNoDB = errors.New("the *sql.DB is nil")

type scanFunc func(columns ...any) error

// query returns the rows of a statement. It is one round trip, unless the statement
// fails because of the isolation level that the user, the database or the connection
// has as its default: then it is tried again in a transaction of its own.
func query[T any](ctx context.Context, s *Store, row func(scan scanFunc) (T, error), statement string, args ...any) ([]T, error) {
	if s.db == nil {
		return nil, errNoDB
	}
	rows, err := s.db.QueryContext(ctx, statement, args...)
	all, err := collect(rows, err, row)
	if !s.conflict(err) {
		return all, err
	}
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	rows, err = tx.QueryContext(ctx, statement, args...)
	if all, err = collect(rows, err, row); err != nil {
		return nil, err
	}
	return all, tx.Commit()
}

func collect[T any](rows *sql.Rows, err error, row func(scan scanFunc) (T, error)) (all []T, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := row(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return all, nil
}

func (s *Store) wrap(method string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("sqlstore: %s: %w", method, s.explain(err))
}

// never is the time at which a record without Expires expires.
const never = math.MaxInt64

func millis(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == never {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// notNil returns data, or an empty slice for nil, which a driver would store as null.
func notNil(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}
