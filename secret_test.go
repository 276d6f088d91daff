package jwt_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/fips140"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
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

// Shorter secrets are for the Insecure constructors, which accept the same tokens otherwise.
func TestInsecureSecret(t *testing.T) {
	least := 1
	if fips140.Enforced() {
		least = 14
	}
	for _, alg := range allAlgorithms[:3] {
		for n := range 66 {
			secret := bytes.Repeat([]byte{0xa5}, n)
			s, err := jwt.NewInsecureHMACSigner(alg, "k1", secret)
			v, errV := jwt.NewInsecureHMACVerifier(alg, "k1", secret)
			require.Equal(t, err, errV)
			switch {
			case n == 0:
				require.EqualError(t, err, fmt.Sprintf("jwt: %s key: secret of 0 bytes; is an environment variable unset?", alg))
			case n < least:
				require.EqualError(t, err, fmt.Sprintf("jwt: %s key: secret of %d bytes; FIPS 140-3 mode wants at least 14", alg, n))
			default:
				require.NoError(t, err)
				require.NoError(t, parseToken(t, signToken(t, s), v))
				require.NoError(t, parseToken(t, signToken(t, s), s.Verifier()))
			}
		}
		secret := firstRaw().secret
		long := must(jwt.NewHMACVerifier(alg, "k1", secret))
		require.NoError(t, parseToken(t, signToken(t, must(jwt.NewInsecureHMACSigner(alg, "k1", secret))), long))
		for _, none := range [][]byte{nil, {}} {
			require.Error(t, errOf(jwt.NewInsecureHMACSigner(alg, "k1", none)))
		}
	}
	require.EqualError(t, errOf(jwt.NewInsecureHMACSigner(jwt.ES256, "k1", firstRaw().secret)),
		errOf(jwt.NewHMACSigner(jwt.ES256, "k1", firstRaw().secret)).Error())
}

// requireDisguised checks that secret, which is what, is refused.
func requireDisguised(t *testing.T, secret []byte, what string) {
	t.Helper()
	require.EqualError(t, errOf(jwt.NewInsecureHMACVerifier(jwt.HS512, "k", secret)), disguised(jwt.HS512, what))
}

func disguised(alg jwt.Algorithm, what string) string {
	return fmt.Sprintf("jwt: %s key: the secret is %s, which is not a secret; a key in PEM is for ParsePrivateKey or ParsePublicKey, with an algorithm such as RS256", alg, what)
}

// derKeys returns keys in every form of DER, by kind.
func derKeys(raw rawKeys) map[string][][]byte {
	keys := map[string][][]byte{}
	for _, alg := range []jwt.Algorithm{jwt.RS256, jwt.ES256, jwt.ES384, jwt.ES512, jwt.EdDSA} {
		key := raw.privateKey(alg)
		public := [][]byte{must(x509.MarshalPKIXPublicKey(key.Public()))}
		private := [][]byte{must(x509.MarshalPKCS8PrivateKey(key))}
		switch key := key.(type) {
		case *rsa.PrivateKey:
			public = append(public, x509.MarshalPKCS1PublicKey(&key.PublicKey))
			private = append(private, x509.MarshalPKCS1PrivateKey(key))
		case *ecdsa.PrivateKey:
			private = append(private, must(x509.MarshalECPrivateKey(key)))
		}
		keys["a public key"] = append(keys["a public key"], public...)
		keys["a private key"] = append(keys["a private key"], private...)
		keys["a certificate"] = append(keys["a certificate"], certificate(key))
	}
	return keys
}

// jwkTexts returns JWKs and sets of them, in spellings that are JSON.
func jwkTexts(raw rawKeys) []string {
	b64 := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	jwk := fmt.Sprintf(`{"kty":"RSA","e":"AQAB","n":%q}`, b64(raw.rsa.N.Bytes()))
	return []string{
		jwk,
		`{"kty":"oct","k":"` + b64(raw.secret) + `"}`,
		`{"keys":[` + jwk + `]}`,
		`{ "keys" : [] }` + strings.Repeat(" ", 64),
		`[` + jwk + `]`,
		`{"data":{"signing":[1,` + jwk + `]}}`,
		strings.Replace(jwk, `"kty"`, `"\u006bty"`, 1),
		strings.Replace(jwk, `"kty"`, `"note":"`+"\xff"+`","kty"`, 1),
		strings.Replace(jwk, `"kty"`, `"kty":"RSA","kty"`, 1),
		string(must(json.MarshalIndent(map[string]any{"keys": []any{json.RawMessage(jwk)}}, "", "\t"))),
	}
}

