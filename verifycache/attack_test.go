package verifycache_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/jwttest"
	"github.com/cda17858/jwt/verifycache"
)

// What a service without a cache refuses, one with a cache refuses, also after it has
// remembered good tokens, and after a key was withdrawn.
func TestAttack(t *testing.T) {
	iss := jwttest.NewIssuer(t, jwttest.Config{Audience: "orders", Traps: true})
	policy := iss.Policy()
	policy.Required = []string{"sub"}
	keys, err := jwks.New(t.Context(), jwks.Config{
		Issuer: iss.URL(), Algorithms: policy.Algorithms, Cooldown: time.Second, MinRefresh: time.Second,
	})
	require.NoError(t, err)
	defer keys.Close()
	cache, _ := newCache[jwthttp.AccessToken](t, keys, policy, verifycache.Config{})
	auth, err := jwthttp.New(func(ctx context.Context, token string) (*jwt.Claims[jwthttp.AccessToken], error) {
		if _, err := cache.Parse(ctx, token); err != nil {
			return nil, err
		}
		return cache.Parse(ctx, token) // what is remembered, too
	}, jwthttp.Config{})
	require.NoError(t, err)
	jwttest.Attack(t, jwttest.Target{
		Handler: auth.Require().Handler(func(w http.ResponseWriter, _ *http.Request, c *jwt.Claims[jwthttp.AccessToken]) {
			fmt.Fprint(w, c.Subject)
		}),
		Issuer: iss,
	})
	require.Positive(t, cache.Len())
}
