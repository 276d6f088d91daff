package jwkset

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/cda17858/jwt/jwk"
)

// An Answer is how a server has answered a request for a set.
type Answer struct {
	URL        string        `json:"url"`
	Redirected string        `json:"redirectedFrom,omitempty"` // the URL that was asked for, if another answered
	Type       string        `json:"contentType"`
	Cache      string        `json:"cacheControl,omitempty"`
	Took       time.Duration `json:"nanoseconds"`
}

// A recorder is an http.RoundTripper that remembers the last answer with content.
type recorder struct {
	next   http.RoundTripper
	own    *http.Transport // nil if the caller gave it
	answer Answer
	body   []byte
	from   string // where a chain of redirects began, if the last answer was one
}

func newRecorder(given http.RoundTripper) *recorder {
	if given != nil {
		return &recorder{next: given}
	}
	own := http.DefaultTransport.(*http.Transport).Clone()
	return &recorder{next: own, own: own}
}

func (r *recorder) close() {
	if r.own != nil {
		r.own.CloseIdleConnections()
	}
}

// RoundTrip implements http.RoundTripper.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 3 {
		if r.from == "" {
			r.from = req.URL.String()
		}
		return resp, nil
	}
	// The reader of the answer refuses what is longer than 1 MiB.
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20+1))
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	r.body = body
	r.answer = Answer{
		URL:        req.URL.String(),
		Redirected: r.from,
		Type:       resp.Header.Get("Content-Type"),
		Cache:      resp.Header.Get("Cache-Control"),
		Took:       time.Since(start),
	}
	r.from = ""
	return resp, nil
}

// isAboutKeys reports whether a set could be read, and none of its keys be used.
func isAboutKeys(err error) bool { return errors.Is(err, jwk.ErrNoUsableKey) }
