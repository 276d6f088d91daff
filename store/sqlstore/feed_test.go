//go:build unix

package sqlstore_test

import (
	"database/sql"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/sqlstore"
)

func revocation(id string) store.Revocation {
	return store.Revocation{Kind: "jti", ID: id, Expires: time.Now().Add(time.Hour)}
}

// ids returns the ids after cursor.
func ids(t *testing.T, s *sqlstore.Store, cursor string) (ids []string, next string) {
	t.Helper()
	rs, next, err := s.Since(t.Context(), cursor)
	require.NoError(t, err)
	for _, r := range rs {
		ids = append(ids, r.ID)
	}
	return ids, next
}

// insert appends a revocation in a transaction of the test.
func insert(t *testing.T, tx *sql.Tx, id string) {
	t.Helper()
	_, err := tx.ExecContext(t.Context(), `insert into jwt_revocation (kind, id, expires) values ('k', $1, $2)`, []byte(id), time.Now().Add(time.Hour).UnixMilli())
	require.NoError(t, err)
}

// A transaction that stays open delays nothing, and what it commits late is not missed.
// What has been returned is not returned again.
func TestFeedOrder(t *testing.T) {
	t.Parallel()
	s, db, _ := open(t, "fsync=off")
	ctx := t.Context()
	_, cursor := ids(t, s, "")
	early, err := db.BeginTx(ctx, nil)
	require.NoError(t, err)
	insert(t, early, "early")
	require.NoError(t, s.Append(ctx, revocation("middle")))

	got, cursor := ids(t, s, cursor)
	require.Equal(t, []string{"middle"}, got)
	late, err := db.BeginTx(ctx, nil)
	require.NoError(t, err)
	insert(t, late, "late")
	got, cursor = ids(t, s, cursor)
	require.Empty(t, got)

	require.NoError(t, early.Commit())
	got, cursor = ids(t, s, cursor)
	require.Equal(t, []string{"early"}, got)
	require.NoError(t, s.Append(ctx, revocation("last")))
	require.NoError(t, late.Commit())
	got, cursor = ids(t, s, cursor)
	require.Equal(t, []string{"late", "last"}, got)
	got, _ = ids(t, s, cursor)
	require.Empty(t, got)
}

// While a reader goes through pages, a transaction commits whose place is on a page that
// it has read.
func TestFeedPages(t *testing.T) {
	long(t)
	s, db, _ := open(t, "fsync=off")
	ctx := t.Context()
	_, cursor := ids(t, s, "")
	early, err := db.BeginTx(ctx, nil)
	require.NoError(t, err)
	insert(t, early, "early")
	const n = 2*store.FeedPage + 5
	_, err = db.ExecContext(ctx, `insert into jwt_revocation (kind, id, expires) select 'k', convert_to(i::text, 'UTF8'), $1 from generate_series(1, $2) i`,
		time.Now().Add(time.Hour).UnixMilli(), n)
	require.NoError(t, err)

	seen := make(map[string]int)
	page := func() int {
		var got []string
		got, cursor = ids(t, s, cursor)
		for _, id := range got {
			seen[id]++
		}
		return len(got)
	}
	require.Equal(t, store.FeedPage, page())
	require.NoError(t, early.Commit())
	require.NoError(t, s.Append(ctx, revocation("late")))
	require.Equal(t, store.FeedPage, page())
	require.Equal(t, 6, page(), "the rest, and what was appended meanwhile")
	require.NotContains(t, seen, "early")
	require.LessOrEqual(t, page(), 2)
	require.Zero(t, page())
	require.Len(t, seen, n+2)
	for i := range n {
		require.Equal(t, 1, seen[fmt.Sprint(i+1)])
	}
}

// After a restart a cursor is the beginning, also one between two pages.
func TestFeedRestart(t *testing.T) {
	t.Parallel()
	s, db, server := open(t)
	ctx := t.Context()
	require.NoError(t, s.Append(ctx, revocation("before")))
	_, cursor := ids(t, s, "")
	_, err := db.ExecContext(ctx, `insert into jwt_revocation (kind, id, expires) select 'k', 'x', $1 from generate_series(1, $2) i`,
		time.Now().Add(time.Hour).UnixMilli(), store.FeedPage)
	require.NoError(t, err)
	_, between := ids(t, s, cursor)
	require.Contains(t, between, "page")

	server.Crash()
	server.Restart()
	forget(db)
	for _, cursor := range []string{cursor, between} {
		got, next := ids(t, s, cursor)
		require.Len(t, got, store.FeedPage)
		require.Contains(t, got, "before")
		got, _ = ids(t, s, next)
		require.Len(t, got, 1)
	}
}

// After the crash of one process the server goes on without being started again, and
// gives the ids of transactions again that it had not written to disk. A reader must not
// take the new ones for those it has seen.
func TestFeedReusedTransaction(t *testing.T) {
	long(t)
	if _, err := os.Stat("/proc"); err != nil {
		t.Skip("there is no /proc")
	}
	for range 5 { // a server that is slow writes its log in between, and then gives no id again
		if reuseTransaction(t) {
			return
		}
	}
	t.Fatal("the server has given no id again in five tries, so this test shows nothing")
}

// reuseTransaction crashes a server that gives ids of transactions again after that, and
// reports whether it did.
func reuseTransaction(t *testing.T) (reused bool) {
	s, db, _ := open(t, "wal_writer_delay=10s", "synchronous_commit=on", "restart_after_crash=on", "autovacuum=off")
	ctx := t.Context()
	require.NoError(t, s.Append(ctx, revocation("before")))
	var lost, pid int
	for range 3 { // these leave no trace on disk
		tx, err := db.BeginTx(ctx, nil)
		require.NoError(t, err)
		require.NoError(t, tx.QueryRowContext(ctx, `select pg_current_xact_id()::text::int, pg_backend_pid()`).Scan(&lost, &pid))
		require.NoError(t, tx.Rollback())
	}
	_, cursor := ids(t, s, "")
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))

	for i := range 5 {
		id := fmt.Sprint("after ", i)
		require.Eventually(t, func() bool { return s.Append(ctx, revocation(id)) == nil }, 20*time.Second, 20*time.Millisecond)
		var xid int
		require.NoError(t, db.QueryRowContext(ctx, `select xid::text::int from jwt_revocation where id = convert_to($1, 'UTF8')`, id).Scan(&xid))
		reused = reused || xid <= lost
	}
	got, _ := ids(t, s, cursor)
	for i := range 5 {
		require.Contains(t, got, fmt.Sprint("after ", i))
	}
	return reused
}
