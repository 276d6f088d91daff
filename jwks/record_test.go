package jwks_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// A wrapper is a Config.Wrap that remembers.
type wrapper struct {
	mu   sync.Mutex
	made []string // what has been wrapped
	last *wrapped // what verified last
}

type wrapped struct {
	w     *wrapper
	inner jwt.Verifier
}

func (w *wrapper) wrap(v jwt.Verifier) jwt.Verifier {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made = append(w.made, fmt.Sprint(v))
	return &wrapped{w, v}
}

func (v *wrapped) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	v.w.mu.Lock()
	v.w.last = v
	v.w.mu.Unlock()
	return v.inner.Verify(ctx, h, input, sig)
}

// A recorder is a Config.Observe that remembers.
type recorder struct {
	mu      sync.Mutex
	fetches []jwks.Fetch
}

func (r *recorder) observe(f jwks.Fetch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fetches = append(r.fetches, f)
}

// all returns what has been observed.
func (r *recorder) all() []jwks.Fetch {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.fetches)
}

// last returns what has been observed last.
func (r *recorder) last() jwks.Fetch {
	all := r.all()
	return all[len(all)-1]
}

// A logBuffer keeps what has been logged.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// untimed returns a Logger of b that leaves out the time.
func (b *logBuffer) untimed() *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// take returns what has been logged since the last take.
func (b *logBuffer) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.buf.Reset()
	return b.buf.String()
}
