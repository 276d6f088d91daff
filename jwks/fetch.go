package jwks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/strictjson"
	"github.com/cda17858/jwt/jwk"
)

// maxBody is the longest answer in bytes.
const maxBody = 1 << 20

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
	if f.Err != nil {
		c.forget() // the URL may have moved
	}
	if s := c.set.Load(); s != nil {
		f.Age = time.Since(s.fetched)
		f.Keys = len(s.keys)
	}
	c.last.Store(&f)
	c.report(f)
	return f.Err
}

// begin reports whether a fetch may begin, and if so has Close wait for it.
func (c *Client) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.retired || c.ctx.Err() != nil {
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
	for _, s := range f.Skipped {
		log.WarnContext(c.ctx, "jwks: key skipped", "index", s.Index, "kid", s.KeyID, "reason", s.Err)
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
	if old != nil {
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
	if f.Err = err; err != nil && !errors.Is(err, jwk.ErrNoUsableKey) {
		return f // no set at all, an error page perhaps: the last good one goes on
	}
	s := newSet(keys, old, c.cfg.Wrap)
	s.fetched, s.life, s.etag = time.Now(), c.lifetime(a.header), a.header.Get("ETag")
	if err != nil {
		s.etag = ""
	}
	c.set.Store(s)
	c.mu.Lock()
	clear(c.unknown)
	c.mu.Unlock()
	return f
}

// parse returns the usable keys of a set, one for each algorithm that a key is bound to.
func (c *Client) parse(body []byte) (keys []jwt.Key, skipped []jwk.Skipped, err error) {
	other := c.cfg.Other
	if other != nil {
		other = func(data []byte) (jwt.Verifier, error) {
			v, err := c.cfg.Other(data)
			if err != nil {
				return nil, err
			}
			if _, ok := v.(jwt.Key); !ok {
				return nil, errors.New("what Config.Other returned is no jwt.Key")
			}
			return v, nil
		}
	}
	set, skipped, err := jwk.ParseSetFunc(body, c.cfg.Algorithms, other)
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

// lifetime returns how long an answer is fresh (RFC 9111 section 4.2), within bounds.
func (c *Client) lifetime(h http.Header) time.Duration {
	return max(c.cfg.MinRefresh, min(freshness(h), c.cfg.MaxRefresh))
}

func freshness(h http.Header) time.Duration {
	for directive := range strings.SplitSeq(strings.ToLower(strings.Join(h.Values("Cache-Control"), ",")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
			if err != nil {
				return 0 // RFC 9111 section 4.2.1: what cannot be understood is stale
			}
			age, _ := strconv.ParseUint(h.Get("Age"), 10, 31)
			return time.Duration(int64(seconds)-int64(age)) * time.Second
		}
	}
	if value := h.Get("Expires"); value != "" {
		expires, err := http.ParseTime(value)
		if err != nil {
			return 0
		}
		date, err := http.ParseTime(h.Get("Date"))
		if err != nil {
			date = time.Now()
		}
		return expires.Sub(date)
	}
	return defaultLife
}

// discover returns the URL of the set as the issuer's metadata says.
func (c *Client) discover(ctx context.Context) (string, error) {
	c.mu.Lock()
	known := c.url
	c.mu.Unlock()
	if known != "" {
		return known, nil
	}
	a, location, err := c.metadata(ctx)
	if err != nil {
		return location, err
	}
	var issuer, uri string
	err = strictjson.Members(a.body, func(name []byte, value strictjson.Value) error {
		switch string(name) {
		case "issuer":
			issuer = text(value)
		case "jwks_uri":
			uri = text(value)
		}
		return nil
	})
	if err != nil {
		return location, fmt.Errorf("%s: the metadata is malformed: %w", location, err)
	}
	if issuer != c.cfg.Issuer {
		return location, fmt.Errorf("%s: the metadata is of the issuer %q", location, issuer)
	}
	if err := c.cfg.checkURL(uri); err != nil {
		return location, fmt.Errorf("%s: jwks_uri %w", location, err)
	}
	c.mu.Lock()
	c.url = uri
	c.mu.Unlock()
	return uri, nil
}

// text returns the text of a JSON string, or "".
func text(value strictjson.Value) string {
	if value.Kind() != '"' {
		return ""
	}
	b, _ := strictjson.Unquote(nil, value)
	return string(b)
}

// forget has the next fetch look at the metadata again.
func (c *Client) forget() {
	c.mu.Lock()
	c.url = ""
	c.mu.Unlock()
}

// metadata tries the places where an issuer's metadata can be, in order.
func (c *Client) metadata(ctx context.Context) (a answer, location string, err error) {
	for _, location = range metadataURLs(c.cfg.Issuer) {
		a, err = c.get(ctx, location, "application/json", "")
		switch {
		case err != nil:
			return a, location, err
		case a.status == http.StatusOK:
			return a, location, nil
		case a.status != http.StatusNotFound:
			return a, location, fmt.Errorf("%s answered %d", location, a.status)
		}
	}
	return a, location, fmt.Errorf("%s answered %d", location, a.status)
}

// metadataURLs returns where OpenID Connect Discovery 1.0 section 4 appends, and where
// RFC 8414 section 3.1 inserts, its well-known path.
func metadataURLs(issuer string) []string {
	trimmed := strings.TrimSuffix(issuer, "/")
	scheme, rest, _ := strings.Cut(trimmed, "://")
	host, path, _ := strings.Cut(rest, "/")
	if path != "" {
		path = "/" + path
	}
	return []string{
		trimmed + "/.well-known/openid-configuration",
		scheme + "://" + host + "/.well-known/oauth-authorization-server" + path,
	}
}
