package redisstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cda17858/jwt/store"
)

// A Config says which servers a [Store] uses and how. It is checked by [New].
type Config struct {
	// Client is a *redis.Client, which is one server or those of a Sentinel, or
	// a *redis.ClusterClient. Its option ContextTimeoutEnabled must be set: without it
	// go-redis waits longer than a call may. Required. The Store does not close it.
	Client redis.UniversalClient

	// Prefix begins all keys. It must not contain a brace. Empty means "jwt:".
	Prefix string

	// Timeout is how long a call takes at most, if its context does not end it earlier. 0
	// means 2 seconds; otherwise it is 10 milliseconds to 1 minute.
	Timeout time.Duration

	// WaitReplicas is how many replicas must have a Durable record or a revocation before
	// Swap or Append returns: the number that each master has, so that any of them may take
	// over. If fewer answer in time, the call is an error. Required if masters have
	// replicas.
	WaitReplicas int

	// InsecureNoWait says that WaitReplicas may be 0 although masters have replicas: an
	// acknowledged logout that no replica has when it takes over is undone.
	InsecureNoWait bool
}

// A Store is a [store.Store], a [store.Lister] and a [store.Feed] in Redis. It keeps
// nothing in memory, has no goroutine and needs no Close.
type Store struct {
	client   redis.UniversalClient
	cluster  *redis.ClusterClient // nil if client is not one
	prefix   string
	timeout  time.Duration
	replicas int
	scripts  scripts
}

var _ interface {
	store.Store
	store.Lister
	store.Feed
} = (*Store)(nil)

// Load implements [store.Store]. The time is that of the master of keys[0], and without
// keys that of the feed.
func (s *Store) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	for _, key := range keys {
		if err := store.CheckKey(key); err != nil {
			return nil, time.Time{}, err
		}
	}
	var (
		records []store.Record
		now     time.Time
	)
	err := s.call(ctx, "Load", func(ctx context.Context) (err error) {
		records, now, err = s.load(ctx, keys)
		return err
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	return records, now, nil
}

func (s *Store) load(ctx context.Context, keys []string) ([]store.Record, time.Time, error) {
	first := s.feedKey()
	if len(keys) > 0 {
		first = s.recordKey(keys[0])
	}
	values := make([]*redis.StringCmd, max(len(keys), 1))
	answer, err := s.scripts.load.call(ctx, func(cmd *redis.Cmd) error {
		if len(keys) <= 1 {
			return s.client.Process(ctx, cmd)
		}
		pipe := s.client.Pipeline()
		pipe.Process(ctx, cmd)
		for i, key := range keys[1:] {
			values[i+1] = getFromMaster(ctx, s.recordKey(key))
			pipe.Process(ctx, values[i+1])
		}
		if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		return cmd.Err()
	}, first)
	if err != nil {
		return nil, time.Time{}, err
	}
	now, value, err := decodeLoaded(answer)
	if err != nil {
		return nil, time.Time{}, err
	}
	records := make([]store.Record, len(keys))
	for i := range records {
		if i > 0 {
			if value, err = values[i].Result(); err != nil && err != redis.Nil {
				return nil, time.Time{}, err
			}
		}
		if records[i], err = decode(value); err != nil {
			return nil, time.Time{}, err
		}
	}
	return records, now, nil
}

// getFromMaster returns a GET that only a master answers. A replica may be behind, and
// a client may be connected to one after a failover, or may prefer them for reading.
func getFromMaster(ctx context.Context, key string) *redis.StringCmd {
	return redis.NewStringCmd(ctx, "getex", key)
}

// What swap.lua returns.
const (
	conflict  = 0
	stored    = 1
	unindexed = 2
)

// Swap implements [store.Store]. A first Swap of a key with a Subject, and one that changes
// Subject or Expires, writes the index as well. Others are one round trip.
func (s *Store) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	if err := store.CheckKey(key); err != nil {
		return false, err
	}
	if err := r.Check(); err != nil {
		return false, err
	}
	var swapped bool
	err := s.call(ctx, "Swap", func(ctx context.Context) (err error) {
		swapped, err = s.swap(ctx, key, old, r)
		return err
	})
	return swapped && err == nil, err
}

