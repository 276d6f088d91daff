package interop

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// Versions of what testdata/op.mjs imports.
var nodeModules = map[string]string{"oidc-provider": "9.13.3", "jose": "6.2.17"}

// A provider is a process of op.mjs.
type provider struct {
	alg    jwt.Algorithm
	issuer string
	stop   func() // returns when the process has ended
}

// startProvider returns when the provider listens. port may be 0.
func startProvider(t *testing.T, folder string, alg jwt.Algorithm, port string, args ...string) *provider {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	node := exec.CommandContext(ctx, "node", append([]string{"op.mjs", string(alg), port}, args...)...)
	node.Dir = folder
	var stderr bytes.Buffer
	node.Stderr = &stderr
	stdin, err := node.StdinPipe()
	require.NoError(t, err)
	stdout, err := node.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, node.Start())
	p := &provider{alg: alg, stop: sync.OnceFunc(func() {
		stdin.Close() // ends it
		node.Wait()
		cancel()
	})}
	t.Cleanup(p.stop)
	p.issuer, err = bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		p.stop()
		require.NoError(t, err, "op.mjs: %s", stderr.String())
	}
	p.issuer = strings.TrimSpace(p.issuer)
	return p
}

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}

// token asks for an access token for the API of that name.
func (p *provider) token(t *testing.T, api string) string {
	t.Helper()
	token, refusal := p.grant(t, api, url.Values{"client_id": {"shop"}, "client_secret": {"not a secret"}})
	require.Empty(t, refusal)
	return token
}

// grant is token with other credentials. refusal is the error that the provider answers.
func (p *provider) grant(t *testing.T, api string, credentials url.Values) (token, refusal string) {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"orders:read"}, "resource": {api}}
	maps.Copy(form, credentials)
	resp, err := http.PostForm(p.issuer+"/token", form)
	require.NoError(t, err)
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		Error       string
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	require.Equal(t, resp.StatusCode == http.StatusOK, answer.TokenType == "Bearer")
	require.Equal(t, resp.StatusCode == http.StatusOK, answer.Error == "")
	return answer.AccessToken, answer.Error
}
