package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/keyring"
)

// A key is published for keyLead before it signs, which is longer than verifiers cache the key
// set.
const (
	keyLead   = time.Hour
	keyPeriod = 30 * 24 * time.Hour
	keyMaxAge = 15 * time.Minute
)

// The demo should not take an hour.
const demoKeyLead, demoKeyMaxAge = 10 * time.Second, 5 * time.Second

func newRing(ctx context.Context, cfg config, store records, log *slog.Logger) (*keyring.Ring, error) {
	name := "service"
	if cfg.demo {
		name = "demo" // so that no other service on the store accepts tokens of the demo
	}
	c := keyring.Config{
		Store:         keyring.InStore(store, name),
		Secret:        cfg.keyringSecret,
		TokenLifetime: cfg.access + time.Minute, // with leeway
		Lead:          keyLead,
		Period:        keyPeriod,
		Logger:        log,
	}
	if cfg.demo {
		c.Lead = demoKeyLead
	}
	ring, err := keyring.New(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("the signing keys in the store, whose secret is %sKEYRING_SECRET or the file keyring.key in -data: %w", prefix, err)
	}
	return ring, nil
}

// publish adds the key set and the metadata that other services and clients need.
func (s *server) publish(mux *http.ServeMux) error {
	maxAge := keyMaxAge
	if s.cfg.demo {
		maxAge = demoKeyMaxAge
	}
	keys, err := jwks.NewHandler(jwks.HandlerConfig{Source: s.ring, MaxAge: maxAge, Logger: s.log})
	if err != nil {
		return err
	}
	mux.Handle("GET /.well-known/jwks.json", jwthttp.Public(keys))
	mux.Handle("GET /.well-known/oauth-authorization-server", jwthttp.Public(http.HandlerFunc(s.metadata)))

	resource, err := jwthttp.NewMetadataHandler(jwthttp.Metadata{
		Resource:             s.cfg.origin,
		AuthorizationServers: []string{s.cfg.origin},
		ScopesSupported:      []string{"orders:read", "orders:write"},
	})
	if err != nil {
		return err
	}
	mux.Handle(resource.Path(), resource)
	return nil
}

// metadata serves RFC 8414 metadata, by which package jwks finds the keys.
func (s *server) metadata(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                s.cfg.origin,
		"jwks_uri":                              s.cfg.origin + "/.well-known/jwks.json",
		"token_endpoint":                        s.cfg.origin + "/refresh",
		"revocation_endpoint":                   s.cfg.origin + "/logout",
		"grant_types_supported":                 []string{"refresh_token"},
		"response_types_supported":              []string{},
		"token_endpoint_auth_methods_supported": []string{"none"},
		"scopes_supported":                      []string{"orders:read", "orders:write", "reports:read"},
	})
}
