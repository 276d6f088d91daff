package jwt_test

import (
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// A corpusFile is one of testdata/tokens. testdata/README.md describes the format.
type corpusFile struct {
	name   string
	peers  []string
	expect []string // "ok", or a reason and a field
	keys   []string
	policy string
	now    time.Time
	claims string
	token  string
}

// headed is a text that begins with lines of names and values.
type headed struct {
	lines [][2]string
	body  string
}

func readHeaded(t testing.TB, file string) (h headed) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	head, body, ok := strings.Cut(string(data), "\n\n")
	require.True(t, ok, "%s: no blank line", file)
	for line := range strings.SplitSeq(head, "\n") {
		name, value, ok := strings.Cut(line, ": ")
		require.True(t, ok, "%s: %q is no line of a name and a value", file, line)
		h.lines = append(h.lines, [2]string{name, value})
	}
	h.body, ok = strings.CutSuffix(body, "\n")
	require.True(t, ok, "%s: no newline at the end", file)
	return h
}

func loadCorpus(t testing.TB) []corpusFile {
	t.Helper()
	names, err := filepath.Glob("testdata/tokens/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	var files []corpusFile
	for _, name := range names {
		files = append(files, loadCorpusFile(t, name))
	}
	return files
}

func loadCorpusFile(t testing.TB, name string) corpusFile {
	t.Helper()
	h := readHeaded(t, name)
	f := corpusFile{name: strings.TrimSuffix(filepath.Base(name), ".txt"), token: h.body}
	for _, line := range h.lines {
		switch value := line[1]; line[0] {
		case "comment":
		case "peers":
			f.peers = strings.Fields(value)
		case "expect":
			f.expect = strings.Fields(value)
		case "key":
			f.keys = append(f.keys, value)
		case "policy":
			f.policy = value
		case "now":
			var err error
			f.now, err = time.Parse(time.RFC3339, value)
			require.NoError(t, err, name)
		case "claims":
			f.claims = value
		case "repeat":
			part := strings.SplitN(value, " ", 3)
			require.Len(t, part, 3, name)
			n, err := strconv.Atoi(part[1])
			require.NoError(t, err, name)
			require.Contains(t, f.token, "<"+part[0]+">", name)
			f.token = strings.ReplaceAll(f.token, "<"+part[0]+">", strings.Repeat(part[2], n))
		default:
			t.Fatalf("%s: unknown line %q", name, line[0])
		}
	}
	require.NotEmpty(t, f.expect, name)
	require.NotEmpty(t, f.policy, name)
	require.False(t, f.now.IsZero(), name)
	return f
}

// corpusTokens returns the tokens of the corpus that are shorter than 64 KiB.
func corpusTokens(tb testing.TB) []string {
	tb.Helper()
	var tokens []string
	for _, f := range loadCorpus(tb) {
		if len(f.token) < 64<<10 {
			tokens = append(tokens, f.token)
		}
	}
	return tokens
}

// corpusKey returns the Verifier of a key of testdata/keys. The error is that of
// this package's constructor.
func corpusKey(t testing.TB, name string) (jwt.Verifier, error) {
	t.Helper()
	var alg jwt.Algorithm
	var kid, form string
	h := readHeaded(t, "testdata/keys/"+name+".txt")
	for _, line := range h.lines {
		switch line[0] {
		case "alg":
			alg = jwt.Algorithm(line[1])
		case "kid":
			kid = line[1]
		case "form":
			form = line[1]
		}
	}
	switch form {
	case "text":
		return jwt.NewHMACVerifier(alg, kid, []byte(h.body))
	case "hex":
		secret, err := hex.DecodeString(h.body)
		require.NoError(t, err, name)
		return jwt.NewHMACVerifier(alg, kid, secret)
	case "pem":
		return jwt.ParsePublicKey(alg, kid, publicPEM(t, []byte(h.body)))
	}
	t.Fatalf("%s: unknown form %q", name, form)
	return nil, nil
}

// publicPEM returns the public half of a key in PEM.
func publicPEM(t testing.TB, data []byte) []byte {
	t.Helper()
	block, _ := pem.Decode(data)
	require.NotNil(t, block)
	if block.Type == "PUBLIC KEY" {
		return data
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(t, err)
	spki, err := x509.MarshalPKIXPublicKey(private.(crypto.Signer).Public())
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
}

// verifier returns what the key lines of f stand for.
func (f *corpusFile) verifier(t testing.TB) (jwt.Verifier, error) {
	t.Helper()
	set, issuers := jwt.KeySet{}, jwt.IssuerKeys{}
	for _, line := range f.keys {
		i := strings.LastIndexByte(line, '=')
		v, err := corpusKey(t, line[i+1:])
		switch {
		case err != nil:
			return nil, err
		case i >= 0:
			issuers[line[:i]] = v
		default:
			set = append(set, v)
		}
	}
	switch {
	case len(issuers) > 0:
		require.Empty(t, set, "keys with and without an issuer")
		return issuers, nil
	case len(set) == 1:
		return set[0], nil
	}
	return set, nil
}

func corpusPolicy(t testing.TB, name string) jwt.Policy {
	t.Helper()
	data, err := os.ReadFile("testdata/policies/" + name + ".json")
	require.NoError(t, err)
	var p struct {
		jwt.Policy
		Leeway, MaxAge string
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&p), name)
	for text, d := range map[string]*time.Duration{p.Leeway: &p.Policy.Leeway, p.MaxAge: &p.Policy.MaxAge} {
		if text != "" {
			*d, err = time.ParseDuration(text)
			require.NoError(t, err, name)
		}
	}
	return p.Policy
}
