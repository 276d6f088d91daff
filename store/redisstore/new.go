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

// New checks cfg and each master, and returns a Store. It returns an error if a master
// cannot be reached, evicts keys (maxmemory-policy), or has replicas although neither
// WaitReplicas nor InsecureNoWait is set. The last two are not checked on a server that
// does not permit INFO. ctx is for New only.
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
	// Fails if the server is not a master, or the user lacks the commands of Load.
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
		return nil, errors.New("redisstore: Config.Client does not set ContextTimeoutEnabled, so calls could exceed Config.Timeout; set it in the client's options")
	case strings.ContainsAny(s.prefix, "{}"):
		return nil, fmt.Errorf("redisstore: Config.Prefix %q contains a brace; remove it", s.prefix)
	case s.timeout < minTimeout || s.timeout > maxTimeout:
		return nil, fmt.Errorf("redisstore: Config.Timeout is %v; use 0, or %v to %v", cfg.Timeout, minTimeout, maxTimeout)
	case s.replicas < 0:
		return nil, errors.New("redisstore: Config.WaitReplicas is negative; use the number of replicas of each master, or 0")
	case s.replicas > 0 && cfg.InsecureNoWait:
		return nil, errors.New("redisstore: Config.InsecureNoWait and Config.WaitReplicas are both set; remove one")
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

// checkServer checks a master, if it permits INFO.
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
		return fmt.Errorf("maxmemory-policy of %s is %s, so it may evict revocations; set it to noeviction", addr, policy)
	}
	if n, _ := strconv.Atoi(info["connected_slaves"]); n > 0 && cfg.WaitReplicas == 0 && !cfg.InsecureNoWait {
		return fmt.Errorf("%s has replicas; set Config.WaitReplicas to %d, or Config.InsecureNoWait", addr, n)
	}
	return nil
}
