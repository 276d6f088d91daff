package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Two processes on one store are one service: what one of them does counts at the other.
func TestTwoProcesses(t *testing.T) {
	for name, start := range map[string]func(*testing.T) string{"REDIS_URL": startRedis, "DATABASE_URL": startPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := env(map[string]string{
				name: start(t), "SERVICE_REFRESH_KEYS": testSecret, "SERVICE_KEYRING_SECRET": testSecret,
			})
			one := startProcess(t, variables, "-demo")
			two := startProcess(t, variables, "-demo", "-origin", one.url)
			two.url = "http://" + two.find(`listening at (\S+),`)
			here := one.login(t, "alice")
			there := *here
			there.service = two.service

			require.Equal(t, here.do("GET", "/me", nil).want(200).member("key"), there.do("GET", "/me", nil).want(200).member("key"))
			there.do("POST", "/refresh", nil).want(204)
			there.do("POST", "/orders", map[string]string{"item": "tea"}).want(201)
			require.Contains(t, here.do("GET", "/orders", nil).want(200).body, "tea")

			stream := here.events(t)
			stream.next()
			there.do("POST", "/logout/everywhere", nil).want(204)
			event, data := stream.next()
			require.Equal(t, "end", event)
			require.Equal(t, "revoked", data["reason"])
		})
	}
}

func TestStorageErrors(t *testing.T) {
	for name, c := range map[string]config{
		"DATABASE_URL": {databaseURL: "postgres://user:hidden@127.0.0.1:1/db"},
		"REDIS_URL":    {redisURL: "redis://user:hidden@127.0.0.1:1?max_retries=-1"},
	} {
		_, _, err := openStore(t.Context(), c)
		require.ErrorContains(t, err, name)
		require.NotContains(t, err.Error(), "hidden")
	}
	_, _, err := openStore(t.Context(), config{redisURL: "127.0.0.1:hidden"})
	require.ErrorContains(t, err, "REDIS_URL")
	require.NotContains(t, err.Error(), "hidden")
}

// startRedis returns the URL of a server of its own.
func startRedis(t *testing.T) string {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		skip(t, "redis-server is missing: apt-get install redis-server")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := ln.Addr().(*net.TCPAddr).Port
	ln.Close()
	cmd := exec.Command(path, "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir(), "--maxmemory-policy", "noeviction")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, 5*time.Second, 10*time.Millisecond)
	return fmt.Sprintf("redis://127.0.0.1:%d/0", port)
}

// skip skips a test for which something has to be installed. In CI everything has been.
func skip(t *testing.T, missing string) {
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}
