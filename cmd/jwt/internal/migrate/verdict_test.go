package migrate_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/cmd/jwt/internal/migrate"
)

// What is rewritten means the same, or is stricter: of many tokens, good and bad, none is
// accepted after the command that was refused before. Of those that are accepted the claims
// are the same, except that a name in another case, and an audience "", are no longer read.
// Tokens in which only the policy can find fault get the same answer.
func TestVerdicts(t *testing.T) {
	dir := module(t, "testdata/verdict", "verdict.example")
	tokens, plain := verdictTokens(time.Now())
	require.Len(t, tokens, 717, "docs/migrating.md has the number")
	before := verdicts(t, dir, tokens)
	for _, s := range runIn(t, dir, true) {
		require.Equal(t, migrate.Rewrite, s.Kind, "%s:%d: %s", s.File, s.Line, s.Message)
	}
	after := verdicts(t, dir, tokens)

	require.Len(t, after, len(before))
	functions := len(before) / len(tokens)
	accepted, stricter, unread := 0, 0, 0
	for i := range before {
		token := tokens[i/functions]
		switch {
		case after[i] == before[i]:
			if after[i] != "refused" {
				accepted++
			}
		case after[i] == "refused" && !plain[token]:
			stricter++
		case before[i] != "refused" && !plain[token] && isUnread(token):
			unread++
		default:
			t.Errorf("function %d: before %q, after %q: %s", i%functions, before[i], after[i], token)
		}
	}
	t.Logf("%d verdicts: %d accepted by both, %d only before, %d with fewer claims", len(before), accepted, stricter, unread)
	require.Greater(t, accepted, 50)
	require.Positive(t, stricter)
}

// isUnread reports whether a token has a claim that golang-jwt reads and package jwt does not.
func isUnread(token string) bool {
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	return err == nil && (bytes.Contains(payload, []byte("ISS")) || bytes.Contains(payload, []byte("ROLE")) || bytes.Contains(payload, []byte(`"aud":""`)))
}

// verdicts runs the program verdict, and returns its lines.
func verdicts(t *testing.T, dir string, tokens []string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "run", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	cmd.Stdin = strings.NewReader(strings.Join(tokens, "\n") + "\n")
	out, err := cmd.Output()
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// verdictTokens returns tokens of all kinds. Those in plain are well-formed, and issued in
// the past: only the policy can refuse them.
func verdictTokens(now time.Time) (tokens []string, plain map[string]bool) {
	at := func(d time.Duration) string { return fmt.Sprint(now.Add(d).Unix()) }
	members := map[string][]string{
		"sub":  {`"sub":"alice"`, ``, `"sub":5`, `"sub":null`},
		"role": {`"role":"admin"`, ``, `"ROLE":"admin"`, `"role":5`, `"admin":true`},
		"iss":  {`"iss":"https://auth.example.com"`, ``, `"iss":"https://evil.example.com"`, `"ISS":"https://auth.example.com"`},
		"aud":  {`"aud":"orders"`, `"aud":["orders","other"]`, `"aud":"other"`, ``, `"aud":[]`, `"aud":5`, `"aud":""`},
		"exp":  {`"exp":` + at(time.Hour), `"exp":` + at(-time.Hour), `"exp":` + at(-30*time.Second), ``, `"exp":"` + at(time.Hour) + `"`, `"exp":null`, `"exp":1e30`, `"exp":0`},
		"nbf":  {`"nbf":` + at(-time.Hour), `"nbf":` + at(time.Hour), ``, `"nbf":-1`, `"nbf":1e30`},
		"iat":  {`"iat":` + at(-time.Minute), ``, `"iat":` + at(time.Hour)},
		"jti":  {`"jti":"1"`, ``, `"jti":"\ud800"`, `"exp":9999999999`},
	}
	// The first of each is good. Of those with an index below the number here only the
	// policy can say more.
	policy := map[string]int{"sub": 2, "role": 2, "iss": 3, "aud": 4, "exp": 4, "nbf": 3, "iat": 2, "jti": 2}
	plain = make(map[string]bool)
	add := func(header, payload string, new func() hash.Hash, isPlain bool) {
		token := signText(header, payload, new)
		tokens = append(tokens, token)
		plain[token] = isPlain
	}
	names := []string{"sub", "role", "iss", "aud", "exp", "nbf", "iat", "jti"}
	build := func(choice map[string]int) (string, bool) {
		var list []string
		isPlain := true
		for _, name := range names {
			i := choice[name]
			isPlain = isPlain && i < policy[name]
			if m := members[name][i]; m != "" {
				list = append(list, m)
			}
		}
		return "{" + strings.Join(list, ",") + "}", isPlain
	}
	const hs256 = `{"alg":"HS256","typ":"JWT"}`
	for i, a := range names { // every two members in every form, the others good
		for _, b := range names[i+1:] {
			for x := range members[a] {
				for y := range members[b] {
					payload, isPlain := build(map[string]int{a: x, b: y})
					add(hs256, payload, sha256.New, isPlain)
				}
			}
		}
	}
	good, _ := build(nil)
	for _, header := range []string{
		`{"alg":"HS256"}`, `{"alg":"HS256","kid":"1"}`, `{"alg":"HS256","typ":"at+jwt"}`, `{"alg":"HS256","crit":["x"],"x":1}`,
		`{"alg":"none"}`, `{"alg":"hs256"}`, `{"alg":"HS256","alg":"none"}`, `{"ALG":"HS256"}`, `{}`, `[]`, ``,
	} {
		add(header, good, sha256.New, false)
	}
	add(`{"alg":"HS384"}`, good, sha512.New384, true)
	add(`{"alg":"HS512"}`, good, sha512.New, true)
	for _, payload := range []string{`null`, `[]`, `{}`, ``, good + `{}`, good + ` `, strings.Replace(good, `{`, `{"role":"user",`, 1)} {
		add(hs256, payload, sha256.New, false)
	}
	token := signText(hs256, good, sha256.New)
	return append(tokens, "", "a.b.c", token+".", token+"=", token[:len(token)-2], strings.Replace(token, ".", "..", 1), token[1:]), plain
}

func signText(header, payload string, new func() hash.Hash) string {
	b64 := base64.RawURLEncoding
	input := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload))
	mac := hmac.New(new, []byte(strings.Repeat("secret--", 8)))
	mac.Write([]byte(input))
	return input + "." + b64.EncodeToString(mac.Sum(nil))
}