func (s *Store) swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	before := ""
	if old != 0 {
		before = string(binary.BigEndian.AppendUint64(nil, old))
	}
	value, expires := encode(r), ""
	if !r.Expires.IsZero() {
		// Redis keeps a key until its time has passed, so that is the last millisecond.
		expires = strconv.FormatInt(max(r.Expires.UnixMilli()-1, 1), 10)
	}
	indexed := ""
	if r.Subject == "" {
		indexed = "1"
	}
	for {
		if old == 0 && indexed == "" {
			if err := s.index(ctx, key, r); err != nil {
				return false, err
			}
			indexed = "1"
		}
		answer, err := s.change(ctx, s.scripts.swap, r.Durable, s.recordKey(key), before, value, expires, indexed)
		switch answer {
		case int64(conflict):
			return false, nil
		case int64(unindexed):
			old = 0
			continue
		}
		return answer == int64(stored), err
	}
}

// index lists key under the subject of r before it is stored, and until it expires.
func (s *Store) index(ctx context.Context, key string, r store.Record) error {
	until := "inf"
	if !r.Expires.IsZero() {
		until = strconv.FormatInt(r.Expires.UnixMilli(), 10)
	}
	_, err := s.change(ctx, s.scripts.index, false, s.subjectKey(r.Subject), key, until)
	return err
}

// List implements [store.Lister]. After a failover it may lack records that were first
// stored in the last moment before.
func (s *Store) List(ctx context.Context, subject string) ([]string, error) {
	if subject == "" {
		return nil, ctx.Err()
	}
	var keys []string
	err := s.call(ctx, "List", func(ctx context.Context) (err error) {
		pipe := s.client.Pipeline()
		pipe.ZRem(ctx, s.subjectKey(subject), "") // removes nothing; only a master takes it
		list := pipe.ZRange(ctx, s.subjectKey(subject), 0, -1)
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
		keys = list.Val()
		return nil
	})
	return keys, err
}

func (s *Store) recordKey(key string) string      { return s.prefix + "r:" + key }
func (s *Store) subjectKey(subject string) string { return s.prefix + "i:" + subject }

// headSize is the length of what comes before Data in a value: version, expiry in
// milliseconds since 1970 or 0, and the beginning of the SHA-256 of the subject or 0s.
const headSize = 8 + 8 + 16

func encode(r store.Record) []byte {
	value := make([]byte, headSize, headSize+len(r.Data))
	binary.BigEndian.PutUint64(value, r.Version)
	if !r.Expires.IsZero() {
		binary.BigEndian.PutUint64(value[8:], uint64(r.Expires.UnixMilli()))
	}
	if r.Subject != "" {
		sum := sha256.Sum256([]byte(r.Subject))
		copy(value[16:headSize], sum[:])
	}
	return append(value, r.Data...)
}

// decode returns the record in value, which is empty if there is none.
func decode(value string) (store.Record, error) {
	if value == "" {
		return store.Record{}, nil
	}
	if len(value) < headSize {
		return store.Record{}, errors.New("a value was not written by this package")
	}
	b := []byte(value)
	r := store.Record{Version: binary.BigEndian.Uint64(b), Data: b[headSize:]}
	if ms := binary.BigEndian.Uint64(b[8:]); ms != 0 {
		r.Expires = time.UnixMilli(int64(ms))
	}
	return r, nil
}

// decodeLoaded returns the two parts of what load.lua returns.
func decodeLoaded(answer any) (now time.Time, value string, err error) {
	parts, _ := answer.([]any)
	if len(parts) == 3 {
		seconds, err1 := strconv.ParseInt(fmt.Sprint(parts[0]), 10, 64)
		micros, err2 := strconv.ParseInt(fmt.Sprint(parts[1]), 10, 64)
		if err1 == nil && err2 == nil {
			value, _ = parts[2].(string)
			return time.UnixMicro(seconds*1e6 + micros), value, nil
		}
	}
	return time.Time{}, "", fmt.Errorf("the script has returned %T", answer)
}
