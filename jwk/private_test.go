package jwk_test

import (
	"crypto/elliptic"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

func TestParseSignerRefused(t *testing.T) {
	ec := of("P-256").private.edit("alg", `"ES256"`, "kid", `"1"`)
	rsa := of("RSA").private.edit("alg", `"RS256"`)
	okp := of("Ed25519").private.edit("alg", `"EdDSA"`)
	oct := document{"kty": []byte(`"oct"`), "alg": []byte(`"HS256"`), "k": []byte(quote(encode(secret)))}
	other := ecDocument(scalar(elliptic.P256(), 7))
	str := func(s string) string { return quote(s) }
	num := func(n *big.Int) string { return quote(encode(n.Bytes())) }
	plus := func(name string, n int64) string {
		return num(new(big.Int).Add(number(rsa.text(name)), big.NewInt(n)))
	}
	phi := new(big.Int).Mul(minusOne(number(rsa.text("p"))), minusOne(number(rsa.text("q"))))
	const (
		unfit     = "the private members do not fit the public key"
		unfitCRT  = "dp, dq or qi does not fit p and q"
		notScalar = "d is not a private key of the curve"
	)
	for _, tt := range []struct {
		name string
		doc  document
		text string
	}{
		{"empty object", document{}, "kty is missing"},
		{"a public EC key", of("P-256").public.edit("alg", `"ES256"`), "d is missing; signing needs the private key"},
		{"a public RSA key", of("RSA").public.edit("alg", `"RS256"`), "d is missing; signing needs the private key"},
		{"a public Ed25519 key", of("Ed25519").public.edit("alg", `"EdDSA"`), "d is missing; signing needs the private key"},
		{"D", ec.edit("d", "", "D", string(ec["d"])), "d is missing; signing needs the private key"},
		{"no alg", ec.edit("alg", ""), "alg is missing, and the caller names no algorithms"},
		{"AKP", document{"kty": []byte(`"AKP"`), "priv": []byte(`"AA"`)}, "kty or crv is not supported"},

		{"use enc", ec.edit("use", `"enc"`), `use is not "sig"`},
		{"key_ops verify", ec.edit("key_ops", `["verify"]`), `key_ops lacks "sign"`},
		{"key_ops empty", ec.edit("key_ops", `[]`), `key_ops lacks "sign"`},

		{"EC without x", ec.edit("x", ""), "x is missing"},
		{"EC without y", ec.edit("y", ""), "y is missing"},
		{"EC, d a number", ec.edit("d", "1"), "d is not a string"},
		{"EC, d null", ec.edit("d", "null"), "d is not a string"},
		{"EC, d padded", ec.edit("d", str(ec.text("d")+"=")), "d is not canonical base64url"},
		{"EC, d of 31 bytes", ec.edit("d", str(encode(decode(ec.text("d"))[1:]))), "d has 31 bytes instead of 32"},
		{"EC, d of 33 bytes", ec.edit("d", str(encode(append([]byte{0}, decode(ec.text("d"))...)))), "d has 33 bytes instead of 32"},
		{"EC, d 0", ec.edit("d", str(encode(make([]byte, 32)))), notScalar},
		{"EC, d the order", ec.edit("d", num(elliptic.P256().Params().N)), notScalar},
		{"EC, d of another key", ec.edit("d", string(other["d"])), "d does not fit the public key"},
		{"EC, another public key", ec.edit("x", string(other["x"]), "y", string(other["y"])), "d does not fit the public key"},
		{"EC, public key off the curve", ec.edit("x", string(ec["y"]), "y", string(ec["x"])), "the point is not on P-256"},

		{"Ed25519 without x", okp.edit("x", ""), "x is missing"},
		{"Ed25519, d of 31 bytes", okp.edit("d", str(encode(make([]byte, 31)))), "d has 31 bytes instead of 32"},
		{"Ed25519, d of 64 bytes", okp.edit("d", str(encode(make([]byte, 64)))), "d has 64 bytes instead of 32"},
		{"Ed25519, d of another key", okp.edit("d", str(encode(make([]byte, 32)))), "d does not fit the public key"},
		{"Ed25519, x of small order", okp.edit("x", str(encode(make([]byte, 32)))),
			"jwt: EdDSA key: the point is of small order: anyone can make signatures that it verifies"},

		{"RSA without n", rsa.edit("n", ""), "n is missing"},
		{"RSA without e", rsa.edit("e", ""), "e is missing"},
		{"RSA without p", rsa.edit("p", ""), "p is missing"},
		{"RSA without q", rsa.edit("q", ""), "q is missing"},
		{"RSA without dp", rsa.edit("dp", ""), "dp is missing"},
		{"RSA without dq", rsa.edit("dq", ""), "dq is missing"},
		{"RSA without qi", rsa.edit("qi", ""), "qi is missing"},
		{"RSA with n, e and d alone", rsa.edit("p", "", "q", "", "dp", "", "dq", "", "qi", ""), "p is missing"},
		{"RSA, oth", rsa.edit("oth", "[]"), "more than two primes are not supported"},
		{"RSA, d with a leading zero", rsa.edit("d", str(encode(append([]byte{0}, decode(rsa.text("d"))...)))), "d is empty or has leading zeros"},
		{"RSA, qi with a leading zero", rsa.edit("qi", str(encode(append([]byte{0}, decode(rsa.text("qi"))...)))), "qi is empty or has leading zeros"},
		{"RSA, n + 2", rsa.edit("n", plus("n", 2)), unfit},
		{"RSA, e 65539", rsa.edit("e", `"AQAD"`), unfit},
		{"RSA, d + 2", rsa.edit("d", plus("d", 2)), unfit},
		{"RSA, d - 2", rsa.edit("d", plus("d", -2)), unfit},
		{"RSA, d 1", rsa.edit("d", `"AQ"`), unfit},
		{"RSA, p + 2", rsa.edit("p", plus("p", 2)), unfit},
		{"RSA, q + 2", rsa.edit("q", plus("q", 2)), unfit},
		{"RSA, p even", rsa.edit("p", plus("p", 1)), unfit},
		{"RSA, p twice", rsa.edit("q", string(rsa["p"])), unfit},
		{"RSA, p 1 and q n", rsa.edit("p", `"AQ"`, "q", string(rsa["n"])), unfit},
		{"RSA, p and q exchanged", rsa.edit("p", string(rsa["q"]), "q", string(rsa["p"])), unfitCRT},
		{"RSA, dp + 2", rsa.edit("dp", plus("dp", 2)), unfitCRT},
		{"RSA, dq + 2", rsa.edit("dq", plus("dq", 2)), unfitCRT},
		{"RSA, qi + 2", rsa.edit("qi", plus("qi", 2)), unfitCRT},
		{"RSA, qi 1", rsa.edit("qi", `"AQ"`), unfitCRT},
		{"RSA, dp + p - 1", rsa.edit("dp", num(new(big.Int).Add(number(rsa.text("dp")), minusOne(number(rsa.text("p")))))), unfitCRT},
		{"RSA, d longer than n", rsa.edit("d", str(bits(2049))), "a private member is longer than n"},
		{"RSA, p longer than n", rsa.edit("p", str(bits(2049))), "a private member is longer than n"},
		{"RSA, q longer than n", rsa.edit("q", str(bits(300000))), "a private member is longer than n"},
		{"RSA, d + 8 phi", rsa.edit("d", num(new(big.Int).Add(number(rsa.text("d")), new(big.Int).Lsh(phi, 3)))), "a private member is longer than n"},
		{"RSA of 1024 bits", rsa.edit("n", str(bits(1024))), "jwt: RS256 key: modulus of 1024 bits; 2048 to 8192 are allowed"},
		// To compare the numbers of this one would take minutes.
		{"RSA of 65536 bits", rsa.edit("n", str(bits(65536)), "d", str(bits(65535)), "p", str(bits(32768)), "q", str(bits(32768))),
			"jwt: RS256 key: modulus of 65536 bits; 2048 to 8192 are allowed"},
		{"RSA, e 1", rsa.edit("e", `"AQ"`), "jwt: RS256 key: exponent 1; it must be odd and at least 3"},
		{"RSA, even e", rsa.edit("e", `"AQAA"`), "jwt: RS256 key: exponent 65536; it must be odd and at least 3"},

		{"oct without k", oct.edit("k", ""), "k is missing"},
		{"oct, k null", oct.edit("k", "null"), "k is not a string"},
		{"oct, k padded", oct.edit("k", str(oct.text("k")+"==")), "k is not canonical base64url"},
		{"oct, k empty", oct.edit("k", `""`),
			"jwt: HS256 key: secret of 0 bytes; is an environment variable unset?"},
		{"oct, 63 bytes for HS512", oct.edit("alg", `"HS512"`, "k", str(encode(secret[:63]))),
			"jwt: HS512 key: secret of 63 bytes; the hash has 64, and no shorter secret is allowed (RFC 7518 section 3.2)"},
		{"oct, k is PEM", oct.edit("k", str(encode([]byte("-----BEGIN PUBLIC KEY-----\n"+strings.Repeat("A", 64))))),
			"jwt: HS256 key: the secret looks like PEM, which is not a secret; NewSigner and NewVerifier take RSA, ECDSA and Ed25519 keys"},
		{"oct, alg ES256", oct.edit("alg", `"ES256"`), "alg does not fit kty and crv"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := []byte(tt.doc.String())
			s, err := jwk.ParseSigner(data)
			require.EqualError(t, err, "jwk: "+tt.text)
			require.Nil(t, s)
			noSecret(t, err.Error())

			// Whoever converts gets the same answer, but needs no alg.
			if tt.doc["alg"] != nil && string(tt.doc["kty"]) != `"oct"` {
				_, err = jwk.PrivateToPEM(data)
				require.EqualError(t, err, "jwk: "+tt.text)
			}
		})
	}
}

