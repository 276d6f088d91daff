package jwt_test

import (
	"crypto"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// retaining is a crypto.Signer that goes on holding what it was given.
type retaining struct {
	crypto.Signer
	inputs [][]byte
}

func (r *retaining) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	r.inputs = append(r.inputs, digest)
	return r.Signer.Sign(random, digest, opts)
}

type retainingMessages struct{ retaining }

func (r *retainingMessages) SignMessage(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	r.inputs = append(r.inputs, message)
	return crypto.SignMessage(r.Signer, random, message, opts)
}

// What a key in an HSM was given must stay as it was when the next token is signed.
func TestOpaqueKeyRetainsInput(t *testing.T) {
	raw := firstRaw()
	plain := &retaining{Signer: raw.ed25519}
	ed := &retainingMessages{retaining{Signer: raw.ed25519}}
	ec := &retainingMessages{retaining{Signer: raw.ecdsa[jwt.ES256]}}
	rs := &retainingMessages{retaining{Signer: raw.rsa}}
	for _, tt := range []struct {
		signer jwt.Signer
		inputs *[][]byte
	}{
		{must(jwt.NewSigner(jwt.EdDSA, "k1", plain)), &plain.inputs},
		{must(jwt.NewSigner(jwt.EdDSA, "k1", ed)), &ed.inputs},
		{must(jwt.NewSigner(jwt.ES256, "k1", ec)), &ec.inputs},
		{must(jwt.NewSigner(jwt.RS256, "k1", rs)), &rs.inputs},
	} {
		var want []string
		for i := range 4 {
			claims := keyClaims()
			claims.ID = fmt.Sprint(i)
			token, err := jwt.Sign(t.Context(), tt.signer, claims)
			require.NoError(t, err)
			want = append(want, token[:strings.LastIndexByte(token, '.')])
		}
		var got []string
		for _, input := range *tt.inputs {
			got = append(got, string(input))
		}
		require.Equal(t, want, got)
	}
}
