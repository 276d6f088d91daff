package jws_test

import (
	"context"
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
