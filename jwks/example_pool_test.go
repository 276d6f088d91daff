//go:build !js && !wasip1

package jwks_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// Each tenant is an issuer with a key set of its own, and tenants come and go. The KeyFunc
// chooses by the claims as the Parser decodes them: a Verifier that decoded them by itself,
// with encoding/json perhaps, could read another issuer than the Parser does.
func ExamplePool() {
	acme, login := startIssuer() // https://acme.example.com
	defer acme.Close()
	mallory, forge := startIssuer() // not a tenant
	defer mallory.Close()
	tenants := map[string]bool{acme.URL: true}
	trusted := func(issuer string) bool { return tenants[issuer] }

	pool, err := jwks.NewPool(context.Background(), jwks.PoolConfig{
		Trust:  trusted,
		Client: jwks.Config{Algorithms: []jwt.Algorithm{jwt.EdDSA}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	keys := jwt.KeyFunc[Session](func(ctx context.Context, t jwt.Unverified[Session]) (jwt.Verifier, error) {
		return pool.Verifier(ctx, t.Claims.Issuer)
	})
	parser, err := jwt.NewParser[Session](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.EdDSA},
		IssuerFunc: trusted,
		Audiences:  []string{"orders"},
	})
	if err != nil {
		log.Fatal(err)
	}

	handler := func(token string) {
		claims, err := parser.Parse(context.Background(), token)
		if _, ok := errors.AsType[*jwt.TokenError](err); ok {
			fmt.Println(401, err)
			return
		}
		var wait interface{ RetryAfter() time.Duration }
		switch {
		case errors.As(err, &wait): // jwks.ErrLimited
			fmt.Println(503, "Retry-After:", wait.RetryAfter().Seconds())
		case err != nil:
			fmt.Println(503, "the keys cannot be fetched")
		default:
			fmt.Println(200, claims.Issuer == acme.URL, claims.Subject, claims.Private.Role)
		}
	}
	handler(login("ann"))
	handler(forge("ann"))

	// Output:
	// 200 true ann admin
	// 401 jwt: kid: no key for this token
}
