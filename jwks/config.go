package jwks

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/compact"
)

// A Config says where keys come from and which may be used. It is checked by [New].
type Config struct {
	// URL is where the JWK Set is. Either URL or Issuer is required.
	URL string

	// Issuer is an issuer whose metadata names the URL: OpenID Connect Discovery 1.0,
	// or, where that answers 404, RFC 8414. The issuer in the metadata must equal this
	// one, byte for byte. The URL that it names is kept until a fetch from there fails.
	// An issuer that serves its set with [Handler] needs one more handler for the
	// metadata, as the example there shows; for one that serves none, set URL.
	Issuer string

	// Algorithms are those that the issuer's keys may be used with. Required: many
	// issuers publish keys without alg, and a token must not choose. HS256, HS384 and
	// HS512 are refused, since a set holds no secrets.
	Algorithms []jwt.Algorithm

	// Wrap, if not nil, is put around the Verifier of each key, for a cache perhaps. It
	// is called once per key and algorithm, and must not return nil; a key that a
	// refresh leaves unchanged keeps what Wrap returned.
	Wrap func(jwt.Verifier) jwt.Verifier

	// Other, if not nil, makes the Verifier of a key whose kty or crv package jwk does
	// not know, such as ML-DSA, from its JWK. What it returns must be a [jwt.Key] of one
	// of Algorithms.
	Other func(data []byte) (jwt.Verifier, error)

	// MaxStale is how long after its last successful fetch a set is used while fetches
	// fail. After that the Client cannot check any token. 0 means 24 hours; else it is 1
	// second to 366 days. A fetch that failed is tried again after 1 second, then 2, 4, and
	// so on up to a minute.
	MaxStale time.Duration

	// MinRefresh and MaxRefresh bound the lifetime of a set, which its Cache-Control or
	// Expires header sets; without either it is 15 minutes. 0 means 1 minute, and 24
	// hours or MaxStale, whichever is shorter. MinRefresh must be at least 1 second,
	// and MaxRefresh no longer than MaxStale. A set is fetched anew when 80 percent of
	// its lifetime have passed, less up to a tenth of that.
	//
	// So an issuer must publish a new key for at least MinRefresh before it signs, even
	// if it gives the set a shorter lifetime. The tokens of a key that signs sooner may
	// be refused for up to 30 seconds, since unknown kids cause one fetch in that time.
	MinRefresh, MaxRefresh time.Duration

	// Timeout bounds one fetch, from connecting to the last byte. 0 means 5 seconds, and
	// the shortest is 1 millisecond.
	Timeout time.Duration

	// Transport makes the requests. nil means one of its own, which takes a proxy from
	// the environment as [http.DefaultTransport] does. The Client follows no redirect to
	// another host or scheme, whatever it is.
	Transport http.RoundTripper

	// PublicOnly refuses to connect to loopback, private, link-local and other addresses
	// that are not on the public internet, looked at after the name has been resolved,
	// and uses no proxy. Set it if the URL or Issuer comes from a user. It excludes
	// Transport.
	PublicOnly bool

	// InsecureHTTP allows http URLs, which are else allowed for loopback addresses only.
	// Whoever can change what such a URL answers can sign any token.
	InsecureHTTP bool

	// Observe, if not nil, is called after each fetch, one call at a time. It must return
	// soon, since callers may wait for the fetch, and must not call Close.
	Observe func(Fetch)

	// Logger receives what Observe does, and a warning if the context given to New is
	// over before Close. nil means that nothing is logged.
	Logger *slog.Logger
}

