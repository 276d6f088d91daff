package redisstore

import (
	"context"
	_ "embed"

	"github.com/redis/go-redis/v9"
)

// The scripts know nothing about sessions or revocation. Each has one key, so a cluster
// needs no hash tags.
var (
	//go:embed lua/load.lua
	loadText string
	//go:embed lua/swap.lua
	swapText string
	//go:embed lua/index.lua
	indexText string
	//go:embed lua/append.lua
	appendText string
)

// A script is called by its SHA-1 hash. The server computes it, because FIPS mode forbids
// SHA-1 in this process.
type script struct{ text, hash string }

// scripts has all scripts of this package.
type scripts struct{ load, swap, index, append script }

// loadScripts loads the scripts into a server, and returns them with their hashes.
func loadScripts(ctx context.Context, c *redis.Client) (scripts, error) {
	s := scripts{load: script{text: loadText}, swap: script{text: swapText}, index: script{text: indexText}, append: script{text: appendText}}
	for _, one := range []*script{&s.load, &s.swap, &s.index, &s.append} {
		var err error
		if one.hash, err = c.ScriptLoad(ctx, one.text).Result(); err != nil {
			return scripts{}, err
		}
	}
	return s, nil
}

// call sends s by its hash, and by its text if the server does not have it.
func (s script) call(ctx context.Context, send func(*redis.Cmd) error, key string, args ...any) (any, error) {
	cmd := s.command(ctx, "evalsha", s.hash, key, args)
	err := send(cmd)
	if redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") {
		cmd = s.command(ctx, "eval", s.text, key, args)
		err = send(cmd)
	}
	return cmd.Val(), err
}

func (s script) command(ctx context.Context, name, what, key string, args []any) *redis.Cmd {
	return redis.NewCmd(ctx, append([]any{name, what, 1, key}, args...)...)
}
