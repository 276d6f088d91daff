package jwk_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// RFC 7517 appendix A.1: an EC key for encryption, and an RSA key.
func TestRFC7517PublicKeys(t *testing.T) {
	keys, skipped, err := jwk.ParseSet(file("rfc7517-a1.json"), jwt.ES256, jwt.RS256)
	require.NoError(t, err)
	require.Len(t, keys, 1)
	alg, kid := label(keys.Keys()[0])
	require.Equal(t, jwt.RS256, alg)
	require.Equal(t, "2011-04-29", kid)
	require.Len(t, skipped, 1)
	require.Equal(t, 0, skipped[0].Index)
	require.Equal(t, "1", skipped[0].KeyID)
	require.EqualError(t, skipped[0].Err, `use is not "sig"`)

	key := keys.Keys()[0].PublicKey().(*rsa.PublicKey)
	require.Equal(t, 65537, key.E)
	require.Equal(t, number(fileKey("rfc7517-a1.json", 1).text("n")), key.N)

	// The EC key without its use.
	v, err := jwk.ParseKey([]byte(fileKey("rfc7517-a1.json", 0).edit("use", "").String()), jwt.ES256)
	require.NoError(t, err)
	require.True(t, of("P-256").key.(*ecdsa.PrivateKey).PublicKey.Equal(v.PublicKey()))
}

// RFC 7517 appendix A.2: the private halves of the same keys.
func TestRFC7517PrivateKeys(t *testing.T) {
	keys, skipped, err := jwk.ParseSet(file("rfc7517-a2.json"), jwt.ES256, jwt.RS256)
	require.ErrorIs(t, err, jwk.ErrNoUsableKey)
	require.EqualError(t, err, "jwk: set: none of its keys can be used (it has 2)")
	require.Empty(t, keys)
	require.Len(t, skipped, 2)
	for _, s := range skipped {
		require.EqualError(t, s.Err, "it has the private member d; a public key is wanted")
		noSecret(t, s.Err.Error())
	}

	signer, err := jwk.ParseSigner([]byte(fileKey("rfc7517-a2.json", 1).String()), "")
	require.NoError(t, err)
	alg, kid := label(signer)
	require.Equal(t, jwt.RS256, alg)
	require.Equal(t, "2011-04-29", kid)
	public, err := jwk.ParseKey([]byte(fileKey("rfc7517-a1.json", 1).String()), "")
	require.NoError(t, err)
	requireWorks(t, signer, public)

	ec := fileKey("rfc7517-a2.json", 0)
	_, err = jwk.ParseSigner([]byte(ec.String()), jwt.ES256)
	require.EqualError(t, err, `jwk: use is not "sig"`)
	signer, err = jwk.ParseSigner([]byte(ec.edit("use", "").String()), jwt.ES256)
	require.NoError(t, err)
	public, err = jwk.ParseKey([]byte(fileKey("rfc7517-a1.json", 0).edit("use", `"sig"`).String()), jwt.ES256)
	require.NoError(t, err)
	requireWorks(t, signer, public)
}

// RFC 7517 appendix A.3: a key for wrapping, and the HMAC key of RFC 7515 appendix A.1.
func TestRFC7517SymmetricKeys(t *testing.T) {
	wrapping, mac := fileKey("rfc7517-a3.json", 0), fileKey("rfc7517-a3.json", 1)
	_, err := jwk.ParseSigner([]byte(wrapping.String()), "")
	require.EqualError(t, err, "jwk: alg is for encryption")

	signer, err := jwk.ParseSigner([]byte(mac.String()), jwt.HS256)
	require.NoError(t, err)
	verifier, err := jwk.ParseSecretVerifier([]byte(mac.String()), jwt.HS256)
	require.NoError(t, err)
	requireWorks(t, signer, verifier)
	_, kid := label(verifier)
	require.Equal(t, "HMAC key used in JWS spec Appendix A.1 example", kid)
	// The token of RFC 7515 appendix A.1.1; its kid, if it had one, would be another.
	input := "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" +
		".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	require.NoError(t, verifier.Verify(context.Background(), jwt.Header{Algorithm: jwt.HS256},
		[]byte(input), decode("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")))

	_, skipped, err := jwk.ParseSet(file("rfc7517-a3.json"), jwt.HS256)
	require.ErrorIs(t, err, jwk.ErrNoUsableKey)
	for _, s := range skipped {
		require.EqualError(t, s.Err, "an oct key is a secret; a public key is wanted")
	}
}

// RFC 7638 section 3.1.
func TestRFC7638Thumbprint(t *testing.T) {
	key := of("RSA").key.(*rsa.PrivateKey)
	print, err := jwk.Thumbprint(&key.PublicKey)
	require.NoError(t, err)
	require.Equal(t, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", print)
}

// RFC 8037 appendices A.1 to A.5.
func TestRFC8037(t *testing.T) {
	signer, err := jwk.ParseSigner(file("rfc8037-a1.json"), jwt.EdDSA)
	require.NoError(t, err)
	public := `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	verifier, err := jwk.ParseKey([]byte(public), jwt.EdDSA)
	require.NoError(t, err)
	require.Equal(t, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", thumbprint(verifier))
	require.Equal(t, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", thumbprint(signer))

	h := jwt.Header{Algorithm: jwt.EdDSA}
	input := []byte("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc")
	sig, err := signer.Sign(context.Background(), h, input)
	require.NoError(t, err)
	require.Equal(t, "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg", encode(sig))
	require.NoError(t, verifier.Verify(context.Background(), h, input, sig))
}
