package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"time"

	"github.com/cda17858/jwt/store"
)

// Transactions commit in another order than they begin in. If a cursor were the largest
// number read so far, what commits late would be missed. If nothing were returned that
// is newer than the oldest running transaction, a batch of an hour would delay all
// revocations by an hour. So each revocation has the id of its transaction, and a cursor
// says which transactions its reader could see: those below some id that were not
// running then.
//
// A cursor in JSON is a postgresCursor. The zero value is the beginning.
type postgresCursor struct {
	// Server is when the server was started, in microseconds since 1970. Another server
	// may have lost transactions and given their ids again.
	Server int64 `json:"server"`

	// Seen are the transactions whose revocations have been returned.
	Seen snapshot `json:"seen"`

	// Page is set between the pages of one reading.
	Page *postgresPage `json:"page,omitempty"`
}

type postgresPage struct {
	Start snapshot `json:"start"`      // what could be seen at the first page
	XID   uint64   `json:"xid,string"` // the last row that was returned
	Seq   int64    `json:"seq,string"`
}

var postgresRevocations = `with server as (
		select (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint as started
	), head as materialized (
		select started, pg_current_snapshot()::text as now,
			(case when started = $1 then $2 else '1:1:' end)::pg_snapshot as seen,
			(case when started = $1 then $3 else '0' end)::xid8 as xid,
			case when started = $1 then $4::bigint else 0 end as seq
		from server
	)
	select head.started, head.now, r.xid::text::bigint, r.seq, r.kind, r.id, r.not_before, r.expires
	from head left join lateral (
		select * from jwt_revocation
		where (xid, seq) > ((select xid from head), (select seq from head))
			and not pg_visible_in_snapshot(xid, head.seen)
			and expires > ` + postgresNow + `
		order by xid, seq limit ` + strconv.Itoa(store.FeedPage) + `
	) r on true
	order by r.xid, r.seq`

// A postgresRow is one row of postgresRevocations.
type postgresRow struct {
	server                       int64
	now                          string // what can be seen, as a snapshot
	xid, seq, notBefore, expires sql.NullInt64
	kind, id                     []byte
}

func postgresSince(ctx context.Context, s *Store, cursor string) ([]store.Revocation, string, error) {
	var c postgresCursor
	if json.Unmarshal([]byte(cursor), &c) != nil {
		c = postgresCursor{}
	}
	page, start := postgresPage{}, postgresPage{XID: c.Seen.xmin}
	if c.Page != nil {
		page, start = *c.Page, *c.Page
	}
	rows, err := query(ctx, s, func(scan scanFunc) (r postgresRow, err error) {
		return r, scan(&r.server, &r.now, &r.xid, &r.seq, &r.kind, &r.id, &r.notBefore, &r.expires)
	}, postgresRevocations, c.Server, c.Seen.String(), formatID(start.XID), start.Seq)
	if err != nil {
		return nil, "", err
	}
	head := rows[0] // there is one without a revocation if there is none
	if c.Server != head.server {
		c, page = postgresCursor{Server: head.server}, postgresPage{}
	}
	if c.Page == nil {
		if err := page.Start.UnmarshalText([]byte(head.now)); err != nil {
			return nil, "", err
		}
	}
	var rs []store.Revocation
	for _, r := range rows {
		if !r.xid.Valid {
			continue
		}
		page.XID, page.Seq = uint64(r.xid.Int64), r.seq.Int64
		rs = append(rs, r.revocation())
	}
	next, err := json.Marshal(c.next(page, len(rs) == store.FeedPage))
	return rs, string(next), err
}

func (r postgresRow) revocation() store.Revocation {
	notBefore := time.Time{}
	if r.notBefore.Valid {
		notBefore = fromMillis(r.notBefore.Int64)
	}
	return store.Revocation{Kind: string(r.kind), ID: string(r.id), NotBefore: notBefore, Expires: fromMillis(r.expires.Int64)}
}

// next returns the cursor after page, which was the last one unless more is true.
//
// Seen ends with the newest transaction that has a row, since ids above it may be given
// again after a crash: those of transactions that the server had not written to its log.
func (c postgresCursor) next(page postgresPage, more bool) postgresCursor {
	if more {
		c.Page = &page
		return c
	}
	return postgresCursor{Server: c.Server, Seen: page.Start.before(max(c.Seen.xmax, page.XID+1))}
}
