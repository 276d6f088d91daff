package jws_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

// nilVerifier is a Verifier that panics if it is nil.
type nilVerifier struct{ jwt.Verifier }

// stub is a Signer that says whatever it was made to say.
type stub struct {
	alg  jwt.Algorithm
	kid  string
	sign func(ctx context.Context, h jwt.Header, input []byte) ([]byte, error)
}

func (s *stub) Algorithm() jwt.Algorithm { return s.alg }
func (s *stub) KeyID() string            { return s.kid }
func (s *stub) Sign(ctx context.Context, h jwt.Header, input []byte) ([]byte, error) {
	return s.sign(ctx, h, input)
}

// TestSetUp: what is wrong with the program is an error, never a TokenError or a panic.
func TestSetUp(t *testing.T) {
	signer, verifier := hmacPair(t, "k")
	good := handmade(`{"alg":"HS256"}`, "")
	var none context.Context
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	sign := func(s jwt.Signer) func() (any, error) {
		return func() (any, error) { token, err := jws.Sign(t.Context(), s, jws.Message{}); return token, err }
	}
	returns := func(alg jwt.Algorithm, n int) jwt.Signer {
		return &stub{alg, "k", func(context.Context, jwt.Header, []byte) ([]byte, error) { return make([]byte, n), nil }}
	}
	verify := func(ctx context.Context, v jwt.Verifier, val *jws.Validator) func() (any, error) {
		return func() (any, error) {
			m, err := jws.Verify(ctx, good, v, val)
			if m == nil {
				return "", err
			}
			return m, err
		}
	}
	for _, tt := range []struct {
		call func() (any, error)
		want string
	}{
		{func() (any, error) { token, err := jws.Sign(none, signer, jws.Message{}); return token, err }, "jws: Sign: nil context"},
		{sign(nil), "jws: Sign: nil Signer"},
		{sign((*stub)(nil)), "jws: Sign: nil Signer"},
		{func() (any, error) { token, err := jws.Sign(canceled, signer, jws.Message{}); return token, err }, "jws: Sign: context canceled"},
		{sign(&stub{alg: ""}), "jws: alg: no algorithm"},
		{sign(&stub{alg: "nOnE"}), `jws: alg: "none" is not a signature algorithm`},
		{sign(&stub{alg: `x","alg":"y`}), "jws: alg: algorithm has a character that no algorithm name has"},
		{sign(&stub{alg: jwt.HS256, kid: "\xff"}), "jws: kid: not UTF-8"},
		{
			func() (any, error) {
				token, err := jws.Sign(t.Context(), signer, jws.Message{Type: `x","alg":"none`})
				return token, err
			},
			`jws: typ: not a media type such as "at+jwt" or "application/at+jwt"`,
		},
		{sign(&stub{alg: jwt.HS256, sign: func(context.Context, jwt.Header, []byte) ([]byte, error) { return nil, errors.New("KMS: no answer") }}), "jws: could not sign: KMS: no answer"},
		{
			sign(&stub{alg: jwt.HS256, sign: func(context.Context, jwt.Header, []byte) ([]byte, error) {
				return nil, &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired} // of the service's own token
			}}),
			"jws: could not sign: jwt: exp: token expired",
		},
		{sign(returns(jwt.HS256, 0)), "jws: could not sign: the Signer returned 0 bytes, which is not the length of a signature by HS256"},
		{sign(returns(jwt.HS256, 31)), "jws: could not sign: the Signer returned 31 bytes, which is not the length of a signature by HS256"},
		{sign(returns(jwt.HS384, 32)), "jws: could not sign: the Signer returned 32 bytes, which is not the length of a signature by HS384"},
		{sign(returns(jwt.ES256, 70)), "jws: could not sign: the Signer returned 70 bytes, which is not the length of a signature by ES256"},
		{sign(returns(jwt.ES512, 128)), "jws: could not sign: the Signer returned 128 bytes, which is not the length of a signature by ES512"},
		{sign(returns(jwt.Ed25519, 65)), "jws: could not sign: the Signer returned 65 bytes, which is not the length of a signature by Ed25519"},
		{sign(returns(jwt.RS256, 0)), "jws: could not sign: the Signer returned 0 bytes, which is not the length of a signature by RS256"},
		{sign(returns("X-own", 0)), "jws: could not sign: the Signer returned 0 bytes, which is not the length of a signature by X-own"},
		{verify(none, verifier, hs256(t)), "jws: Verify: nil context"},
		{verify(t.Context(), nil, hs256(t)), "jws: Verify: nil Verifier"},
		{verify(t.Context(), (*nilVerifier)(nil), hs256(t)), "jws: Verify: nil Verifier"},
		{verify(t.Context(), jwt.KeySet{}, hs256(t)), "jws: could not check the signature: empty KeySet"},
		{verify(t.Context(), verifier, nil), "jws: Verify: the Validator is nil or zero; NewValidator makes one"},
		{verify(t.Context(), verifier, new(jws.Validator)), "jws: Verify: the Validator is nil or zero; NewValidator makes one"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			got, err := tt.call()
			require.EqualError(t, err, tt.want)
			require.Equal(t, "", got)
			var e *jwt.TokenError
			require.NotErrorAs(t, err, &e)
		})
	}
}

// TestSignerGets: the context, the header as it was asked for, and the signing input;
// an algorithm of its own is as good as ours.
func TestSignerGets(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, 1)
	token, err := jws.Sign(ctx, &stub{"X-own", "kid", func(ctx context.Context, h jwt.Header, input []byte) ([]byte, error) {
		require.Equal(t, 1, ctx.Value(key{}))
		require.Equal(t, jwt.Header{Algorithm: "X-own", KeyID: "kid", Type: "event"}, h)
		require.Equal(t, len(input), cap(input))
		require.Equal(t, "eyJhbGciOiJYLW93biIsImtpZCI6ImtpZCIsInR5cCI6ImV2ZW50In0.cA", string(input))
		return []byte{1}, nil
	}}, jws.Message{Payload: []byte("p"), Type: "event"})
	require.NoError(t, err)
	require.Equal(t, "eyJhbGciOiJYLW93biIsImtpZCI6ImtpZCIsInR5cCI6ImV2ZW50In0.cA.AQ", token)
}

// turning is a Signer whose key is another each time it is asked.
type turning struct {
	stub
	turns int
}

func (s *turning) KeyID() string {
	s.turns++
	return fmt.Sprint("key ", s.turns)
}

// TestTurningKey: the kid in the header is the one that the Signer is told of.
func TestTurningKey(t *testing.T) {
	var told jwt.Header
	s := &turning{stub: stub{alg: "X", sign: func(_ context.Context, h jwt.Header, _ []byte) ([]byte, error) { told = h; return []byte{1}, nil }}}
	for range 3 {
		token, err := jws.Sign(t.Context(), s, jws.Message{})
		require.NoError(t, err)
		m, err := jws.Unverified(token)
		require.NoError(t, err)
		require.Equal(t, told, jwt.Header{Algorithm: m.Algorithm, KeyID: m.KeyID, Type: m.Type})
		require.NotEmpty(t, m.KeyID)
	}
}
