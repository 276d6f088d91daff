package migrating

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// shadow answers as golang-jwt does, and logs where this library would not.
func shadow(old *golangjwt.Parser, keyfunc golangjwt.Keyfunc, next *jwt.Parser[Claims], log *slog.Logger) func(context.Context, string) (*OldClaims, error) {
	return func(ctx context.Context, raw string) (*OldClaims, error) {
		var c OldClaims
		_, err := old.ParseWithClaims(raw, &c, keyfunc)
		n, nextErr := next.Parse(ctx, raw)
		switch {
		case err == nil && nextErr != nil:
			log.WarnContext(ctx, "only golang-jwt accepts a token", "iss", c.Issuer, "jti", c.ID, "why", nextErr)
		case err != nil && nextErr == nil:
			log.WarnContext(ctx, "only golang-jwt refuses a token", "claims", n, "why", err)
		case err == nil && (c.Subject != n.Subject || c.Role != n.Private.Role): // whatever the service reads
			log.WarnContext(ctx, "golang-jwt reads other claims", "claims", n)
		}
		if err != nil {
			return nil, err
		}
		return &c, nil
	}
}

// newShadow returns shadow for the good secret.
func newShadow(out *slog.Logger) (func(context.Context, string) (*OldClaims, error), error) {
	old := golangjwt.NewParser(append(careful, atNow)...)
	keys, err := jwt.NewHMACVerifier(jwt.HS256, "", secret)
	if err != nil {
		return nil, err
	}
	next, err := jwt.NewParser[Claims](keys, policy(nil))
	return shadow(old, oneKey(secret), next, out), err
}

// newLogger writes the message and what belongs to it only.
func newLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// Both libraries are asked, golang-jwt answers, and each disagreement is logged with its
// reason.
func Example_shadow() {
	parse, err := newShadow(newLogger(os.Stdout))
	if err != nil {
		log.Fatal(err)
	}
	for _, token := range []string{good(nil), forged(nil), good(with{"exp": "", "jti": `"id-1"`})} {
		claims, err := parse(ctx, token)
		fmt.Println(claims != nil, err)
	}
	// Output:
	// true <nil>
	// false token signature is invalid: signature is invalid
	// msg="only golang-jwt accepts a token" iss=https://auth.example.com jti=id-1 why="jwt: exp: required, but missing"
	// true <nil>
}

// Each of these tokens is logged once, with this, and answered as golang-jwt answers it.
func TestShadow(t *testing.T) {
	for _, c := range []struct {
		name, token string
		accepted    bool
		want        string // "" where both agree
	}{
		{"good", good(nil), true, ""},
		{"forged", forged(nil), false, ""},
		{"expired", good(with{"exp": "1"}), false, ""},
		{"no exp", good(with{"exp": "", "jti": `"id-1"`}), true, `"only golang-jwt accepts a token" iss=https://auth.example.com jti=id-1 why="jwt: exp: required, but missing"`},
		{"access token", hs256(`{"alg":"HS256","typ":"at+jwt"}`, payload(nil)), true, `why="jwt: typ: `},
		{"clock ahead", good(with{"iat": unix(now.Add(time.Minute))}), true, `why="jwt: iat: `},
		{"twice", hs256(header, `{"sub":"admin",`+payload(nil)[1:]), true, `why="jwt: payload: `},
		{"crit", hs256(`{"alg":"HS256","crit":["x"],"x":1}`, payload(nil)), true, `why="jwt: crit: `},
		{"line break", good(nil) + "\n", true, `why="jwt: signature: `},
		{"date as text", good(with{"nbf": `"1"`}), true, `why="jwt: nbf: `},
		{"another type", good(with{"EXP": `"never"`}), false, `"only golang-jwt refuses a token" claims.iss=https://auth.example.com`},
		{"other case", hs256(header, payload(nil)[:len(payload(nil))-1]+`,"Role":"admin"}`), true, `"golang-jwt reads other claims"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			parse, err := newShadow(newLogger(&out))
			require.NoError(t, err)
			claims, err := parse(ctx, c.token)
			before, oldErr := old(c.token, careful...)
			require.Equal(t, c.accepted, err == nil)
			require.Equal(t, c.accepted, claims != nil)
			require.Equal(t, fmt.Sprint(oldErr), fmt.Sprint(err))
			if c.accepted {
				require.Equal(t, before, claims)
			}
			if c.want == "" {
				require.Empty(t, out.String())
			} else {
				require.Equal(t, 1, strings.Count(out.String(), "\n"))
				require.Contains(t, out.String(), c.want)
			}
			require.NotContains(t, out.String(), c.token[len(c.token)-20:])
		})
	}
}

// The page shows the func that is tested here.
func TestShadowSample(t *testing.T) {
	source, err := os.ReadFile("shadow_test.go")
	require.NoError(t, err)
	_, text, _ := strings.Cut(string(source), "\n// shadow answers")
	text, _, _ = strings.Cut(text, "\n}\n")
	require.Contains(t, readPage(t, "migrating.md").text, "```go\n// shadow answers"+text+"\n}\n```\n")
}
