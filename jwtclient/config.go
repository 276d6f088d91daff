package jwtclient

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/cda17858/jwt/internal/check"
)

// A Config says where tokens come from and who gets them. It is checked by [New].
type Config struct {
	// Origins are the servers whose requests get a token, each as scheme, host and, unless
	// it is that of the scheme, port: "https://orders.example.com". All get the same tokens:
	// use a separate Transport for a server that should not see the tokens of another. A
	// request to any other origin is passed on as it is. Required; where only Token is
	// called, name the server that the tokens are for.
	Origins []string

	// Source is where tokens come from: a [SelfSigned] or an [Endpoint]. Required.
	Source Source

	// Transport makes the requests, including those that get no token. nil means
	// [http.DefaultTransport].
	Transport http.RoundTripper

	// Timeout bounds one call for a token, from connecting to the last byte, or until it is
	// signed. 0 means 10 seconds; the shortest is 1 millisecond and the longest 5 minutes.
	Timeout time.Duration

	// Logger receives a warning for each call for a token that fails. While the last token is
	// good, nothing else tells. nil means that nothing is logged.
	Logger *slog.Logger

	// InsecureHTTP allows http for any host, in Origins and in the URL of an Endpoint.
	// Without it http is allowed for loopback addresses only. Anyone on the way can take
	// tokens and secrets that are sent over http.
	InsecureHTTP bool
}

// A Source is where tokens come from: a [SelfSigned] or an [Endpoint].
type Source interface {
	newSource(cfg *Config) (source, error)
}

// complete checks the Config, fills in what is missing, and returns the origins in the form
// of originOf.
func (cfg *Config) complete() (origins map[string]bool, err error) {
	if len(cfg.Origins) == 0 {
		return nil, errors.New("jwtclient: Config.Origins is empty; name the servers that get the tokens")
	}
	origins = make(map[string]bool)
	for _, text := range cfg.Origins {
		origin, err := parseOrigin(text, cfg.InsecureHTTP)
		if err != nil {
			return nil, fmt.Errorf("jwtclient: Config.Origins: %.200q %w", text, err)
		}
		origins[origin] = true
	}
	if check.IsNil(cfg.Source) {
		return nil, errors.New("jwtclient: Config.Source is nil; it is a SelfSigned or an Endpoint")
	}
	if cfg.Transport == nil {
		cfg.Transport = http.DefaultTransport
	}
	if check.IsNil(cfg.Transport) {
		return nil, errors.New("jwtclient: Config.Transport holds a nil pointer")
	}
	if err := check.Duration(cfg.Timeout, time.Millisecond, 5*time.Minute); err != nil {
		return nil, fmt.Errorf("jwtclient: Config.Timeout %w", err)
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, 10*time.Second)
	return origins, nil
}
