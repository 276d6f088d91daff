package migrating

import (
	"crypto/x509"
	"testing"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

var hmacRows = []row{
	{"short-secrets", []difference{
		{"A secret shorter than the hash (32 bytes for HS256, 48 for HS384, 64 for HS512) is an error of `NewHMACSigner` and `NewHMACVerifier`. golang-jwt accepts any.", func(t *testing.T) {
			for alg, size := range map[jwt.Algorithm]int{jwt.HS256: 32, jwt.HS384: 48, jwt.HS512: 64} {
				_, err := golangjwt.New(golangjwt.GetSigningMethod(string(alg))).SignedString(secret[:1])
				require.NoError(t, err)
				for _, n := range []int{size, size - 1, 1} {
					_, err1 := jwt.NewHMACSigner(alg, "", secret[:n])
					_, err2 := jwt.NewHMACVerifier(alg, "", secret[:n])
					_, err3 := jwt.NewInsecureHMACSigner(alg, "", secret[:n])
					_, err4 := jwt.NewInsecureHMACVerifier(alg, "", secret[:n])
					require.Equal(t, []bool{n < size, n < size, false, false}, []bool{err1 != nil, err2 != nil, err3 != nil, err4 != nil})
				}
			}
		}},
		{"An empty secret is an error of the Insecure pair too. golang-jwt signs and verifies with it.", func(t *testing.T) {
			token, err := golangjwt.New(golangjwt.SigningMethodHS256).SignedString([]byte{})
			require.NoError(t, err)
			_, err = golangjwt.Parse(token, oneKey([]byte{}))
			require.NoError(t, err)
			_, err = jwt.NewInsecureHMACSigner(jwt.HS256, "", nil)
			require.ErrorContains(t, err, "0 bytes")
			_, err = jwt.NewInsecureHMACVerifier(jwt.HS256, "", nil)
			require.ErrorContains(t, err, "0 bytes")
		}},
		{"A public key in PEM is not a secret. golang-jwt accepts it, so that everyone who has the public key can sign.", func(t *testing.T) {
			public := []byte(pemOf("PUBLIC KEY", made(x509.MarshalPKIXPublicKey(p256().Public()))))
			_, err := golangjwt.Parse(sealed(b64(header), b64(payload(nil)), public), oneKey(public), atNow)
			require.NoError(t, err)
			_, err = jwt.NewInsecureHMACVerifier(jwt.HS256, "", public)
			require.ErrorContains(t, err, "not a secret")
		}},
	}},
	{"none", []difference{
		{"`none` is refused in any case, and is an error as an algorithm of a policy. golang-jwt accepts it if the Keyfunc returns `UnsafeAllowNoneSignatureType`.", func(t *testing.T) {
			token := b64(`{"alg":"none"}`) + "." + b64(payload(nil)) + "."
			_, err := golangjwt.Parse(token, oneKey(golangjwt.UnsafeAllowNoneSignatureType), atNow)
			require.NoError(t, err)
			_, err = parse[Claims](t, token, nil)
			requireRefused(t, err, "alg", jwt.ErrAlgorithm)
			for _, name := range []jwt.Algorithm{"none", "None", "NONE"} {
				require.ErrorContains(t, newParser[Claims](down{}, func(p *jwt.Policy) { p.Algorithms = []jwt.Algorithm{name} }), "none")
			}
		}},
	}},
}

// A fleet leaves a short secret, and no token is refused on the way.
func TestShortSecretRotation(t *testing.T) {
	short := []byte("my-secret")
	previous := made(jwt.NewInsecureHMACSigner(jwt.HS256, "", short))
	next := made(jwt.NewHMACSigner(jwt.HS256, "2026-11", secret))
	both := jwt.KeySet{next.Verifier(), previous.Verifier()}
	claims := jwt.Claims[Claims]{Issuer: issuer, Audience: []string{audience}, ExpiresAt: now.Add(1e9)}
	for _, signer := range []jwt.Signer{previous, next} {
		token, err := jwt.Sign(ctx, signer, claims)
		require.NoError(t, err)
		_, err = parseBy[Claims](t, token, both, nil)
		require.NoError(t, err)
		_, err = golangjwt.Parse(token, oneKey(golangjwt.VerificationKeySet{Keys: []golangjwt.VerificationKey{secret, short}}), atNow)
		require.NoError(t, err)
		_, err = parseBy[Claims](t, token, next.Verifier(), nil)
		require.Equal(t, signer == next, err == nil)
	}
}