// keyTexts are public and private keys as they lie in files, by what they are.
func keyTexts() map[string][]string {
	raw := firstRaw()
	texts := map[string][]string{"a JWK": jwkTexts(raw), "an SSH key": sshKeys(raw)}
	for _, alg := range allAlgorithms[3:] {
		for _, data := range privatePEMs(raw, alg) {
			texts["a PEM file"] = append(texts["a PEM file"], string(data))
		}
		for _, data := range publicPEMs(raw, alg) {
			texts["a PEM file"] = append(texts["a PEM file"], string(data))
		}
	}
	spki := texts["a PEM file"][len(texts["a PEM file"])-1]
	texts["a PEM file"] = append(texts["a PEM file"],
		strings.TrimSpace(spki),
		strings.ReplaceAll(spki, "\n", "\r\n"),
		strings.ReplaceAll(spki, "\n", `\n`), // from an environment variable
		spki[:40],
		"Bag Attributes\n    friendlyName: me\n"+spki,
		`{"type":"service_account","private_key":"`+strings.ReplaceAll(spki, "\n", `\n`)+`"}`,
		string(pemBlock("OPENSSH PRIVATE KEY", raw.secret)),
		"---- BEGIN SSH2 PUBLIC KEY ----\n"+base64.StdEncoding.EncodeToString(raw.secret)+"\n---- END SSH2 PUBLIC KEY ----\n",
	)
	return texts
}

// RFC 8725 section 2.1: a public key taken for an HMAC secret.
func TestSecretIsAKey(t *testing.T) {
	for what, texts := range keyTexts() {
		for _, text := range texts {
			for _, alg := range allAlgorithms[:3] {
				requireHMACError(t, alg, []byte(text), disguised(alg, what))
				require.EqualError(t, errOf(jwt.NewInsecureHMACSigner(alg, "k", []byte(text))), disguised(alg, what))
			}
			for _, space := range []string{"", " ", "\n\n", "\r\n\t ", "\ufeff", "\ufeff \n"} {
				requireDisguised(t, []byte(space+text+strings.TrimPrefix(space, "\ufeff")), what)
			}
			requireDisguised(t, utf16Text(binary.LittleEndian, text), what+" in UTF-16")
			requireDisguised(t, utf16Text(binary.BigEndian, text), what+" in UTF-16")
			requireDisguised(t, utf16Text(binary.LittleEndian, "\ufeff"+text), what+" in UTF-16")
			requireDisguised(t, utf16Text(binary.BigEndian, "\ufeff"+text+"\n"), what+" in UTF-16")
		}
	}
}

// What stands in base64 in an SSH key.
func TestSecretIsAnSSHBlob(t *testing.T) {
	for _, line := range sshKeys(firstRaw()) {
		for field := range strings.FieldsSeq(line) {
			if strings.HasPrefix(field, "AAAA") {
				blob := must(base64.StdEncoding.DecodeString(field))
				requireDisguised(t, blob, "an SSH key")
				requireDisguised(t, []byte(hex.EncodeToString(blob)), "an SSH key in hexadecimal")
			}
		}
	}
}

