package jwt_test

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// TestCorpus parses each token of testdata/tokens with a Validator of its own and
// with one that has seen the files before it: what a Validator remembers may not
// change an answer.
func TestCorpus(t *testing.T) {
	var now time.Time
	clock := func() time.Time { return now }
	seen := map[string]*jwt.Validator{}
	for _, f := range loadCorpus(t) {
		t.Run(f.name, func(t *testing.T) {
			now = f.now
			v, err := f.verifier(t)
			if f.checkConfig(t, "key", err) {
				return
			}
			p := corpusPolicy(t, f.policy)
			p.Now = clock
			val, err := jwt.NewValidator(p)
			if f.checkConfig(t, "policy", err) {
				return
			}
			if seen[f.policy] == nil {
				seen[f.policy], err = jwt.NewValidator(p)
				require.NoError(t, err)
			}
			first := f.check(t, v, val)
			again := f.check(t, v, val)
			f.check(t, v, seen[f.policy])
			if first == nil {
				return
			}
			require.Equal(t, first, again)
			clear(first.Private)
			require.Equal(t, f.check(t, v, val), again, "claims are shared")
			checkRoundTrip(t, p, again)
		})
	}
}

// checkConfig reports whether the file has nothing more to show than err, which is
// about making its key or policy.
func (f *corpusFile) checkConfig(t *testing.T, field string, err error) bool {
	t.Helper()
	if f.expect[0] != "config" || f.expect[1] != field {
		require.NoError(t, err)
		return false
	}
	require.ErrorContains(t, err, "jwt: ")
	return true
}

var corpusReasons = map[string]error{
	"malformed":     jwt.ErrMalformed,
	"algorithm":     jwt.ErrAlgorithm,
	"unknown-key":   jwt.ErrUnknownKey,
	"signature":     jwt.ErrSignature,
	"missing":       jwt.ErrMissing,
	"expired":       jwt.ErrExpired,
	"not-yet-valid": jwt.ErrNotYetValid,
	"mismatch":      jwt.ErrMismatch,
}

// check parses the token and compares with what the file expects. It returns the
// claims.
func (f *corpusFile) check(t *testing.T, v jwt.Verifier, val *jwt.Validator) *jwt.Claims[map[string]any] {
	t.Helper()
	c, err := jwt.Parse[map[string]any](t.Context(), f.token, v, val)
	if f.expect[0] == "ok" {
		require.NoError(t, err)
		if f.claims != "" {
			require.Equal(t, sortedJSON(t, f.claims), claimsJSON(t, c))
		}
		return c
	}
	require.Error(t, err)
	require.Nil(t, c)
	e, isToken := errors.AsType[*jwt.TokenError](err)
	if f.expect[0] == "config" {
		require.Equal(t, "parse", f.expect[1])
		require.False(t, isToken, "%v", err)
		return nil
	}
	require.True(t, isToken, "%v", err)
	require.Equal(t, f.expect[1], e.Field, "%v", err)
	require.Contains(t, corpusReasons, f.expect[0])
	for name, reason := range corpusReasons {
		// An iss that cannot be read is both malformed and no name of a key.
		if name == f.expect[0] || f.expect[0] != "malformed" || reason != jwt.ErrUnknownKey {
			require.Equal(t, name == f.expect[0], errors.Is(err, reason), "%s: %v", name, err)
		}
	}
	return nil
}

func sortedJSON(t *testing.T, text string) string {
	t.Helper()
	var v any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&v))
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return string(data)
}

// claimsJSON returns the claims as one object.
func claimsJSON(t *testing.T, c *jwt.Claims[map[string]any]) string {
	t.Helper()
	m := map[string]any{}
	maps.Copy(m, c.Private)
	for name, value := range map[string]string{"iss": c.Issuer, "sub": c.Subject, "jti": c.ID} {
		if value != "" {
			m[name] = value
		}
	}
	if c.Audience != nil {
		m["aud"] = c.Audience
	}
	for name, value := range map[string]time.Time{"exp": c.ExpiresAt, "nbf": c.NotBefore, "iat": c.IssuedAt} {
		if !value.IsZero() {
			m[name] = value.Unix()
		}
	}
	data, err := json.Marshal(m)
	require.NoError(t, err)
	return string(data)
}

