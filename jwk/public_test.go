package jwk_test

import (
	"crypto/fips140"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// bits returns the segment of an odd number of that many bits.
func bits(n uint) string {
	m := new(big.Int).Lsh(big.NewInt(1), n-1)
	return encode(m.SetBit(m, 0, 1).Bytes())
}

// nested returns n arrays within each other.
func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// elements returns a JSON array of n different strings.
func elements(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`"op%d"`, i))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func TestParseVerifierSyntax(t *testing.T) {
	ec := of("P-256").public.edit("alg", `"ES256"`, "kid", `"1"`).String()
	open := strings.TrimSuffix(ec, "}")
	for _, tt := range []struct{ name, data, text string }{
		{"nothing", "", "not one JSON object"},
		{"null", "null", "not one JSON object"},
		{"array", "[" + ec + "]", "not one JSON object"},
		{"string", `"` + "kty" + `"`, "not one JSON object"},
		{"number", "1", "not one JSON object"},
		{"two objects", ec + ec, "not one JSON object"},
		{"text after it", ec + "x", "not one JSON object"},
		{"unclosed", open, "not one JSON object"},
		{"comma at the end", open + ",}", "not one JSON object"},
		{"comment", open + "/* */}", "not one JSON object"},
		{"byte order mark", "\ufeff" + ec, "not one JSON object"},
		{"PEM", "-----BEGIN PUBLIC KEY-----", "not one JSON object"},
		{"empty object", "{}", "kty is missing"},
		{"not UTF-8", open + ",\"x-note\":\"\xff\"}", "not UTF-8"},
		{"not UTF-8 in kid", strings.Replace(ec, `"1"`, "\"\xff\"", 1), "not UTF-8"},
		{"half a surrogate", strings.Replace(ec, `"1"`, `"\ud800"`, 1), "not one JSON object"},
		{"too deep", open + `,"x-note":` + nested(32) + "}", "nested deeper than 32 levels"},
		{"kty twice", open + `,"kty":"EC"}`, "duplicate member name"},
		{"kid twice", open + `,"kid":"1"}`, "duplicate member name"},
		{"x twice", open + `,"x":"AA"}`, "duplicate member name"},
		{"alg twice, escaped", open + `,"\u0061lg":"ES256"}`, "duplicate member name"},
		{"y twice, escaped", open + `,"\u0079":"AA"}`, "duplicate member name"},
		{"unknown member twice", open + `,"x-note":1,"x-note":1}`, "duplicate member name"},
		{"twice in an unknown member", open + `,"x-note":{"a":1,"\u0061":1}}`, "duplicate member name"},
		{"longer than 64 KiB", open + `,"x-note":"` + strings.Repeat("a", 64<<10) + `"}`, "longer than 65536 bytes"},
		{"a set", `{"keys":[` + ec + `]}`, "kty is missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := jwk.ParseVerifier([]byte(tt.data), jwt.ES256)
			require.EqualError(t, err, "jwk: "+tt.text)
			require.Nil(t, v)
		})
	}
}

