package jwt_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/jwttest"
	"github.com/cda17858/jwt/keyring"
)

// The samples of README.md, compiled. Each stands between a line "// README" and the
// end of its function.

func readmeSign(ctx context.Context, signer jwt.Signer, user struct{ ID, Role string }, now time.Time) (string, error) {
	type Claims struct {
		Role string `json:"role"`
	}
	// README
	token, err := jwt.Sign(ctx, signer, jwt.Claims[Claims]{
		Issuer:    "https://auth.example.com",
		Subject:   user.ID,
		Audience:  []string{"orders"},
		IssuedAt:  now,
		ExpiresAt: now.Add(15 * time.Minute),
		Private:   Claims{Role: user.Role}, // your own
	})
	return token, err
}

func readmeParse(ctx context.Context, w http.ResponseWriter, token string, keys jwt.Verifier) {
	type Claims struct {
		Role string `json:"role"`
	}
	// README
	parser, err := jwt.NewParser[Claims](keys, jwt.Policy{ // at start-up: it finds what is missing or contradictory
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://auth.example.com"},
		Audiences:  []string{"orders"},
	})
	if err != nil {
		log.Fatal(err)
	}

	claims, err := parser.Parse(ctx, token) // for each request
	if _, ok := errors.AsType[*jwt.TokenError](err); ok {
		http.Error(w, "invalid token", http.StatusUnauthorized)
	} else if err != nil { // a key source that did not answer, not a bad token
		http.Error(w, "try again", http.StatusServiceUnavailable)
	} else {
		fmt.Fprintln(w, claims.Subject, claims.Private.Role)
	}
}

func readmeKeys(ctx context.Context) (err1, err2 error) {
	// README
	keys, err1 := jwks.New(ctx, jwks.Config{Issuer: "https://auth.example.com", Algorithms: []jwt.Algorithm{jwt.ES256}})
	ring, err2 := keyring.New(ctx, keyring.Config{ // each key is published for an hour, then signs for 30 days
		Store: keyring.NewFolder("/var/lib/auth/keys"), TokenLifetime: 16 * time.Minute, Lead: time.Hour, Period: 30 * 24 * time.Hour,
	})
	publish, err3 := jwks.NewHandler(jwks.HandlerConfig{Source: ring, MaxAge: 15 * time.Minute})
	use(keys, publish, err3)
	return err1, err2
}

func use(...any) {}

func readmeHTTP(keys jwt.Verifier, policy jwt.Policy, publish http.Handler) {
	// README
	parser, _ := jwt.NewParser[jwthttp.AccessToken](keys, policy)                  // claims with scope, roles, auth_time
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{Logger: slog.Default()}) // refusals at debug level
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /.well-known/jwks.json", jwthttp.Public(publish))
	mux.Handle("GET /orders", auth.Require(jwthttp.Scope("orders:read")).Handler(
		func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[jwthttp.AccessToken]) {
			fmt.Fprintln(w, "orders of", c.Subject)
		}))
	http.Handle("/", auth.DefaultDeny(mux)) // a route without auth is closed
}

func readmeAttack(t *testing.T, newService func(issuer, audience string) http.Handler) {
	// README
	iss := jwttest.NewIssuer(t, jwttest.Config{Audience: "orders", Traps: true})
	jwttest.Attack(t, jwttest.Target{Handler: newService(iss.URL(), "orders"), Path: "/orders", Issuer: iss})
}

var _, _, _, _, _ = readmeSign, readmeParse, readmeKeys, readmeHTTP, readmeAttack

func TestREADMESamples(t *testing.T) { requireSamples(t, "README.md", "readme_test.go", "README") }

// requireSamples checks that the samples in a page are what is compiled in the functions of
// a source file, from a line with the mark on. A last return is not part of a sample.
func requireSamples(t *testing.T, page, source, mark string) {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	code, err := os.ReadFile(source)
	require.NoError(t, err)
	compiled := regexp.MustCompile(`(?s)\n\t// `+mark+`\n(.*?)\n}\n`).FindAllStringSubmatch(string(code), -1)
	samples := regexp.MustCompile("(?s)```go\n(.*?)\n```").FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, samples)
	require.Len(t, compiled, len(samples))
	for i, sample := range samples {
		body := regexp.MustCompile(`(\n\tuse\(.*\))?\n\treturn \w+(, \w+)*$`).ReplaceAllString(compiled[i][1], "")
		require.Equal(t, strings.ReplaceAll("\n"+body, "\n\t", "\n")[1:], sample[1])
	}
}
