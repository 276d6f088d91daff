package redisstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// call runs do, one call of method, with the Store's timeout.
func (s *Store) call(ctx context.Context, method string, do func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("redisstore: %s: %w", method, err)
	}
	err := do(ctx)
	if err == nil {
		return nil
	}
	if _, answered := errors.AsType[redis.Error](err); !answered && s.cluster != nil {
		// The master may be dead. Without this, go-redis keeps dialing it for up to a minute
		// after another has taken its place.
		s.cluster.ReloadState(ctx)
	}
	done := ctx.Err()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		done = context.DeadlineExceeded // the connection may notice it before ctx does
	}
	if done != nil && !errors.Is(err, done) {
		err = fmt.Errorf("%w: %w", done, err)
	}
	return fmt.Errorf("redisstore: %s: %w", method, err)
}

// A once is a command that go-redis does not retry. It resends other commands when the
// connection breaks before the reply: a Swap that had stored its record would then find
// that record there, and return false.
type once struct{ *redis.Cmd }

func (once) NoRetry() bool { return true }

// change calls a script that changes key. If durable, it waits for the replicas; if too few
// confirm in time, it returns an error together with the script's result.
func (s *Store) change(ctx context.Context, script script, durable bool, key string, args ...any) (any, error) {
	return script.call(ctx, func(cmd *redis.Cmd) error {
		if durable && s.replicas > 0 {
			return s.sendAndWait(ctx, key, cmd)
		}
		return s.client.Process(ctx, once{cmd})
	}, key, args...)
}

// maxRedirects is how many MOVED or ASK redirections of a command are followed.
const maxRedirects = 3

// sendAndWait sends cmd to the master of key, and waits until the replicas have what it
// wrote. WAIT covers the writes of its own connection, so both commands use the same one.
// A cluster client cannot do that, so redirections are followed here.
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
	deadline, _ := ctx.Deadline() // set by call
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

// redirection returns the address in a MOVED or ASK error, or "".
func redirection(err error) string {
	if !redis.HasErrorPrefix(err, "MOVED") && !redis.HasErrorPrefix(err, "ASK") {
		return ""
	}
	words := strings.Fields(err.Error()) // MOVED 3999 127.0.0.1:6381
	return words[len(words)-1]
}
