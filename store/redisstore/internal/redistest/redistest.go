//go:build unix

// Package redistest runs Redis servers for a test.
package redistest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A Server is a Redis server with a data folder of its own. It listens on 127.0.0.1 only,
// and writes what it acknowledges to disk first.
type Server struct {
	t        testing.TB
	program  string
	dir      string
	port     int
	settings []string
	client   *redis.Client
	cmd      *exec.Cmd
	exited   chan struct{}
}

// Start starts a server with these settings (name and value by turns), and stops it when t
// ends. It skips t if Redis is not installed; with CI=true it fails.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		const missing = "Redis is not installed; on Debian: apt-get install redis-server"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	s := &Server{t: t, program: program, dir: t.TempDir(), settings: settings}
	t.Cleanup(s.Kill)
	for range 10 {
		s.port = freePort(t)
		if err = s.start(); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	s.connect()
	return s
}

// connect makes the client of Do.
func (s *Server) connect() {
	s.client = redis.NewClient(&redis.Options{Addr: s.Addr(), ContextTimeoutEnabled: true})
	s.t.Cleanup(func() { _ = s.client.Close() })
}

// freePort returns a port that is free, and is not one of those that the system gives to
// whoever asks for any.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 20_000 + rand.IntN(10_000)
		if l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// Addr is the address of the server.
func (s *Server) Addr() string { return fmt.Sprint("127.0.0.1:", s.port) }

// Restart starts the server after Kill, and waits until it has read its data.
func (s *Server) Restart() {
	s.t.Helper()
	if err := s.start(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) start() error {
	args := []string{
		"--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--dir", s.dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "always", "--loglevel", "warning",
	}
	for i, word := range s.settings {
		if i%2 == 0 {
			word = "--" + word
		}
		args = append(args, strings.Fields(word)...)
	}
	return s.run(exec.Command(s.program, args...))
}

// run starts the process, and waits until the server answers.
func (s *Server) run(cmd *exec.Cmd) error {
	var log bytes.Buffer
	exited := make(chan struct{})
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	dieWithParent(cmd.SysProcAttr)
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd, s.exited = cmd, exited
	go func() {
		defer close(exited)
		_ = cmd.Wait()
	}()
	for begin := time.Now(); !s.ready(); time.Sleep(5 * time.Millisecond) {
		select {
		case <-exited:
			s.cmd = nil
			return fmt.Errorf("redis-server does not start:\n%s", log.String())
		default:
		}
		if time.Since(begin) > 30*time.Second {
			s.Kill()
			return errors.New("redis-server is not ready after 30 s")
		}
	}
	return nil
}

// ready reports whether the server answers.
func (s *Server) ready() bool {
	c, err := net.DialTimeout("tcp", s.Addr(), time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	answer := make([]byte, 7)
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	n, _ := c.Read(answer)
	return string(answer[:n]) == "+PONG\r\n" || bytes.HasPrefix(answer[:n], []byte("-NOAUTH"))
}

// Kill ends the server at once, as kill -9 does. What is on disk stays.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.exited
	s.cmd = nil
}

// Backup copies what is on disk, and returns a func that kills the server, puts that back and
// starts it again.
func (s *Server) Backup() (restore func()) {
	s.t.Helper()
	backup := s.t.TempDir()
	if err := os.CopyFS(backup, os.DirFS(s.dir)); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		s.t.Helper()
		s.Kill()
		if err := errors.Join(os.RemoveAll(s.dir), os.CopyFS(s.dir, os.DirFS(backup))); err != nil {
			s.t.Fatal(err)
		}
		s.Restart()
	}
}

// Stop stops the server as SIGSTOP does: calls hang. Continue or Kill must follow.
func (s *Server) Stop() { s.signal(syscall.SIGSTOP) }

// Continue undoes Stop.
func (s *Server) Continue() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// Do sends a command, and returns the answer as a text. It fails the test if there is an
// error.
func (s *Server) Do(args ...any) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	answer, err := s.client.Do(ctx, args...).Result()
	if err != nil {
		s.t.Fatalf("%v: %v", args, err)
	}
	return fmt.Sprint(answer)
}
