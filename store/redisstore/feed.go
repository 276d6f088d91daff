package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cda17858/jwt/store"
)

// The feed has one stream per lifetime: an entry of stream i is kept for 2^i minutes, and
// is trimmed by later additions. A revocation goes to the stream with the shortest lifetime
// that lasts until its Expires. In a cluster all streams are in one slot, so that one XREAD
// reads them all at the same moment.
const streams = 34 // 2^33 minutes are 16,000 years

// lifetime is how long a stream keeps its entries, in milliseconds.
func lifetime(stream int) int64 { return 60_000 << stream }

func (s *Store) feedKey() string             { return s.prefix + "{feed}" }
func (s *Store) streamKey(stream int) string { return s.feedKey() + ":" + strconv.Itoa(stream) }

// Append implements [store.Feed]. It returns an error if fewer than Config.WaitReplicas
// replicas confirm in time; the revocation may still have been added.
func (s *Store) Append(ctx context.Context, r store.Revocation) error {
	if err := r.Check(); err != nil {
		return err
	}
	return s.call(ctx, "Append", func(ctx context.Context) error { return s.append(ctx, r) })
}

func (s *Store) append(ctx context.Context, r store.Revocation) error {
	notBefore := int64(0)
	if !r.NotBefore.IsZero() {
		notBefore = r.NotBefore.UnixMilli()
	}
	// The clock of this process may be wrong. If the server's time needs another stream, try again.
	now := time.Now().UnixMilli()
	for stream := 0; stream < streams; stream++ {
		if r.Expires.UnixMilli() > now+lifetime(stream) {
			continue
		}
		answer, err := s.change(ctx, s.scripts.append, true, s.streamKey(stream),
			lifetime(stream), r.Kind, r.ID, notBefore, r.Expires.UnixMilli())
		if err != nil {
			return err
		}
		var ok bool
		if now, ok = answer.(int64); !ok {
			return fmt.Errorf("the script returned %T", answer)
		}
		if r.Expires.UnixMilli() <= now+lifetime(stream) {
			return nil
		}
	}
	return errors.New("Revocation.Expires is too far in the future")
}

// Since implements [store.Feed]. Cursors stay valid across a failover. If the server has
// lost entries, Since starts again from the beginning.
func (s *Store) Since(ctx context.Context, text string) ([]store.Revocation, string, error) {
	var (
		rs []store.Revocation
		c  = parseCursor(text)
	)
	err := s.call(ctx, "Since", func(ctx context.Context) (err error) {
		rs, err = s.since(ctx, c)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return rs, c.String(), nil
}

// since returns the page after c, and moves c past it.
func (s *Store) since(ctx context.Context, c cursor) ([]store.Revocation, error) {
	for range maxReads {
		entries, err := s.read(ctx, c)
		if err != nil {
			return nil, err
		}
		if !c.forget(entries) {
			return c.page(entries), nil
		}
	}
	return nil, errors.New("the server keeps losing entries of the feed")
}

// maxReads bounds how often Since reads the feed: once more if entries were lost, and once
// more if that happens in between.
const maxReads = 3

// An entry is a revocation and its place in its stream.
type entry struct {
	place
	store.Revocation
}

// read returns the entries of each stream, starting with the one at c: at most a page and
// one per stream.
func (s *Store) read(ctx context.Context, c cursor) (map[int][]entry, error) {
	args := []any{"xread", "count", store.FeedPage + 1, "streams"}
	for stream := range streams {
		args = append(args, s.streamKey(stream))
	}
	for stream := range streams {
		args = append(args, c[stream].before())
	}
	found := redis.NewXStreamSliceCmd(ctx, args...)
	err := s.onMaster(ctx, s.feedKey(), func(send func(...redis.Cmder) error) error {
		return send(getFromMaster(ctx, s.feedKey()), found) // the key does not exist; only a master answers
	})
	if err != nil {
		return nil, err
	}
	entries := make(map[int][]entry)
	for _, x := range found.Val() {
		_, number, _ := strings.Cut(x.Stream, s.feedKey()+":")
		stream, err := strconv.Atoi(number)
		if err != nil {
			return nil, err
		}
		for _, m := range x.Messages {
			e, err := decodeEntry(m)
			if err != nil {
				return nil, err
			}
			entries[stream] = append(entries[stream], e)
		}
	}
	return entries, nil
}

func decodeEntry(m redis.XMessage) (entry, error) {
	text := func(field string) string {
		value, _ := m.Values[field].(string)
		return value
	}
	kind, id := text("k"), text("i")
	notBefore, err1 := strconv.ParseInt(text("n"), 10, 64)
	expires, err2 := strconv.ParseInt(text("e"), 10, 64)
	p, ok := parsePlace(m.ID)
	if err := errors.Join(err1, err2); err != nil || !ok {
		return entry{}, errors.New("an entry of the feed was not written by this package")
	}
	p.Sum = sum(kind, id, notBefore, expires)
	r := store.Revocation{Kind: kind, ID: id, Expires: time.UnixMilli(expires)}
	if notBefore != 0 {
		r.NotBefore = time.UnixMilli(notBefore)
	}
	return entry{p, r}, nil
}
