package store

import (
	"context"
	"time"
)

// A Feed is a Store with a log of revocations that every instance of a service reads.
// An instance that has read it a moment ago checks tokens without asking the store.
type Feed interface {
	// Append adds r to the log. When it returns nil, every Since that is called afterwards
	// with an older cursor returns r, until r.Expires by the clock of the store; and r
	// survives what a Durable record survives. After an error r may have been added or not.
	// Adding the same r again is harmless. An r that breaks a limit is an error: see
	// [Revocation.Check].
	Append(ctx context.Context, r Revocation) error

	// Since returns revocations that were added after cursor was returned, in any
	// order, and the cursor for the next call. The empty cursor stands for the
	// beginning. Cursors are opaque.
	//
	// It returns at most [FeedPage] of them. If it returns fewer, that was all there
	// was when Since was called. If it returns FeedPage, there may be more: call it
	// again with next.
	//
	// Of what has not expired, nothing is ever left out, in whatever order concurrent
	// calls of Append end. Some may be returned twice, and some that have expired too.
	// A cursor that this log has not made, or that is ahead of it because the store has
	// been set back to an earlier state, counts as the empty one.
	Since(ctx context.Context, cursor string) (rs []Revocation, next string, err error)
}

// FeedPage is the number of revocations that Since of a [Feed] returns at most.
const FeedPage = 10_000

// A Revocation is one entry of a [Feed]. What it means is for its readers to say:
// package session writes kinds session, subject and jti.
type Revocation struct {
	// Kind is 1 to 32 bytes, and ID 1 to [MaxKey] bytes, of any value.
	Kind, ID string

	// NotBefore, unless zero, is the time from which logins count again. A store may cut it
	// to whole milliseconds.
	NotBefore time.Time

	// Expires is when the entry may be dropped. It is not zero. A store may cut it to
	// whole milliseconds.
	Expires time.Time
}
