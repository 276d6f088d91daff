package jwks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	neturl "net/url"
	"slices"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/jwk"
)

// maxBody is the longest answer in bytes.
const maxBody = 1 << 20

// What an issuer says is repeated to this extent.
const (
	maxETag = 1 << 10 // bytes
	maxURL  = 2 << 10
)

// Fetch fetches a set once and returns the Verifiers of its keys, as [Config].Wrap returns
// them. It is for a command, or for a function that lives as long as a request. It leaves no
// goroutine and no connection behind, and tells Observe and Logger before it returns. The
// settings that concern further fetches are checked and have no effect.
//
// The error names a setting that is missing or wrong, or says why the fetch has failed. It
// wraps that of ctx if ctx is done, and [jwk.ErrNoUsableKey] if no key of the set can be used.
func Fetch(ctx context.Context, cfg Config) (jwt.KeySet, error) {
	if err := begin(ctx, "Fetch", cfg.complete); err != nil {
		return nil, err
	}
	o := new(owner)
	o.http, o.network = cfg.client()
	defer o.network.close()
	c := newClient(cfg, o)
	timed, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	report := c.fetch(timed)
	(&reporter{ctx: ctx, observe: cfg.Observe, logger: cfg.Logger}).tell(report)
	if report.Err != nil {
		return nil, fmt.Errorf("jwks: %w", report.Err)
	}
	return slices.Clone(c.set.Load().all), nil
}

// fetch fetches and stores the set.
func (c *Client) fetch(ctx context.Context) Report {
	start := time.Now()
	r := c.fetchSet(ctx)
	r.Duration = time.Since(start)
	if s := c.set.Load(); s != nil {
		r.Age = time.Since(s.fetched)
		r.Keys = len(s.keys)
	}
	return r
}

func (c *Client) fetchSet(ctx context.Context) (r Report) {
	old, lastErr := c.set.Load(), c.lastErr()
	if r.URL, r.Err = c.locate(ctx, lastErr); r.Err != nil {
		return r
	}
	etag := ""
	// After a fetch that failed, nothing is asked with conditions: they may be why.
	if old != nil && old.url == r.URL && lastErr == nil {
		etag = old.etag
	}
	a, err := c.get(ctx, r.URL, "application/jwk-set+json, application/json", etag)
	switch {
	case err != nil:
		r.Err = err
	case a.status == http.StatusNotModified && etag != "":
		r.NotModified = true
		c.renew(old, a.header)
	case a.status != http.StatusOK:
		r.Err = fmt.Errorf("%s answered %d", r.URL, a.status)
	default:
		r.Skipped, r.Err = c.replace(old, r.URL, a)
	}
	return r
}

// renew stores old again, which the issuer says is still its set. Its lifetime changes only
// if header brings one (RFC 9111 section 4.3.4).
func (c *Client) renew(old *set, header http.Header) {
	s := *old
	if c.stale(old) {
		s.generation++
	}
	s.fetched = time.Now()
	if life, ok := freshness(header); ok {
		s.life = c.bound(life)
	}
	c.set.Store(&s)
}

// replace stores the set in a, which is from url, in place of old.
func (c *Client) replace(old *set, url string, a answer) (skipped []jwk.Skipped, err error) {
	keys, skipped, err := c.parse(a.body)
	if err != nil && !errors.Is(err, jwk.ErrNoUsableKey) {
		return skipped, fmt.Errorf("%s: %w", url, err) // no set at all, an error page perhaps: the last good one goes on
	}
	s := &set{generation: 1, fetched: time.Now()}
	var before *index
	if old != nil {
		before, s.generation = old.index, old.generation
	}
	s.index = newIndex(keys, before, c.cfg.Wrap)
	if old != nil && (c.stale(old) || s.lacks(before)) {
		s.generation++
	}
	life, ok := freshness(a.header)
	if !ok {
		life = defaultLife
	}
	s.life = c.bound(life)
	if err != nil {
		s.unusable = unusable(skipped)
		err = fmt.Errorf("%s: %w", url, err)
	} else {
		s.url = url
		if etag := a.header.Get("ETag"); len(etag) <= maxETag {
			s.etag = etag
		}
	}
	c.set.Store(s)
	return skipped, err
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
			key, err := c.cfg.Other(data)
			switch {
			case err != nil:
				return nil, err
			case check.IsNil(key):
				return nil, errors.New("Config.Other returned nil")
			case !slices.Contains(c.cfg.Algorithms, key.Algorithm()):
				return nil, fmt.Errorf("alg is %s, which is not in Config.Algorithms %v", key.Algorithm(), c.cfg.Algorithms)
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

// errTooLong is about an answer of more than maxBody bytes.
var errTooLong = fmt.Errorf("answered more than %d bytes", maxBody)

// get asks for url, which errors name.
func (c *Client) get(ctx context.Context, url, accept, etag string) (a answer, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return a, err
	}
	req.Header.Set("Accept", accept)
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := c.owner.http.Do(req)
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
	if err != nil {
		return a, fmt.Errorf("%s: %w", url, err)
	}
	if len(a.body) > maxBody {
		return a, fmt.Errorf("%s %w", url, errTooLong)
	}
	return a, nil
}