// checkRoundTrip signs claims that have been parsed and parses them again.
func checkRoundTrip(t *testing.T, p jwt.Policy, c *jwt.Claims[map[string]any]) {
	t.Helper()
	if slices.Contains(c.Audience, "") {
		return // Parse takes it, and Sign does not write it
	}
	secret := []byte(strings.Repeat("k", 32))
	s, err := jwt.NewHMACSigner(jwt.HS256, "", secret)
	require.NoError(t, err)
	var v jwt.Verifier = s.Verifier()
	if len(p.Issuers) > 1 {
		v = jwt.IssuerKeys{c.Issuer: v}
	}
	p.Algorithms = []jwt.Algorithm{jwt.HS256}
	val, err := jwt.NewValidator(p)
	require.NoError(t, err)
	token, err := jwt.Sign(t.Context(), s, *c)
	require.NoError(t, err)
	got, err := jwt.Parse[map[string]any](t.Context(), token, v, val)
	require.NoError(t, err)
	want := *c
	want.Algorithm, want.KeyID = jwt.HS256, ""
	if want.Type == "" {
		want.Type = "JWT"
	}
	require.Equal(t, &want, got)
}

// corpusAdvisories are the advisories about signed tokens that have a file. Those
// about JWE alone have none.
var corpusAdvisories = []string{
	"CVE-2015-9235", "CVE-2016-10555", "CVE-2020-26160", "CVE-2020-26521",
	"CVE-2022-23539", "CVE-2022-23540", "CVE-2022-23541", "CVE-2022-29217",
	"CVE-2023-48223", "CVE-2023-51774", "CVE-2024-21664", "CVE-2024-51744",
	"CVE-2024-5798", "CVE-2025-22149", "CVE-2025-22868", "CVE-2025-27144",
	"CVE-2025-30204", "CVE-2025-59420", "CVE-2026-116586", "CVE-2026-19194",
	"CVE-2026-25537", "CVE-2026-34950", "CVE-2026-35041", "CVE-2026-44699",
	"CVE-2026-45363", "CVE-2026-48526",
	"GHSA-4cf7-xm37-g63h", "GHSA-752w-5fwx-jx9f", "GHSA-75c5-xw7c-p5pm",
	"GHSA-8wpc-h4q6-8fxv", "GHSA-hm7r-c7qw-ghp6", "GHSA-pm7g-w2cf-q238",
	"GHSA-rp9m-7r4c-75qg", "GHSA-ww5h-9m49-7xx4", "GO-2024-2921",
	"echo-P968", "fast-jwt-636",
}

// corpusRows is the number of rows and so on in testdata/README.md.
const corpusRows = 50

// TestCorpusComplete checks that nothing the corpus should have is missing, and that
// it has nothing that no one uses.
func TestCorpusComplete(t *testing.T) {
	readme, err := os.ReadFile("testdata/README.md")
	require.NoError(t, err)
	want := slices.Clone(corpusAdvisories)
	for i := range corpusRows {
		id := fmt.Sprintf("A-%d", i+1)
		want = append(want, id)
		require.Contains(t, string(readme), "| "+id+" |")
	}
	require.NotContains(t, string(readme), fmt.Sprintf("| A-%d |", corpusRows+1))
	peers, keys, policies := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, f := range loadCorpus(t) {
		for _, id := range f.peers {
			require.Contains(t, want, id, "%s: unknown id", f.name)
			peers[id] = true
		}
		for _, key := range f.keys {
			keys[key[strings.LastIndexByte(key, '=')+1:]] = true
		}
		policies[f.policy] = true
	}
	for _, id := range want {
		require.True(t, peers[id], "no file for %s", id)
	}
	require.ElementsMatch(t, corpusNames(t, "testdata/policies/*.json"), slices.Collect(maps.Keys(policies)))
	keys["hs256-2"] = true // it only signs
	require.ElementsMatch(t, corpusNames(t, "testdata/keys/*.txt"), slices.Collect(maps.Keys(keys)))
}

func corpusNames(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	require.NoError(t, err)
	for i, name := range names {
		names[i] = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	}
	return names
}

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
		require.True(t, ok, "%s: %q is not a line of a name and a value", file, line)
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

const (
	maxRefusalAllocs = 24.0
	// The runtime rounds large blocks up to pages.
	refusalSlack = 8 << 10
)

// TestRefusalCost checks that somebody without a key cannot make Parse work or
// remember: whatever the token, the number of allocations is constant, and none is
// larger than the token.
func TestRefusalCost(t *testing.T) {
	tokens := expensiveTokens()
	for _, maxBytes := range []int{0, 4 << 20} {
		for _, verifier := range []string{"one key", "IssuerKeys"} {
			for name, token := range tokens {
				t.Run(fmt.Sprintf("%s/%s/MaxBytes %d", name, verifier, maxBytes), func(t *testing.T) {
					v, err := corpusKey(t, "hs256-1")
					require.NoError(t, err)
					if verifier == "IssuerKeys" {
						v = jwt.IssuerKeys{"https://issuer.example": v}
					}
					p := corpusPolicy(t, "hs256")
					p.MaxBytes = maxBytes
					val, err := jwt.NewValidator(p)
					require.NoError(t, err)
					checkRefusalCost(t, token, v, val, int64(len(token)+refusalSlack))
				})
			}
		}
	}
}

