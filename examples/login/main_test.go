package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	demoPassword = "a password for tests only"
	asMain       = "LOGIN_TEST_MAIN"
)

// TestMain is the service itself in the process that TestSignal starts.
func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A service is one that runs in this process, behind a socket.
type service struct {
	url  string
	stop func() error // ends it and returns what run returned
	log  bytes.Buffer // to be read after stop
}

func start(t *testing.T, keyFile string) *service {
	t.Setenv("LOGIN_DEMO_PASSWORD", demoPassword)
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-addr", "127.0.0.1:0", "-key", keyFile, "-hash-memory", "64"}, w)
		w.Close()
		ended <- err
	}()
	s := &service{url: listening(t, r)}
	drained := make(chan struct{})
	go func() {
		io.Copy(&s.log, r)
		close(drained)
	}()
	s.stop = sync.OnceValue(func() error {
		cancel()
		http.DefaultClient.CloseIdleConnections()
		<-drained
		return <-ended
	})
	t.Cleanup(func() { require.NoError(t, s.stop()) })
	return s
}

// listening returns the address that a service says it listens on.
func listening(t *testing.T, r io.Reader) string {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			return url
		}
	}
	require.FailNow(t, "the service did not start")
	return ""
}

// do sends a request and returns the answer with its body.
func do(t *testing.T, method, url, body string, header http.Header) (*http.Response, string) {
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(answer)
}

func loginBody(user, password string) string {
	body, _ := json.Marshal(map[string]string{"user": user, "password": password})
	return string(body)
}

var jsonType = http.Header{"Content-Type": {"application/json"}}

// login returns the token that a demo user gets.
func (s *service) login(t *testing.T, user string) string {
	res, body := do(t, "POST", s.url+"/login", loginBody(user, demoPassword), jsonType)
	require.Equal(t, http.StatusOK, res.StatusCode, body)
	var answer struct {
		Token   string `json:"access_token"`
		Type    string `json:"token_type"`
		Expires int    `json:"expires_in"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &answer))
	require.Equal(t, "Bearer", answer.Type)
	require.Equal(t, 900, answer.Expires)
	require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	return answer.Token
}

func (s *service) orders(t *testing.T, token string) (*http.Response, string) {
	return do(t, "GET", s.url+"/orders", "", http.Header{"Authorization": {"Bearer " + token}})
}

func TestRestart(t *testing.T) {
	keyFile := filepath.Join(t.TempDir(), "key.pem")
	first := start(t, keyFile)
	token := first.login(t, "alice")
	require.NoError(t, first.stop())

	res, body := start(t, keyFile).orders(t, token)
	require.Equal(t, http.StatusOK, res.StatusCode, body)

	// With another key, the same token is refused.
	res, _ = start(t, filepath.Join(t.TempDir(), "key.pem")).orders(t, token)
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
}

// A request under way when the service is told to stop is answered.
func TestShutdown(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "key.pem"))
	addr := strings.TrimPrefix(s.url, "http://")
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	body := loginBody("alice", demoPassword)
	req, err := http.NewRequest("POST", s.url+"/login", nil)
	require.NoError(t, err)
	_, err = io.WriteString(conn, "POST /login HTTP/1.1\r\nHost: login\r\nContent-Type: application/json\r\n"+
		"Expect: 100-continue\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n")
	require.NoError(t, err)
	answers := bufio.NewReader(conn)
	res, err := http.ReadResponse(answers, req)
	require.NoError(t, err)
	require.Equal(t, http.StatusContinue, res.StatusCode) // the handler reads the body

	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	for { // until the service takes no more connections
		require.Empty(t, stopped, "it did not wait for the request")
		probe, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		probe.Close()
	}
	_, err = io.WriteString(conn, body)
	require.NoError(t, err)
	res, err = http.ReadResponse(answers, req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NoError(t, <-stopped)
}

// A request that does not arrive in time is cut off, and is not a failure of the service.
func TestShutdownSlowBody(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	reading := make(chan struct{})
	slow := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(reading)
		io.Copy(io.Discard, r.Body)
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, ln, slow, 10*time.Millisecond) }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "POST /login HTTP/1.1\r\nHost: login\r\nContent-Length: 100\r\n\r\n{")
	require.NoError(t, err)
	<-reading
	cancel()
	require.NoError(t, <-ended)
	_, err = conn.Read(make([]byte, 1))
	require.Error(t, err, "the connection is closed")
}

// The service waits long enough for the slowest request that it takes.
func TestTimeouts(t *testing.T) {
	require.LessOrEqual(t, readTimeout+hashTimeout, writeTimeout)
	require.Less(t, writeTimeout, shutdownTimeout)
}

func TestSignal(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "js" {
		t.Skip("no process to send SIGTERM to")
	}
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-addr", "127.0.0.1:0", "-hash-memory", "64")
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), asMain+"=1", "LOGIN_DEMO_PASSWORD="+demoPassword)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		err = cmd.Start()
		if errors.Is(err, syscall.ENOEXEC) {
			t.Skip("the test runs in an emulator, which this machine cannot start a process in")
		}
		require.NoError(t, err)
		s := &service{url: listening(t, out)}
		res, _ := s.orders(t, s.login(t, "alice"))
		require.Equal(t, http.StatusOK, res.StatusCode)
		http.DefaultClient.CloseIdleConnections()
		require.NoError(t, cmd.Process.Signal(sig))
		_, err = io.Copy(io.Discard, out)
		require.NoError(t, err)
		require.NoError(t, cmd.Wait(), "exit status after %v", sig)
	}
}

func TestRunRefuses(t *testing.T) {
	dir := t.TempDir()
	keyFile := filepath.Join(dir, "key.pem")
	open := filepath.Join(dir, "open.pem")
	require.NoError(t, os.WriteFile(open, []byte("-"), 0o600))
	require.NoError(t, os.Chmod(open, 0o640))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"flag", []string{"-what"}, "flag provided but not defined: -what"},
		{"hash memory", []string{"-hash-memory", "0"}, "-hash-memory: 8 KiB to 1 GiB"},
		{"too much hash memory", []string{"-hash-memory", "2097152"}, "-hash-memory: 8 KiB to 1 GiB"},
		{"key that others can read", []string{"-key", open}, "has mode 0640"},
		{"no directory for the key", []string{"-key", filepath.Join(dir, "none", "key.pem")}, filepath.Join("none", ".key-")},
		{"address in use", []string{"-key", keyFile, "-hash-memory", "64", "-addr", ln.Addr().String()}, "listen tcp"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.name == "key that others can read" && runtime.GOOS == "windows" {
				t.Skip("no modes")
			}
			require.ErrorContains(t, run(t.Context(), test.args, io.Discard), test.want)
		})
	}
	require.NoError(t, run(t.Context(), []string{"-h"}, io.Discard))
}

// Without a password in the environment, a new one is made and printed.
func TestDemoPassword(t *testing.T) {
	t.Setenv("LOGIN_DEMO_PASSWORD", "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // it ends as soon as it has started
	password := func() string {
		var out bytes.Buffer
		args := []string{"-addr", "127.0.0.1:0", "-key", filepath.Join(t.TempDir(), "key.pem"), "-hash-memory", "64"}
		require.NoError(t, run(ctx, args, &out))
		_, rest, ok := strings.Cut(out.String(), "demo users alice and bob have the password ")
		require.True(t, ok, out.String())
		line, _, _ := strings.Cut(rest, "\n")
		return line
	}
	one, other := password(), password()
	require.GreaterOrEqual(t, len(one), 26)
	require.NotEqual(t, one, other)
}
