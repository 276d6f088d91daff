package jwk_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// TestPEM goes from PEM to JWK and back, in every form of PEM that a key has.
func TestPEM(t *testing.T) {
	for _, f := range families() {
		spki := block("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(f.key.Public())))
		pkcs8 := block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(f.key)))
		public, private := [][]byte{spki, certificate(f.key)}, [][]byte{pkcs8}
		switch key := f.key.(type) {
		case *rsa.PrivateKey:
			public = append(public, block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&key.PublicKey)))
			private = append(private, block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)))
		case *ecdsa.PrivateKey:
			private = append(private, block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(key))))
		}
		for _, alg := range f.algs {
			t.Run(string(alg), func(t *testing.T) {
				thumbprint := must(jwk.Thumbprint(f.key.Public()))
				for _, data := range slices.Concat(public, private) {
					got, err := jwk.ThumbprintPEM(data)
					require.NoError(t, err)
					require.Equal(t, thumbprint, got)
				}
				for _, data := range public {
					object, err := jwk.FromPEM(alg, "1", data)
					require.NoError(t, err)
					require.JSONEq(t, f.public.edit("alg", quote(string(alg)), "kid", `"1"`, "use", `"sig"`).String(), string(object))
					back, err := jwk.ToPEM(object)
					require.NoError(t, err)
					require.Equal(t, string(spki), string(back))
				}
				for _, data := range private {
					object, err := jwk.PrivateFromPEM(alg, "1", data)
					require.NoError(t, err)
					require.JSONEq(t, f.private.edit("alg", quote(string(alg)), "kid", `"1"`, "use", `"sig"`).String(), string(object))
					back, err := jwk.PrivateToPEM(object)
					require.NoError(t, err)
					require.Equal(t, string(pkcs8), string(back))
				}
			})
		}
		// Neither PEM nor the way to it needs an alg.
		got, err := jwk.ToPEM([]byte(f.public.String()))
		require.NoError(t, err)
		require.Equal(t, string(spki), string(got))
		got, err = jwk.PrivateToPEM([]byte(f.private.String()))
		require.NoError(t, err)
		require.Equal(t, string(pkcs8), string(got))
	}
}

func certificate(key crypto.Signer) []byte {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(0, 0)}
	return block("CERTIFICATE", must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)))
}

func TestPEMRefused(t *testing.T) {
	ec := of("P-256")
	spki := block("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(ec.key.Public())))
	pkcs8 := block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(ec.key)))
	p224 := scalar(elliptic.P224(), 7)
	_, err := jwk.FromPEM(jwt.ES256, "", pkcs8)
	require.EqualError(t, err, "jwt: ES256 key: it has a private key; to verify, only the public key is needed: openssl pkey -in FILE -pubout -out NEW")
	_, err = jwk.FromPEM(jwt.ES384, "", spki)
	require.EqualError(t, err, "jwt: ES384 key: curve P-256; ES384 wants P-384")
	_, err = jwk.FromPEM(jwt.ES256, "", nil)
	require.EqualError(t, err, "jwt: ES256 key: not PEM: it is empty; is an environment variable unset?")

	_, err = jwk.PrivateFromPEM(jwt.ES256, "", spki)
	require.EqualError(t, err, "jwk: it is a public key; signing needs the private key")
	_, err = jwk.PrivateFromPEM(jwt.ES256, "", append(pkcs8, pkcs8...))
	require.EqualError(t, err, "jwk: 2 private keys in PEM; one is wanted")
	_, err = jwk.PrivateFromPEM(jwt.EdDSA, "", pkcs8)
	require.EqualError(t, err, `jwt: "EdDSA" is not for an ECDSA key; ES256, ES384 and ES512 are`)
	_, err = jwk.PrivateFromPEM(jwt.ES256, "", block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(p224))))
	require.EqualError(t, err, "jwt: ES256 key: curve P-224; ES256 wants P-256")
	_, err = jwk.PrivateFromPEM(jwt.HS256, "", pkcs8)
	require.EqualError(t, err, `jwt: "HS256" is not for an ECDSA key; ES256, ES384 and ES512 are`)

	_, err = jwk.ToPEM([]byte(ec.private.String()))
	require.EqualError(t, err, "jwk: it has the private member d; a public key is wanted")
	_, err = jwk.ToPEM([]byte("{}"))
	require.EqualError(t, err, "jwk: kty is missing")
	_, err = jwk.ToPEM([]byte(`{"kty":"AKP"}`))
	require.ErrorIs(t, err, jwk.ErrUnsupported)
	_, err = jwk.ToPEM([]byte(of("RSA").public.edit("n", quote(bits(1024))).String()))
	require.EqualError(t, err, "jwk: jwt: RS256 key: modulus of 1024 bits; 2048 to 8192 are allowed")

	_, err = jwk.PrivateToPEM([]byte("{}"))
	require.EqualError(t, err, "jwk: kty is missing")
	_, err = jwk.PrivateToPEM([]byte(`{"kty":"oct","k":"AA"}`))
	require.EqualError(t, err, "jwk: an oct key has no PEM form")
	_, err = jwk.PrivateToPEM([]byte(`{"kty":"AKP","priv":"AA"}`))
	require.ErrorIs(t, err, jwk.ErrUnsupported)
	_, err = jwk.PrivateToPEM([]byte(of("Ed25519").private.edit("alg", `"ES256"`).String()))
	require.EqualError(t, err, "jwk: alg does not fit kty and crv")
}

func TestThumbprintPEMRefused(t *testing.T) {
	tests := map[string][]byte{
		"not PEM: it has no BEGIN line":              []byte("key"),
		"the public key is malformed: ":              block("PUBLIC KEY", []byte{1}),
		"the private key is malformed":               block("PRIVATE KEY", []byte{1}),
		"PEM block 1 is neither a key nor a certifi": block("X", nil),
	}
	if key, err := ecdh.X25519().NewPrivateKey(make([]byte, 32)); err == nil { // FIPS 140-3 does not know it
		tests["the private key is an X25519 key"] = block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key)))
		tests["the public key is an X25519 key"] = block("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(key.Public())))
	}
	for want, data := range tests {
		got, err := jwk.ThumbprintPEM(data)
		require.ErrorContains(t, err, "jwk: "+want)
		require.Empty(t, got)
	}
}

// An *ed25519.PrivateKey is not what the standard library makes.
func TestPointerToEd25519(t *testing.T) {
	key := of("Ed25519").key.(ed25519.PrivateKey)
	_, err := jwk.MarshalPrivate(jwt.EdDSA, "", &key)
	require.EqualError(t, err, "jwk: cannot write a private key of type *ed25519.PrivateKey")
}
