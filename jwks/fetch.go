package jwks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	neturl "net/url"
	"slices"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/jwk"
)

// maxBody is the longest answer in bytes.
const maxBody = 1 << 20

// What an issuer says is repeated to this extent.
const (
	maxETag    = 1 << 10 // bytes
	maxURL     = 2 << 10
	maxSkipped = 10 // keys that are logged
)

// fetch fetches the set, stores it, and reports. It is called by one goroutine at a time.
func (c *Client) fetch() error {
	if !c.begin() {
		return errClosed
	}
	defer c.done.Done()
	ctx, cancel := context.WithTimeout(c.ctx, c.cfg.Timeout)
	defer cancel()
	start := time.Now()
	f := c.fetchSet(ctx)
	f.Duration = time.Since(start)
	switch {
	case f.Err != nil && c.ctx.Err() != nil:
		return errClosed // no fault of the issuer, and nothing to report
	case f.Err != nil:
		c.forget() // the URL may have moved
	}
	if s := c.set.Load(); s != nil {
		f.Age = time.Since(s.fetched)
		f.Keys = len(s.keys)
	}
	c.last.Store(&f)
	c.plan(f.Err)
	c.report(f)
	return f.Err
}

// begin reports whether a fetch may begin, and if so has Close wait for it.
func (c *Client) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return false
	}
	c.done.Add(1)
	return true
}

func (c *Client) report(f Fetch) {
	if c.cfg.Observe != nil {
		c.cfg.Observe(f)
	}
	if c.cfg.Logger == nil {
		return
	}
	log := c.cfg.Logger.With("url", f.URL, "duration", f.Duration, "age", f.Age, "keys", f.Keys)
	for _, s := range f.Skipped[:min(len(f.Skipped), maxSkipped)] {
		log.WarnContext(c.ctx, "jwks: key skipped", "index", s.Index, "kid", strings.ToValidUTF8(s.KeyID[:min(len(s.KeyID), negativeLength)], ""), "reason", s.Err)
	}
	if n := len(f.Skipped) - maxSkipped; n > 0 {
		log.WarnContext(c.ctx, "jwks: more keys skipped", "count", n)
	}
	if f.Err != nil {
		log.ErrorContext(c.ctx, "jwks: fetch failed", "error", f.Err)
		return
	}
	log.InfoContext(c.ctx, "jwks: fetched", "not_modified", f.NotModified)
}

// fetchSet fetches and stores the set.
func (c *Client) fetchSet(ctx context.Context) (f Fetch) {
	f.URL = c.cfg.URL
	if c.cfg.Issuer != "" {
		f.URL, f.Err = c.discover(ctx)
		if f.Err != nil {
			return f
		}
	}
	old := c.set.Load()
	etag := ""
	// After a fetch that failed, nothing is asked with conditions: they may be why.
	if last := c.last.Load(); old != nil && old.url == f.URL && last.Err == nil {
		etag = old.etag
	}
	a, err := c.get(ctx, f.URL, "application/jwk-set+json, application/json", etag)
	if err != nil {
		f.Err = err
		return f
	}
	if a.status == http.StatusNotModified && etag != "" {
		renewed := *old
		renewed.fetched, renewed.life = time.Now(), c.lifetime(a.header)
		c.set.Store(&renewed)
		f.NotModified = true
		return f
	}
	if a.status != http.StatusOK {
		f.Err = fmt.Errorf("%s answered %d", f.URL, a.status)
		return f
	}
	keys, skipped, err := c.parse(a.body)
	f.Skipped = skipped
	if err != nil {
		f.Err = fmt.Errorf("%s: %w", f.URL, err)
	}
	if err != nil && !errors.Is(err, jwk.ErrNoUsableKey) {
		return f // no set at all, an error page perhaps: the last good one goes on
	}
	s := newSet(keys, old, c.cfg.Wrap)
	s.fetched, s.life = time.Now(), c.lifetime(a.header)
	if err == nil {
		s.url = f.URL
		if etag := a.header.Get("ETag"); len(etag) <= maxETag {
			s.etag = etag
		}
	} else {
		s.unusable = unusable(skipped)
	}
	c.set.Store(s)
	c.mu.Lock()
	clear(c.unknown)
	c.mu.Unlock()
	return f
}

// unusable is the error of a set without usable keys. It does not wrap the reason: one
// that Config.Other made could wrap jwt.ErrSignature, and this says nothing of a token.
func unusable(skipped []jwk.Skipped) error {
	if len(skipped) == 0 {
		return errors.New("jwks: the issuer's set has no usable key: it is empty")
	}
	return fmt.Errorf("jwks: the issuer's set has no usable key: key %d: %v", skipped[0].Index, skipped[0].Err)
}

// parse returns the usable keys of a set, one for each algorithm that a key is bound to.
func (c *Client) parse(body []byte) (keys []jwt.KeyVerifier, skipped []jwk.Skipped, err error) {
	var other func(data []byte) (jwt.KeyVerifier, error)
	if c.cfg.Other != nil {
		other = func(data []byte) (jwt.KeyVerifier, error) {
			v, err := c.cfg.Other(data)
			if err != nil {
				return nil, err
			}
			key, ok := v.(jwt.KeyVerifier)
			switch {
			case !ok || check.IsNil(v):
				return nil, errors.New("what Config.Other returned does not implement jwt.KeyVerifier")
			case !slices.Contains(c.cfg.Algorithms, key.Algorithm()):
				return nil, fmt.Errorf("alg is %s, which is none of %v of Config.Algorithms", key.Algorithm(), c.cfg.Algorithms)
			}
			return key, nil
		}
	}
	set, skipped, err := jwk.ParseSetFunc(body, c.cfg.Algorithms, other)
	if err != nil && isMetadata(body) {
		err = errors.New("this is metadata, not a set; set Config.Issuer, or Config.URL to its jwks_uri")
	}
	if err == nil && len(set) == 0 { // all keys are withdrawn
		err = jwk.ErrNoUsableKey
	}
	return set.Keys(), skipped, err
}

// An answer is what a server said.
type answer struct {
	status int
	header http.Header
	body   []byte // at most maxBody; none unless status is 200
}

func (c *Client) get(ctx context.Context, url, accept, etag string) (a answer, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return a, err
	}
	req.Header.Set("Accept", accept)
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		// The URL is that of a redirect, perhaps, and as long as the issuer likes.
		if e, ok := errors.AsType[*neturl.Error](err); ok && len(e.URL) > maxURL {
			err = fmt.Errorf("%s %q…: %w", e.Op, e.URL[:200], e.Err)
		}
		return a, err
	}
	defer resp.Body.Close()
	a = answer{status: resp.StatusCode, header: resp.Header}
	if a.status != http.StatusOK {
		return a, nil
	}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err == nil && len(a.body) > maxBody {
		err = fmt.Errorf("%s answered more than %d bytes", url, maxBody)
	}
	return a, err
}
