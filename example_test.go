package jwt_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/cda17858/jwt"
)

// exampleKey returns both halves of a new key. Services load theirs; see
// ExampleParsePrivateKey.
func exampleKey(kid string) (jwt.KeySigner, jwt.KeyVerifier) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := jwt.NewSigner(jwt.ES256, kid, key)
	if err != nil {
		log.Fatal(err)
	}
	return signer, signer.Verifier()
}

// Sign after login, parse in a request handler.
func Example() {
	type Session struct {
		Role string `json:"role"`
	}
	ctx := context.Background()
	signer, verifier := exampleKey("2026-11")

	// After login.
	now := time.Now()
	token, err := jwt.Sign(ctx, signer, jwt.Claims[Session]{
		Issuer:    "https://auth.example.com",
		Subject:   "alice",
		Audience:  []string{"orders"},
		IssuedAt:  now,
		ExpiresAt: now.Add(15 * time.Minute),
		Private:   Session{Role: "reader"},
	})
	if err != nil {
		log.Fatal(err)
	}

	// At start-up of the service that receives requests.
	parser, err := jwt.NewParser[Session](verifier, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://auth.example.com"},
		Audiences:  []string{"orders"},
		Leeway:     30 * time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}

	// In its request handler.
	claims, err := parser.Parse(ctx, token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims.Subject, claims.Private.Role)
	// Output: alice reader
}

// A TokenError means that the token is refused, and any other error that it could not
// be checked. Here the keys differ from call to call, so that there is no Parser.
func ExampleParse_errors() {
	ctx, now := context.Background(), time.Now()
	signer, verifier := exampleKey("2026-11")
	_, other := exampleKey("2026-11")
	validator, err := jwt.NewValidator(jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://auth.example.com"},
		Audiences:  []string{"orders"},
	})
	if err != nil {
		log.Fatal(err)
	}
	sign := func(expires time.Time) string {
		token, err := jwt.Sign(ctx, signer, jwt.Claims[struct{}]{
			Issuer: "https://auth.example.com", Audience: []string{"orders"}, ExpiresAt: expires,
		})
		if err != nil {
			log.Fatal(err)
		}
		return token
	}

	handle := func(token string, keys jwt.Verifier) {
		_, err := jwt.Parse[struct{}](ctx, token, keys, validator)
		if refused, ok := errors.AsType[*jwt.TokenError](err); ok {
			expired := errors.Is(err, jwt.ErrExpired) // the one reason that clients can act on
			fmt.Println(http.StatusUnauthorized, refused.Field, expired)
		} else if err != nil {
			fmt.Println(http.StatusServiceUnavailable, err)
		} else {
			fmt.Println(http.StatusOK)
		}
	}
	handle(sign(now.Add(time.Minute)), verifier)
	handle(sign(now.Add(time.Minute)), other)
	handle(sign(now.Add(-time.Minute)), verifier)
	handle("no token", verifier)
	handle(sign(now.Add(time.Minute)), jwt.KeySet{}) // keys that have not been loaded
	// Output:
	// 200
	// 401 signature false
	// 401 exp true
	// 401 payload false
	// 503 jwt: could not check the signature: empty KeySet
}

// An alias saves writing the type argument everywhere except at NewParser.
func ExampleClaims() {
	type Session struct {
		Role string `json:"role"`
	}
	type Claims = jwt.Claims[Session]

	signer, verifier := exampleKey("2026-11")
	token, err := jwt.Sign(context.Background(), signer, Claims{
		Issuer:    "https://auth.example.com",
		Audience:  []string{"orders"},
		ExpiresAt: time.Now().Add(15 * time.Minute),
		Private:   Session{Role: "reader"},
	})
	if err != nil {
		log.Fatal(err)
	}

	parser, err := jwt.NewParser[Session](verifier, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://auth.example.com"},
		Audiences:  []string{"orders"},
	})
	if err != nil {
		log.Fatal(err)
	}
	mayRead := func(c *Claims) bool { return c.Private.Role == "reader" }
	claims, err := parser.Parse(context.Background(), token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(mayRead(claims))
	// Output: true
}
