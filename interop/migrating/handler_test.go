package migrating

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/jwttest"
)

func newHandler(ctx context.Context, issuer string) (http.Handler, error) {
	keys, err := jwks.New(ctx, jwks.Config{Issuer: issuer, Algorithms: []jwt.Algorithm{jwt.ES256}})
	if err != nil {
		return nil, err
	}
	parser, err := jwt.NewParser[Claims](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{issuer},
		Audiences:  []string{"orders"},
		Required:   []string{"sub"},
		Leeway:     30 * time.Second, // for clocks that differ
	})
	if err != nil {
		return nil, err
	}
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{Logger: slog.Default()})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /orders", auth.Require().Handler(orders))
	mux.Handle("GET /health", jwthttp.Public(http.HandlerFunc(health)))
	return auth.DefaultDeny(mux), nil
}

func orders(w http.ResponseWriter, r *http.Request, c *jwt.Claims[Claims]) {
	fmt.Fprintln(w, c.Subject, c.Private.Role)
}

func health(w http.ResponseWriter, r *http.Request) {}

// The service of docs/agents.md withstands the attack that the page recommends.
func TestAgentsHandler(t *testing.T) {
	iss := jwttest.NewIssuer(t, jwttest.Config{Audience: "orders", Traps: true})
	handler, err := newHandler(t.Context(), iss.URL())
	require.NoError(t, err)
	jwttest.Attack(t, jwttest.Target{Handler: handler, Path: "/orders", Issuer: iss})

	source, err := os.ReadFile("handler_test.go")
	require.NoError(t, err)
	_, text, _ := strings.Cut(string(source), "\n)\n\n")
	text, _, _ = strings.Cut(text, "\n// The service")
	require.Contains(t, readPage(t, "agents.md").text, "```go\n"+text+"```\n")
}
