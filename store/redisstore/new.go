package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	defaultPrefix  = "jwt:"
	defaultTimeout = 2 * time.Second
	minTimeout     = 10 * time.Millisecond
	maxTimeout     = time.Minute
)

// New returns a Store. It asks each master whether it keeps what it is given: it returns
// an error if one cannot be reached, evicts keys (maxmemory-policy), or has replicas for
// which Config does not say whether to wait. A server that does not permit INFO is not asked.
func New(ctx context.Context, cfg Config) (*Store, error) {
	s, err := newStore(cfg)
	if err != nil {
		return nil, err
	}
	err = s.call(ctx, "New", func(ctx context.Context) error {
		var mu sync.Mutex
		return s.eachMaster(ctx, func(ctx context.Context, c *redis.Client) error {
			mu.Lock()
			defer mu.Unlock()
			err := checkServer(ctx, c, cfg)
			if err == nil {
				s.scripts, err = loadScripts(ctx, c)
			}
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	// Whether it may be used, and is a master.
	if _, _, err := s.Load(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func newStore(cfg Config) (*Store, error) {
	s := &Store{
		client: cfg.Client, prefix: cmp.Or(cfg.Prefix, defaultPrefix),
		timeout: cmp.Or(cfg.Timeout, defaultTimeout), replicas: cfg.WaitReplicas,
	}
	var honoursDeadlines bool
	switch c := cfg.Client.(type) {
	case nil:
		return nil, errors.New("redisstore: Config.Client is nil; redis.NewClient makes one")
	case *redis.Client:
		if c == nil {
			return nil, errors.New("redisstore: Config.Client is nil; redis.NewClient makes one")
		}
		honoursDeadlines = c.Options().ContextTimeoutEnabled
	case *redis.ClusterClient:
		if c == nil {
			return nil, errors.New("redisstore: Config.Client is nil; redis.NewClusterClient makes one")
		}
		honoursDeadlines, s.cluster = c.Options().ContextTimeoutEnabled, c
	default:
		return nil, fmt.Errorf("redisstore: Config.Client is a %T; it must be a *redis.Client or a *redis.ClusterClient", c)
	}
	switch {
	case !honoursDeadlines:
		return nil, errors.New("redisstore: Config.Client has not the option ContextTimeoutEnabled; set it, or calls take longer than they may")
	case strings.ContainsAny(s.prefix, "{}"):
		return nil, fmt.Errorf("redisstore: Config.Prefix is %q, with a brace; choose one without", s.prefix)
	case s.timeout < minTimeout || s.timeout > maxTimeout:
		return nil, fmt.Errorf("redisstore: Config.Timeout is %v; use 0, or %v to %v", cfg.Timeout, minTimeout, maxTimeout)
	case s.replicas < 0:
		return nil, errors.New("redisstore: Config.WaitReplicas is negative")
	case s.replicas > 0 && cfg.InsecureNoWait:
		return nil, errors.New("redisstore: Config.InsecureNoWait is set beside WaitReplicas; remove one of them")
	}
	return s, nil
}

// eachMaster calls do for each master, and returns the first error.
func (s *Store) eachMaster(ctx context.Context, do func(context.Context, *redis.Client) error) error {
	if s.cluster != nil {
		return s.cluster.ForEachMaster(ctx, do)
	}
	return do(ctx, s.client.(*redis.Client))
}

// checkServer checks a master, as far as it may be asked.
func checkServer(ctx context.Context, c *redis.Client, cfg Config) error {
	info := make(map[string]string)
	for _, section := range []string{"memory", "replication"} {
		text, err := c.Info(ctx, section).Result()
		if _, refused := errors.AsType[redis.Error](err); refused {
			return nil
		}
		if err != nil {
			return err
		}
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			info[name] = value
		}
	}
	addr := c.Options().Addr
	if policy, ok := info["maxmemory_policy"]; ok && policy != "noeviction" {
		return fmt.Errorf("maxmemory-policy of %s is %s, so that it forgets who is logged out; set it to noeviction", addr, policy)
	}
	if n, _ := strconv.Atoi(info["connected_slaves"]); n > 0 && cfg.WaitReplicas == 0 && !cfg.InsecureNoWait {
		return fmt.Errorf("%s has replicas; set Config.WaitReplicas to %d, or Config.InsecureNoWait", addr, n)
	}
	return nil
}
