// Quickstart signs an access token and parses it, then shows how a token that was
// tampered with and one that has expired are refused:
//
//	go run ./examples/quickstart
package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/cda17858/jwt"
)

// Session is what our tokens say beyond the registered claims.
type Session struct {
	Role string `json:"role"`
}

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer) error {
	ctx, now := context.Background(), time.Now()

	// The issuer has the private key, and those that take its tokens the public one. A
	// service would load its key with jwt.ParsePrivateKey.
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	signer, err := jwt.NewSigner(jwt.ES256, "2026-11", key)
	if err != nil {
		return err
	}
	verifier, err := jwt.NewVerifier(jwt.ES256, "2026-11", &key.PublicKey)
	if err != nil {
		return err
	}

	// At login: sign.
	token, err := jwt.Sign(ctx, signer, jwt.Claims[Session]{
		Issuer:    "https://auth.example.com",
		Subject:   "alice",
		Audience:  []string{"orders"},
		IssuedAt:  now,
		ExpiresAt: now.Add(15 * time.Minute),
		Private:   Session{Role: "reader"},
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "token     %s\n\n", token)

	// At start-up: say which tokens to accept. Keys, policy and Session are checked against
	// each other here.
	policy := jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://auth.example.com"},
		Audiences:  []string{"orders"},
		Leeway:     30 * time.Second,
	}
	parser, err := jwt.NewParser[Session](verifier, policy)
	if err != nil {
		return err
	}

	// In a request handler: parse.
	claims, err := parser.Parse(ctx, token)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "issuer    %s\n", claims.Issuer)
	fmt.Fprintf(w, "subject   %s\n", claims.Subject)
	fmt.Fprintf(w, "audience  %s\n", strings.Join(claims.Audience, ", "))
	fmt.Fprintf(w, "expires   %s\n", claims.ExpiresAt.Format(time.RFC3339))
	fmt.Fprintf(w, "role      %s\n\n", claims.Private.Role)

	// Alice would like to be an admin.
	_, err = parser.Parse(ctx, promote(token))
	fmt.Fprintf(w, "tampered  %v\n", err)

	// The same token, an hour later.
	policy.Now = func() time.Time { return now.Add(time.Hour) }
	later, err := jwt.NewParser[Session](verifier, policy)
	if err != nil {
		return err
	}
	_, err = later.Parse(ctx, token)
	fmt.Fprintf(w, "expired   %v\n", err)
	return nil
}

// promote turns a reader's token into an admin's. It cannot make a new signature.
func promote(token string) string {
	parts := strings.Split(token, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		panic(err)
	}
	payload = bytes.Replace(payload, []byte("reader"), []byte("admin"), 1)
	parts[1] = base64.RawURLEncoding.EncodeToString(payload)
	return strings.Join(parts, ".")
}
