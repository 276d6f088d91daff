package verifycache

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/cda17858/jwt"
)

// A Config limits a Cache. The zero Config is for a Parser whose keys have a Generation.
type Config struct {
	// Entries is the maximum number of results. 0 means 10,000.
	Entries int

	// Bytes is the approximate maximum memory of the results, including tokens. 0 means 32
	// MiB. Both limits apply.
	Bytes int

	// MaxAge is how long a result is kept at most: 1 second to 24 hours. 0 means as long as
	// the token is valid. It is required if the Parser's Generation is 0: then it bounds how
	// long a token is accepted after its key has stopped verifying.
	MaxAge time.Duration

	// HashKeys keeps an HMAC of each token, under a random key, instead of the token. It
	// costs half a microsecond and three allocations more for each hit.
	HashKeys bool
}

const (
	defaultEntries = 10_000
	defaultBytes   = 32 << 20
	minAge, maxAge = time.Second, 24 * time.Hour
)

// complete checks c and fills in what is zero. generation is that of the keys.
func (c *Config) complete(generation uint64) error {
	switch {
	case c.Entries < 0:
		return errors.New("Config.Entries is negative")
	case c.Bytes < 0:
		return errors.New("Config.Bytes is negative")
	case c.MaxAge != 0 && (c.MaxAge < minAge || c.MaxAge > maxAge):
		return fmt.Errorf("Config.MaxAge is %v; it must be between %v and %v, or 0", c.MaxAge, minAge, maxAge)
	case c.MaxAge == 0 && generation == 0:
		return errors.New("Config.MaxAge is 0, and the keys cannot tell when one stops verifying; set MaxAge to how long a token may be accepted after that")
	}
	if c.Entries == 0 {
		c.Entries = defaultEntries
	}
	if c.Bytes == 0 {
		c.Bytes = defaultBytes
	}
	return nil
}

// A Cache is a Parser that remembers what it has parsed. It is safe for concurrent use, has
// no goroutine, and must not be copied.
type Cache[P any] struct {
	parser     *jwt.Parser[P]
	maxAge     time.Duration
	macs       *sync.Pool // of hash.Hash, keyed; nil unless tokens are hashed
	copy       copier     // nil if an assignment copies a P
	seen       *seen
	results    *otter.Cache[string, *result[P]]
	generation atomic.Uint64 // that of the results
}

// A result is what Parse returned for one token. It is never changed.
type result[P any] struct {
	claims     jwt.Claims[P]
	generation uint64 // read before the token was parsed
	parsed     time.Time
	bytes      int // about how much memory the claims take
}

// overhead is about what a result takes beside the texts in it.
const overhead = 512

// New returns a Cache over parser. The error names the field of cfg at fault; or the field of
// P that cannot be copied, since callers could change it for each other: a pointer, a map or
// a slice that is not exported, a chan, a func, or an interface other than any.
func New[P any](parser *jwt.Parser[P], cfg Config) (*Cache[P], error) {
	if parser == nil {
		return nil, errors.New("verifycache: New: nil Parser")
	}
	if err := cfg.complete(parser.Generation()); err != nil {
		return nil, fmt.Errorf("verifycache: %w", err)
	}
	// No more results than that fit into Bytes, so a greater Entries asks for no more memory.
	c := &Cache[P]{parser: parser, maxAge: cfg.MaxAge, seen: newSeen(min(cfg.Entries, cfg.Bytes/overhead))}
	var err error
	if c.copy, err = copierFor(reflect.TypeFor[P]()); err != nil {
		return nil, fmt.Errorf("verifycache: New: %v: %w", reflect.TypeFor[P](), err)
	}
	if cfg.HashKeys {
		key := make([]byte, sha256.Size)
		rand.Read(key)
		c.macs = &sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}
	}
	c.results, err = newTable(cfg.Entries, cfg.Bytes, func(r *result[P]) int { return r.bytes })
	if err != nil {
		return nil, fmt.Errorf("verifycache: %w", err)
	}
	return c, nil
}

// newTable returns a table of at most so many entries, of at most so many bytes together. It
// does its work in the goroutines that call it.
func newTable[V any](entries, bytes int, size func(V) int) (*otter.Cache[string, V], error) {
	least := max(1, bytes/entries) // no entry weighs less, so that no more than entries fit
	return otter.New(&otter.Options[string, V]{
		MaximumWeight: uint64(bytes),
		Weigher:       func(key string, v V) uint32 { return uint32(min(max(least, len(key)+size(v)), 1<<31)) },
		Executor:      func(work func()) { work() },
	})
}

// Parse answers as the Parser's Parse does. It remembers the claims if the token has come
// before. The caller may change them.
func (c *Cache[P]) Parse(ctx context.Context, token string) (*jwt.Claims[P], error) {
	if ctx == nil || ctx.Err() != nil {
		return c.parser.Parse(ctx, token) // which says so
	}
	generation := c.current()
	key := c.key(token)
	if r, ok := c.results.GetIfPresent(key); ok && r.generation == generation && (c.maxAge == 0 || time.Since(r.parsed) < c.maxAge) {
		if err := c.parser.Recheck(&r.claims); err != nil {
			c.results.Invalidate(key)
			return nil, err
		}
		return c.clone(&r.claims), nil
	}
	parsed := time.Now()
	claims, err := c.parser.Parse(ctx, token)
	if err != nil || generation == 0 && c.maxAge == 0 || !c.seen.before(key) {
		return claims, err
	}
	c.results.Set(key, &result[P]{*c.clone(claims), generation, parsed, len(token) + overhead})
	return claims, nil
}

// current returns the Generation of the Parser. When it has changed, all results are dropped.
func (c *Cache[P]) current() uint64 {
	now := c.parser.Generation()
	if old := c.generation.Load(); old != now && c.generation.CompareAndSwap(old, now) && old != 0 {
		c.results.InvalidateAll()
	}
	return now
}

// Clear drops all results.
func (c *Cache[P]) Clear() { c.results.InvalidateAll() }

// Len returns about how many results there are.
func (c *Cache[P]) Len() int { return c.results.EstimatedSize() }

func (c *Cache[P]) key(token string) string {
	if c.macs == nil {
		return token
	}
	mac := c.macs.Get().(hash.Hash)
	defer c.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte(token))
	return string(mac.Sum(nil))
}

// clone returns a copy of claims that shares nothing with them that can be changed. Most
// tokens have one audience: claims and audience are one allocation then.
func (c *Cache[P]) clone(claims *jwt.Claims[P]) *jwt.Claims[P] {
	copied := &struct {
		jwt.Claims[P]
		audience [1]string
	}{Claims: *claims}
	switch {
	case len(claims.Audience) == 1:
		copied.audience[0] = claims.Audience[0]
		copied.Audience = copied.audience[:]
	case claims.Audience != nil:
		copied.Audience = append([]string(nil), claims.Audience...)
	}
	if claims.Header != nil {
		copied.Header = copyAny(claims.Header).(map[string]any)
	}
	if c.copy != nil {
		reflect.ValueOf(&copied.Private).Elem().Set(c.copy(reflect.ValueOf(&claims.Private).Elem()))
	}
	return &copied.Claims
}
