//go:build unix

package redisstore_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

func TestMain(m *testing.M) {
	// go-redis logs each server that it cannot reach, and that is what most tests are about.
	redis.SetLogger(&logging.VoidLogger{})
	for name, run := range map[string]func(config string) error{instanceEnv: runInstance, watchEnv: runWatch} {
		if config, ok := os.LookupEnv(name); ok {
			if err := run(config); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		}
	}
	_ = flag.Set("test.parallel", "4") // unless the command line has it: most tests wait most of the time
	os.Exit(m.Run())
}
