// Package devissuer is an issuer of tokens for development: it issues a token on every
// request, without a login, and publishes its key and its metadata as a real issuer does.
package devissuer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// The places of the issuer.
const (
	KeysPath  = "/.well-known/jwks.json"
	TokenPath = "/token"
)

// MetadataPaths are the well-known places of OpenID Connect Discovery 1.0 and RFC 8414.
var MetadataPaths = []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"}

// A Config says what tokens are like when the request does not say otherwise.
type Config struct {
	Origin   string // the iss of tokens, and where the handler is served
	Signer   jwt.KeySigner
	Subject  string
	Audience []string
	Type     string // typ
	Lifetime time.Duration
	Claims   map[string]any // further ones

	// AllowOrigin is an origin whose pages may ask for tokens, or "".
	AllowOrigin string

	Now func() time.Time
}

// MaxLifetime is the longest that a request can ask for.
const MaxLifetime = 24 * time.Hour

// New returns the issuer. It serves the metadata, the keys, and tokens at [TokenPath].
func New(cfg Config) (http.Handler, error) {
	keys, err := jwks.NewHandler(jwks.HandlerConfig{Source: jwt.KeySet{cfg.Signer.Verifier()}, MaxAge: time.Minute})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+KeysPath, keys)
	for _, path := range MetadataPaths {
		mux.HandleFunc("GET "+path, cfg.metadata)
	}
	mux.HandleFunc("POST "+TokenPath, cfg.token)
	return mux, nil
}

func (cfg Config) metadata(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	write(w, http.StatusOK, map[string]any{
		"issuer":                                cfg.Origin,
		"jwks_uri":                              cfg.Origin + KeysPath,
		"token_endpoint":                        cfg.Origin + TokenPath,
		"grant_types_supported":                 []string{"client_credentials"},
		"token_endpoint_auth_methods_supported": []string{"none", "client_secret_basic", "client_secret_post"},
		"response_types_supported":              []string{},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []jwt.Algorithm{cfg.Signer.Algorithm()},
	})
}

// token answers with a token as RFC 6749 section 5 says. Any client and any secret will do.
func (cfg Config) token(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if cfg.AllowOrigin != "" {
		h.Set("Access-Control-Allow-Origin", cfg.AllowOrigin)
		h.Set("Vary", "Origin")
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		refuse(w, "invalid_request", "the body must be a form of at most 1 MiB")
		return
	}
	if grant := r.PostForm.Get("grant_type"); grant != "" && grant != "client_credentials" {
		refuse(w, "unsupported_grant_type", "grant_type must be client_credentials or absent")
		return
	}
	claims, err := cfg.claims(r)
	if err != nil {
		refuse(w, "invalid_request", err.Error())
		return
	}
	token, err := jwt.Sign(context.WithoutCancel(r.Context()), cfg.Signer, *claims)
	if err != nil {
		refuse(w, "invalid_request", strings.TrimPrefix(err.Error(), "jwt: "))
		return
	}
	answer := map[string]any{
		"access_token": token, "token_type": "Bearer", "expires_in": int(claims.ExpiresAt.Sub(cfg.Now()).Seconds()),
	}
	if scope, ok := claims.Private["scope"]; ok {
		answer["scope"] = scope
	}
	write(w, http.StatusOK, answer)
}

// claims returns the claims that a request asks for.
func (cfg Config) claims(r *http.Request) (*jwt.Claims[map[string]any], error) {
	form := r.PostForm
	client, _, _ := r.BasicAuth()
	life, err := lifetime(form.Get("ttl"), cfg.Lifetime)
	if err != nil {
		return nil, err
	}
	exp := cfg.Now().Add(life)
	c := &jwt.Claims[map[string]any]{
		Issuer:    cfg.Origin,
		Subject:   cmp.Or(form.Get("sub"), form.Get("client_id"), client, cfg.Subject),
		Audience:  append(append(form["aud"], form["audience"]...), form["resource"]...),
		Type:      cfg.Type,
		IssuedAt:  exp.Add(-max(life, time.Minute)),
		ExpiresAt: exp,
		Private:   maps.Clone(cfg.Claims),
	}
	if len(c.Audience) == 0 {
		c.Audience = cfg.Audience
	}
	if c.Private == nil {
		c.Private = map[string]any{}
	}
	if id := cmp.Or(form.Get("client_id"), client); id != "" {
		c.Private["client_id"] = id
	}
	if scope := form.Get("scope"); scope != "" {
		c.Private["scope"] = scope
	}
	if text := form.Get("claims"); text != "" {
		if json.Unmarshal([]byte(text), &c.Private) != nil || c.Private == nil {
			return nil, errors.New("claims is not a JSON object")
		}
	}
	return c, nil
}

// lifetime reads a ttl: 90s, 15m, or a number of seconds. A negative one makes a token that
// has expired.
func lifetime(ttl string, otherwise time.Duration) (time.Duration, error) {
	if ttl == "" {
		return otherwise, nil
	}
	d, err := time.ParseDuration(ttl)
	if n, numeric := strconv.Atoi(ttl); numeric == nil {
		d, err = time.Duration(max(min(n, 1<<20), -1<<20))*time.Second, nil
	}
	if err != nil || d < -MaxLifetime || d > MaxLifetime {
		return 0, errors.New("ttl must be a duration such as 90s or 15m, at most 24h; a negative one makes an expired token")
	}
	return d, nil
}

func refuse(w http.ResponseWriter, code, description string) {
	write(w, http.StatusBadRequest, map[string]any{"error": code, "error_description": description})
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
