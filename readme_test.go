package jwt_test

import (
	"context"
	"errors"
	"fmt"
	"log"
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
	"github.com/cda17858/jwt/keyring"
)

// The samples of README.md, compiled. Each stands between a line "// README" and the
// end of its function.

func readmeSign(ctx context.Context, pemBytes []byte, user struct{ ID, Role string }, now time.Time) (string, error) {
	// README
	type Session struct {
		Role string `json:"role"`
	}

	signer, err := jwt.ParsePrivateKey(jwt.ES256, "key-1", pemBytes)
	if err != nil {
		return "", err
	}
	token, err := jwt.Sign(ctx, signer, jwt.Claims[Session]{
		Issuer:    "https://auth.example.com",
		Subject:   user.ID,
		Audience:  []string{"orders"},
		IssuedAt:  now,
		ExpiresAt: now.Add(15 * time.Minute),
		Private:   Session{Role: user.Role},
	})
	return token, err
}

func readmeParse(ctx context.Context, w http.ResponseWriter, token string, keys jwt.Verifier) {
	type Session struct {
		Role string `json:"role"`
	}
	// README
	// At start-up. A missing or contradictory setting is an error here, not at the first request.
	parser, err := jwt.NewParser[Session](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://auth.example.com"},
		Audiences:  []string{"orders"},
		Leeway:     30 * time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}

	// For each request.
	claims, err := parser.Parse(ctx, token)
	if _, ok := errors.AsType[*jwt.TokenError](err); ok {
		http.Error(w, "invalid token", http.StatusUnauthorized)
		return
	} else if err != nil { // a key source that did not answer, not a bad token
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, claims.Subject, claims.Private.Role)
}

func readmeHTTP(keys jwt.Verifier, policy jwt.Policy, transfer, health http.Handler) {
	// README
	type Claims struct {
		jwthttp.AccessToken        // scope, roles, auth_time and the rest of RFC 9068
		Tenant              string `json:"tenant"`
	}

	parser, err := jwt.NewParser[Claims](keys, policy)
	if err != nil {
		log.Fatal(err)
	}
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{Resource: "https://orders.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /orders", auth.Require(jwthttp.Scope("orders:read")).Handler(
		func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[Claims]) {
			fmt.Fprintln(w, "orders of", c.Subject, c.Private.Tenant)
		}))
	mux.Handle("POST /transfer", auth.Require(jwthttp.Scope("pay"), jwthttp.MaxAge(5*time.Minute))(transfer))
	mux.Handle("GET /health", jwthttp.Public(health))
	http.Handle("/", auth.DefaultDeny(mux)) // a route for which all this was forgotten is closed
}

func readmeVerifyIssuer(ctx context.Context) {
	// README
	keys, err := jwks.New(ctx, jwks.Config{
		Issuer:     "https://auth.example.com",
		Algorithms: []jwt.Algorithm{jwt.ES256},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer keys.Close()
}

func readmeRotate(ctx context.Context, claims jwt.Claims[struct{}]) (string, error) {
	// README
	ring, err := keyring.New(ctx, keyring.Config{
		Store:         keyring.NewFolder("/var/lib/auth/keys"),
		TokenLifetime: 16 * time.Minute,    // 15, and a minute of leeway
		Lead:          time.Hour,           // a key is published so long before it signs
		Period:        30 * 24 * time.Hour, // and signs so long
	})
	if err != nil {
		log.Fatal(err)
	}
	defer ring.Close()
	publish, err := jwks.NewHandler(jwks.HandlerConfig{Source: ring, MaxAge: 15 * time.Minute}) // verifiers may keep the set so long
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("GET /.well-known/jwks.json", publish)
	http.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"issuer":"https://auth.example.com","jwks_uri":"https://auth.example.com/.well-known/jwks.json"}`)
	})

	token, err := jwt.Sign(ctx, ring, claims)
	return token, err
}

var _, _, _, _, _ = readmeSign, readmeParse, readmeHTTP, readmeVerifyIssuer, readmeRotate

func TestREADMESamples(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	source, err := os.ReadFile("readme_test.go")
	require.NoError(t, err)
	compiled := regexp.MustCompile(`(?s)\n\t// README\n(.*?)\n}\n`).FindAllStringSubmatch(string(source), -1)
	samples := regexp.MustCompile("(?s)```go\n(.*?)\n```").FindAllStringSubmatch(string(readme), -1)
	require.NotEmpty(t, samples)
	require.Len(t, compiled, len(samples))
	for i, sample := range samples {
		body := strings.TrimSuffix(compiled[i][1], "\n\treturn token, err")
		require.Equal(t, strings.ReplaceAll("\n"+body, "\n\t", "\n")[1:], sample[1])
	}
}
