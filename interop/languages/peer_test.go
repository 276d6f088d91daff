package languages

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// errNotOffered is what a peer answers to what it cannot do, and to a token that it refuses.
var errNotOffered = errors.New("peer")

// A request is a line to a peer, and an answer its line back. The operations are sign,
// verify, export (a key of ours as a JWK) and thumbprint.
type request struct {
	Op     string          `json:"op"`
	Alg    jwt.Algorithm   `json:"alg"`
	KeyID  string          `json:"kid,omitempty"`
	Key    any             `json:"key"` // PEM or a secret in base64url; or a JWK; or, to verify, a JWK Set
	Claims json.RawMessage `json:"claims,omitempty"`

	Token    string `json:"token,omitempty"`
	Issuer   string `json:"issuer,omitempty"`
	Audience string `json:"audience,omitempty"`
}

type answer struct {
	Version    string // the first line of a peer
	Token      string
	Claims     json.RawMessage
	JWK        json.RawMessage
	Thumbprint string
	Error      string
}

type peer struct {
	version string
	refusal string // a part of its error for a signature that does not hold
	jwkOnly bool   // reads no PEM
	ask     func(request) (answer, error)
	// export returns a private key as the peer writes it, and its public half; for HMAC,
	// the secret twice.
	export  func(alg jwt.Algorithm, kid string) (private, public json.RawMessage, err error)
	written map[jwt.Algorithm]*written // see write
}

// script starts a peer that speaks lines. Where it does not start, the test is skipped,
// unless CI=true.
func script(t *testing.T, refusal, command string, args ...string) *peer {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Env = append(os.Environ(), "NODE_PATH="+os.Getenv("JWT_NODE_MODULES"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	if err := cmd.Start(); err != nil {
		absent(t, err.Error())
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})

	lines := bufio.NewReader(out)
	read := func() (a answer, err error) {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return a, fmt.Errorf("%w: %s", err, &stderr)
		}
		return a, json.Unmarshal(line, &a)
	}
	hello, err := read()
	if err != nil {
		absent(t, err.Error())
	}
	p := &peer{version: hello.Version, refusal: refusal}
	p.ask = func(r request) (answer, error) {
		line, err := json.Marshal(r)
		require.NoError(t, err)
		_, err = in.Write(append(line, '\n'))
		require.NoError(t, err)
		a, err := read()
		require.NoError(t, err, "the peer has died")
		if a.Error != "" {
			err = fmt.Errorf("%w: %s", errNotOffered, a.Error)
		}
		return a, err
	}
	p.export = func(alg jwt.Algorithm, kid string) (private, public json.RawMessage, err error) {
		k := fullKeys()[alg]
		a, err := p.ask(request{Op: "export", Alg: alg, KeyID: kid, Key: k.private})
		if err != nil {
			return nil, nil, err
		}
		b, err := p.ask(request{Op: "export", Alg: alg, KeyID: kid, Key: k.public})
		return a.JWK, b.JWK, err
	}
	return p
}

func node(file, refusal string) func(*testing.T) *peer {
	return func(t *testing.T) *peer {
		if os.Getenv("JWT_NODE_MODULES") == "" {
			absent(t, "JWT_NODE_MODULES is not set")
		}
		return script(t, refusal, "node", filepath.Join("peers", file))
	}
}

func python(file, refusal string) func(*testing.T) *peer {
	return func(t *testing.T) *peer {
		return script(t, refusal, "/usr/bin/python3", "-I", "-X", "utf8", filepath.Join("peers", file))
	}
}

func absent(t *testing.T, why string) {
	t.Helper()
	text := "not installed; interop/languages/run does that: " + why
	if os.Getenv("CI") == "true" {
		t.Fatal(text)
	}
	t.Skip(text)
}

// debianJose runs the program jose once for each request.
func debianJose(t *testing.T) *peer {
	if _, err := exec.LookPath("jose"); err != nil {
		absent(t, err.Error())
	}
	version, _ := exec.Command("dpkg-query", "-W", "-f", "${Version}", "jose").Output()
	upstream, _, _ := strings.Cut(string(version), "-")
	p := &peer{version: upstream, refusal: "Signature validation failed!", jwkOnly: true}

	run := func(stdin []byte, args ...string) ([]byte, error) {
		var stdout, stderr bytes.Buffer
		cmd := exec.CommandContext(t.Context(), "jose", args...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &stdout, &stderr
		if err := cmd.Run(); err != nil {
			// It prints the payload all the same.
			return nil, fmt.Errorf("%w: %w: %s", errNotOffered, err, &stderr)
		}
		return stdout.Bytes(), nil
	}
	file := filepath.Join(t.TempDir(), "key.json")
	p.ask = func(r request) (a answer, err error) {
		key, err := json.Marshal(r.Key)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, key, 0o600))
		var out []byte
		switch r.Op {
		case "sign":
			header := fmt.Sprintf(`{"protected":{"alg":%q,"kid":%q,"typ":"JWT"}}`, r.Alg, r.KeyID)
			out, err = run(r.Claims, "jws", "sig", "-I", "-", "-k", file, "-s", header, "-c")
			a.Token = string(out)
		case "verify":
			a.Claims, err = run([]byte(r.Token), "jws", "ver", "-i", "-", "-k", file, "-O", "-")
		case "thumbprint":
			if strings.HasPrefix(string(r.Alg), "Ed") {
				// It knows no OKP, but says nothing, and prints memory that it has not written.
				return a, fmt.Errorf("%w: kty OKP", errNotOffered)
			}
			out, err = run(key, "jwk", "thp", "-i", "-")
			a.Thumbprint = string(out)
		}
		return a, err
	}
	p.export = func(alg jwt.Algorithm, kid string) (private, public json.RawMessage, err error) {
		private, err = run(nil, "jwk", "gen", "-i", fmt.Sprintf(`{"alg":%q,"kid":%q}`, alg, kid))
		if err != nil || strings.HasPrefix(string(alg), "HS") {
			return private, private, err
		}
		public, err = run(private, "jwk", "pub", "-i", "-")
		return private, public, err
	}
	return p
}
