package loopback_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/cmd/jwt/internal/loopback"
)

func TestListen(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.com:0", "127.0.0.1", "127.0.0.1:x", ""} {
		_, err := loopback.Listen(address)
		require.Error(t, err, address)
	}
}

// Only requests to its own name are answered, and it ends with its context.
func TestServe(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "localhost:0"} {
		t.Run(address, func(t *testing.T) {
			l, err := loopback.Listen(address)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(l.URL(), "http://"+strings.TrimSuffix(address, "0")))
			ctx, stop := context.WithCancel(t.Context())
			served := make(chan error)
			go func() {
				served <- l.Serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
			}()

			require.Equal(t, http.StatusOK, status(t, l.URL(), ""))
			require.Equal(t, http.StatusOK, status(t, l.URL(), strings.ToUpper(l.Host())))
			require.Equal(t, http.StatusMisdirectedRequest, status(t, l.URL(), "attacker.example.com"))
			require.Equal(t, http.StatusMisdirectedRequest, status(t, l.URL(), "127.0.0.1:1"))
			stop()
			require.NoError(t, <-served)
			_, err = loopback.Listen(l.Host())
			require.NoError(t, err, "the port is still in use")
		})
	}
}

func status(t *testing.T, url, host string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	r.Host = host
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	resp.Body.Close()
	return resp.StatusCode
}
