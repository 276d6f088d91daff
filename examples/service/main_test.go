package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A process is run in a goroutine.
type process struct {
	*service
	stop func() error // as by a signal
}

// startProcess runs the service as main does, on a free port.
func startProcess(t *testing.T, getenv func(string) string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	log := &buffer{}
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, append([]string{"-addr=127.0.0.1:0", "-hash-memory=8"}, args...), getenv, log)
	}()
	p := &process{service: &service{log: log}}
	p.stop = func() error {
		cancel()
		err := <-done
		done <- err
		return err
	}
	t.Cleanup(func() { p.stop() })
	for end := time.Now().Add(10 * time.Second); p.url == ""; p.url = p.find(`listening at \S+, as (\S+)`) {
		select {
		case err := <-done:
			done <- err
			require.FailNow(t, "run has returned", "%v", err)
		case <-time.After(5 * time.Millisecond):
			require.True(t, time.Now().Before(end), "not listening: %s", log)
		}
	}
	return p
}

// find returns what stands in the log.
func (p *process) find(pattern string) string {
	if match := regexp.MustCompile(pattern).FindStringSubmatch(p.log.String()); match != nil {
		return match[1]
	}
	return ""
}

// On a fresh machine nothing but a folder is needed. Users stay logged in after a restart,
// the keys are the same, and the password is printed once.
func TestRestart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	p := startProcess(t, noEnv, "-data", data)
	password := p.find(`with the password (\S+)`)
	require.NotEmpty(t, password)
	b := p.browser(t)
	b.do("POST", "/login", loginBody("admin", password)).want(200)
	key := b.do("GET", "/me", nil).want(200).member("key")
	require.NoError(t, p.stop())

	again := startProcess(t, noEnv, "-data", data, "-origin", p.url) // it is the issuer, and the port is another
	require.Empty(t, again.find(`with the password (\S+)`))
	again.url = "http://" + again.find(`at (\S+), as`)
	b.service = again.service
	require.Equal(t, key, b.do("GET", "/me", nil).want(200).member("key"))
	b.do("POST", "/refresh", nil).want(204)
	require.NoError(t, again.stop())
}

// Requests that are under way are answered, and streams of events end.
func TestShutdown(t *testing.T) {
	p := startProcess(t, noEnv, "-data", t.TempDir(), "-demo")
	b := p.login(t, "alice")
	stream := b.events(t)
	stream.next()
	start := time.Now()
	require.NoError(t, p.stop())
	require.Less(t, time.Since(start), shutdownTimeout/2)
	name, _ := stream.next()
	require.Empty(t, name)
}

func TestMetricsListener(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := ln.Addr().String()
	ln.Close()
	startProcess(t, noEnv, "-data", t.TempDir(), "-metrics-addr", address)
	res, err := http.Get("http://" + address + "/metrics")
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, 200, res.StatusCode)
}

func TestRunErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, test := range []struct {
		want string
		args []string
	}{
		{"SERVICE_ADDR", []string{"-addr", taken.Addr().String()}},
		{"SERVICE_METRICS_ADDR", []string{"-metrics-addr", taken.Addr().String()}},
		{"SERVICE_DATA", []string{"-data", file}},
		{"SERVICE_ORIGIN", []string{"-origin", "http://app.example.com"}},
		{"SERVICE_TLS_CERT", []string{"-tls-cert", file, "-tls-key", file}},
		{"-unknown", []string{"-unknown"}},
	} {
		args := append([]string{"-addr=127.0.0.1:0", "-hash-memory=8", "-data", t.TempDir()}, test.args...)
		require.ErrorContains(t, run(t.Context(), args, noEnv, io.Discard), test.want)
	}
	require.NoError(t, run(t.Context(), []string{"-h"}, noEnv, io.Discard))
}

func TestTLS(t *testing.T) {
	cert, key, roots := newCertificate(t)
	p := startProcess(t, noEnv, "-data", t.TempDir(), "-tls-cert", cert, "-tls-key", key)
	require.Regexp(t, "^https://", p.url)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Get(p.url + "/readyz")
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, 2, res.ProtoMajor)
	require.NotEmpty(t, res.Header.Get("Strict-Transport-Security"))
}

func newCertificate(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{{127, 0, 0, 1}}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	write := func(name, kind string, data []byte) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600))
		return path
	}
	parsed, err := x509.ParseCertificate(cert)
	require.NoError(t, err)
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	return write("cert.pem", "CERTIFICATE", cert), write("key.pem", "PRIVATE KEY", der), roots
}