func minusOne(n *big.Int) *big.Int { return new(big.Int).Sub(n, big.NewInt(1)) }

func TestParseSigner(t *testing.T) {
	ec := of("P-256").private.edit("alg", `"ES256"`, "kid", `"1"`)
	v := must(jwk.ParseVerifier([]byte(of("P-256").public.edit("alg", `"ES256"`, "kid", `"1"`).String())))
	for name, doc := range map[string]document{
		"plain":           ec,
		"key_ops sign":    ec.edit("key_ops", `["sign"]`),
		"key_ops of both": ec.edit("key_ops", `["verify","sign"]`, "use", `"sig"`),
		"no kid":          ec.edit("kid", ""),
		"unknown members": ec.edit("x5c", "1", "ext", "true"),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := jwk.ParseSigner([]byte(doc.String()))
			require.NoError(t, err)
			requireWorks(t, s, v)
		})
	}

	// Another d of the same RSA key, as long as n.
	rsa := of("RSA").private.edit("alg", `"RS256"`)
	half := new(big.Int).Rsh(new(big.Int).Mul(minusOne(number(rsa.text("p"))), minusOne(number(rsa.text("q")))), 1)
	long := new(big.Int).Add(number(rsa.text("d")), half)
	require.Equal(t, 2048, long.BitLen())
	s, err := jwk.ParseSigner([]byte(rsa.edit("d", quote(encode(long.Bytes()))).String()))
	require.NoError(t, err)
	requireWorks(t, s, must(jwk.ParseVerifier([]byte(of("RSA").public.edit("alg", `"RS256"`).String()))))

	// The scalar of one, with 65 zero bytes before it.
	one := ecDocument(scalar(elliptic.P521(), 1)).edit("alg", `"ES512"`)
	require.Contains(t, one.text("d"), strings.Repeat("A", 80))
	s, err = jwk.ParseSigner([]byte(one.String()))
	require.NoError(t, err)
	requireWorks(t, s, must(jwk.ParseVerifier([]byte(one.edit("d", "").String()))))
}

