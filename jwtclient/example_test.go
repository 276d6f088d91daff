package jwtclient_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwtclient"
)

// network stands for two servers: one that issues tokens, and one that wants them.
var network = hosts{
	"https://auth.example.com": func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		fmt.Println("asked for a token by", r.PostForm.Get("grant_type"))
		if r.PostForm.Get("scope") == "admin" {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"error":"invalid_scope","error_description":"billing is not an administrator"}`)
			return
		}
		io.WriteString(w, `{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600}`)
	},
	"https://orders.example.com": func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.URL.Path, r.Header.Get("Authorization"))
	},
}

// A service that calls another one, by client credentials.
func Example() {
	transport, err := jwtclient.New(jwtclient.Config{
		Origins: []string{"https://orders.example.com"},
		Source: jwtclient.Endpoint{
			URL:       "https://auth.example.com/token",
			ClientID:  "billing",
			Secret:    "from the environment", // jwtclient.Secret(os.Getenv("CLIENT_SECRET"))
			Scopes:    []string{"orders:read"},
			Transport: network, // for the example only
		},
		Transport: network,
	})
	if err != nil {
		log.Fatal(err)
	}
	client := &http.Client{Transport: transport}
	for _, path := range []string{"/orders", "/orders/7"} {
		resp, err := client.Get("https://orders.example.com" + path)
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
	}
	// Output:
	// asked for a token by client_credentials
	// /orders Bearer 2YotnFZFEjr1zCsicMWpAA
	// /orders/7 Bearer 2YotnFZFEjr1zCsicMWpAA
}

// A program that signs its tokens itself needs no authorization server.
func ExampleSelfSigned() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // or jwt.ParsePrivateKey
	if err != nil {
		log.Fatal(err)
	}
	signer, err := jwt.NewSigner(jwt.ES256, "billing-1", key)
	if err != nil {
		log.Fatal(err)
	}
	transport, err := jwtclient.New(jwtclient.Config{
		Origins: []string{"https://orders.example.com"},
		Source: jwtclient.SelfSigned[struct{}]{
			Signer: signer,
			Claims: jwt.Claims[struct{}]{
				Issuer: "billing", Subject: "billing", Audience: []string{"https://orders.example.com"},
			},
			Lifetime: 10 * time.Minute,
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	token, expires, err := transport.Token(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	parser, err := jwt.NewParser[struct{}](signer.Verifier(), jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"billing"},
		Audiences:  []string{"https://orders.example.com"},
	})
	if err != nil {
		log.Fatal(err)
	}
	claims, err := parser.Parse(context.Background(), token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims.Subject, time.Until(expires).Round(time.Minute))
	// Output:
	// billing 10m0s
}

// A client that authenticates with a key instead of a secret (private_key_jwt).
func ExampleEndpoint_key() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := jwt.NewSigner(jwt.ES256, "billing-1", key)
	if err != nil {
		log.Fatal(err)
	}
	transport, err := jwtclient.New(jwtclient.Config{
		Origins: []string{"https://orders.example.com"},
		Source: jwtclient.Endpoint{
			URL:       "https://auth.example.com/token",
			Issuer:    "https://auth.example.com",
			ClientID:  "billing",
			Key:       signer,
			Scopes:    []string{"admin"},
			Transport: network,
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	_, _, err = transport.Token(context.Background())
	if refused, ok := errors.AsType[*jwtclient.Error](err); ok {
		fmt.Println(refused.StatusCode, refused.Code)
	}
	fmt.Println(err)
	// Output:
	// asked for a token by client_credentials
	// 400 invalid_scope
	// jwtclient: no token: https://auth.example.com/token answered 400: "invalid_scope": "billing is not an administrator"
}

type tokenKey struct{}

// A service that calls another one in the name of its user: what the user has sent is exchanged
// for a token that the other one takes, once for each user.
func ExampleExchange() {
	transport, err := jwtclient.New(jwtclient.Config{
		Origins: []string{"https://orders.example.com"},
		Source: jwtclient.Endpoint{
			URL:       "https://auth.example.com/token",
			ClientID:  "frontend",
			Secret:    "from the environment",
			Resources: []string{"https://orders.example.com"},
			Grant: jwtclient.Exchange{Subject: func(ctx context.Context) (string, error) {
				token, ok := ctx.Value(tokenKey{}).(string) // where the middleware has put it
				if !ok {
					return "", errors.New("the request has no user")
				}
				return token, nil
			}},
			Transport: network,
		},
		Transport: network,
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.WithValue(context.Background(), tokenKey{}, "of-alice")
	req, err := http.NewRequestWithContext(ctx, "GET", "https://orders.example.com/orders", nil)
	if err != nil {
		log.Fatal(err)
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	// Output:
	// asked for a token by urn:ietf:params:oauth:grant-type:token-exchange
	// /orders Bearer 2YotnFZFEjr1zCsicMWpAA
}