// complete checks the Config and fills in what is 0.
func (cfg *Config) complete() error {
	switch {
	case cfg.URL == "" && cfg.Issuer == "":
		return errors.New("jwks: Config.URL and Config.Issuer are empty; set one of them; is an environment variable unset?")
	case cfg.URL != "" && cfg.Issuer != "":
		return errors.New("jwks: Config.URL is set beside Config.Issuer; set one of them")
	case cfg.PublicOnly && cfg.Transport != nil:
		return errors.New("jwks: Config.PublicOnly is set beside Config.Transport, which it could not bind; remove one of them")
	}
	if cfg.URL != "" {
		if err := cfg.checkURL(cfg.URL); err != nil {
			return fmt.Errorf("jwks: Config.URL %w", err)
		}
	}
	if cfg.Issuer != "" {
		if err := cfg.checkURL(cfg.Issuer); err != nil {
			return fmt.Errorf("jwks: Config.Issuer %w", err)
		}
		if strings.Contains(cfg.Issuer, "?") {
			return errors.New("jwks: Config.Issuer has a query")
		}
		if strings.Contains(cfg.Issuer, "/.well-known/") {
			return errors.New("jwks: Config.Issuer is the issuer itself, without /.well-known/…")
		}
	}
	if err := compact.CheckAlgorithms(cfg.Algorithms); err != nil {
		return fmt.Errorf("jwks: Config.Algorithms: %w", err)
	}
	for _, alg := range cfg.Algorithms {
		if alg == jwt.HS256 || alg == jwt.HS384 || alg == jwt.HS512 {
			return fmt.Errorf("jwks: Config.Algorithms: %q: a published set holds no HMAC keys", alg)
		}
	}
	cfg.Algorithms = slices.Clone(cfg.Algorithms)
	return cfg.completeTimes()
}

const maxMaxStale = 366 * 24 * time.Hour

func (cfg *Config) completeTimes() error {
	standard := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	standard(&cfg.Timeout, 5*time.Second)
	standard(&cfg.MaxStale, 24*time.Hour)
	standard(&cfg.MaxRefresh, min(24*time.Hour, cfg.MaxStale))
	standard(&cfg.MinRefresh, min(time.Minute, cfg.MaxRefresh))
	switch {
	case cfg.Timeout < 0:
		return errors.New("jwks: Config.Timeout is negative")
	case cfg.Timeout < time.Millisecond:
		return fmt.Errorf("jwks: Config.Timeout is %v; is a unit missing, such as time.Second?", cfg.Timeout)
	case cfg.MaxStale > maxMaxStale:
		return fmt.Errorf("jwks: Config.MaxStale is %v; the longest is %v", cfg.MaxStale, maxMaxStale)
	case cfg.MaxStale < time.Second:
		return fmt.Errorf("jwks: Config.MaxStale is %v; the shortest is 1s", cfg.MaxStale)
	case cfg.MaxRefresh < time.Second:
		return fmt.Errorf("jwks: Config.MaxRefresh is %v; the shortest is 1s", cfg.MaxRefresh)
	case cfg.MinRefresh < time.Second:
		return fmt.Errorf("jwks: Config.MinRefresh is %v; the shortest is 1s", cfg.MinRefresh)
	case cfg.MaxRefresh < cfg.MinRefresh:
		return fmt.Errorf("jwks: Config.MaxRefresh, %v, is shorter than MinRefresh, %v", cfg.MaxRefresh, cfg.MinRefresh)
	case cfg.MaxStale < cfg.MaxRefresh:
		return fmt.Errorf("jwks: Config.MaxStale, %v, is shorter than MaxRefresh, %v", cfg.MaxStale, cfg.MaxRefresh)
	}
	return nil
}

// checkURL refuses what keys may not be fetched from.
func (cfg *Config) checkURL(text string) error {
	if len(text) > maxURL {
		return fmt.Errorf("is longer than %d bytes", maxURL)
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return errors.New("is not an absolute URL")
	case u.User != nil || strings.Contains(text, "#"):
		return errors.New("has a user or a fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http":
		return errors.New("is not an https URL")
	case cfg.InsecureHTTP || isLoopback(u.Hostname()):
		return nil
	}
	return errors.New("is an http URL; keys need https, but on loopback or with InsecureHTTP")
}

func isHTTPS(text string) bool {
	scheme, _, _ := strings.Cut(text, ":")
	return strings.EqualFold(scheme, "https")
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
