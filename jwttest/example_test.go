package jwttest_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"strings"
	"testing"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwttest"
)

// newService is the service of the examples: what takes its keys from the issuer and the
// rest from its configuration.
func newService(keys jwt.Verifier, policy jwt.Policy) http.Handler {
	policy.Required = []string{"sub"}
	parser, err := jwt.NewParser[struct{}](keys, policy)
	if err != nil {
		log.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		claims, err := parser.Parse(r.Context(), token)
		if err != nil || !strings.EqualFold(scheme, "Bearer") {
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, "hello ", claims.Subject)
	})
}

// A test of one's own handler: here it fails, since the service looks at the first of two
// Authorization headers only.
func ExampleAttack() {
	_ = func(t *testing.T) { // func TestAttack(t *testing.T)
		iss := jwttest.NewIssuer(t, jwttest.Config{Audience: "orders", Traps: true})
		jwttest.Attack(t, jwttest.Target{
			Handler: newService(iss.Keys(), iss.Policy()),
			Issuer:  iss,
			Except:  map[jwttest.ID]string{jwttest.HTTPTwoHeaders: "the proxy in front refuses them"},
		})
	}
}

func ExampleRun() {
	iss, err := jwttest.OpenIssuer(jwttest.Config{Audience: "orders", Traps: true})
	if err != nil {
		log.Fatal(err)
	}
	defer iss.Close()
	report, err := jwttest.Run(context.Background(), jwttest.Target{Handler: newService(iss.Keys(), iss.Policy()), Issuer: iss})
	if err != nil {
		log.Fatal(err)
	}
	if report.Inconclusive != "" {
		log.Fatal(report.Inconclusive)
	}
	for _, f := range report.Findings() {
		fmt.Printf("%s: %s (%s)\n", f.ID, f.Verdict, f.Severity)
		fmt.Println(f.Advice.JWT)
	}
	// Output:
	// http.two-headers: ACCEPTED (malleable)
	// Package jwthttp takes one token from one place, and answers as RFC 6750 says.
}
