package jwt_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// requireHMACError checks that signer and verifier are refused alike.
func requireHMACError(t *testing.T, alg jwt.Algorithm, secret []byte, text string) {
	t.Helper()
	require.EqualError(t, errOf(jwt.NewHMACSigner(alg, "k", secret)), text)
	require.EqualError(t, errOf(jwt.NewHMACVerifier(alg, "k", secret)), text)
}

func TestShortSecret(t *testing.T) {
	for _, tt := range []struct {
		alg  jwt.Algorithm
		size int
	}{{jwt.HS256, 32}, {jwt.HS384, 48}, {jwt.HS512, 64}} {
		for _, n := range []int{1, 8, 16, 31, 32, 47, 48, 63, 64, 65, 200} {
			secret := bytes.Repeat([]byte{0xa5}, n)
			if n >= tt.size {
				require.NoError(t, errOf(jwt.NewHMACSigner(tt.alg, "k", secret)))
				require.NoError(t, errOf(jwt.NewHMACVerifier(tt.alg, "k", secret)))
				continue
			}
			requireHMACError(t, tt.alg, secret, fmt.Sprintf(
				"jwt: %s key: secret of %d bytes; the hash has %d, and no shorter secret is allowed (RFC 7518 section 3.2)", tt.alg, n, tt.size))
		}
		for _, none := range [][]byte{nil, {}} {
			requireHMACError(t, tt.alg, none, fmt.Sprintf("jwt: %s key: secret of 0 bytes; is an environment variable unset?", tt.alg))
		}
	}
}

// keyTexts are public and private keys as they lie in files.
func keyTexts() map[string][]string {
	raw := firstRaw()
	spki := must(x509.MarshalPKIXPublicKey(raw.rsa.Public()))
	b64 := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	jwk := fmt.Sprintf(`{"kty":"RSA","e":"AQAB","n":%q}`, b64(raw.rsa.N.Bytes()))
	ssh := base64.StdEncoding.EncodeToString(raw.rsa.N.Bytes())
	return map[string][]string{
		"PEM": {
			string(pemBlock("PUBLIC KEY", spki)),
			string(pemBlock("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&raw.rsa.PublicKey))),
			string(pemBlock("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(raw.rsa))),
			string(pemBlock("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(raw.ed25519)))),
			string(pemBlock("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(raw.ecdsa[jwt.ES256])))),
			string(pemBlock("CERTIFICATE", certificate(raw.rsa))),
			string(pemBlock("OPENSSH PRIVATE KEY", raw.secret)),
			strings.TrimSpace(string(pemBlock("PUBLIC KEY", spki))),
			strings.ReplaceAll(string(pemBlock("PUBLIC KEY", spki)), "\n", "\r\n"),
			strings.ReplaceAll(string(pemBlock("PUBLIC KEY", spki)), "\n", `\n`), // from an environment variable
			"-----BEGIN PUBLIC KEY-----" + strings.Repeat("A", 40),               // truncated
			"Bag Attributes\n    friendlyName: me\n" + string(pemBlock("PUBLIC KEY", spki)),
			"---- BEGIN SSH2 PUBLIC KEY ----\n" + ssh + "\n---- END SSH2 PUBLIC KEY ----\n",
		},
		"a JWK": {
			jwk,
			`{"keys":[` + jwk + `]}`,
			`{ "keys" : [] }` + strings.Repeat(" ", 64),
			"{\n  \"use\": \"sig\",\n  \"kty\": \"oct\",\n  \"k\": \"" + b64(raw.secret) + "\"\n}",
			string(must(json.MarshalIndent(map[string]any{"keys": []any{json.RawMessage(jwk)}}, "", "\t"))),
		},
		"an SSH key": {
			"ssh-rsa " + ssh + " ann@example",
			"ssh-ed25519 " + ssh,
			"ecdsa-sha2-nistp256 " + ssh,
			"ecdsa-sha2-nistp521 " + ssh,
			"ssh-dss " + ssh,
			"ssh-rsa-cert-v01@openssh.com " + ssh,
			"sk-ssh-ed25519@openssh.com " + ssh,
			"sk-ecdsa-sha2-nistp256@openssh.com " + ssh,
		},
		"JSON": {
			`[` + jwk[:len(jwk)-1] + `,"x":"` + strings.Repeat("x", 64) + `"}]`,
			strings.Replace(jwk, `"kty"`, `"\u006bty"`, 1),
		},
		"a public key in base64": {
			base64.StdEncoding.EncodeToString(spki),
			base64.StdEncoding.EncodeToString(spki) + "\r\n",
			strings.Join(strings.SplitAfter(base64.StdEncoding.EncodeToString(spki), "A"), "\n"),
		},
	}
}

// RFC 8725 section 2.1: an RSA public key taken for an HMAC secret.
func TestSecretIsAKey(t *testing.T) {
	for what, texts := range keyTexts() {
		for _, text := range texts {
			for _, before := range []string{"", " ", "\n\n", "\r\n\t ", "\ufeff", "\ufeff \n"} {
				for _, alg := range allAlgorithms[:3] {
					requireHMACError(t, alg, []byte(before+text), fmt.Sprintf(
						"jwt: %s key: the secret looks like %s, which is not a secret; NewSigner and NewVerifier take RSA, ECDSA and Ed25519 keys", alg, what))
				}
			}
		}
	}
	for _, secret := range []string{
		strings.Repeat("{", 64),
		`{"secret":"` + strings.Repeat("x", 64),
		"kty keys ssh-rsa BEGIN PUBLIC KEY " + strings.Repeat("x", 64),
		strings.Repeat("\ufeff", 64),
		strings.Repeat(" ", 64),
		strings.Repeat("-", 64),
	} {
		require.NoError(t, errOf(jwt.NewHMACSigner(jwt.HS512, "k", []byte(secret))), "%q", secret)
	}
}

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
