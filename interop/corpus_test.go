package interop

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A sample is a token, what it is checked with, and where it comes from.
type sample struct {
	setup
	family string // a kind of mutation, or a file
	token  string
}

// fileSamples are the tokens of testdata/tokens. Those whose policy or key set asks
// for what the other libraries have no setting for are left out, and counted.
func fileSamples(t *testing.T) (samples []sample, skipped int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testdata, "tokens", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	keys := make(map[string]*key)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		head, token, ok := strings.Cut(string(data), "\n\n")
		require.True(t, ok, file)
		token = expand(strings.TrimSuffix(token, "\n"), head)
		fields := headLines(head)
		s, alg, ok := fileSetup(t, fields["policy"])
		name := fields["key"]
		if !ok || strings.Count(head, "\nkey: ") != 1 || strings.Contains(name, "=") {
			skipped++
			continue
		}
		if keys[name] == nil {
			keys[name] = readKey(t, name)
		}
		if s.key = keys[name]; s.alg != alg {
			skipped++
			continue
		}
		s.now, err = time.Parse(time.RFC3339Nano, fields["now"])
		require.NoError(t, err, file)
		samples = append(samples, sample{s, filepath.Base(file), token})
	}
	return samples, skipped
}

// expand does what the lines "repeat: NAME COUNT TEXT" say.
func expand(token, head string) string {
	for line := range strings.Lines(head) {
		value, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "repeat: ")
		if !ok {
			continue
		}
		name, rest, _ := strings.Cut(value, " ")
		count, text, _ := strings.Cut(rest, " ")
		n, _ := strconv.Atoi(count)
		token = strings.ReplaceAll(token, "<"+name+">", strings.Repeat(text, n))
	}
	return token
}

// fileSetup returns the setup and the algorithm of a policy that every library can
// express: one algorithm, issuer and audience, and nothing else.
func fileSetup(t *testing.T, policy string) (s setup, alg string, ok bool) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testdata, "policies", policy+".json"))
	require.NoError(t, err)
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &fields))
	one := func(name string) string {
		var list []string
		if json.Unmarshal(fields[name], &list) != nil || len(list) != 1 {
			return ""
		}
		return strings.TrimSpace(list[0])
	}
	alg, s.issuer, s.aud = one("Algorithms"), one("Issuers"), one("Audiences")
	ok = len(fields) == 3 && alg != "" && !strings.EqualFold(alg, "none") && s.issuer != "" && s.aud != ""
	return s, alg, ok
}

// fuzzSamples are what fuzzing has found and kept: each text as a token, and as the
// header and the payload of a signed one.
func fuzzSamples(t *testing.T) (samples []sample) {
	t.Helper()
	k := readKey(t, "hs256-1")
	for _, dir := range []string{testdata, "../jws/testdata"} {
		files, err := filepath.Glob(filepath.Join(dir, "fuzz", "*", "*"))
		require.NoError(t, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			for line := range strings.Lines(string(data)) {
				_, quoted, _ := strings.Cut(strings.TrimSpace(line), "(")
				text, err := strconv.Unquote(strings.TrimSuffix(quoted, ")"))
				if err != nil {
					continue // the first line, or a number
				}
				for _, token := range []string{text, k.token(text, goodPayload(now)), k.token(k.goodHeader(), text)} {
					samples = append(samples, sample{newSetup(k), filepath.Base(file), token})
				}
			}
		}
	}
	return samples
}
