package jws_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

// A log line says what a refused token claimed to be. %q keeps a token from writing
// lines of its own.
func ExampleUnverified() {
	token := "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJpc3MiOiJodHRwczovL2EuZXhhbXBsZSJ9.AAAA"

	message, err := jws.Unverified(token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("refused: alg %q, kid %q, payload %q\n", message.Algorithm, message.KeyID, message.Payload)
	// Output: refused: alg "ES256", kid "2026-11", payload "{\"iss\":\"https://a.example\"}"
}

// Header parameters of one's own travel with the message and are signed with it.
func ExampleSign_header() {
	ctx := context.Background()
	secret := make([]byte, 32)
	rand.Read(secret)
	signer, err := jwt.NewHMACSigner(jwt.HS256, "", secret)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := jwt.NewHMACVerifier(jwt.HS256, "", secret)
	if err != nil {
		log.Fatal(err)
	}
	validator, err := jws.NewValidator(jws.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}})
	if err != nil {
		log.Fatal(err)
	}

	token, err := jws.Sign(ctx, signer, jws.Message{
		Payload: []byte("name,price\ntea,2\n"),
		Header:  map[string]any{"cty": "text/csv", "serial": int64(9007199254740993)},
	})
	if err != nil {
		log.Fatal(err)
	}
	message, err := jws.Verify(ctx, token, verifier, validator)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(message.Type, message.Header["cty"], message.Header["serial"])
	// Output: JOSE text/csv 9007199254740993
}
