package jwt_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

func TestHMACSignatureLength(t *testing.T) {
	for _, alg := range allAlgorithms[:3] {
		k := testKeys(t)[alg]
		h := jwt.Header{Algorithm: alg, KeyID: "k1"}
		sig := must(k.signer.Sign(t.Context(), h, []byte("a.b")))
		require.NoError(t, k.verifier.Verify(t.Context(), h, []byte("a.b"), sig))
		for n := range len(sig) { // a truncated MAC is none (CVE-2009-0217)
			require.ErrorIs(t, k.verifier.Verify(t.Context(), h, []byte("a.b"), sig[:n]), jwt.ErrSignature)
		}
		require.ErrorIs(t, k.verifier.Verify(t.Context(), h, []byte("a.b"), append(sig, 0)), jwt.ErrSignature)
		require.ErrorIs(t, k.verifier.Verify(t.Context(), h, nil, nil), jwt.ErrSignature)
	}
}

// Signatures that one signer has returned are not of a buffer that it uses again.
func TestHMACSignaturesAreSeparate(t *testing.T) {
	k := testKeys(t)[jwt.HS256]
	h := jwt.Header{Algorithm: jwt.HS256}
	first := must(k.signer.Sign(context.Background(), h, []byte("first")))
	kept := bytes.Clone(first)
	must(k.signer.Sign(context.Background(), h, []byte("second")))
	require.NoError(t, k.verifier.Verify(t.Context(), h, []byte("first"), first))
	require.Equal(t, kept, first)
}
