//go:build unix

package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/sqlstore"
	"github.com/cda17858/jwt/store/sqlstore/internal/pgtest"
	"github.com/cda17858/jwt/store/storetest"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPostgres(t *testing.T) {
	t.Parallel()
	s, db, _ := open(t, "fsync=off") // nothing crashes here
	storetest.Run(t, func(*testing.T) store.Store { return counted{s, db} })
}

// Databases, roles and connections may have another isolation level by default. There,
// statements that meet fail, and are tried again.
func TestIsolation(t *testing.T) {
	t.Parallel()
	_, db, server := open(t, "fsync=off")
	for _, level := range []string{"serializable", "repeatable read"} {
		t.Run(level, func(t *testing.T) {
			_, err := db.ExecContext(t.Context(), `alter database postgres set default_transaction_isolation = '`+level+`'`)
			require.NoError(t, err)
			db := connect(t, server)
			s, ctx := sqlstore.Postgres(db), t.Context()
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() {
					for n := range 20 {
						assert.NoError(t, meet(ctx, s, level, fmt.Sprint(level, i, " ", n)))
					}
				})
			}
			wg.Wait()
			records, _, err := s.Load(ctx, level)
			require.NoError(t, err)
			require.Len(t, records[0].Data, 16*20)
		})
	}
}

// meet makes the Data under key one byte longer, and uses the other methods as well.
func meet(ctx context.Context, s *sqlstore.Store, key, id string) error {
	for {
		records, now, err := s.Load(ctx, key)
		if err != nil {
			return err
		}
		ok, err := s.Swap(ctx, key, records[0].Version, store.Record{
			Version: store.NewVersion(), Expires: now.Add(time.Hour), Data: append(records[0].Data[:len(records[0].Data):len(records[0].Data)], 'x'), Subject: key,
		})
		if err != nil {
			return err
		}
		if ok {
			break
		}
	}
	// This record expires at once, so that somebody's clean-up deletes it.
	_, err := s.Swap(ctx, id, 0, store.Record{Version: 1, Expires: time.Now(), Subject: key})
	_, errList := s.List(ctx, key)
	_, _, errSince := s.Since(ctx, "")
	return errors.Join(err, errList, errSince, s.Append(ctx, revocation(id)))
}

// Instances that start at once migrate at once, and again at each later start.
func TestMigrate(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, "fsync=off")
	db := connect(t, server)
	s := sqlstore.Postgres(db)
	_, _, err := s.Load(t.Context(), "key")
	require.ErrorContains(t, err, "call Migrate")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { assert.NoError(t, sqlstore.Postgres(db).Migrate(t.Context())) })
	}
	wg.Wait()
	ok, err := s.Swap(t.Context(), "key", 0, store.Record{Version: 1})
	require.NoError(t, err)
	require.True(t, ok)
	require.NoError(t, s.Migrate(t.Context()))
	records, _, err := s.Load(t.Context(), "key")
	require.NoError(t, err)
	require.Equal(t, uint64(1), records[0].Version, "Migrate keeps what is there")

	// A tool that runs the text as it is does the same.
	_, err = db.ExecContext(t.Context(), `create schema other; set search_path to other; `+s.Schema())
	require.NoError(t, err)
}

// Each method is one statement, however many keys there are up to 128.
func TestOneStatement(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, "fsync=off")
	config, err := pgx.ParseConfig(server.URL())
	require.NoError(t, err)
	var trace statements
	config.Tracer = &trace
	db := stdlib.OpenDB(*config)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	s, ctx := sqlstore.Postgres(db), t.Context()
	require.NoError(t, s.Migrate(ctx))
	var keys []string
	for i := range 300 {
		keys = append(keys, strconv.Itoa(i))
	}
	load := func(n int) func() error {
		return func() error { _, _, err := s.Load(ctx, keys[:n]...); return err }
	}
	for _, test := range []struct {
		name string
		want int64
		call func() error
	}{
		{"Load of 0", 1, load(0)}, {"Load of 1", 1, load(1)}, {"Load of 2", 1, load(2)}, {"Load of 128", 1, load(128)}, {"Load of 129", 2, load(129)}, {"Load of 300", 3, load(300)},
		{"Swap", 1, func() error { _, err := s.Swap(ctx, "k", 0, store.Record{Version: 1}); return err }},
		{"Swap of a version", 1, func() error { _, err := s.Swap(ctx, "k", 1, store.Record{Version: 2}); return err }},
		{"List", 1, func() error { _, err := s.List(ctx, "s"); return err }},
		{"Append", 1, func() error { return s.Append(ctx, revocation("i")) }},
		{"Since", 1, func() error { _, _, err := s.Since(ctx, ""); return err }},
	} {
		before := trace.Load()
		require.NoError(t, test.call(), test.name)
		require.Equal(t, test.want, trace.Load()-before, test.name)
	}
}

