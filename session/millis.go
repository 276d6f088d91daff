package session

import "time"

// millis is a time or a duration in milliseconds. As a time it counts from 1970, and 0
// means never.
type millis int64

func newMillis(t time.Time) millis { return millis(t.UnixMilli()) }

func (m millis) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

func (m millis) duration() time.Duration { return time.Duration(m) * time.Millisecond }
