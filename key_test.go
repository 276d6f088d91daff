package jwt_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// The parameter of NewVerifier has no type to catch a mistake, so that the error must name the fix.
func TestNewVerifierNamesTheFix(t *testing.T) {
	raw, pair := firstRaw(), testKeys(t)[jwt.ES256]
	public := raw.ed25519.Public().(ed25519.PublicKey)
	const texts = " is not a parsed key; ParsePublicKey reads PEM, and NewHMACVerifier takes a secret"
	for _, tt := range []struct {
		key  crypto.PublicKey
		text string
	}{
		{nil, "nil public key"},
		{(*rsa.PublicKey)(nil), "nil public key"},
		{raw.rsa, "*rsa.PrivateKey is a private key; pass what its Public method returns"},
		{raw.ecdsa[jwt.ES256], "*ecdsa.PrivateKey is a private key; pass what its Public method returns"},
		{raw.ed25519, "ed25519.PrivateKey is a private key; pass what its Public method returns"},
		{pair.verifier, "*jwt.ecdsaVerifier is not a key itself; pass what its PublicKey method returns"},
		{pair.signer, "*jwt.keySigner is not a key itself; pass what its PublicKey method returns"},
		{raw.rsa.PublicKey, "rsa.PublicKey by value; pass a pointer to it"},
		{raw.ecdsa[jwt.ES256].PublicKey, "ecdsa.PublicKey by value; pass a pointer to it"},
		{&public, "*ed25519.PublicKey; pass what it points to"},
		{[]byte("-----BEGIN PUBLIC KEY-----"), "[]uint8" + texts},
		{"-----BEGIN PUBLIC KEY-----", "string" + texts},
		{42, "no signature algorithm uses a int"},
	} {
		require.EqualError(t, errOf(jwt.NewVerifier(jwt.RS256, "k", tt.key)), "jwt: RS256 key: "+tt.text)
	}
}

func TestAlgorithmsFor(t *testing.T) {
	raw := firstRaw()
	p224 := must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
	for _, tt := range []struct {
		key  crypto.PublicKey
		want []jwt.Algorithm
	}{
		{raw.rsa.Public(), []jwt.Algorithm{jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512}},
		{raw.ecdsa[jwt.ES256].Public(), []jwt.Algorithm{jwt.ES256}},
		{raw.ecdsa[jwt.ES384].Public(), []jwt.Algorithm{jwt.ES384}},
		{raw.ecdsa[jwt.ES512].Public(), []jwt.Algorithm{jwt.ES512}},
		{raw.ed25519.Public(), []jwt.Algorithm{jwt.EdDSA, jwt.Ed25519}},
		{p224.Public(), nil},
		{new(ecdsa.PublicKey), nil},
		{(*ecdsa.PublicKey)(nil), nil},
		{raw.rsa, nil},
		{raw.rsa.PublicKey, nil},
		{[]byte{1}, nil},
		{nil, nil},
	} {
		require.Equal(t, tt.want, jwt.AlgorithmsFor(tt.key), "%T", tt.key)
		for _, alg := range tt.want {
			require.NoError(t, errOf(jwt.NewVerifier(alg, "k", tt.key)))
		}
	}
}
