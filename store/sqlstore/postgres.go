package sqlstore

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"strings"
)

// Postgres returns a Store in a database of PostgreSQL 13 or later. It does not connect:
// [Store.Migrate] does.
//
// The tables are jwt_record and jwt_revocation, in the first schema of search_path. The
// role needs SELECT, INSERT, UPDATE and DELETE on them, and for Migrate CREATE on the
// schema.
func Postgres(db *sql.DB) *Store {
	return &Store{db, dialect{
		schema:   postgresSchema,
		load:     postgresLoad,
		insert:   postgresInsert,
		update:   postgresUpdate,
		list:     `select id from jwt_record where subject = $1 and subject <> '' and expires > ` + postgresNow,
		add:      postgresAdd,
		exec:     postgresExec,
		migrate:  postgresMigrate,
		since:    postgresSince,
		conflict: postgresConflict,
		explain:  postgresExplain,
	}}
}

//go:embed postgres.sql
var postgresSchema string

// postgresNow is the start of the statement. It is the same in all parts of it.
const postgresNow = `floor(extract(epoch from now()) * 1000)::bigint`

func postgresLoad(n int) string {
	placeholders := make([]string, n)
	for i := range placeholders {
		placeholders[i] = fmt.Sprint("$", i+1)
	}
	return `select id, version, expires, data from jwt_record
		where id in (` + strings.Join(placeholders, ", ") + `) and expires > ` + postgresNow + `
		union all select null, 0, ` + postgresNow + `, null`
}

// A row that is stored is locked before any that is deleted, and what somebody else has
// locked is not deleted now. So no statement waits while it holds a lock that another
// waits for.
const (
	postgresInsert = `with stored as (
			insert into jwt_record as r (id, version, expires, subject, data) values ($1, $2, $3, $4, $5)
			on conflict (id) do update
				set version = excluded.version, expires = excluded.expires, subject = excluded.subject, data = excluded.data
				where r.expires <= ` + postgresNow + `
			returning 1
		)` + postgresExpired

	postgresUpdate = `with stored as (
			update jwt_record set version = $2, expires = $3, subject = $4, data = $5
			where id = $1 and version = $6 and expires > ` + postgresNow + `
			returning 1
		)` + postgresExpired

	postgresExpired = `, expired as (
			delete from jwt_record where id in (
				select id from jwt_record
				where expires <= ` + postgresNow + ` and id <> $1 and (select count(*) from stored) = 1
				order by expires limit 8 for update skip locked)
		)
		select count(*) from stored`

	postgresAdd = `with stored as (
			insert into jwt_revocation (kind, id, not_before, expires) values ($1, $2, $3, $4)
			returning 1
		), expired as (
			delete from jwt_revocation where seq in (
				select seq from jwt_revocation
				where expires <= ` + postgresNow + ` and (select count(*) from stored) = 1
				order by expires limit 8 for update skip locked)
		)
		select count(*) from stored`
)

// postgresExec returns the one number that a statement returns.
func postgresExec(ctx context.Context, s *Store, statement string, args ...any) (int64, error) {
	counts, err := query(ctx, s, func(scan scanFunc) (n int64, err error) { return n, scan(&n) }, statement, args...)
	if err != nil || len(counts) != 1 {
		return 0, err
	}
	return counts[0], nil
}

// postgresMigrate takes a lock, since "create … if not exists" fails if two do it at
// once.
func postgresMigrate(ctx context.Context, db *sql.DB, schema string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	const lock = 0x6a77745f73716c // "jwt_sql"
	if _, err := tx.ExecContext(ctx, `select pg_advisory_xact_lock($1)`, int64(lock)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return err
	}
	return tx.Commit()
}

// sqlState returns the SQLSTATE of an error of pgx or lib/pq, or "".
func sqlState(err error) string {
	if e, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err); ok {
		return e.SQLState()
	}
	return ""
}

func postgresConflict(err error) bool { return sqlState(err) == "40001" } // serialization_failure

func postgresExplain(err error) error {
	switch sqlState(err) {
	case "42P01", "42703": // undefined_table, undefined_column
		return fmt.Errorf("%w: call Migrate, or look at search_path", err)
	}
	return err
}
