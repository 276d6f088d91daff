package jwtclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// A Transport is an [http.RoundTripper] that adds tokens to requests. It is safe for
// concurrent use. [New] makes it.
type Transport struct {
	cfg     Config
	origins map[string]bool // as originOf writes them
	source  source
	flights singleflight.Group

	ctx    context.Context // of the calls; Close ends it
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	entries map[ask]*entry // at most maxEntries
}

var errClosed = errors.New("jwtclient: the Transport is closed")

// New returns a Transport, or an error that names the field of cfg at fault. It makes no
// call: the first request does.
func New(cfg Config) (*Transport, error) {
	origins, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	t := &Transport{cfg: cfg, origins: origins, entries: make(map[ask]*entry)}
	if t.source, err = cfg.Source.newSource(&cfg); err != nil {
		return nil, err
	}
	t.ctx, t.cancel = context.WithCancelCause(context.Background())
	return t, nil
}

// Close ends the calls for tokens that are under way. Requests that need a token fail from
// then on. It returns nil.
//
// A Transport that is not closed leaves nothing behind: a call ends after Config.Timeout.
func (t *Transport) Close() error {
	t.cancel(errClosed)
	return nil
}

// CloseIdleConnections closes the idle connections of Config.Transport, if it has that
// method.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.cfg.Transport.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// Format implements [fmt.Formatter]: what the Transport knows is not printed.
func (t *Transport) Format(f fmt.State, _ rune) { io.WriteString(f, "jwtclient.Transport") }

// Token returns a good token and when it expires. If the server does not say when, 5
// minutes are assumed. It waits only if there is no good token, and until ctx is done.
//
// The error is an [*Error] if the token could not be had. If ctx is done first, the error
// wraps that of ctx.
func (t *Transport) Token(ctx context.Context) (token string, expires time.Time, err error) {
	_, tok, err := t.token(ctx)
	return tok.text, tok.expires, err
}

func (t *Transport) token(ctx context.Context) (ask, token, error) {
	if t.ctx.Err() != nil {
		return ask{}, token{}, errClosed
	}
	a, err := t.source.ask(ctx)
	if err != nil {
		return a, token{}, &Error{err: err}
	}
	tok, err := t.get(ctx, a)
	return a, tok, err
}

// RoundTrip implements [http.RoundTripper]. A request to one of Config.Origins is sent with
// the field Authorization: Bearer, in place of any that it has (RFC 6750 section 2.1). All
// others are sent as they are.
//
// If the answer is 401, the request is sent once more with another token. This needs a
// request without a body, or with GetBody, as [http.NewRequest] sets it for a body in memory.
// Otherwise, and if there is no other token, the answer is returned.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.origins[originOf(req.URL)] {
		return t.cfg.Transport.RoundTrip(req)
	}
	a, tok, err := t.token(req.Context())
	if err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	resp, err := t.send(req, req.Body, tok)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	again := req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
	tok, ok := t.replace(req.Context(), a, tok.text, again)
	if !again || !ok {
		return resp, nil
	}
	body := req.Body
	if req.GetBody != nil {
		if body, err = req.GetBody(); err != nil {
			return resp, nil
		}
	}
	io.CopyN(io.Discard, resp.Body, maxAnswer) // so that the connection can be used again
	resp.Body.Close()
	return t.send(req, body, tok)
}

// send sends req with a body and a token. The answer refers to req itself, which has none.
func (t *Transport) send(req *http.Request, body io.ReadCloser, tok token) (*http.Response, error) {
	with := req.WithContext(req.Context())
	with.Header = req.Header.Clone()
	if with.Header == nil {
		with.Header = make(http.Header)
	}
	with.Header.Set("Authorization", "Bearer "+tok.text)
	with.Body = body
	resp, err := t.cfg.Transport.RoundTrip(with)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}
