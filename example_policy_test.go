package jwt_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/cda17858/jwt"
)

// A policy with a setting that is missing is refused at start-up: here, a variable of
// the environment is not set.
func ExampleNewValidator() {
	_, err := jwt.NewValidator(jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{os.Getenv("EXAMPLE_ISSUER_NOT_SET")},
		Audiences:  []string{"orders"},
	})
	fmt.Println(err)
	// Output: jwt: Policy.Issuers: element 0 is blank; is an environment variable unset?
}

// An OAuth 2.0 access token as RFC 9068 has it: a typ of its own, so that no other
// token of the issuer can pass for one, and claims that must be there.
func ExamplePolicy_accessToken() {
	type Access struct {
		ClientID string `json:"client_id"`
		Scope    string `json:"scope,omitempty"`
	}
	ctx, now := context.Background(), time.Now()
	signer, verifier := exampleKey("2026-11")
	token, err := jwt.Sign(ctx, signer, jwt.Claims[Access]{
		Type:      "at+jwt",
		Issuer:    "https://auth.example.com",
		Subject:   "alice",
		Audience:  []string{"https://orders.example.com"},
		IssuedAt:  now,
		ExpiresAt: now.Add(15 * time.Minute),
		ID:        rand.Text(),
		Private:   Access{ClientID: "web", Scope: "orders:read"},
	})
	if err != nil {
		log.Fatal(err)
	}

	parser, err := jwt.NewParser[Access](verifier, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://auth.example.com"},
		Audiences:  []string{"https://orders.example.com"},
		Types:      []string{"at+jwt"},
		Required:   []string{"sub", "client_id", "iat", "jti"},
	})
	if err != nil {
		log.Fatal(err)
	}
	claims, err := parser.Parse(ctx, token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims.Type, claims.Subject, claims.Private.ClientID, claims.Private.Scope)

	// An ID token of the same issuer, signed with the same key.
	token, err = jwt.Sign(ctx, signer, jwt.Claims[struct{}]{
		Issuer:    "https://auth.example.com",
		Subject:   "alice",
		Audience:  []string{"https://orders.example.com"},
		ExpiresAt: now.Add(15 * time.Minute),
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = parser.Parse(ctx, token)
	fmt.Println(err)
	// Output:
	// at+jwt alice web orders:read
	// jwt: typ: does not match the policy: "JWT" is not in Policy.Types ["at+jwt"]
}

// Policy.Now sets the clock, so that a test can be about a day in the past.
func ExamplePolicy_clock() {
	ctx := context.Background()
	signer, verifier := exampleKey("2026-11")
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	token, err := jwt.Sign(ctx, signer, jwt.Claims[struct{}]{
		Issuer:    "https://auth.example.com",
		Audience:  []string{"orders"},
		IssuedAt:  noon,
		ExpiresAt: noon.Add(15 * time.Minute),
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, now := range []time.Time{
		noon.Add(-time.Second), noon, noon.Add(15*time.Minute - time.Second), noon.Add(15 * time.Minute),
	} {
		parser, err := jwt.NewParser[struct{}](verifier, jwt.Policy{
			Algorithms: []jwt.Algorithm{jwt.ES256},
			Issuers:    []string{"https://auth.example.com"},
			Audiences:  []string{"orders"},
			Now:        func() time.Time { return now },
		})
		if err != nil {
			log.Fatal(err)
		}
		_, err = parser.Parse(ctx, token)
		fmt.Println(now.Format(time.TimeOnly), err)
	}
	// Output:
	// 11:59:59 jwt: iat: token not valid yet: issued at 2026-11-22T12:00:00Z
	// 12:00:00 <nil>
	// 12:14:59 <nil>
	// 12:15:00 jwt: exp: token expired: since 2026-11-22T12:15:00Z
}

// exampleRSAKey returns both halves of a key for RS256.
func exampleRSAKey(kid string) (jwt.KeySigner, jwt.KeyVerifier) {
	key := firstRaw().rsa
	signer, err := jwt.NewSigner(jwt.RS256, kid, key)
	if err != nil {
		log.Fatal(err)
	}
	return signer, signer.Verifier()
}

// cognitoAccess are the claims of an access token of Amazon Cognito.
type cognitoAccess struct {
	ClientID string `json:"client_id"`
	TokenUse string `json:"token_use"`
	Username string `json:"username"`
}

// Validate is called by Parse when everything else holds.
func (a cognitoAccess) Validate() error {
	if a.TokenUse != "access" || a.ClientID != "orders-app" {
		return fmt.Errorf("%s token for %q", a.TokenUse, a.ClientID)
	}
	return nil
}

// An access token of Amazon Cognito has no aud. client_id says whose it is, and token_use that
// it is not an ID token. The claims check both themselves.
func ExamplePolicy_cognito() {
	const pool = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example"
	cognito, keys := exampleRSAKey("pool-1")
	parser, err := jwt.NewParser[cognitoAccess](keys, jwt.Policy{
		Algorithms:           []jwt.Algorithm{jwt.RS256},
		Issuers:              []string{pool},
		InsecureSkipAudience: true,
		Required:             []string{"sub", "client_id", "token_use"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, client := range []string{"orders-app", "somebody-else"} {
		token, err := jwt.Sign(context.Background(), cognito, jwt.Claims[cognitoAccess]{
			Issuer:    pool,
			Subject:   "7d0e",
			ExpiresAt: time.Now().Add(time.Hour),
			Private:   cognitoAccess{ClientID: client, TokenUse: "access", Username: "alice"},
		})
		if err != nil {
			log.Fatal(err)
		}
		claims, err := parser.Parse(context.Background(), token)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(claims.Private.Username)
	}
	// Output:
	// alice
	// jwt: payload: does not match the policy: access token for "somebody-else"
}
