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

// A cursor says for each stream which entry was read last; an absent one means that none was.
// As a text it is JSON.
type cursor map[int]place

// A place is that of an entry in its stream.
//
// Entries are added at the end only. So a stream that has this entry has the entries before
// it that its reader has seen, and no others, even if another server has taken over. If it
// does not have this entry, it may have any.
type place struct {
	Millis, Seq uint64 // the ID
	Sum         string // of what it says, since another server may give an ID again
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

// forget removes the places that are not the first of what was read from there, and
// reports whether there were any. These streams have to be read from the beginning.
func (c cursor) forget(entries map[int][]entry) (forgot bool) {
	for stream, p := range c {
		if es := entries[stream]; len(es) == 0 || es[0].place != p {
			delete(c, stream)
			forgot = true
		}
	}
	return forgot
}

// page returns a page of entries, without those at c, and moves c behind them.
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

// sum tells entries apart. It need not withstand those who may write into the feed.
func sum(kind, id string, notBefore, expires int64) string {
	b := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %d", kind, id, notBefore, expires))
	return hex.EncodeToString(b[:8])
}
