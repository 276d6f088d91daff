package neighbours_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// Claims are the private claims of the examples.
type Claims struct {
	jwthttp.AccessToken
}

const resource = "https://api.example.com"

// An issuer signs tokens for alice, and can revoke them.
type issuer struct {
	signer  jwt.Signer
	revoked atomic.Bool
}

// newAuth returns an Auth for the tokens of an issuer.
func newAuth(cfg jwthttp.Config) (*jwthttp.Auth[Claims], *issuer) {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	iss := &issuer{signer: must(jwt.NewSigner(jwt.ES256, "key-1", key))}
	verifier := must(jwt.NewVerifier(jwt.ES256, "key-1", &key.PublicKey))
	parser := must(jwt.NewParser[Claims](verifier, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://auth.example.com"},
		Audiences:  []string{resource},
		Types:      []string{"at+jwt"},
	}))
	cfg.Resource, cfg.LiveInterval = resource, time.Second
	auth := must(jwthttp.New(func(ctx context.Context, token string) (*jwt.Claims[Claims], error) {
		claims, err := parser.Parse(ctx, token)
		if err == nil && iss.revoked.Load() {
			return nil, &jwt.TokenError{Field: "jti", Err: jwt.ErrRevoked}
		}
		return claims, err
	}, cfg))
	return auth, iss
}

// claims returns the claims of a token with scopes, without its dates.
func (iss *issuer) claims(scopes ...string) jwt.Claims[Claims] {
	return jwt.Claims[Claims]{
		Issuer: "https://auth.example.com", Subject: "alice", Audience: []string{resource}, Type: "at+jwt",
		Private: Claims{jwthttp.AccessToken{Scope: scopes}},
	}
}

// token returns a token with scopes.
func (iss *issuer) token(scopes ...string) string {
	claims := iss.claims(scopes...)
	claims.IssuedAt = time.Now()
	claims.ExpiresAt = claims.IssuedAt.Add(10 * time.Minute)
	return must(jwt.Sign(context.Background(), iss.signer, claims))
}

// get prints how h answers a GET with a token.
func get(h http.Handler, path, token string) {
	r := httptest.NewRequest("GET", path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
}

// must returns v, or ends the program. A service handles its errors.
func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
