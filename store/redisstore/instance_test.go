//go:build unix

package redisstore_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store/redisstore"
)

// An instance is a process of a service, with handlers for login, refresh, logout and one
// that checks access tokens. It answers requests that come by its standard input.
type instance struct {
	t       testing.TB
	cmd     *exec.Cmd
	in      *json.Encoder
	answers *json.Decoder
}

// An instanceConfig says how an instance is set up.
type instanceConfig struct {
	Addr    string // of a server, which may be a proxy
	Key     string // PEM, of the signer
	Timeout time.Duration
}

// A request is one to a handler of an instance, and an answer what it writes.
type (
	request struct {
		Path   string
		Form   url.Values // if the method is POST
		Bearer string
	}
	answer struct {
		Status int
		Body   string
		Took   time.Duration
	}
)

const (
	instanceEnv     = "JWT_REDIS_INSTANCE"
	instanceTimeout = 250 * time.Millisecond // of a call of the store
)

// startInstance starts a process, by the given command if there is one.
func startInstance(t testing.TB, cfg instanceConfig, command ...string) *instance {
	t.Helper()
	config, err := json.Marshal(cfg)
	require.NoError(t, err)
	command = append(command, os.Args[0])
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), instanceEnv+"="+string(config))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		in.Close() // which ends it
		require.NoError(t, cmd.Wait())
	})
	return &instance{t, cmd, json.NewEncoder(in), json.NewDecoder(out)}
}

func newKey(t testing.TB) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func (i *instance) do(r request) (a answer) {
	i.t.Helper()
	require.NoError(i.t, i.in.Encode(r))
	require.NoError(i.t, i.answers.Decode(&a))
	return a
}

// login returns the tokens of a new session.
func (i *instance) login(subject string) (refreshToken, accessToken string) {
	i.t.Helper()
	return i.tokens(i.do(request{Path: "/login", Form: url.Values{"subject": {subject}}}))
}

func (i *instance) tokens(a answer) (refreshToken, accessToken string) {
	i.t.Helper()
	require.Equal(i.t, http.StatusOK, a.Status, a.Body)
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	require.NoError(i.t, json.Unmarshal([]byte(a.Body), &tokens))
	return tokens.Refresh, tokens.Access
}

func (i *instance) refresh(refreshToken string) answer {
	i.t.Helper()
	return i.do(request{Path: "/refresh", Form: url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}}})
}

func (i *instance) logout(refreshToken string) answer {
	i.t.Helper()
	return i.do(request{Path: "/logout", Form: url.Values{"token": {refreshToken}}})
}

func (i *instance) check(accessToken string) answer {
	i.t.Helper()
	return i.do(request{Path: "/orders", Bearer: accessToken})
}

// runInstance is what an instance does.
func runInstance(config string) error {
	var cfg instanceConfig
	if err := json.Unmarshal([]byte(config), &cfg); err != nil {
		return err
	}
	ctx := context.Background()
	client := redis.NewClient(&redis.Options{
		Addr: cfg.Addr, ContextTimeoutEnabled: true,
		DialTimeout: cfg.Timeout, ReadTimeout: cfg.Timeout, // else it hangs on for 5 s after the network is whole
	})
	defer client.Close()
	st, err := redisstore.New(ctx, redisstore.Config{Client: client, Timeout: cfg.Timeout})
	if err != nil {
		return err
	}
	signer, err := jwt.ParsePrivateKey(jwt.ES256, "1", []byte(cfg.Key))
	if err != nil {
		return err
	}
	sc := newConfig(st)
	sc.Signer, sc.Check.Staleness = signer, staleness
	s, err := session.New(ctx, sc)
	if err != nil {
		return err
	}
	defer s.Close()
	auth, err := jwthttp.New(s.Parse, jwthttp.Config{})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		tokens, err := s.Start(r.Context(), session.Login{Subject: r.PostFormValue("subject")})
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		tokens.WriteJSON(w)
	})
	mux.Handle("POST /refresh", s.NewRefreshHandler(nil))
	mux.Handle("POST /logout", s.NewLogoutHandler(nil))
	mux.Handle("GET /orders", auth.Require().Handler(func(http.ResponseWriter, *http.Request, *jwt.Claims[jwthttp.AccessToken]) {}))

	in, out := json.NewDecoder(bufio.NewReader(os.Stdin)), json.NewEncoder(os.Stdout)
	for {
		var r request
		if err := in.Decode(&r); err != nil {
			return nil // the test has ended
		}
		if err := out.Encode(r.serve(mux)); err != nil {
			return err
		}
	}
}

func (r request) serve(h http.Handler) answer {
	method := http.MethodGet
	if r.Form != nil {
		method = http.MethodPost
	}
	hr := httptest.NewRequest(method, r.Path, strings.NewReader(r.Form.Encode()))
	hr.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if r.Bearer != "" {
		hr.Header.Set("Authorization", "Bearer "+r.Bearer)
	}
	w := httptest.NewRecorder()
	begin := time.Now()
	h.ServeHTTP(w, hr)
	return answer{w.Code, w.Body.String(), time.Since(begin)}
}
