//go:build unix

// Package pgtest runs a PostgreSQL server for a test.
package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A Server is a PostgreSQL server with a data folder of its own. It listens on a Unix
// socket in that folder only, so that it needs no port.
type Server struct {
	t        testing.TB
	bin, dir string
	settings []string
	cmd      *exec.Cmd
	exited   chan struct{}
}

// Start starts a server with these settings (name=value), and stops it when t ends. It
// skips t if PostgreSQL is not installed; with CI=true it fails.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	bin := newest()
	if bin == "" {
		const missing = "PostgreSQL is not installed; on Debian: apt-get install postgresql"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	// Not t.TempDir: the folder above it is closed to the user postgres. The name is
	// short, since the path of a socket is.
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &Server{t: t, bin: bin, dir: dir, settings: settings}
	if c := credential(t); c != nil {
		if err := os.Chown(dir, int(c.Uid), int(c.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	initdb := s.command("initdb", "-D", dir, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	t.Cleanup(s.Crash)
	s.Restart()
	return s
}

// newest returns the folder of the newest PostgreSQL's programs, or "".
func newest() string {
	version := func(dir string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		return n
	}
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	dirs = slices.DeleteFunc(dirs, func(dir string) bool { // a client only
		_, err := os.Stat(filepath.Join(dir, "initdb"))
		return err != nil
	})
	if len(dirs) > 0 {
		return slices.MaxFunc(dirs, func(a, b string) int { return version(a) - version(b) })
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(initdb)
	}
	return ""
}

// credential returns the user postgres for root, as whom PostgreSQL refuses to run, else
// nil.
func credential(t testing.TB) *syscall.Credential {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential(s.t)}
	dieWithParent(cmd.SysProcAttr)
	return cmd
}

// URL is the connection string of the server.
func (s *Server) URL() string { return "postgres:///postgres?user=postgres&host=" + s.dir }

// Restart starts the server after Crash, and waits until it takes connections.
func (s *Server) Restart() {
	s.t.Helper()
	args := []string{"-D", s.dir, "-k", s.dir, "-c", "listen_addresses="}
	if runtime.GOOS == "linux" {
		// One call after a crash, not one for each of a thousand files.
		args = append(args, "-c", "recovery_init_sync_method=syncfs")
	}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	var log bytes.Buffer
	cmd, exited := s.command("postgres", args...), make(chan struct{})
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.cmd, s.exited = cmd, exited
	go func() {
		defer close(exited)
		_ = cmd.Wait()
	}()
	for start := time.Now(); !s.ready(); time.Sleep(5 * time.Millisecond) {
		select {
		case <-exited:
			s.t.Fatalf("PostgreSQL does not start:\n%s", log.String())
		default:
		}
		if time.Since(start) > 30*time.Second {
			s.t.Fatal("PostgreSQL is not ready after 30 s")
		}
	}
}

// ready reports whether the server says so in the last line of postmaster.pid.
func (s *Server) ready() bool {
	text, err := os.ReadFile(filepath.Join(s.dir, "postmaster.pid"))
	lines := strings.Split(string(text), "\n")
	return err == nil && len(lines) >= 8 && lines[0] == strconv.Itoa(s.cmd.Process.Pid) && strings.TrimSpace(lines[7]) == "ready"
}

// Crash is an immediate shutdown: the server stops at once and keeps what is on disk.
func (s *Server) Crash() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGQUIT)
	<-s.exited
	s.cmd = nil
}

// Stop stops all processes of the server, as SIGSTOP does: calls hang. Continue must
// follow.
func (s *Server) Stop() { s.signal(syscall.SIGSTOP) }

// Continue undoes Stop.
func (s *Server) Continue() { s.signal(syscall.SIGCONT) }

// signal sends to the server first, so that it makes no further process, and then to
// its children, which are in groups of their own.
func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	err := s.cmd.Process.Signal(sig)
	for _, pid := range s.children() {
		err = errors.Join(err, syscall.Kill(pid, sig))
	}
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		s.t.Fatal(err)
	}
}

// children returns the processes of the server's connections and its other children.
func (s *Server) children() (pids []int) {
	s.t.Helper()
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	if len(stats) == 0 {
		s.t.Skip("there is no /proc")
	}
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		// PID (NAME) STATE PARENT …
		_, fields, _ := strings.Cut(string(text), ") ")
		var state string
		var parent int
		if _, err := fmt.Sscan(fields, &state, &parent); err == nil && parent == s.cmd.Process.Pid {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			pids = append(pids, pid)
		}
	}
	return pids
}
