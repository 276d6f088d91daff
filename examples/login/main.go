// Login is a service that logs users in and takes the tokens it gave them:
//
//	go run ./examples/login
//
// It prints the password of its two demo users: alice, who works in sales, and bob,
// who does not. To try it:
//
//	curl -d '{"user":"alice","password":"…"}' -H 'Content-Type: application/json' http://127.0.0.1:8080/login
//	curl -H 'Authorization: Bearer …' http://127.0.0.1:8080/orders
//
// The key that signs is in a file that is made at the first start, so that users
// stay logged in after a restart. A real service would add TLS, users in a database and
// a limit on how often one may guess.
package main

import (
	"context"
	"crypto/rand"
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
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		log.Fatal("login: ", err)
	}
}

// run serves until ctx is done, and answers the requests that are under way then.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("login", flag.ContinueOnError)
	flags.SetOutput(out)
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to listen on")
	keyFile := flags.String("key", "login-key.pem", "`file` of the private key; it is made if it does not exist")
	memory := flags.Uint("hash-memory", 19*1024, "memory for a password hash in `KiB`")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	if *memory < 8 || *memory > 1<<20 {
		return errors.New("-hash-memory: 8 KiB to 1 GiB")
	}
	signer, err := openKey(*keyFile)
	if err != nil {
		return err
	}
	users := newUsers(hashCost{time: 2, memory: uint32(*memory), threads: 1})
	password := os.Getenv("LOGIN_DEMO_PASSWORD")
	if password == "" {
		password = rand.Text()
		fmt.Fprintf(out, "demo users alice and bob have the password %s\n", password)
	}
	users.add("alice", password, "sales")
	users.add("bob", password, "support")

	s, err := newServer(users, signer, signer.Verifier(), slog.New(slog.NewTextHandler(out, nil)))
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "listening on http://%s\n", ln.Addr())
	return serve(ctx, ln, s, shutdownTimeout)
}

// A request has readTimeout to arrive, header and body, and is answered in writeTimeout.
// shutdownTimeout is longer than both, so that the service ends with every request answered,
// and shorter than the 10 seconds after which docker stop kills it.
const (
	readTimeout     = 5 * time.Second
	writeTimeout    = 8 * time.Second // from the end of the header; longer than readTimeout and hashTimeout
	shutdownTimeout = 9 * time.Second
)

// serve answers requests until ctx is done. Those that are under way then have wait to end,
// and are cut off after it: a client that sends slowly is not a failure.
func serve(ctx context.Context, ln net.Listener, h http.Handler, wait time.Duration) error {
	srv := &http.Server{
		Handler:        h,
		ReadTimeout:    readTimeout,
		WriteTimeout:   writeTimeout,
		IdleTimeout:    time.Minute,
		MaxHeaderBytes: 32 << 10, // a token may have 16 KiB
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
	defer cancel()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	return err
}