func TestParseVerifierRefused(t *testing.T) {
	ec := of("P-256").public.edit("alg", `"ES256"`, "kid", `"1"`)
	rsa := of("RSA").public.edit("alg", `"RS256"`)
	okp := of("Ed25519").public.edit("alg", `"EdDSA"`)
	const unsupported = "kty or crv is not supported"
	const noAlg = "alg is missing, and the caller names no algorithms"
	str := func(s string) string { return quote(s) }
	x, y, n := ec.text("x"), ec.text("y"), rsa.text("n")
	for _, tt := range []struct {
		name string
		doc  document
		text string
	}{
		// Names are exact.
		{"KTY", ec.edit("kty", "", "KTY", `"EC"`), "kty is missing"},
		{"CRV", ec.edit("crv", "", "CRV", `"P-256"`), unsupported},
		{"Alg", ec.edit("alg", "", "Alg", `"ES256"`), noAlg},
		{"X", ec.edit("x", "", "X", str(x)), "x is missing"},
		{"Y", ec.edit("y", "", "Y", str(y)), "y is missing"},
		{"N", rsa.edit("n", "", "N", str(n)), "n is missing"},
		{"E", rsa.edit("e", "", "E", `"AQAB"`), "e is missing"},

		// Members are strings.
		{"kty a number", ec.edit("kty", "2"), "kty is not a string"},
		{"kty null", ec.edit("kty", "null"), "kty is not a string"},
		{"kty empty", ec.edit("kty", `""`), "kty is missing"},
		{"crv a number", ec.edit("crv", "256"), "crv is not a string"},
		{"alg null", ec.edit("alg", "null"), "alg is not a string"},
		{"alg an array", ec.edit("alg", `["ES256"]`), "alg is not a string"},
		{"kid a number", ec.edit("kid", "1"), "kid is not a string"},
		{"kid an object", ec.edit("kid", "{}"), "kid is not a string"},
		{"use an array", ec.edit("use", `["sig"]`), "use is not a string"},
		{"use true", ec.edit("use", "true"), "use is not a string"},
		{"x a number", ec.edit("x", "1"), "x is not a string"},
		{"y null", ec.edit("y", "null"), "y is not a string"},
		{"n an array", rsa.edit("n", "[]"), "n is not a string"},
		{"e a number", rsa.edit("e", "65537"), "e is not a string"},

		// use and key_ops.
		{"use enc", ec.edit("use", `"enc"`), `use is not "sig"`},
		{"use SIG", ec.edit("use", `"SIG"`), `use is not "sig"`},
		{"use other", ec.edit("use", `"sig enc"`), `use is not "sig"`},
		{"key_ops a string", ec.edit("key_ops", `"verify"`), "key_ops is not an array"},
		{"key_ops null", ec.edit("key_ops", "null"), "key_ops is not an array"},
		{"key_ops an object", ec.edit("key_ops", `{"verify":true}`), "key_ops is not an array"},
		{"key_ops of numbers", ec.edit("key_ops", `["verify",1]`), "an element of key_ops is not a string"},
		{"key_ops of null", ec.edit("key_ops", `[null]`), "an element of key_ops is not a string"},
		{"key_ops empty", ec.edit("key_ops", "[]"), `key_ops lacks "verify"`},
		{"key_ops sign", ec.edit("key_ops", `["sign"]`), `key_ops lacks "verify"`},
		{"key_ops encrypt", ec.edit("key_ops", `["encrypt","wrapKey"]`), `key_ops lacks "verify"`},
		{"key_ops Verify", ec.edit("key_ops", `["Verify"]`), `key_ops lacks "verify"`},
		{"key_ops twice", ec.edit("key_ops", `["verify","verify"]`), "key_ops has an element twice"},
		{"key_ops twice, escaped", ec.edit("key_ops", `["verify","\u0076erify"]`), "key_ops has an element twice"},
		{"key_ops of 65", ec.edit("key_ops", elements(65)), "key_ops has more than 64 elements"},
		{"key_ops of 7000", ec.edit("key_ops", elements(7000)), "key_ops has more than 64 elements"},
		{"use sig, key_ops encrypt", ec.edit("use", `"sig"`, "key_ops", `["encrypt"]`), `key_ops lacks "verify"`},
		{"use enc, key_ops verify", ec.edit("use", `"enc"`, "key_ops", `["verify"]`), `use is not "sig"`},

		// Private members.
		{"d", ec.edit("d", `"AA"`), "it has the private member d; a public key is wanted"},
		{"d null", ec.edit("d", "null"), "it has the private member d; a public key is wanted"},
		{"p", rsa.edit("p", `"AA"`), "it has the private member p; a public key is wanted"},
		{"q", rsa.edit("q", `"AA"`), "it has the private member q; a public key is wanted"},
		{"dp", rsa.edit("dp", `"AA"`), "it has the private member dp; a public key is wanted"},
		{"dq", rsa.edit("dq", `"AA"`), "it has the private member dq; a public key is wanted"},
		{"qi", rsa.edit("qi", `"AA"`), "it has the private member qi; a public key is wanted"},
		{"oth", rsa.edit("oth", "[]"), "it has the private member oth; a public key is wanted"},
		{"k", okp.edit("k", `"AA"`), "it has the private member k; a public key is wanted"},
		{"priv", document{"kty": []byte(`"AKP"`), "alg": []byte(`"ML-DSA-44"`), "priv": []byte(`"AA"`)}, "it has the private member priv; a public key is wanted"},
		{"oct", document{"kty": []byte(`"oct"`), "alg": []byte(`"HS256"`), "k": []byte(str(encode(secret)))}, "it has the private member k; a public key is wanted"},
		{"oct without k", okp.edit("kty", `"oct"`, "alg", `"HS256"`), "an oct key is a secret; a public key is wanted"},

		// Families.
		{"P-224", ec.edit("crv", `"P-224"`), unsupported},
		{"p-256", ec.edit("crv", `"p-256"`), unsupported},
		{"secp256k1", ec.edit("crv", `"secp256k1"`, "alg", `"ES256K"`), unsupported},
		{"EC without crv", ec.edit("crv", ""), unsupported},
		{"EC on Ed25519", ec.edit("crv", `"Ed25519"`), unsupported},
		{"OKP on P-256", okp.edit("crv", `"P-256"`), unsupported},
		{"OKP without crv", okp.edit("crv", ""), unsupported},
		{"Ed448", okp.edit("crv", `"Ed448"`, "alg", `"Ed448"`), unsupported},
		{"X25519", okp.edit("crv", `"X25519"`), unsupported},
		{"AKP", document{"kty": []byte(`"AKP"`), "alg": []byte(`"ML-DSA-44"`), "pub": []byte(`"AA"`)}, unsupported},
		{"ec", ec.edit("kty", `"ec"`), unsupported},
		{"Oct", ec.edit("kty", `"Oct"`), unsupported},

		// Base64url.
		{"x padded", ec.edit("x", str(x+"=")), "x is not canonical base64url"},
		{"x with a newline", ec.edit("x", str(x+"\n")), "x is not canonical base64url"},
		{"x with CR LF within", ec.edit("x", str(x[:10]+"\r\n"+x[10:])), "x is not canonical base64url"},
		{"x with a space", ec.edit("x", str(x+" ")), "x is not canonical base64url"},
		{"x with unused bits", ec.edit("x", str(x[:42]+"5")), "x is not canonical base64url"},
		{"x with one character more", ec.edit("x", str(x+"A")), "x has 33 bytes instead of 32"},
		{"x with two characters more", ec.edit("x", str(x+"AA")), "x is not canonical base64url"},
		{"n of the other alphabet", rsa.edit("n", str(strings.NewReplacer("-", "+", "_", "/").Replace(n))), "n is not canonical base64url"},
		{"e with unused bits", rsa.edit("e", `"AQAC="`), "e is not canonical base64url"},

		// Lengths and points.
		{"x empty", ec.edit("x", `""`), "x has 0 bytes instead of 32"},
		{"x of 31 bytes", ec.edit("x", str(encode(decode(x)[1:]))), "x has 31 bytes instead of 32"},
		{"x with a leading zero", ec.edit("x", str(encode(append([]byte{0}, decode(x)...)))), "x has 33 bytes instead of 32"},
		{"y of 31 bytes", ec.edit("y", str(encode(decode(y)[1:]))), "y has 31 bytes instead of 32"},
		{"x and y of P-384", of("P-384").public.edit("crv", `"P-256"`, "alg", `"ES256"`), "x has 48 bytes instead of 32"},
		{"x and y of P-256", ec.edit("crv", `"P-384"`, "alg", `"ES384"`), "x has 32 bytes instead of 48"},
		{"P-521 with 65 bytes", of("P-521").public.edit("alg", `"ES512"`, "y", str(encode(make([]byte, 65)))), "y has 65 bytes instead of 66"},
		{"off the curve", ec.edit("x", str(y), "y", str(x)), "the point is not on P-256"},
		{"infinity", ec.edit("x", str(encode(make([]byte, 32))), "y", str(encode(make([]byte, 32)))), "the point is not on P-256"},
		{"x beyond the field", ec.edit("x", str(encode([]byte(strings.Repeat("\xff", 32))))), "the point is not on P-256"},
		{"Ed25519 of 31 bytes", okp.edit("x", str(encode(make([]byte, 31)))), "x has 31 bytes instead of 32"},
		{"Ed25519 of 33 bytes", okp.edit("x", str(encode(make([]byte, 33)))), "x has 33 bytes instead of 32"},
		{"Ed25519 of small order", okp.edit("x", str(encode(make([]byte, 32)))),
			"jwt: EdDSA key: the point is of small order: anyone can make signatures that it verifies"},
		{"Ed25519 not canonical", okp.edit("x", str(encode([]byte(strings.Repeat("\xff", 32))))),
			"jwt: EdDSA key: not the canonical encoding of a point"},
		{"Ed25519 off the curve", okp.edit("x", str(encode(append([]byte{2}, make([]byte, 31)...)))),
			"jwt: EdDSA key: the point is not on the curve"},

		// RSA.
		{"n empty", rsa.edit("n", `""`), "n is empty or has leading zeros"},
		{"n 0", rsa.edit("n", `"AA"`), "n is empty or has leading zeros"},
		{"n with a leading zero", rsa.edit("n", str(encode(append([]byte{0}, decode(n)...)))), "n is empty or has leading zeros"},
		{"e with a leading zero", rsa.edit("e", `"AAEAAQ"`), "e is empty or has leading zeros"},
		{"e empty", rsa.edit("e", `""`), "e is empty or has leading zeros"},
		{"e 0", rsa.edit("e", `"AA"`), "e is empty or has leading zeros"},
		{"1024 bits", rsa.edit("n", str(bits(1024))), "jwt: RS256 key: modulus of 1024 bits; 2048 to 8192 are allowed"},
		{"2047 bits", rsa.edit("n", str(bits(2047))), "jwt: RS256 key: modulus of 2047 bits; 2048 to 8192 are allowed"},
		{"8193 bits", rsa.edit("n", str(bits(8193))), "jwt: RS256 key: modulus of 8193 bits; 2048 to 8192 are allowed"},
		{"300000 bits", rsa.edit("n", str(bits(300000))), "jwt: RS256 key: modulus of 300000 bits; 2048 to 8192 are allowed"},
		{"even n", rsa.edit("n", str(encode(append(decode(n)[:255], 0x82)))), "jwt: RS256 key: even modulus"},
		{"e 1", rsa.edit("e", `"AQ"`), "jwt: RS256 key: exponent 1; it must be odd and at least 3"},
		{"e 2", rsa.edit("e", `"Ag"`), "jwt: RS256 key: exponent 2; it must be odd and at least 3"},
		{"e 65536", rsa.edit("e", `"AQAA"`), "jwt: RS256 key: exponent 65536; it must be odd and at least 3"},
		{"e 2^31+1", rsa.edit("e", `"gAAAAQ"`), "e is longer than 31 bits"},
		{"e 2^32+3", rsa.edit("e", `"AQAAAAM"`), "e is longer than 31 bits"},
		{"e 2^64+1", rsa.edit("e", `"AQAAAAAAAAAB"`), "e is longer than 31 bits"},
		{"e of 2048 bits", rsa.edit("e", str(n)), "e is longer than 31 bits"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := jwk.ParseVerifier([]byte(tt.doc.String()))
			require.EqualError(t, err, "jwk: "+tt.text)
			require.Nil(t, v)
			require.Equal(t, tt.text == unsupported, strings.HasSuffix(err.Error(), unsupported))
			if tt.text == unsupported {
				require.ErrorIs(t, err, jwk.ErrUnsupported)
			}
			_, err = jwk.ToPEM([]byte(tt.doc.String()))
			if tt.text != noAlg { // ToPEM needs no alg
				require.Error(t, err)
			}
		})
	}
}

