package jwks

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/alg"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/internal/compact"
)

// A Config says where keys come from and which may be used. It is checked by [New].
type Config struct {
	// URL is where the JWK Set is. Either URL or Issuer is required.
	URL string

	// Issuer is an issuer whose metadata names the URL: OpenID Connect Discovery 1.0 or,
	// if the answer at that place is a 4xx or not metadata, RFC 8414. The issuer in the
	// metadata must equal this one, byte for byte. The metadata is read again, together
	// with the set, when it is an hour old and after a fetch has failed.
	//
	// An issuer that serves its set with [NewHandler] needs one more handler for the
	// metadata, as the example there shows. For an issuer without metadata, set URL.
	Issuer string

	// Algorithms are those that the issuer's keys may be used with. Required: many
	// issuers publish keys without alg, and a token must not choose. HS256, HS384 and
	// HS512 are refused, since a set holds no secrets.
	Algorithms []jwt.Algorithm

	// Wrap, if not nil, is put around the Verifier of each key, for a cache perhaps. It
	// is called once per key and algorithm, and must not return nil. A key that a
	// refresh leaves unchanged keeps what Wrap returned.
	Wrap func(jwt.Verifier) jwt.Verifier

	// Other, if not nil, makes the Verifier of a key whose kty or crv package jwk does not
	// know, such as ML-DSA, from its JWK. The key must be for one of Algorithms. Other must
	// not keep data.
	Other func(data []byte) (jwt.KeyVerifier, error)

	// MaxStale is how long after its last successful fetch a set is used while fetches
	// fail. After that the Client cannot check any token. 0 means 24 hours; the shortest
	// is 1 second and the longest 366 days. A fetch that failed is tried again after 1
	// second, then 2, 4, and so on up to a minute.
	MaxStale time.Duration

	// MinRefresh and MaxRefresh bound the lifetime of a set, which its Cache-Control or
	// Expires header sets; without either it is 15 minutes. 0 means 1 minute for
	// MinRefresh, and for MaxRefresh 24 hours or MaxStale, whichever is shorter. MinRefresh
	// must be at least 1 second, and MaxRefresh no longer than MaxStale. A set is fetched
	// anew after 72 to 80 percent of its lifetime, chosen at random.
	//
	// So an issuer must publish a new key for at least MinRefresh before the key signs,
	// even if it gives the set a shorter lifetime. If a key signs sooner, the Client may
	// not find it for as long as Cooldown.
	MinRefresh, MaxRefresh time.Duration

	// Cooldown limits the fetches that tokens cause, those of all callers together: two,
	// and one more for each Cooldown that has passed. A kid that a fetch did not bring is
	// remembered, and refused without another fetch, for one Cooldown. 0 means 30 seconds;
	// the shortest is 1 second and the longest 1 hour.
	Cooldown time.Duration

	// Timeout bounds one fetch, from connecting to the last byte, the metadata included. 0
	// means 5 seconds; the shortest is 1 millisecond and the longest 1 hour.
	Timeout time.Duration

	// Transport makes the requests. nil means a transport of the Client's own, which takes
	// a proxy from the environment as [http.DefaultTransport] does. Whatever it is, the
	// Client follows no redirect to another host or scheme.
	Transport http.RoundTripper

	// PublicOnly refuses to connect to loopback, private, link-local and other addresses
	// that are not on the public internet, the metadata services of clouds among them. It
	// looks at the address after the name has been resolved, and uses no proxy. Set it if
	// the URL or Issuer comes from a user. It excludes Transport.
	PublicOnly bool

	// InsecureHTTP allows http URLs with any host. Without it they are allowed for
	// loopback addresses only. Anyone who can change the answer from such a URL can sign
	// any token.
	InsecureHTTP bool

	// Observe, if not nil, is called after each fetch, one call at a time, in a goroutine
	// of its own: a fetch does not wait for it, nor does Verify. While a call lasts, up to
	// 16 reports wait; further ones are dropped. Observe must not call Close, which waits
	// for it.
	Observe func(Report)

	// Logger receives what Observe does, and a warning if the context given to New is done
	// before Close. A key that cannot be used is a warning. An encryption key is logged at
	// debug level. nil means that nothing is logged.
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
		return errors.New("jwks: Config.PublicOnly is set beside Config.Transport, which it cannot control; remove one of them")
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
	for _, name := range cfg.Algorithms {
		if p, _ := alg.Lookup(name); p.Family == alg.HMAC {
			return fmt.Errorf("jwks: Config.Algorithms: %q: a published set holds no HMAC keys", name)
		}
	}
	cfg.Algorithms = slices.Clone(cfg.Algorithms)
	return cfg.completeTimes()
}

// completeTimes checks the durations and fills in what is 0.
func (cfg *Config) completeTimes() error {
	const day = 24 * time.Hour
	for _, f := range []struct {
		name      string
		d         *time.Duration
		low, high time.Duration
	}{
		{"Timeout", &cfg.Timeout, time.Millisecond, time.Hour},
		{"Cooldown", &cfg.Cooldown, time.Second, time.Hour},
		{"MaxStale", &cfg.MaxStale, time.Second, 366 * day},
		{"MaxRefresh", &cfg.MaxRefresh, time.Second, 366 * day},
		{"MinRefresh", &cfg.MinRefresh, time.Second, 366 * day},
	} {
		if err := check.Duration(*f.d, f.low, f.high); err != nil {
			return fmt.Errorf("jwks: Config.%s %w", f.name, err)
		}
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, 5*time.Second)
	cfg.Cooldown = cmp.Or(cfg.Cooldown, 30*time.Second)
	cfg.MaxStale = cmp.Or(cfg.MaxStale, day)
	cfg.MaxRefresh = cmp.Or(cfg.MaxRefresh, min(day, cfg.MaxStale))
	cfg.MinRefresh = cmp.Or(cfg.MinRefresh, min(time.Minute, cfg.MaxRefresh))
	switch {
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
	case cfg.InsecureHTTP || check.IsLoopback(u.Hostname()):
		return nil
	}
	return errors.New("is an http URL; http is allowed for loopback addresses only, or with Config.InsecureHTTP")
}

func isHTTPS(text string) bool {
	scheme, _, _ := strings.Cut(text, ":")
	return strings.EqualFold(scheme, "https")
}
