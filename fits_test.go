package jwt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

func TestKeyOutsidePolicy(t *testing.T) {
	es256 := testKeys(t)[jwt.ES256]
	val := must(jwt.NewValidator(laxPolicy()))
	for _, token := range []string{handmade(plainHeader, "{}"), signToken(t, es256.signer), ""} {
		claims, err := jwt.Parse[struct{}](t.Context(), token, es256.verifier, val)
		require.Nil(t, claims)
		requirePlainError(t, err, "jwt: Parse: the key is for ES256, which is not in Policy.Algorithms")
	}
	set := jwt.KeySet{es256.verifier, testKeys(t)[jwt.HS256].verifier}
	_, err := jwt.Parse[struct{}](t.Context(), handmade(plainHeader, "{}"), set, val)
	require.NoError(t, err)
	_, err = jwt.Parse[struct{}](t.Context(), signToken(t, es256.signer), set, val)
	requireRefused(t, err, "alg", jwt.ErrAlgorithm)
}