// statements counts them.
type statements struct{ atomic.Int64 }

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	s.Add(1)
	return ctx
}

func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// A clean-up deletes at most 8 rows, and none that somebody else has locked.
func TestCleanUp(t *testing.T) {
	t.Parallel()
	s, db, _ := open(t, "fsync=off")
	ctx := t.Context()
	c := counted{s, db}
	fill := func() {
		_, err := db.ExecContext(ctx, `insert into jwt_record select convert_to('old'||i, 'UTF8'), 1, i, '', '' from generate_series(1, 20) i`)
		require.NoError(t, err)
		_, err = db.ExecContext(ctx, `insert into jwt_revocation (kind, id, expires) select 'k', 'i', i from generate_series(1, 20) i`)
		require.NoError(t, err)
	}
	count := func(want int) {
		t.Helper()
		n, err := c.Count(ctx)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	fill()
	ok, err := s.Swap(ctx, "new", 0, store.Record{Version: 1})
	require.NoError(t, err)
	require.True(t, ok)
	count(13)
	ok, err = s.Swap(ctx, "new", 7, store.Record{Version: 2})
	require.NoError(t, err)
	require.False(t, ok)
	count(13)

	tx, err := db.BeginTx(ctx, nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(ctx, `select * from jwt_record where expires < 15 for update`)
	require.NoError(t, err)
	ok, err = s.Swap(ctx, "new", 1, store.Record{Version: 2})
	require.NoError(t, err)
	require.True(t, ok)
	count(7)
	require.NoError(t, tx.Rollback())

	require.NoError(t, s.Append(ctx, revocation("new")))
	var n int
	require.NoError(t, db.QueryRowContext(ctx, `select count(*) from jwt_revocation`).Scan(&n))
	require.Equal(t, 13, n)
}

func TestNoDB(t *testing.T) {
	s, ctx := sqlstore.Postgres(nil), t.Context()
	_, _, err := s.Load(ctx)
	require.EqualError(t, err, "sqlstore: Load: the *sql.DB is nil")
	require.EqualError(t, s.Migrate(ctx), "sqlstore: Migrate: the *sql.DB is nil")
}

// A pooler such as PgBouncer needs one of the other modes of pgx.
func TestQueryModes(t *testing.T) {
	t.Parallel()
	_, _, server := open(t, "fsync=off")
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			db, err := sql.Open("pgx", server.URL()+"&default_query_exec_mode="+mode)
			require.NoError(t, err)
			defer db.Close()
			s, ctx := sqlstore.Postgres(db), t.Context()
			require.NoError(t, s.Migrate(ctx))
			key, expires := mode+"\x00\xff'", time.Now().Add(time.Hour).Truncate(time.Millisecond)
			_, cursor := ids(t, s, "")
			for old := range uint64(2) {
				ok, err := s.Swap(ctx, key, old, store.Record{Version: old + 1, Expires: expires, Subject: key, Data: []byte(key)})
				require.NoError(t, err)
				require.True(t, ok)
			}
			records, _, err := s.Load(ctx, "absent", key)
			require.NoError(t, err)
			require.Equal(t, []store.Record{{}, {Version: 2, Expires: expires, Data: []byte(key)}}, records)
			keys, err := s.List(ctx, key)
			require.NoError(t, err)
			require.Equal(t, []string{key}, keys)
			require.NoError(t, s.Append(ctx, revocation(key)))
			got, cursor := ids(t, s, cursor)
			require.Equal(t, []string{key}, got)
			got, _ = ids(t, s, cursor)
			require.Empty(t, got)
		})
	}
}
