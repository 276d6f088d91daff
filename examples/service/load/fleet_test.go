package load

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/examples/service/internal/servicetest"
)

// A fleet is processes of the service with one Redis, behind a balancer.
type fleet struct {
	t         *testing.T
	origin    string
	program   string
	args, env []string
	addrs     []string // of the processes
	metrics   []string // addresses, too
	processes []*servicetest.Process
	turn      atomic.Uint64
	transport *http.Transport
}

// startFleet starts n processes, which end with the test.
func startFleet(t *testing.T, n int, args ...string) *fleet {
	t.Helper()
	f := &fleet{
		t: t, args: args, env: servicetest.Env("REDIS_URL=" + startRedis(t)),
		program:   servicetest.Build(t, ".."),
		processes: make([]*servicetest.Process, n),
		transport: &http.Transport{MaxIdleConnsPerHost: 256},
	}
	balancer := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetXForwarded() },
		Transport:    f,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	})
	t.Cleanup(balancer.Close)
	t.Cleanup(f.transport.CloseIdleConnections)
	f.origin = balancer.URL
	for i := range n {
		f.addrs = append(f.addrs, servicetest.FreeAddress(t))
		f.metrics = append(f.metrics, servicetest.FreeAddress(t))
		f.start(i)
	}
	return f
}

// start starts process i, and returns when it is ready.
func (f *fleet) start(i int) {
	f.t.Helper()
	f.processes[i] = servicetest.Start(f.t, f.program, f.env, f.addrs[i], append([]string{
		"-metrics-addr", f.metrics[i], "-origin", f.origin, "-trusted-proxies", "127.0.0.1/32",
	}, f.args...)...)
}

// RoundTrip sends a request to the process whose turn it is, or to the next one if that does
// not accept connections.
func (f *fleet) RoundTrip(r *http.Request) (res *http.Response, err error) {
	r.URL.Scheme = "http"
	for range f.addrs {
		r.URL.Host = f.addrs[f.turn.Add(1)%uint64(len(f.addrs))]
		res, err = f.transport.RoundTrip(r)
		if e, ok := errors.AsType[*net.OpError](err); !ok || e.Op != "dial" {
			break
		}
	}
	return res, err
}

// startRedis returns the URL of a server that keeps nothing on disk.
func startRedis(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		servicetest.Missing(t, "redis-server is not here: install Debian's package redis-server")
	}
	addr := servicetest.FreeAddress(t)
	host, port, _ := net.SplitHostPort(addr)
	server := exec.Command(program, "--bind", host, "--port", port, "--save", "", "--maxmemory-policy", "noeviction")
	server.Dir = t.TempDir()
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	return "redis://" + addr
}
