package store

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"time"
)

// A kind is what is under a key of one of the two stores of a moving.
type kind byte

const (
	isNothing kind = iota
	isRecord
	isClaim
	isMark
)

// A mark is the content of a mark, or of a claim, which has only an ID.
type mark struct {
	id     [16]byte // of the claim
	record Record   // that was under the key, if there was one
}

// A half is what is under a key in one of the two stores. For an expired record the kind is
// isNothing, but the Version is kept.
type half struct {
	Record
	kind kind
	mark mark
}

// markMagic begins the Data of marks and claims. No other record of this module begins with
// it, and neither does text.
var markMagic = []byte("\x00\xf1\x9e\xd2moving\x8a\x07\xe4")

// After markMagic come the kind, the id, and the version, the Expires and the Data of the
// record. Expires is in milliseconds since 1970, 0 for never.
const markOverhead = 64

func newMarkID() (id [16]byte) {
	rand.Read(id[:])
	return id
}

func (m mark) encode(k kind) []byte {
	b := append(bytes.Clone(markMagic), byte(k))
	b = append(b, m.id[:]...)
	b = binary.BigEndian.AppendUint64(b, m.record.Version)
	var expires int64
	if !m.record.Expires.IsZero() {
		expires = m.record.Expires.UnixMilli()
	}
	b = binary.BigEndian.AppendUint64(b, uint64(expires))
	return append(b, m.record.Data...)
}

func newHalf(r Record, now time.Time) half {
	h := half{Record: r}
	rest, ok := bytes.CutPrefix(r.Data, markMagic)
	switch {
	case r.Version == 0 || r.expired(now):
		return h
	case !ok || len(rest) < 1+16+8+8 || kind(rest[0]) != isClaim && kind(rest[0]) != isMark:
		h.kind = isRecord
		return h
	}
	h.kind = kind(rest[0])
	copy(h.mark.id[:], rest[1:])
	h.mark.record.Version = binary.BigEndian.Uint64(rest[17:])
	if expires := int64(binary.BigEndian.Uint64(rest[25:])); expires != 0 {
		h.mark.record.Expires = time.UnixMilli(expires)
	}
	h.mark.record.Data = rest[33:]
	if h.mark.record.expired(now) {
		h.mark.record = Record{}
	}
	return h
}

// current returns the record under a key, with what is in the old store and in the new one.
func current(o, n half) Record {
	switch {
	case o.kind == isRecord:
		return o.Record
	case n.kind == isRecord:
		return n.Record
	case o.kind == isMark && n.kind == isClaim && o.mark.id == n.mark.id:
		return o.mark.record
	case n.kind == isMark && o.kind == isClaim && o.mark.id == n.mark.id:
		return n.mark.record // of an interrupted move in the other direction
	}
	return Record{}
}
