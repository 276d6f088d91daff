//go:build !js && !wasip1

package jwks_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

type Session struct {
	Role string `json:"role"`
}

// A service verifies the tokens of an issuer, whose keys it finds through the issuer's
// metadata. It starts whether or not the issuer is up.
func ExampleNew() {
	issuer, login := startIssuer()
	defer issuer.Close()

	keys, err := jwks.New(context.Background(), jwks.Config{
		Issuer:     issuer.URL, // https://auth.example.com
		Algorithms: []jwt.Algorithm{jwt.EdDSA},
		Observe: func(f jwks.Report) {
			if f.Err != nil {
				log.Printf("%s: %v; the keys in use are %v old", f.URL, f.Err, f.Age)
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer keys.Close()
	parser, err := jwt.NewParser[Session](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.EdDSA},
		Issuers:    []string{issuer.URL},
		Audiences:  []string{"orders"},
	})
	if err != nil {
		log.Fatal(err)
	}

	handler := func(token string) {
		claims, err := parser.Parse(context.Background(), token)
		if _, ok := errors.AsType[*jwt.TokenError](err); ok {
			fmt.Println(401, err)
		} else if err != nil {
			fmt.Println(503, "the keys cannot be fetched")
		} else {
			fmt.Println(200, claims.Subject, claims.Private.Role)
		}
	}
	handler(login("ann"))
	handler(login("ann") + "x")

	// Output:
	// 200 ann admin
	// 401 jwt: signature: malformed token: not canonical base64url
}

// startIssuer starts a server that publishes a key and its metadata, and returns what
// makes tokens with that key.
func startIssuer() (*httptest.Server, func(subject string) string) {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	handler, err := jwks.NewHandler(jwks.HandlerConfig{Source: jwt.KeySet{keyA.public}, MaxAge: time.Minute})
	if err != nil {
		log.Fatal(err)
	}
	mux.Handle("/jwks.json", handler)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, server.URL, server.URL+"/jwks.json")
	})
	return server, func(subject string) string {
		token, err := jwt.Sign(context.Background(), keyA, jwt.Claims[Session]{
			Issuer: server.URL, Subject: subject, Audience: []string{"orders"},
			ExpiresAt: time.Now().Add(15 * time.Minute),
			Private:   Session{Role: "admin"},
		})
		if err != nil {
			log.Fatal(err)
		}
		return token
	}
}
