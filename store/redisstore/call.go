package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// call runs do, which is one call of method, within the time that it may take.
func (s *Store) call(ctx context.Context, method string, do func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	err := ctx.Err()
	if err == nil {
		err = do(ctx)
	}
	if err == nil {
		return nil
	}
	if _, answered := errors.AsType[redis.Error](err); !answered && s.cluster != nil {
		// A master may be dead. Without this go-redis goes on to dial it for up to a minute
		// after another has taken its place.
		s.cluster.ReloadState(ctx)
	}
	if done := ctx.Err(); done != nil && !errors.Is(err, done) {
		err = fmt.Errorf("%w: %w", done, err)
	}
	return fmt.Errorf("redisstore: %s: %w", method, err)
}

// A once is a command that go-redis sends once. Others it sends again when the connection
// breaks before the answer: then a Swap that has stored its record would find that there,
// and return false.
type once struct{ *redis.Cmd }

func (once) NoRetry() bool { return true }

// change calls a script that changes key. If it is durable, change waits for the replicas,
// and returns an error if it waits in vain, with what the script has returned.
func (s *Store) change(ctx context.Context, script script, durable bool, key string, args ...any) (any, error) {
	return script.call(ctx, func(cmd *redis.Cmd) error {
		if durable && s.replicas > 0 {
			return s.sendAndWait(ctx, key, cmd)
		}
		return s.client.Process(ctx, once{cmd})
	}, key, args...)
}

// maxRedirects is how often a cluster may send a command elsewhere.
const maxRedirects = 3

// sendAndWait sends cmd to the master of key, and waits until the replicas have what it has
// written. Redis counts what one connection has written, so both take the same one. A
// cluster client cannot do that, and so its redirections are followed here.
func (s *Store) sendAndWait(ctx context.Context, key string, cmd *redis.Cmd) error {
	if s.cluster == nil {
		return s.sendAndWaitAt(ctx, s.client, false, cmd)
	}
	node, err := s.cluster.MasterForKey(ctx, key)
	if err != nil {
		return err
	}
	options := *node.Options()
	for range maxRedirects {
		asking := redis.HasErrorPrefix(err, "ASK")
		err = s.sendAndWaitAt(ctx, node, asking, cmd)
		addr := redirection(err)
		if addr == "" {
			return err
		}
		s.cluster.ReloadState(ctx)
		options.Addr = addr
		node = redis.NewClient(&options)
		defer node.Close()
	}
	return err
}

func (s *Store) sendAndWaitAt(ctx context.Context, c redis.UniversalClient, asking bool, cmd *redis.Cmd) error {
	pipe := c.Pipeline()
	if asking {
		pipe.Process(ctx, redis.NewCmd(ctx, "asking"))
	}
	pipe.Process(ctx, once{cmd})
	deadline, _ := ctx.Deadline() // call has set one
	patience := max(time.Until(deadline)*3/4, time.Millisecond)
	wait := redis.NewIntCmd(ctx, "wait", s.replicas, patience.Milliseconds())
	pipe.Process(ctx, wait)
	pipe.Exec(ctx)
	if err := cmd.Err(); err != nil {
		return err
	}
	n, err := wait.Result()
	if err == nil && n < int64(s.replicas) {
		err = fmt.Errorf("%d of %d replicas have the record; a failover may lose it", n, s.replicas)
	}
	return err
}

// redirection returns the address to which a cluster has sent a command, or "".
func redirection(err error) string {
	if !redis.HasErrorPrefix(err, "MOVED") && !redis.HasErrorPrefix(err, "ASK") {
		return ""
	}
	words := strings.Fields(err.Error()) // MOVED 3999 127.0.0.1:6381
	return words[len(words)-1]
}
