// Package loopback serves HTTP to this machine, and to no other.
package loopback

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// A Listener listens on a loopback address.
type Listener struct {
	listener net.Listener
	host     string // what Host of a request must be, such as localhost:9000
}

// Listen listens on address, a host and a port. The host is localhost, 127.0.0.1 or another
// loopback address; a port of 0 stands for a free one.
func Listen(address string) (*Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, errors.New("write it as 127.0.0.1:9000")
	}
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return nil, errors.New("the host must be a loopback address such as 127.0.0.1 or localhost")
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil || !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		l.Close()
		return nil, errors.New("the host is not on this machine")
	}
	return &Listener{l, net.JoinHostPort(host, port)}, nil
}

// Host returns the host and the port, as requests name them.
func (l *Listener) Host() string { return l.host }

// URL returns the origin: http, the host and the port.
func (l *Listener) URL() string { return "http://" + l.host }

// Serve serves h until ctx is done, which is not an error. A request with another Host is
// refused: another site whose name resolves to this machine could send it (DNS rebinding).
func (l *Listener) Serve(ctx context.Context, h http.Handler) error {
	server := &http.Server{
		Handler:           l.only(h),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		ending, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(ending) != nil {
			server.Close()
		}
	})
	err := server.Serve(l.listener)
	if !stop() {
		<-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (l *Listener) only(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.Host, l.host) {
			http.Error(w, "this server answers to "+l.host, http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}
