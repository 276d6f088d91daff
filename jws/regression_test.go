package jws_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

// A context that is over says nothing about the token, good or bad, and no key is asked.
func TestRegressionVerifyCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v := verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error {
		t.Error("called")
		return nil
	})
	for _, token := range []string{handmade(`{"alg":"HS256","typ":"JOSE"}`, "payload"), "", "a.b.c"} {
		m, err := jws.Verify(ctx, token, v, hs256(t))
		require.Nil(t, m)
		require.EqualError(t, err, "jws: Verify: context canceled")
		require.ErrorIs(t, err, context.Canceled)
		_, ok := errors.AsType[*jwt.TokenError](err)
		require.False(t, ok)
	}
}
