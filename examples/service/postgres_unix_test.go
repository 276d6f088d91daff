//go:build unix

package main

import (
	"bytes"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startPostgres returns the URL of a server of its own, which listens on a Unix socket.
func startPostgres(t *testing.T) string {
	programs, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(programs) == 0 {
		skip(t, "PostgreSQL is missing: apt-get install postgresql")
	}
	dir, err := os.MkdirTemp("", "pg") // t.TempDir is closed to the user postgres
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(filepath.Dir(programs[0]), name), append([]string{"-D", dir}, args...)...)
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: postgresUser(t, dir)}
		return cmd
	}
	out, err := command("initdb", "-U", "postgres", "-A", "trust", "--no-sync").CombinedOutput()
	require.NoError(t, err, string(out))
	server := command("postgres", "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off")
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		server.Process.Signal(syscall.SIGQUIT)
		server.Wait()
	})
	require.Eventually(t, func() bool { // the last line of this file says how far it is
		data, _ := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
		return bytes.HasSuffix(bytes.TrimSpace(data), []byte("ready"))
	}, 20*time.Second, 50*time.Millisecond)
	return "postgres:///postgres?user=postgres&host=" + url.QueryEscape(dir)
}

// postgresUser returns the user as whom root runs the server, who owns dir then.
func postgresUser(t *testing.T, dir string) *syscall.Credential {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	require.NoError(t, err)
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	require.NoError(t, os.Chown(dir, uid, gid))
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
