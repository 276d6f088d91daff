package jwttest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

const (
	garbage = "bm90LmEudG9rZW4" // what no service can accept
	maxBody = 1 << 20
)

// A sender puts probes to a target.
type sender struct {
	target Target
	client *http.Client // of a URL
	next   time.Time    // when the next request may be made
}

func newSender(t Target) *sender {
	s := &sender{target: t}
	if t.URL != "" {
		// With one connection for each request none is sent twice, as a Transport does if
		// the service closes a connection that it has used before.
		transport := &http.Transport{DisableCompression: true, DisableKeepAlives: true}
		if !t.Mine {
			transport.DialContext = dialLoopback
		}
		s.client = &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return s
}

func (s *sender) close() {
	if s.client != nil {
		s.client.CloseIdleConnections()
	}
}

// wait keeps to the rate.
func (s *sender) wait(ctx context.Context) error {
	if s.target.Rate == 0 {
		return ctx.Err()
	}
	now := time.Now()
	if s.next.After(now) {
		timer := time.NewTimer(s.next.Sub(now))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	} else {
		s.next = now
	}
	s.next = s.next.Add(time.Second / time.Duration(s.target.Rate))
	return nil
}

// send puts one probe to the target. It is safe for concurrent use if there is no rate.
func (s *sender) send(ctx context.Context, p probe) *Response {
	if err := s.wait(ctx); err != nil {
		return &Response{err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.target.Timeout)
	defer cancel()
	start := time.Now()
	var r *Response
	switch {
	case s.target.Func != nil:
		r = inGoroutine(ctx, func() *Response {
			if err := s.target.Func(ctx, p.token); err != nil {
				return &Response{Status: http.StatusUnauthorized}
			}
			return &Response{Status: http.StatusOK}
		})
	case s.target.Handler != nil:
		r = inGoroutine(ctx, func() *Response {
			w := httptest.NewRecorder()
			s.target.Handler.ServeHTTP(w, s.request(ctx, p))
			return &Response{Status: w.Code, Header: w.Result().Header, Body: w.Body.Bytes()}
		})
	default:
		r = s.fetch(s.request(ctx, p))
	}
	r.Took = time.Since(start)
	return r
}

// request returns the request of a probe.
func (s *sender) request(ctx context.Context, p probe) *http.Request {
	var r *http.Request
	switch {
	case s.target.Request != nil:
		r = s.target.Request(p.token).WithContext(ctx)
	case s.target.URL != "":
		r, _ = http.NewRequestWithContext(ctx, http.MethodGet, s.target.URL, nil) // the URL has been checked
	default:
		r = httptest.NewRequestWithContext(ctx, http.MethodGet, cmp.Or(s.target.Path, "/"), nil)
	}
	if s.target.Request == nil && p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	if p.request != nil {
		p.request(r)
	}
	return r
}

// inGoroutine returns what f does, or that it has panicked, or that ctx is done.
func inGoroutine(ctx context.Context, f func() *Response) *Response {
	answer := make(chan *Response, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				answer <- &Response{crash: fmt.Sprintf("panic: %v", v)}
			}
		}()
		answer <- f()
	}()
	select {
	case r := <-answer:
		return r
	case <-ctx.Done():
	}
	select { // a handler that heeds its context
	case <-answer:
	case <-time.After(100 * time.Millisecond):
	}
	return &Response{err: ctx.Err()}
}

func (s *sender) fetch(r *http.Request) *Response {
	resp, err := s.client.Do(r)
	if err != nil {
		return failed(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return failed(err)
	}
	return &Response{Status: resp.StatusCode, Header: resp.Header, Body: body}
}

func failed(err error) *Response {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return &Response{err: err}
	}
	return &Response{crash: "connection lost: " + err.Error(), lost: true}
}

// impossible says why a probe cannot be sent to the target, or "".
func (s *sender) impossible(p probe) string {
	switch {
	case s.target.Func != nil && p.request != nil:
		return "the target is a func, without requests"
	case s.target.Request != nil && p.request != nil:
		return "the requests are made by Target.Request"
	case s.target.Func == nil && strings.ContainsFunc(p.token, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }):
		return "HTTP cannot send it"
	}
	return ""
}

// curl returns a line for a shell that sends p to the target, or "".
func (s *sender) curl(p probe) string {
	if s.target.Func != nil || s.impossible(p) != "" {
		return ""
	}
	r := s.request(context.Background(), p)
	at := r.URL.String()
	if s.target.Handler != nil {
		at = "http://127.0.0.1:8080" + r.URL.RequestURI()
	}
	line := "curl -i"
	if r.Method != http.MethodGet {
		line += " -X " + r.Method
	}
	for name, lines := range r.Header {
		for _, value := range lines {
			line += " -H " + shellQuote(name+": "+value)
		}
	}
	return line + " " + shellQuote(at)
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
