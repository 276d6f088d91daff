package verifycache_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/verifycache"
)

// The cache stands between the parser and the check of sessions, so that a revoked token is
// refused although its signature is remembered.
func Example() {
	ctx := context.Background()
	signer, err := jwt.NewHMACSigner(jwt.HS256, "2026-11", bytes.Repeat([]byte("secret, "), 4))
	if err != nil {
		log.Fatal(err)
	}
	records := store.NewMemory()
	sessions, err := session.New(ctx, session.Config[struct{}]{
		Signer: signer, Issuer: "https://auth.example.com", Audience: []string{"orders"},
		Keys: [][]byte{[]byte("0123456789abcdef0123456789abcdef")}, Store: records,
		Access: 10 * time.Minute, Idle: time.Hour, Absolute: 24 * time.Hour,
		Claims: func(context.Context, session.Session) (struct{}, error) { return struct{}{}, nil },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer sessions.Close()

	cache, err := verifycache.New(sessions.Parser(), verifycache.Config{})
	if err != nil {
		log.Fatal(err)
	}
	checker, err := session.NewChecker(records, cache.Parse, session.CheckConfig{CheckEveryRequest: true})
	if err != nil {
		log.Fatal(err)
	}
	defer checker.Close()

	tokens, err := sessions.Start(ctx, session.Login{Subject: "alice"})
	if err != nil {
		log.Fatal(err)
	}
	for range 3 {
		claims, err := checker.Parse(ctx, tokens.AccessToken)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(claims.Subject, cache.Len())
	}
	if err := sessions.Logout(ctx, tokens.RefreshToken); err != nil {
		log.Fatal(err)
	}
	_, err = checker.Parse(ctx, tokens.AccessToken)
	fmt.Println(err)
	// Output:
	// alice 0
	// alice 1
	// alice 1
	// jwt: jti: token revoked
}
