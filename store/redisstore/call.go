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

// sendAndWait sends cmd to the master of key, and waits until the replicas have what it
// wrote. WAIT covers the writes of its own connection, so both commands use the same one.
func (s *Store) sendAndWait(ctx context.Context, key string, cmd *redis.Cmd) error {
	return s.onMaster(ctx, key, func(send func(...redis.Cmder) error) error {
		deadline, _ := ctx.Deadline() // set by call
		patience := max(time.Until(deadline)*3/4, time.Millisecond)
		wait := redis.NewIntCmd(ctx, "wait", s.replicas, patience.Milliseconds())
		if err := send(once{cmd}, wait); err != nil {
			return err
		}
		if n := wait.Val(); n < int64(s.replicas) {
			return fmt.Errorf("%d of %d replicas have the record; a failover may lose it", n, s.replicas)
		}
		return nil
	})
}

// maxRedirects is how many MOVED or ASK redirections are followed.
const maxRedirects = 3

// onMaster runs do, whose send sends commands over one connection to the master of key. It
// runs do again where a cluster redirects it. Pipelines of a cluster client are not used:
// after a redirection, go-redis may read the replies of two nodes into one command.
func (s *Store) onMaster(ctx context.Context, key string, do func(send func(...redis.Cmder) error) error) error {
	if s.cluster == nil {
		return do(sender(ctx, s.client, false))
	}
	node, err := s.cluster.MasterForKey(ctx, key)
	if err != nil {
		return err
	}
	options := *node.Options()
	for range maxRedirects {
		err = do(sender(ctx, node, redis.HasErrorPrefix(err, "ASK")))
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

// sender returns a func that sends commands in a pipeline to c, and returns the first error.
func sender(ctx context.Context, c redis.UniversalClient, asking bool) func(...redis.Cmder) error {
	return func(cmds ...redis.Cmder) error {
		pipe := c.Pipeline()
		for _, cmd := range cmds {
			if asking {
				pipe.Process(ctx, redis.NewCmd(ctx, "asking"))
			}
			pipe.Process(ctx, cmd)
		}
		pipe.Exec(ctx)
		return firstError(cmds)
	}
}

// firstError returns the first error of cmds, except that a value is absent.
func firstError(cmds []redis.Cmder) error {
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil && err != redis.Nil {
			return err
		}
	}
	return nil
}

// redirection returns the address in a MOVED or ASK error, or "".
func redirection(err error) string {
	if !redis.HasErrorPrefix(err, "MOVED") && !redis.HasErrorPrefix(err, "ASK") {
		return ""
	}
	words := strings.Fields(err.Error()) // MOVED 3999 127.0.0.1:6381
	return words[len(words)-1]
}
