package verifycache_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/verifycache"
)

func TestVerifier(t *testing.T) {
	k, s := newKeys(t)
	v, err := verifycache.NewVerifier(k, verifycache.Config{})
	require.NoError(t, err)
	require.Equal(t, k, v.Unwrap())
	parser, err := jwt.NewParser[private](v, policy(nil))
	require.NoError(t, err)
	token := sign(t, s, jwt.Claims[private]{ExpiresAt: time.Now().Add(time.Hour), Private: private{"admin"}})
	first, err := parser.Parse(t.Context(), token)
	require.NoError(t, err)
	second, err := parser.Parse(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.NotSame(t, first, second)
	require.Equal(t, 1, k.calls)
	for range 2 { // a forged one is asked about each time
		_, err = parser.Parse(t.Context(), token[:len(token)-4]+"AAAA")
		require.ErrorIs(t, err, jwt.ErrSignature)
	}
	require.Equal(t, 3, k.calls)
	k.withdraw()
	_, err = parser.Parse(t.Context(), token)
	require.ErrorIs(t, err, jwt.ErrUnknownKey)
}

// What was good for one header, input and signature is not good for another that has the same
// bytes in other places.
func TestVerifierDigest(t *testing.T) {
	accepts := true
	inner := func(context.Context, jwt.Header, []byte, []byte) error {
		if accepts {
			return nil
		}
		return jwt.ErrSignature
	}
	v, err := verifycache.NewVerifier(verifierFunc(inner), verifycache.Config{MaxAge: time.Hour})
	require.NoError(t, err)
	good := jwt.Header{Algorithm: "A", KeyID: "B", Type: "C"}
	require.NoError(t, v.Verify(t.Context(), good, []byte("ab"), []byte("cd")))
	accepts = false
	require.NoError(t, v.Verify(t.Context(), good, []byte("ab"), []byte("cd")))
	for _, h := range []jwt.Header{{Algorithm: "AB", Type: "C"}, {Algorithm: "A", KeyID: "BC"}, {Algorithm: "A", KeyID: "B"}, {}} {
		require.Error(t, v.Verify(t.Context(), h, []byte("ab"), []byte("cd")))
	}
	require.Error(t, v.Verify(t.Context(), good, []byte("abc"), []byte("d")))
	require.Error(t, v.Verify(t.Context(), good, []byte("a"), []byte("bcd")))
	require.Error(t, v.Verify(t.Context(), good, []byte("ab"), []byte("ce")))
}

type verifierFunc func(ctx context.Context, h jwt.Header, input, sig []byte) error

func (f verifierFunc) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	return f(ctx, h, input, sig)
}

func TestVerifierMaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, s := newKeys(t)
		_, err := verifycache.NewVerifier(blind{k}, verifycache.Config{})
		require.ErrorContains(t, err, "verifycache: Config.MaxAge is 0")
		_, err = verifycache.NewVerifier(s.Verifier(), verifycache.Config{})
		require.NoError(t, err)
		v, err := verifycache.NewVerifier(blind{k}, verifycache.Config{MaxAge: time.Minute})
		require.NoError(t, err)
		require.Zero(t, v.Generation())
		parser, err := jwt.NewParser[private](v, policy(nil))
		require.NoError(t, err)
		token := sign(t, s, jwt.Claims[private]{ExpiresAt: time.Now().Add(time.Hour)})
		_, err = parser.Parse(t.Context(), token)
		require.NoError(t, err)
		k.withdraw()
		time.Sleep(time.Minute - time.Nanosecond)
		_, err = parser.Parse(t.Context(), token)
		require.NoError(t, err)
		time.Sleep(time.Nanosecond)
		_, err = parser.Parse(t.Context(), token)
		require.ErrorIs(t, err, jwt.ErrUnknownKey)
	})
}
