// Package e2e holds tests of the service in a real browser: Debian's Chromium, driven by
// playwright-core. The scripts are in testdata; Node's own runner runs them.
//
//	go test -v ./e2e                        # needs chromium, Node.js 20 and npm
//	SERVICE_SCREENSHOTS=docs go test ./e2e  # and takes the pictures for the README
package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/examples/service/internal/servicetest"
)

func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		servicetest.Missing(t, "chromium is not here: install Debian's package chromium")
	}
	folder := nodeFolder(t)
	programs := [2]string{servicetest.Build(t, ".."), servicetest.Build(t, "../reports")}
	for script, args := range map[string][]string{
		"tour": {"-access=12s", "-grace=1500ms"}, "tabs": {"-access=5s", "-grace=3s"}, "origins": nil,
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			origin := startServices(t, programs, args...)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			node := exec.CommandContext(ctx, "node", "--test-reporter=spec", script+".mjs")
			node.Dir = folder
			node.Env = append(os.Environ(), "CHROMIUM="+chromium, "ORIGIN="+origin, "PASSWORD="+servicetest.Password,
				"OTHER_PORT="+startStranger(t, "127.0.0.1"), "OTHER_SITE="+startStranger(t, "localhost"),
				"SCREENSHOTS="+screenshots(t))
			out, err := node.CombinedOutput()
			require.NoError(t, err, "%s", out)
			t.Logf("%s", out)
		})
	}
}

// startServices starts the service, with what its demo adds, and the second process, and
// returns the origin of the pages.
func startServices(t *testing.T, programs [2]string, args ...string) string {
	t.Helper()
	addr, reports := servicetest.FreeAddress(t), servicetest.FreeAddress(t)
	proxy := httptest.NewServer(newProxy(addr))
	t.Cleanup(proxy.Close)
	servicetest.Start(t, programs[0], servicetest.Env(), addr, append(args,
		"-demo", "-origin", proxy.URL, "-reports-url", "http://"+reports, "-trusted-proxies", "127.0.0.1/32")...)
	servicetest.Start(t, programs[1], os.Environ(), reports, "-issuer", proxy.URL)
	return proxy.URL
}

// newProxy returns a proxy for the service. It loses the answers to requests that ask for it:
// the service has answered, and the connection breaks.
func newProxy(addr string) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: addr})
			r.SetXForwarded()
		},
		ModifyResponse: func(r *http.Response) error {
			if r.Request.Header.Get("Lose-Answer") != "" {
				panic(http.ErrAbortHandler)
			}
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
}

// startStranger starts a server of pages that have nothing to do with the service, and
// returns their origin.
func startStranger(t *testing.T, host string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(`<!doctype html><html lang="en"><title>another page</title><link rel="icon" href="data:,">`))
	}))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", host, 1)
}

// screenshots returns the folder for pictures of the page.
func screenshots(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("SERVICE_SCREENSHOTS")
	if folder == "" {
		return t.TempDir()
	}
	folder, err := filepath.Abs(filepath.Join("..", folder))
	require.NoError(t, err)
	return folder
}

// The pictures of the README are there, in light and in dark, and small.
func TestScreenshots(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	for _, name := range []string{"theft", "ended", "store"} {
		for _, scheme := range []string{"light", "dark"} {
			file := "docs/" + name + "-" + scheme + ".png"
			require.Contains(t, string(readme), file)
			info, err := os.Stat("../" + file)
			require.NoError(t, err)
			require.Less(t, info.Size(), int64(150_000), file)
		}
	}
}
