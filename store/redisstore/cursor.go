package redisstore

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/cda17858/jwt/store"
)

// A cursor has, for each stream, the entry that was read last. A stream that is absent has
// not been read. Its text form is JSON.
type cursor map[int]place

// A place identifies an entry in its stream.
//
// Entries are only added at the end. So if a stream has this entry, the entries before it
// are the ones that the reader has seen, even after a failover. If it does not have this
// entry, nothing is known about the others.
type place struct {
	Millis, Seq uint64 // the ID
	Sum         string // of the content: after a failover, an ID may be used again
}

func parseCursor(text string) cursor {
	var c cursor
	if json.Unmarshal([]byte(text), &c) != nil || c == nil {
		return make(cursor)
	}
	return c
}

func (c cursor) String() string {
	text, _ := json.Marshal(c)
	return string(text)
}

// forget removes each place that is not the first entry read from its stream, and reports
// whether there were any. Those streams must be read from the beginning.
func (c cursor) forget(entries map[int][]entry) (forgot bool) {
	for stream, p := range c {
		if es := entries[stream]; len(es) == 0 || es[0].place != p {
			delete(c, stream)
			forgot = true
		}
	}
	return forgot
}

// page returns at most a page of the entries after c, and moves c past them.
func (c cursor) page(entries map[int][]entry) (rs []store.Revocation) {
	for stream := range streams {
		for _, e := range entries[stream] {
			if c[stream] == e.place {
				continue
			}
			if len(rs) == store.FeedPage {
				return rs
			}
			rs, c[stream] = append(rs, e.Revocation), e.place
		}
	}
	return rs
}

// before returns the greatest ID below that of p.
func (p place) before() string {
	switch {
	case p.Seq > 0:
		p.Seq--
	case p.Millis > 0:
		p.Millis, p.Seq = p.Millis-1, math.MaxUint64
	}
	return fmt.Sprintf("%d-%d", p.Millis, p.Seq)
}

func parsePlace(id string) (place, bool) {
	millis, seq, _ := strings.Cut(id, "-")
	m, err1 := strconv.ParseUint(millis, 10, 64)
	s, err2 := strconv.ParseUint(seq, 10, 64)
	return place{Millis: m, Seq: s}, err1 == nil && err2 == nil
}

// sum tells entries apart. It need not resist an attacker who can write to the feed.
func sum(kind, id string, notBefore, expires int64) string {
	b := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %d", kind, id, notBefore, expires))
	return hex.EncodeToString(b[:8])
}
