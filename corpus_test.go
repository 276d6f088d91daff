package jwt_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