func TestParseSecretVerifier(t *testing.T) {
	oct := document{"kty": []byte(`"oct"`), "alg": []byte(`"HS256"`), "kid": []byte(`"1"`), "k": []byte(quote(encode(secret)))}
	s := must(jwk.ParseSigner([]byte(oct.String())))
	for name, doc := range map[string]document{
		"plain":           oct,
		"key_ops verify":  oct.edit("key_ops", `["verify"]`),
		"unknown members": oct.edit("n", "1", "d", "null"),
	} {
		t.Run(name, func(t *testing.T) {
			v, err := jwk.ParseSecretVerifier([]byte(doc.String()))
			require.NoError(t, err)
			requireWorks(t, s, v)
		})
	}
	v, err := jwk.ParseSecretVerifier([]byte(oct.edit("alg", "").String()), jwt.HS512, jwt.ES256)
	require.NoError(t, err)
	alg, kid := label(t, v)
	require.Equal(t, jwt.HS512, alg)
	require.Equal(t, "1", kid)

	for _, tt := range []struct {
		name string
		doc  document
		text string
	}{
		{"empty object", document{}, "kty is missing"},
		{"no alg", oct.edit("alg", ""), "alg is missing, and the caller names no algorithms"},
		{"use enc", oct.edit("use", `"enc"`), `use is not "sig"`},
		{"key_ops sign", oct.edit("key_ops", `["sign"]`), `key_ops lacks "verify"`},
		{"k missing", oct.edit("k", ""), "k is missing"},
		{"K", oct.edit("k", "", "K", string(oct["k"])), "k is missing"},
		{"short", oct.edit("k", quote(encode(secret[:31]))),
			"jwt: HS256 key: secret of 31 bytes; the hash has 32, and no shorter secret is allowed (RFC 7518 section 3.2)"},
		{"a public key", of("P-256").public.edit("alg", `"ES256"`), "kty is not oct"},
		{"a private key", of("RSA").private.edit("alg", `"RS256"`), "kty is not oct"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := jwk.ParseSecretVerifier([]byte(tt.doc.String()))
			require.EqualError(t, err, "jwk: "+tt.text)
			require.Nil(t, v)
			noSecret(t, err.Error())
		})
	}
	_, err = jwk.ParseSecretVerifier([]byte(oct.edit("alg", "").String()), jwt.HS256, jwt.HS512)
	require.EqualError(t, err, "jwk: alg is missing, and several algorithms of the caller fit; name one")
}
