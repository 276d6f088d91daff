//go:build unix

package sqlstore_test

import (
	"context"
	"database/sql"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store/sqlstore"
	"github.com/cda17858/jwt/store/sqlstore/internal/pgtest"
)

// open returns a Store on a new server.
func open(t testing.TB, settings ...string) (*sqlstore.Store, *sql.DB, *pgtest.Server) {
	t.Helper()
	server := pgtest.Start(t, settings...)
	db := connect(t, server)
	s := sqlstore.Postgres(db)
	require.NoError(t, s.Migrate(t.Context()))
	return s, db, server
}

func connect(t testing.TB, server *pgtest.Server) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", server.URL())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	db.SetMaxOpenConns(32)
	db.SetMaxIdleConns(32)
	return db
}

// forget closes the idle connections of db. After a crash each of them would fail once.
func forget(db *sql.DB) {
	db.SetMaxIdleConns(0)
	db.SetMaxIdleConns(32)
}

// counted is a storetest.Counter.
type counted struct {
	*sqlstore.Store
	db *sql.DB
}

func (c counted) Count(ctx context.Context) (n int, err error) {
	err = c.db.QueryRowContext(ctx, "select count(*) from jwt_record").Scan(&n)
	return n, err
}

// long is for tests of several seconds.
func long(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
}
