package keyring_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/keyring"
	"github.com/cda17858/jwt/store"
)

// The ring of a service that issues tokens of 15 minutes and publishes its keys for
// others, who may keep them for an hour. It makes a new key every 30 days.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "keys")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	ring, err := keyring.New(ctx, keyring.Config{
		Store:         keyring.NewFolder(dir),
		TokenLifetime: 16 * time.Minute, // and a minute of leeway
		Lead:          time.Hour,
		Period:        30 * 24 * time.Hour,
	})
	if err != nil {
		panic(err)
	}
	defer ring.Close()

	publish, err := jwks.NewHandler(jwks.HandlerConfig{Source: ring, MaxAge: time.Hour})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/.well-known/jwks.json", publish)

	token, err := jwt.Sign(ctx, ring, jwt.Claims[struct{}]{
		Issuer: "https://auth.example.com", Subject: "alice", Audience: []string{"orders"},
		ExpiresAt: time.Now().Add(15 * time.Minute),
	})
	if err != nil {
		panic(err)
	}
	parser, err := jwt.NewParser[struct{}](ring, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://auth.example.com"},
		Audiences:  []string{"orders"},
	})
	if err != nil {
		panic(err)
	}
	claims, err := parser.Parse(ctx, token)
	if err != nil {
		panic(err)
	}
	fmt.Println(claims.Subject, claims.KeyID == ring.KeyID(), len(ring.Keys()))
	// Output: alice true 2
}

// A token outlives the rotation of its key, but not its revocation.
func ExampleRing_Rotate() {
	ctx := context.Background()
	ring, err := keyring.New(ctx, keyring.Config{
		Store:         keyring.InStore(store.NewMemory(), "auth"),
		TokenLifetime: 15 * time.Minute,
		Lead:          time.Millisecond, // an hour, if others verify
	})
	if err != nil {
		panic(err)
	}
	defer ring.Close()
	parser, err := jwt.NewParser[struct{}](ring, jwt.Policy{
		Algorithms:           []jwt.Algorithm{jwt.ES256},
		InsecureSkipIssuer:   true,
		InsecureSkipAudience: true,
	})
	if err != nil {
		panic(err)
	}

	old, err := jwt.Sign(ctx, ring, jwt.Claims[struct{}]{Subject: "alice", ExpiresAt: time.Now().Add(15 * time.Minute)})
	if err != nil {
		panic(err)
	}
	time.Sleep(2 * time.Millisecond)
	if err := ring.Rotate(ctx); err != nil {
		panic(err)
	}
	claims, err := parser.Parse(ctx, old)
	if err != nil {
		panic(err)
	}
	fmt.Println(claims.Subject, claims.KeyID == ring.KeyID())

	if err := ring.Revoke(ctx, claims.KeyID); err != nil {
		panic(err)
	}
	_, err = parser.Parse(ctx, old)
	fmt.Println(err)
	// Output:
	// alice false
	// jwt: kid: keyring: no key for this token
}

// One store serves the keys and the sessions of a service. The keys are encrypted with a
// secret that the store does not know.
func ExampleInStore() {
	ctx := context.Background()
	shared := store.NewMemory() // a database, for several processes
	secret := make([]byte, 32)
	rand.Read(secret) // or read it from where the service has its secrets

	cfg := keyring.Config{
		Store:         keyring.InStore(shared, "auth"),
		Secret:        secret,
		TokenLifetime: 15 * time.Minute,
		Lead:          time.Hour,
	}
	ring, err := keyring.New(ctx, cfg)
	if err != nil {
		panic(err)
	}
	defer ring.Close()
	other, err := keyring.New(ctx, cfg) // in another process
	if err != nil {
		panic(err)
	}
	defer other.Close()
	fmt.Println(ring.KeyID() == other.KeyID())
	// Output: true
}
