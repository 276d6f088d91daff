package sqlstore

import (
	"fmt"
	"strconv"
	"strings"
)

// A snapshot is a pg_snapshot of PostgreSQL: which transactions can be seen. Those from
// xmax on cannot, nor those in running, which are in ascending order.
// The zero value is the snapshot in which none can be seen.
type snapshot struct {
	xmin    uint64 // the lowest that was running, or xmax
	xmax    uint64
	running []uint64
}

// before returns s without the transactions from xmax on.
func (s snapshot) before(xmax uint64) snapshot {
	if xmax >= s.xmax {
		return s
	}
	n := 0
	for n < len(s.running) && s.running[n] < xmax {
		n++
	}
	return snapshot{min(s.xmin, xmax), xmax, s.running[:n]}
}

// String returns the text of s as PostgreSQL writes it: xmin:xmax:running,….
func (s snapshot) String() string {
	var b strings.Builder
	b.WriteString(formatID(max(s.xmin, 1)) + ":" + formatID(max(s.xmax, 1)) + ":")
	for i, id := range s.running {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(formatID(id))
	}
	return b.String()
}

func (s snapshot) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes what PostgreSQL takes, so that a cursor is never an error there.
func (s *snapshot) UnmarshalText(text []byte) error {
	low, rest, _ := strings.Cut(string(text), ":")
	high, list, ok := strings.Cut(rest, ":")
	ids, err := parseIDs(low, high)
	if !ok || err != nil || ids[0] == 0 || ids[0] > ids[1] {
		return fmt.Errorf("%q is not a snapshot", text)
	}
	next := snapshot{xmin: ids[0], xmax: ids[1]}
	if list != "" {
		if next.running, err = parseIDs(strings.Split(list, ",")...); err != nil {
			return fmt.Errorf("%q is not a snapshot", text)
		}
	}
	last := next.xmin
	for _, id := range next.running {
		if id < last || id >= next.xmax {
			return fmt.Errorf("%q is not a snapshot", text)
		}
		last = id + 1
	}
	*s = next
	return nil
}

func parseIDs(texts ...string) ([]uint64, error) {
	ids := make([]uint64, len(texts))
	for i, text := range texts {
		var err error
		if ids[i], err = strconv.ParseUint(text, 10, 63); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func formatID(id uint64) string { return strconv.FormatUint(id, 10) }