func checkRefusalCost(t *testing.T, token string, v jwt.Verifier, val *jwt.Validator, bytes int64) {
	t.Helper()
	parse := func() {
		if c, err := jwt.Parse[struct{}](t.Context(), token, v, val); c != nil || err == nil {
			t.Fatal("accepted")
		}
	}
	if !raceEnabled {
		require.LessOrEqual(t, testing.AllocsPerRun(3, parse), maxRefusalAllocs, "allocations")
	}
	// Counting all bytes is quick, and as a rule says enough.
	if allocatedBytes(parse) > bytes {
		require.LessOrEqual(t, largestAllocation(parse), bytes, "bytes in one allocation")
	}
}

// expensiveTokens returns tokens that cost an unwary parser much.
func expensiveTokens() map[string]string {
	mib := 1 << 20
	if testing.Short() {
		mib >>= 5
	}
	b64 := base64.RawURLEncoding.EncodeToString
	header := b64([]byte(`{"alg":"HS256","kid":"hs256-1"}`))
	signature := strings.Repeat("A", 43)
	members := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"%d":0`, i)
		}
		return b.String()
	}
	withHeader := func(text string) string { return b64([]byte(text)) + ".e30." + signature }
	withPayload := func(text string) string { return header + "." + b64([]byte(text)) + "." + signature }
	return map[string]string{
		"dots":                  strings.Repeat(".", mib),
		"one part":              strings.Repeat("A", mib),
		"garbage":               strings.Repeat("!", mib),
		"garbage header":        strings.Repeat("!", mib) + "..",
		"garbage payload":       header + "." + strings.Repeat("!", mib) + "." + signature,
		"garbage signature":     header + ".e30." + strings.Repeat("!", mib),
		"long signature":        header + ".e30." + strings.Repeat("A", mib),
		"long header":           withHeader(`{"alg":"HS256","x":"` + strings.Repeat("x", mib) + `"}`),
		"header of few members": withHeader(`{"alg":"HS256"` + strings.ReplaceAll(members(60), `"`, `"`+strings.Repeat("n", 60)) + `}`),
		"header of members":     withHeader(`{"alg":"HS256"` + members(1400) + `}`),
		"header of brackets":    withHeader(`{"x":` + strings.Repeat("[", 100_000)),
		"header, deep":          withHeader(`{"x":` + strings.Repeat("[", 10_000)),
		"payload of brackets":   withPayload(`{"x":` + strings.Repeat("[", 100_000)),
		"payload of objects":    withPayload(strings.Repeat(`{"iss":`, 100_000)),
		"payload of members":    withPayload(`{"iss":"https://issuer.example"` + members(100_000) + `}`),
		"payload of one name":   withPayload(`{"iss":"x"` + strings.Repeat(`,"iss":"x"`, 100_000) + `}`),
		"payload, wide":         withPayload(`{"x":[0` + strings.Repeat(",0", mib/2) + `],"iss":"https://issuer.example"}`),
		"payload, long name":    withPayload(`{"` + strings.Repeat(`\u0061`, 100_000) + `":1}`),
		"payload, long issuer":  withPayload(`{"iss":"` + strings.Repeat(`\u0061`, 100_000) + `"}`),
	}
}

func allocatedBytes(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// largestAllocation returns the size of the largest block that Parse allocates while
// f runs.
func largestAllocation(f func()) int64 {
	rate := runtime.MemProfileRate
	defer func() { runtime.MemProfileRate = rate }()
	runtime.MemProfileRate = 1
	before := parseAllocations()
	f()
	var largest int64
	for size, n := range parseAllocations() {
		if n > before[size] {
			largest = max(largest, size)
		}
	}
	return largest
}

// parseAllocations returns how many blocks of each size Parse has allocated.
func parseAllocations() map[int64]int64 {
	runtime.GC() // what was allocated is published by the second collection
	runtime.GC()
	var records []runtime.MemProfileRecord
	for n, ok := runtime.MemProfile(nil, true); !ok; {
		records = make([]runtime.MemProfileRecord, n+64)
		n, ok = runtime.MemProfile(records, true)
		records = records[:min(n, len(records))]
	}
	sizes := map[int64]int64{}
	for _, r := range records {
		frames := runtime.CallersFrames(r.Stack())
		for more := true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			if strings.HasPrefix(frame.Function, "github.com/cda17858/jwt.Parse[") {
				sizes[r.AllocBytes/r.AllocObjects] += r.AllocObjects
				break
			}
		}
	}
	return sizes
}
