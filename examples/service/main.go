// Service is a complete auth service: login, sessions, keys, an API and a page. README.md has
// a tour and a map of the files.
//
//	go run .                 # prints the password of the first user, admin
//	go run . -demo           # the tour: users with a known password, and things to break
//	go run ./reports         # a second process, which accepts the tokens of the first
package main

import (
	"context"
	"crypto/tls"
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
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		log.Fatal("service: ", err)
	}
}

// run serves until ctx is done, and then finishes the requests in progress.
func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) (err error) {
	cfg, err := readConfig(args, getenv, out)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	ln, err := listen(cfg)
	if err != nil {
		return err
	}
	defer ln.Close()
	if cfg.origin == "" {
		cfg.origin = origin(cfg, ln.Addr())
	}
	store, closeStore, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	if err := cfg.completeSecrets(); err != nil {
		return err
	}
	// Requests in progress when ctx is done still need the keys and the sessions.
	s, err := newServer(context.WithoutCancel(ctx), cfg, store, newLogger(out))
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.firstAccounts(ctx, out); err != nil {
		return err
	}
	if cfg.metricsAddr != "" {
		metrics, err := net.Listen("tcp", cfg.metricsAddr)
		if err != nil {
			return fmt.Errorf("-metrics-addr (%s): %w", variable("metrics-addr"), err)
		}
		srv := newHTTPServer(s.metrics, s.log)
		go srv.Serve(metrics)
		defer srv.Close()
	}
	fmt.Fprintf(out, "listening at %s, as %s\n", ln.Addr(), cfg.origin)
	return serve(ctx, ln, s)
}

func listen(cfg config) (net.Listener, error) {
	var pair tls.Certificate
	if cfg.tlsCert != "" {
		var err error
		if pair, err = tls.LoadX509KeyPair(cfg.tlsCert, cfg.tlsKey); err != nil {
			return nil, fmt.Errorf("-tls-cert (%s) and -tls-key (%s): %w", variable("tls-cert"), variable("tls-key"), err)
		}
	}
	ln, err := net.Listen("tcp", cfg.addr)
	if err != nil {
		return nil, fmt.Errorf("-addr (%s): %w", variable("addr"), err)
	}
	if cfg.tlsCert != "" {
		ln = tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}})
	}
	return ln, nil
}

func origin(cfg config, addr net.Addr) string {
	if cfg.tlsCert != "" {
		return "https://" + addr.String()
	}
	return "http://" + addr.String()
}

// A request, header and body, must arrive within readTimeout, and is answered within
// writeTimeout. shutdownTimeout is longer than both, so that a shutdown answers every request,
// and shorter than the 10 seconds after which docker stop kills the process.
const (
	readTimeout     = 5 * time.Second
	requestTimeout  = 7 * time.Second // of the context
	writeTimeout    = 8 * time.Second // from the end of the header
	shutdownTimeout = 9 * time.Second
)

func newHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:        h,
		ReadTimeout:    readTimeout,
		WriteTimeout:   writeTimeout,
		IdleTimeout:    time.Minute,
		MaxHeaderBytes: 32 << 10, // a token may have 16 KiB
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// serve answers requests until ctx is done. Requests in progress then have shutdownTimeout to
// finish. That some are cut off, such as those of slow clients, is not an error.
func serve(ctx context.Context, ln net.Listener, s *server) error {
	srv := newHTTPServer(s.handler, s.log)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.drain()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	return err
}
