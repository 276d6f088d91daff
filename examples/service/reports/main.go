// Reports is a service that accepts the tokens of the auth service in the parent directory. It
// shares nothing with it; it fetches the public keys from the issuer.
//
//	go run ./reports
//	curl -H 'Authorization: Bearer …' http://127.0.0.1:8090/reports
//
// It accepts a token until it expires, even if its session has ended. If that is too long, give
// it the store, and wrap the parser with session.NewChecker.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jwthttp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		log.Fatal("reports: ", err)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("reports", flag.ContinueOnError)
	flags.SetOutput(out)
	addr := flags.String("addr", "127.0.0.1:8090", "`address` to listen on")
	issuer := flags.String("issuer", "http://127.0.0.1:8080", "`URL` of the auth service")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	keys, err := jwks.New(ctx, jwks.Config{
		Issuer:     *issuer,
		Algorithms: []jwt.Algorithm{jwt.ES256},
		MinRefresh: 5 * time.Second, // the demo publishes a key for only 10 seconds before it signs
		Logger:     slog.New(slog.NewTextHandler(out, nil)),
	})
	if err != nil {
		return err
	}
	defer keys.Close()
	h, err := newHandler(keys, *issuer)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "listening on http://%s\n", ln.Addr())
	srv := &http.Server{Handler: h, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	context.AfterFunc(ctx, func() { srv.Shutdown(context.WithoutCancel(ctx)) })
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

type claims = jwt.Claims[jwthttp.AccessToken]

func newHandler(keys *jwks.Client, issuer string) (http.Handler, error) {
	parser, err := jwt.NewParser[jwthttp.AccessToken](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{issuer},
		Audiences:  []string{"reports"},
		Types:      []string{"at+jwt"},
		Required:   []string{"sub", "iat", "jti"},
		Leeway:     30 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{Realm: "reports", Logger: slog.Default()})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	var served atomic.Int64
	mux.Handle("GET /reports", auth.Require(jwthttp.Scope("reports:read")).Handler(
		func(w http.ResponseWriter, r *http.Request, c *claims) {
			writeJSON(w, http.StatusOK, map[string]any{"key": c.KeyID, "user": c.Subject, "served": served.Add(1)})
		}))
	mux.Handle("GET /readyz", jwthttp.Public(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := keys.Ready(); err != nil {
			writeJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "no keys yet"})
			return
		}
		writeJSON(w, http.StatusOK, map[string]string{"status": "ready"})
	})))
	return auth.DefaultDeny(mux), nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // an error means that the client is gone
}
