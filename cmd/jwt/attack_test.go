package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/loopback"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jwthttp"
)

// serviceMain is a service to attack: service ADDRESS ISSUER KIND. It is good, or good and for
// "admins" only, or has one fault: it takes "none", it takes "everything", or it never shows by
// the status whether it has taken a token ("quiet").
func serviceMain() {
	address, issuer, kind := os.Args[1], os.Args[2], os.Args[3]
	keys, err := jwks.New(context.Background(), jwks.Config{Issuer: issuer, Algorithms: []jwt.Algorithm{jwt.ES256}, Cooldown: time.Second})
	exitOn(err)
	policy := jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256}, Issuers: []string{issuer}, Audiences: []string{"orders"}, Required: []string{"sub"},
	}
	if kind == "admins" {
		policy.Required, policy.Types = []string{"sub", "role"}, []string{"at+jwt"}
	}
	parser, err := jwt.NewParser[struct{}](keys, policy)
	exitOn(err)
	parse := parser.Parse
	if kind == "none" {
		parse = func(ctx context.Context, token string) (*jwt.Claims[struct{}], error) {
			header, _, _ := strings.Cut(token, ".")
			text, _ := base64.RawURLEncoding.DecodeString(header)
			if strings.Contains(strings.ToLower(string(text)), `"alg":"none"`) {
				return &jwt.Claims[struct{}]{}, nil
			}
			return parser.Parse(ctx, token)
		}
	}
	auth, err := jwthttp.New(parse, jwthttp.Config{})
	exitOn(err)
	var h http.Handler = auth.Require().Handler(func(w http.ResponseWriter, _ *http.Request, _ *jwt.Claims[struct{}]) {
		io.WriteString(w, "your orders")
	})
	switch kind {
	case "everything":
		h = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "your orders") })
	case "quiet":
		good := h
		h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { good.ServeHTTP(alwaysOK{w}, r) })
	}
	l, err := loopback.Listen(address)
	exitOn(err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exitOn(l.Serve(ctx, h))
}

// alwaysOK sends 200 whatever the status is.
type alwaysOK struct{ http.ResponseWriter }

func (w alwaysOK) WriteHeader(int) { w.ResponseWriter.WriteHeader(http.StatusOK) }

// tokenMain prints the answer of a token endpoint: token URL BODY.
func tokenMain() {
	resp, err := http.Post(os.Args[1], "application/x-www-form-urlencoded", strings.NewReader(os.Args[2]))
	exitOn(err)
	defer resp.Body.Close()
	_, err = io.Copy(os.Stdout, resp.Body)
	exitOn(err)
	if resp.StatusCode == http.StatusNotFound {
		exitOn(errors.New(resp.Status))
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