// TestParseVerifierAccepted has what is no fault of a key.
func TestParseVerifierAccepted(t *testing.T) {
	ec := of("P-256").public.edit("alg", `"ES256"`, "kid", `"1"`)
	rsa := of("RSA").public.edit("alg", `"RS256"`, "kid", `"1"`)
	full := ec.edit("x-note", quote(strings.Repeat("a", 64<<10-len(ec.edit("x-note", `""`).String()))))
	require.Len(t, full.String(), 64<<10)
	for _, tt := range []struct {
		name string
		doc  document
		kid  string
	}{
		{"plain", ec, "1"},
		{"no kid", ec.edit("kid", ""), ""},
		{"empty kid", ec.edit("kid", `""`), ""},
		{"escapes", ec.edit("kid", `"\u0031\u002f\n"`, "kty", `"\u0045C"`, "x", `"\u004d`+ec.text("x")[1:]+`"`), "1/\n"},
		{"use sig", ec.edit("use", `"sig"`), "1"},
		{"empty use", ec.edit("use", `""`), "1"},
		{"key_ops verify", ec.edit("key_ops", `["verify"]`), "1"},
		{"key_ops of both", ec.edit("key_ops", `["sign","verify"]`, "use", `"sig"`), "1"},
		{"key_ops of 64", ec.edit("key_ops", strings.Replace(elements(64), "op0", "verify", 1)), "1"},
		{"unknown members", ec.edit("x-note", `{"a":[null,1e400]}`, "ext", "true", "exp", "1", "nbf", `"x"`), "1"},
		{"names in other case", ec.edit("KTY", `"oct"`, "Alg", "1", "D", `"AA"`, "Use", `"enc"`, "Key_ops", "null"), "1"},
		{"31 levels within", ec.edit("x-note", nested(31)), "1"},
		{"64 KiB", full, "1"},
		// Certificates add nothing: Auth0's and WorkOS's own sets have an x5t that does not fit.
		{"bad x5c", rsa.edit("x5c", `["AA"]`), "1"},
		{"x5c of no array", rsa.edit("x5c", "1"), "1"},
		{"bad x5t", rsa.edit("x5t", `"AA"`, "x5t#S256", `"!"`, "x5u", `"http://127.0.0.1/"`), "1"},
		{"kty RSA with crv", rsa.edit("crv", `"P-256"`, "x", `"AA"`), "1"},
		{"e 3", rsa.edit("e", `"Aw"`), "1"},
		{"e 2^31-1", rsa.edit("e", `"f____w"`), "1"},
		{"2048 bits", rsa.edit("n", quote(bits(2048))), "1"},
		{"8192 bits", rsa.edit("n", quote(bits(8192))), "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := jwk.ParseVerifier([]byte(tt.doc.String()))
			if tt.name == "e 3" && fips140.Enforced() {
				require.EqualError(t, err, "jwk: jwt: RS256 key: exponent 3; FIPS 140-3 mode wants more than 65536")
				return
			}
			require.NoError(t, err)
			alg, kid := label(t, v)
			require.Equal(t, tt.doc.text("alg"), string(alg))
			require.Equal(t, tt.kid, kid)
		})
	}
}
