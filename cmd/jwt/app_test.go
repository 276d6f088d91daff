package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// onTerminal runs a command whose streams are a terminal, and returns its output.
func onTerminal(t *testing.T, stdin string, env map[string]string, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	a := &app{
		in: strings.NewReader(stdin), out: &out, err: &err, terminalIn: true, terminalOut: true,
		getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}
	code = run(a, args)
	return code, out.String(), err.String()
}

// A private key is never shown on a terminal.
func TestNoPrivateKeyOnTerminal(t *testing.T) {
	for _, args := range [][]string{
		{"keygen", "-"},
		{"keygen", "--alg", "HS256", "-"},
		{"keygen", "--json", "-"},
		{"jwk", "testdata/keys/es256.pem"},
		{"jwk", "--pem", "testdata/keys/es256.pem"},
		{"jwk", "--json", "testdata/keys/secret.txt"},
	} {
		code, stdout, stderr := onTerminal(t, "", nil, args...)
		require.Equal(t, exitUsage, code, args)
		require.NotContains(t, stdout, "PRIVATE")
		require.NotContains(t, stdout, `"k"`)
		require.Contains(t, stderr, "not written to a terminal; name a file", args)
	}
	code, stdout, _ := onTerminal(t, "", nil, "jwk", "--public", "testdata/keys/es256.pem")
	require.Zero(t, code)
	require.Contains(t, stdout, `"kty":"EC"`)
}

// Colour on a terminal, unless the environment says no.
func TestColorOnTerminal(t *testing.T) {
	token := filepath.Join("testdata", "tokens", "good.txt")
	for _, test := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, true},
		{map[string]string{"NO_COLOR": ""}, true},
		{map[string]string{"NO_COLOR": "1"}, false},
		{map[string]string{"TERM": "dumb"}, false},
	} {
		_, stdout, _ := onTerminal(t, "", test.env, "decode", "@"+token)
		require.Equal(t, test.want, strings.Contains(stdout, "\x1b["), test.env)
	}
}

// On a terminal, jwt says what it can do, and decode what it waits for.
func TestPrompt(t *testing.T) {
	code, stdout, _ := onTerminal(t, "", nil)
	require.Zero(t, code)
	require.Contains(t, stdout, "Without a command, jwt decodes a token")
	code, stdout, stderr := onTerminal(t, "eyJhbGciOiJub25lIn0.e30.\n", nil, "decode")
	require.Zero(t, code)
	require.Contains(t, stderr, "Paste a token, then press Enter and Ctrl-D.")
	require.Contains(t, stdout, "none")
}

// Ctrl-C ends a command that waits for its input.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	defer w.Close()
	in := &interruptible{ctx, r}
	go w.Write([]byte("ab"))
	buf := make([]byte, 4)
	n, err := in.Read(buf)
	require.NoError(t, err)
	require.Equal(t, "ab", string(buf[:n]))
	time.AfterFunc(time.Millisecond, cancel)
	_, err = in.Read(buf)
	require.ErrorIs(t, err, errInterrupted)

	var out bytes.Buffer
	require.Equal(t, exitInterrupted, (&app{out: &out, err: &out}).end(err))
}

// Input has a limit.
func TestInputLimit(t *testing.T) {
	_, err := readAll(io.LimitReader(zeros{}, maxInput))
	require.NoError(t, err)
	_, err = readAll(zeros{})
	require.EqualError(t, err, "the input is longer than 16 MiB")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// What is copied along with a token is removed, and nothing of the token.
func TestBare(t *testing.T) {
	for text, want := range map[string]string{
		"a.b.c":                         "a.b.c",
		" a.b.c\r\n":                    "a.b.c",
		"Bearer a.b.c":                  "a.b.c",
		"bearer  a.b.c":                 "a.b.c",
		"Authorization: Bearer a.b.c\n": "a.b.c",
		"authorization:DPoP a.b.c":      "a.b.c",
		`"a.b.c"`:                       "a.b.c",
		`'a.b.c'`:                       "a.b.c",
		"\ufeffa.b.c":                   "a.b.c",
		"Bearer":                        "Bearer",
		`"`:                             `"`,
		"a b.c":                         "a b.c",
		"":                              "",
	} {
		require.Equal(t, want, bare(text), "%q", text)
	}
}

// Standard output that cannot be written is an error.
func TestOutputFails(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil && runtime.GOOS != "linux" {
		t.Skip("there is no /dev/full")
	}
	require.NoError(t, err)
	defer full.Close()
	for _, args := range [][]string{
		{"decode", "@testdata/tokens/good.txt"},
		{"decode", "--json", "@testdata/tokens/good.txt"},
		{"explain"},
		{"sign", "--key", "testdata/keys/secret.txt", "sub=a"},
	} {
		var stderr bytes.Buffer
		a := &app{in: strings.NewReader(""), out: full, err: &stderr, getenv: os.LookupEnv}
		require.Equal(t, exitUsage, run(a, args), args)
		require.Contains(t, stderr.String(), "no space left")
	}
}

// No command follows an address that stands in a token.
func TestNoNetwork(t *testing.T) {
	var visits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	defer server.Close()
	var out, errs bytes.Buffer
	do := func(stdin string, args ...string) string {
		out.Reset()
		run(&app{in: strings.NewReader(stdin), out: &out, err: &errs, getenv: os.LookupEnv}, args)
		return out.String()
	}
	url := server.URL + "/keys"
	token := do("", "sign", "--key", "testdata/keys/es256.pem", "--header", "jku="+url, "--header", "x5u="+url, "iss="+server.URL, "aud=a")
	require.Contains(t, do(token, "decode"), "key-in-header")
	require.Contains(t, do(token, "verify", "--key", "testdata/keys/es256-public.pem", "--iss", server.URL, "--aud", "a"), "\nvalid\n")
	require.Contains(t, do(token, "verify", "--key", "testdata/keys/ed25519-public.pem", "--iss", server.URL, "--aud", "a"), "invalid")
	require.NotEmpty(t, do(token, "edit", "--key", "testdata/keys/es256.pem", "sub=a"))
	require.Zero(t, visits.Load())

	do(token, "verify", "--issuer", server.URL, "--aud", "a")
	require.NotZero(t, visits.Load())
}
