package jws_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

const privatePEM = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIOAn3sH1/wAquyscLJs2LSNR0/WEOCMPaMo6eWou7pqw
-----END PRIVATE KEY-----`

const publicPEM = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA/X1MD6sdlWPkqywW3nmfh2FX+nBNhOJTOKCDe1u2YA4=
-----END PUBLIC KEY-----`

// A shop signs the events that it sends to webhooks.
func Example() {
	ctx := context.Background()

	// The shop:
	signer, err := jwt.ParsePrivateKey(jwt.Ed25519, "2026-11", []byte(privatePEM))
	if err != nil {
		log.Fatal(err)
	}
	body, err := jws.Sign(ctx, signer, jws.Message{
		Payload: []byte(`{"event":"order.paid","order":1234}`),
		Type:    "shop-event+jose",
	})
	if err != nil {
		log.Fatal(err)
	}

	// The receiver, at start-up:
	keys, err := jwt.ParsePublicKey(jwt.Ed25519, "2026-11", []byte(publicPEM))
	if err != nil {
		log.Fatal(err)
	}
	validator, err := jws.NewValidator(jws.Policy{
		Algorithms: []jwt.Algorithm{jwt.Ed25519},
		Types:      []string{"shop-event+jose"},
	})
	if err != nil {
		log.Fatal(err)
	}

	// And for each request:
	for _, body := range []string{body, body + "A"} {
		message, err := jws.Verify(ctx, body, keys, validator)
		if _, ok := errors.AsType[*jwt.TokenError](err); ok {
			fmt.Println("401:", err)
			continue
		} else if err != nil {
			fmt.Println("503:", err)
			continue
		}
		fmt.Printf("%s: %s\n", message.KeyID, message.Payload)
	}
	// Output:
	// 2026-11: {"event":"order.paid","order":1234}
	// 401: jwt: signature: signature does not verify
}

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

// A webhook carries its signature in a header, and its body stays as it is.
func ExampleVerifyDetached() {
	ctx := context.Background()
	secret := make([]byte, 32)
	rand.Read(secret)
	signer, err := jwt.NewHMACSigner(jwt.HS256, "hook-1", secret)
	if err != nil {
		log.Fatal(err)
	}
	body := []byte(`{"event":"paid","amount":"$.02"}`)
	signature, err := jws.SignDetached(ctx, signer, jws.Message{Payload: body, Unencoded: true})
	if err != nil {
		log.Fatal(err)
	}

	// The receiver takes unencoded payloads, and nothing else.
	validator, err := jws.NewValidator(jws.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}, Unencoded: true})
	if err != nil {
		log.Fatal(err)
	}
	message, err := jws.VerifyDetached(ctx, signature, body, signer.Verifier(), validator)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, signed with %s\n", message.Payload, message.KeyID)

	_, err = jws.VerifyDetached(ctx, signature, []byte(`{"event":"paid","amount":"$9.02"}`), signer.Verifier(), validator)
	fmt.Println(err)
	// Output:
	// {"event":"paid","amount":"$.02"}, signed with hook-1
	// jwt: signature: signature does not verify
}
