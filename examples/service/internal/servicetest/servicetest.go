// Package servicetest runs the programs of the service for tests, as processes of their own.
package servicetest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Password is that of all users of the demo, if Env is the environment.
const Password = "a password for tests only"

// Env returns an environment with new secrets, for processes that share a store.
func Env(variables ...string) []string {
	secret := func() string {
		b := make([]byte, 32)
		rand.Read(b)
		return base64.StdEncoding.EncodeToString(b)
	}
	return append(append(os.Environ(),
		"SERVICE_DEMO_PASSWORD="+Password, "SERVICE_REFRESH_KEYS="+secret(), "SERVICE_KEYRING_SECRET="+secret(),
	), variables...)
}

// Build returns the program that go build makes of the package in dir.
func Build(t *testing.T, dir string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	out, err := exec.Command("go", "build", "-o", program, dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

// A Process is a server that runs, until the test ends or Kill is called.
type Process struct {
	t   *testing.T
	cmd *exec.Cmd
}

// Start starts a program with -addr and args, in a folder of its own, and returns when it is
// ready. The test fails if the program panics, or has a data race (GOFLAGS=-race). If the
// test fails, what it has logged is shown.
func Start(t *testing.T, program string, env []string, addr string, args ...string) *Process {
	t.Helper()
	cmd := exec.Command(program, append([]string{"-addr", addr}, args...)...)
	var log bytes.Buffer
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = env, t.TempDir(), &log, &log
	require.NoError(t, cmd.Start())
	p := &Process{t, cmd}
	t.Cleanup(func() {
		p.Kill()
		assert.NotRegexp(t, "panic|DATA RACE", log.String())
		for line := range strings.Lines(log.String()) {
			if t.Failed() && !strings.Contains(line, `"level":"INFO"`) {
				t.Logf("%s: %s", addr, line)
			}
		}
	})
	require.Eventually(t, func() bool { return Get("http://"+addr+"/readyz") != "" }, time.Minute, 20*time.Millisecond)
	return p
}

// Kill ends the process at once: what it was doing is lost.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// Get returns the body of an answer with status 200, and "" for any other.
func Get(url string) string {
	res, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return ""
	}
	return string(body)
}

// FreeAddress returns an address of this machine at which nobody listens.
func FreeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	return ln.Addr().String()
}

// Missing ends the test for want of a program: it fails in CI, and is skipped elsewhere.
func Missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}
