package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

type movingFeed struct{ old, new Feed }

// Append implements [Feed]. It appends r to both, since some processes read only one.
func (m *movingFeed) Append(ctx context.Context, r Revocation) error {
	if err := m.old.Append(ctx, r); err != nil {
		return fmt.Errorf("store: old store: %w", err)
	}
	if err := m.new.Append(ctx, r); err != nil {
		return fmt.Errorf("store: new store: %w", err)
	}
	return nil
}

// Since implements [Feed]. Its cursor contains the cursors of both.
func (m *movingFeed) Since(ctx context.Context, cursor string) ([]Revocation, string, error) {
	oldCursor, newCursor := splitCursor(cursor)
	olds, oldNext, err := m.old.Since(ctx, oldCursor)
	if err != nil {
		return nil, "", fmt.Errorf("store: old store: %w", err)
	}
	news, newNext, err := m.new.Since(ctx, newCursor)
	if err != nil {
		return nil, "", fmt.Errorf("store: new store: %w", err)
	}
	// Less than a page means the end. So if there is more than a page, the feed with more
	// advances, and the other one only fills the page.
	switch room := FeedPage - len(olds) - len(news); {
	case room >= 0:
	case len(news) >= len(olds):
		olds, oldNext = olds[:FeedPage-len(news)], oldCursor
	default:
		news, newNext = news[:FeedPage-len(olds)], newCursor
	}
	return append(olds[:len(olds):len(olds)], news...), joinCursors(oldNext, newNext), nil
}

func joinCursors(a, b string) string { return strconv.Itoa(len(a)) + " " + a + b }

// splitCursor splits a cursor of joinCursors. For any other text it returns the beginning of
// both.
func splitCursor(cursor string) (a, b string) {
	length, rest, _ := strings.Cut(cursor, " ")
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || n > len(rest) {
		return "", ""
	}
	return rest[:n], rest[n:]
}