// All encodings of keys in DER, and of the texts.
func TestSecretIsAnEncodedKey(t *testing.T) {
	upper := func(data []byte) string { return strings.ToUpper(hex.EncodeToString(data)) }
	folded := func(text string, n int, lineBreak string) string {
		var lines []string
		for ; len(text) > n; text = text[n:] {
			lines = append(lines, text[:n])
		}
		return strings.Join(append(lines, text), lineBreak)
	}
	std := base64.StdEncoding.EncodeToString
	encodings := map[string][]func(data []byte) string{
		"": {
			func(data []byte) string { return string(data) },
			func(data []byte) string { return string(data) + "\n" },
		},
		" in hexadecimal": {
			hex.EncodeToString,
			upper,
			func(data []byte) string { return "0x" + hex.EncodeToString(data) },
			func(data []byte) string { return folded(upper(data), 2, ":") },
			func(data []byte) string { return folded(hex.EncodeToString(data), 64, "\n") + "\n" },
		},
		" in base64": {
			std,
			base64.RawStdEncoding.EncodeToString,
			base64.URLEncoding.EncodeToString,
			base64.RawURLEncoding.EncodeToString,
			func(data []byte) string { return folded(std(data), 64, "\n") + "\n" },
			func(data []byte) string { return "\r\n" + folded(std(data), 76, "\r\n ") },
			func(data []byte) string { return `"` + folded(base64.URLEncoding.EncodeToString(data), 64, " ") + `"` },
		},
		" in base64 in base64":      {func(data []byte) string { return std([]byte(std(data))) }},
		" in base64 in hexadecimal": {func(data []byte) string { return hex.EncodeToString([]byte(std(data))) }},
		" in base64 in UTF-16":      {func(data []byte) string { return string(utf16Text(binary.LittleEndian, std(data))) }},
	}
	ders, allTexts := derKeys(firstRaw()), keyTexts()
	for encoding, encoders := range encodings {
		for _, encode := range encoders {
			for what, keys := range ders {
				for _, der := range keys {
					requireDisguised(t, []byte(encode(der)), what+" in DER"+encoding)
				}
			}
			for what, texts := range allTexts {
				for _, text := range texts[len(texts)-1:] {
					requireDisguised(t, []byte(encode([]byte(text))), what+encoding)
				}
			}
		}
	}
}

// Everything else is a secret, whatever it reminds of.
func TestSecretIsNotAKey(t *testing.T) {
	raw := firstRaw()
	filler := strings.Repeat("x", 64)
	spki := must(x509.MarshalPKIXPublicKey(raw.rsa.Public()))
	for _, secret := range []string{
		strings.Repeat("{", 64),
		"{correct horse battery staple, correct horse battery staple, and again}",
		"[correct horse battery staple, correct horse battery staple, and again]",
		`{"secret":"` + filler,
		`{"secret":"` + filler + `"}`,
		`["` + filler + `"]`,
		`{"kty":1,"keys":"` + filler + `"}`,
		`{"KTY":"RSA","note":"` + filler + `"}`,
		`{"kty":"RSA","note":"` + filler + `",}`,
		"kty keys ssh-rsa BEGIN PUBLIC KEY " + filler,
		"ssh-rsa " + filler,
		"ssh-ed25519 AAAA" + filler,
		"ecdsa-sha2-nistp256-is-the-beginning-of-a-long-password-that-is-none-" + filler,
		strings.Repeat("\ufeff", 64),
		strings.Repeat(" ", 64),
		strings.Repeat("-", 64),
		strings.Repeat("A", 128),
		strings.Repeat("0", 128),
		strings.Repeat("\x00", 128),
		strings.Repeat("\x30\x82", 64),
		base64.StdEncoding.EncodeToString(spki[:len(spki)-1]),
		string(spki) + "x",
		hex.EncodeToString(raw.rsa.N.Bytes()),
		string(derSignature(big.NewInt(1), raw.rsa.N)),
		string(utf16Text(binary.LittleEndian, "\ufeff"+filler)),
	} {
		require.NoError(t, errOf(jwt.NewHMACSigner(jwt.HS512, "k", []byte(secret))), "%q", secret)
	}
	random := mathrand.NewChaCha8([32]byte{1})
	for n := 64; n < 300; n++ {
		secret := make([]byte, n)
		random.Read(secret)
		for _, secret := range []string{
			string(secret), hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret), base64.RawURLEncoding.EncodeToString(secret),
		} {
			require.NoError(t, errOf(jwt.NewHMACSigner(jwt.HS512, "k", []byte(secret))), "%q", secret)
		}
	}
}
