package redisstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cda17858/jwt/store"
)

// A Config configures a [Store]. It is checked by [New].
type Config struct {
	// Client is a *redis.Client, for one server or for Sentinel, or
	// a *redis.ClusterClient. Its option ContextTimeoutEnabled must be set: without it
	// go-redis ignores Timeout. Required. The Store does not close it.
	Client redis.UniversalClient

	// Prefix begins all keys. It must not contain a brace. Empty means "jwt:".
	Prefix string

	// Timeout bounds each call; its context may end it earlier. 0 means 2 seconds;
	// otherwise it must be between 10 milliseconds and 1 minute.
	Timeout time.Duration

	// WaitReplicas is how many replicas must have a Durable record or a revocation before
	// Swap or Append returns. Use the number that each master has, since any of them may
	// take over. If fewer confirm in time, the call returns an error. Required if masters
	// have replicas.
	WaitReplicas int

	// InsecureNoWait allows WaitReplicas to be 0 although masters have replicas. A failover
	// may then undo an acknowledged logout.
	InsecureNoWait bool
}

// A Store is a [store.Store], a [store.Lister] and a [store.Feed] in Redis. [New] makes
// one. It keeps no records in memory, starts no goroutine and has no Close. Its methods are
// safe for concurrent use.
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

// Load implements [store.Store]. The time is from the master of keys[0], or without keys
// from the master of the feed.
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
	if len(keys) == 0 {
		_, now, err := s.loadValues(ctx, []string{s.feedKey()})
		return []store.Record{}, now, err
	}
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = s.recordKey(key)
	}
	values, now, err := s.loadValues(ctx, names)
	if err != nil {
		return nil, time.Time{}, err
	}
	records := make([]store.Record, len(keys))
	for i, value := range values {
		if records[i], err = decode(value); err != nil {
			return nil, time.Time{}, err
		}
	}
	return records, now, nil
}

// loadValues returns the values of keys, and the time of the server that has the first.
func (s *Store) loadValues(ctx context.Context, keys []string) (values []string, now time.Time, err error) {
	if s.cluster != nil {
		return s.loadFromCluster(ctx, keys)
	}
	clock := redis.NewTimeCmd(ctx, "time")
	values, err = s.get(ctx, clock, keys)
	return values, clock.Val(), err
}

// loadFromCluster reads the first value and the time by a script, since a cluster sends
// a TIME to any node.
func (s *Store) loadFromCluster(ctx context.Context, keys []string) (values []string, now time.Time, err error) {
	answer, err := s.scripts.load.call(ctx, func(cmd *redis.Cmd) (err error) {
		values, err = s.get(ctx, cmd, keys[1:])
		return err
	}, keys[0])
	if err != nil {
		return nil, time.Time{}, err
	}
	parts, _ := answer.([]any)
	if len(parts) != 2 {
		return nil, time.Time{}, fmt.Errorf("the script returned %T", answer)
	}
	micros, _ := parts[0].(int64)
	first, _ := parts[1].(string)
	return append([]string{first}, values...), time.UnixMicro(micros), nil
}

// get sends first, and reads the values of keys besides.
func (s *Store) get(ctx context.Context, first redis.Cmder, keys []string) ([]string, error) {
	cmds := []redis.Cmder{first}
	for _, key := range keys {
		cmds = append(cmds, getFromMaster(ctx, key))
	}
	if err := s.sendAll(ctx, cmds); err != nil {
		return nil, err
	}
	values := make([]string, len(keys))
	for i, cmd := range cmds[1:] {
		values[i] = cmd.(*redis.StringCmd).Val()
	}
	return values, nil
}

// sendAll sends commands that may belong to several masters, and returns the first error.
func (s *Store) sendAll(ctx context.Context, cmds []redis.Cmder) error {
	if s.cluster == nil {
		return sender(ctx, s.client, false)(cmds...)
	}
	var wg sync.WaitGroup
	busy := make(chan struct{}, maxAtOnce)
	for _, cmd := range cmds {
		busy <- struct{}{}
		wg.Go(func() {
			s.cluster.Process(ctx, cmd)
			<-busy
		})
	}
	wg.Wait()
	return firstError(cmds)
}

// maxAtOnce is how many commands of one call are on their way in a cluster.
const maxAtOnce = 16

// getFromMaster returns a GET that only a master answers. Replicas may be behind, and
// a client may be connected to one after a failover, or prefer them for reading.
func getFromMaster(ctx context.Context, key string) *redis.StringCmd {
	return redis.NewStringCmd(ctx, "getex", key)
}

// What swap.lua returns.
const (
	conflict  = 0
	stored    = 1
	unindexed = 2
)

// Swap implements [store.Store]. The first Swap of a key with a Subject, and one that
// changes Subject or Expires, also writes the index. Other Swaps take one round trip.
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
		// Redis keeps a key until PXAT has passed, so PXAT is the millisecond before Expires.
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

// index lists key under the subject of r until r expires. It is called before r is stored.
func (s *Store) index(ctx context.Context, key string, r store.Record) error {
	until := "inf"
	if !r.Expires.IsZero() {
		until = strconv.FormatInt(r.Expires.UnixMilli(), 10)
	}
	_, err := s.change(ctx, s.scripts.index, false, s.subjectKey(r.Subject), key, until)
	return err
}

// List implements [store.Lister]. After a failover, keys that were first stored just before
// it may be missing.
func (s *Store) List(ctx context.Context, subject string) ([]string, error) {
	if subject == "" {
		return nil, ctx.Err()
	}
	var keys []string
	err := s.call(ctx, "List", func(ctx context.Context) error {
		key := s.subjectKey(subject)
		return s.onMaster(ctx, key, func(send func(...redis.Cmder) error) error {
			onlyMaster := redis.NewIntCmd(ctx, "zrem", key, "") // removes nothing; a replica refuses it
			list := redis.NewStringSliceCmd(ctx, "zrange", key, 0, -1)
			if err := send(onlyMaster, list); err != nil {
				return err
			}
			keys = list.Val()
			return nil
		})
	})
	return keys, err
}

func (s *Store) recordKey(key string) string      { return s.prefix + "r:" + key }
func (s *Store) subjectKey(subject string) string { return s.prefix + "i:" + subject }

// headSize is the length of what comes before Data in a value: version, expiry in
// milliseconds since 1970 or 0, and the first 16 bytes of the subject's SHA-256 or zeros.
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

// decode returns the record in value. An empty value is the zero Record.
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
