package jwk_test

import (
	"bytes"
	"crypto/elliptic"
	"crypto/fips140"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// bits returns the segment of an odd number of that many bits, without small factors if it
// is short.
func bits(n uint) string {
	m := new(big.Int).Lsh(big.NewInt(1), n-1)
	m.SetBit(m, 0, 1)
	small := new(big.Int).MulRange(1, 5000)
	small.Rsh(small, small.TrailingZeroBits())
	for n <= 8192 && new(big.Int).GCD(nil, nil, m, small).Cmp(big.NewInt(1)) != 0 {
		m.Add(m, big.NewInt(2))
	}
	return encode(m.Bytes())
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

func TestParseKeySyntax(t *testing.T) {
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
		{"a byte order mark twice", "\ufeff\ufeff" + ec, "not one JSON object"},
		{"a byte order mark at the end", ec + "\ufeff", "not one JSON object"},
		{"UTF-16", "\xff\xfe{\x00", "not one JSON object"},
		{"PEM", "-----BEGIN PUBLIC KEY-----", "it is PEM, which package jwt reads"},
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
		{"d twice, one null", open + `,"d":"AA","d":null}`, "duplicate member name"},
		{"d twice, both null", open + `,"d":null,"d":null}`, "duplicate member name"},
		{"kid twice, one a number", open + `,"\u006bid":1}`, "duplicate member name"},
		{"twice in an unknown member", open + `,"x-note":{"a":1,"\u0061":1}}`, "duplicate member name"},
		{"longer than 64 KiB", open + `,"x-note":"` + strings.Repeat("a", 64<<10) + `"}`, "longer than 65536 bytes"},
		{"a set", `{"keys":[` + ec + `]}`, "it is a set, which ParseSet reads"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := jwk.ParseKey([]byte(tt.data), jwt.ES256)
			require.EqualError(t, err, "jwk: "+tt.text)
			require.Nil(t, v)
			requireReason(t, err)
			require.Equal(t, tt.text == "duplicate member name", errors.Is(err, jwk.ErrDuplicate))
		})
	}
}

func TestParseKeyRefused(t *testing.T) {
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
		{"kty null", ec.edit("kty", "null"), "kty is missing"},
		{"kty empty", ec.edit("kty", `""`), "kty is missing"},
		{"crv a number", ec.edit("crv", "256"), "crv is not a string"},
		{"alg null", ec.edit("alg", "null"), noAlg},
		{"alg []", ec.edit("alg", "[]"), noAlg},
		{"alg {}", ec.edit("alg", "{}"), "alg is not a string"},
		{"alg an array", ec.edit("alg", `["ES256"]`), "alg is not a string"},
		{"kid a number", ec.edit("kid", "1"), "kid is not a string"},
		{"kid an object", ec.edit("kid", "{}"), "kid is not a string"},
		{"use an array", ec.edit("use", `["sig"]`), "use is not a string"},
		{"use true", ec.edit("use", "true"), "use is not a string"},
		{"x a number", ec.edit("x", "1"), "x is not a string"},
		{"y null", ec.edit("y", "null"), "y is missing"},
		{"n an array", rsa.edit("n", `["AQAB"]`), "n is not a string"},
		{"e a number", rsa.edit("e", "65537"), "e is not a string"},

		// use and key_ops.
		{"use enc", ec.edit("use", `"enc"`), `use is not "sig"`},
		{"use SIG", ec.edit("use", `"SIG"`), `use is not "sig"`},
		{"use x509-svid", ec.edit("use", `"x509-svid"`), `use is not "sig"`},
		{"use JWT-SVID", ec.edit("use", `"JWT-SVID"`), `use is not "sig"`},
		{"use other", ec.edit("use", `"sig enc"`), `use is not "sig"`},
		{"key_ops a string", ec.edit("key_ops", `"verify"`), "key_ops is not an array"},
		{"key_ops an object", ec.edit("key_ops", `{"verify":true}`), "key_ops is not an array"},
		{"key_ops of numbers", ec.edit("key_ops", `["verify",1]`), "an element of key_ops is not a string"},
		{"key_ops of null", ec.edit("key_ops", `[null]`), "an element of key_ops is not a string"},
		{"key_ops sign", ec.edit("key_ops", `["sign"]`), `key_ops lacks "verify"`},
		{"key_ops encrypt", ec.edit("key_ops", `["encrypt","wrapKey"]`), `key_ops lacks "verify"`},
		{"key_ops Verify", ec.edit("key_ops", `["Verify"]`), `key_ops lacks "verify"`},
		{"key_ops of 65", ec.edit("key_ops", elements(65)), "key_ops has more than 64 elements"},
		{"key_ops of 7000", ec.edit("key_ops", elements(7000)), "key_ops has more than 64 elements"},
		{"use sig, key_ops encrypt", ec.edit("use", `"sig"`, "key_ops", `["encrypt"]`), `key_ops lacks "verify"`},
		{"use enc, key_ops verify", ec.edit("use", `"enc"`, "key_ops", `["verify"]`), `use is not "sig"`},

		// Private members.
		{"d", ec.edit("d", `"AA"`), "it has the private member d; a public key is wanted"},
		{"p", rsa.edit("p", `"AA"`), "it has the private member p; a public key is wanted"},
		{"q", rsa.edit("q", `"AA"`), "it has the private member q; a public key is wanted"},
		{"dp", rsa.edit("dp", `"AA"`), "it has the private member dp; a public key is wanted"},
		{"dq", rsa.edit("dq", `"AA"`), "it has the private member dq; a public key is wanted"},
		{"qi", rsa.edit("qi", `"AA"`), "it has the private member qi; a public key is wanted"},
		{"d a number", ec.edit("d", "0"), "it has the private member d; a public key is wanted"},
		{"d an empty object", ec.edit("d", "{}"), "it has the private member d; a public key is wanted"},
		{"d a space", ec.edit("d", `" "`), "it has the private member d; a public key is wanted"},
		{"d [null]", ec.edit("d", "[null]"), "it has the private member d; a public key is wanted"},
		{"oth", rsa.edit("oth", "[{}]"), "it has the private member oth; a public key is wanted"},
		{"k", okp.edit("k", `"AA"`), "it has the private member k; a public key is wanted"},
		{"priv", document{"kty": []byte(`"AKP"`), "alg": []byte(`"ML-DSA-44"`), "priv": []byte(`"AA"`)}, "it has the private member priv; a public key is wanted"},
		{"oct", document{"kty": []byte(`"oct"`), "alg": []byte(`"HS256"`), "k": []byte(str(encode(secret)))}, "an oct key is a secret; a public key is wanted"},
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

		// Base64.
		{"x with too much padding", ec.edit("x", str(x+"==")), "x is not base64url"},
		{"x with far too much padding", ec.edit("x", str(x+"=====")), "x is not base64url"},
		{"e with too little padding", rsa.edit("e", `"Aw="`), "e is not base64url"},
		{"e of padding", rsa.edit("e", `"===="`), "e is not base64url"},
		{"e of a character and padding", rsa.edit("e", `"A==="`), "e is not base64url"},
		{"e with padding in the middle", rsa.edit("e", `"Aw==Aw=="`), "e is not base64url"},
		{"e with unused bits", rsa.edit("e", `"Ax"`), "e is not base64url"},
		{"e padded, with unused bits", rsa.edit("e", `"Ax=="`), "e is not base64url"},
		{"x with unused bits", ec.edit("x", str(x[:42]+"5")), "x is not base64url"},
		{"x with a newline", ec.edit("x", str(x+"\n")), "x is not base64url"},
		{"x with CR LF within", ec.edit("x", str(x[:10]+"\r\n"+x[10:])), "x is not base64url"},
		{"x with a space", ec.edit("x", str(x+" ")), "x is not base64url"},
		{"x with a tab before", ec.edit("x", str("\t"+x)), "x is not base64url"},
		{"x with two characters more", ec.edit("x", str(x+"AA")), "x is not base64url"},
		{"x with another character", ec.edit("x", str("."+x[1:])), "x is not base64url"},
		{"x in hex", ec.edit("x", str(hex.EncodeToString(decode(x)))), "x has 48 bytes; P-256 has 32"},

		// Lengths and points.
		{"x empty", ec.edit("x", `""`), "x is missing"},
		{"x of 33 bytes", ec.edit("x", str(encode(append(decode(x), 0)))), "x has 33 bytes; P-256 has 32"},
		{"x without its last byte", ec.edit("x", str(encode(decode(x)[:31]))), "the point is not on P-256"},
		{"x without its first byte", ec.edit("x", str(encode(decode(x)[1:]))), "the point is not on P-256"},
		{"x and y of P-384", of("P-384").public.edit("crv", `"P-256"`, "alg", `"ES256"`), "x has 48 bytes; P-256 has 32"},
		{"x and y of P-256", ec.edit("crv", `"P-384"`, "alg", `"ES384"`), "the point is not on P-384"},
		{"off the curve", ec.edit("x", str(y), "y", str(x)), "the point is not on P-256"},
		{"infinity", ec.edit("x", str(encode(make([]byte, 32))), "y", str(encode(make([]byte, 32)))), "the point is not on P-256"},
		{"x beyond the field", ec.edit("x", str(encode([]byte(strings.Repeat("\xff", 32))))), "the point is not on P-256"},
		{"Ed25519 of 31 bytes", okp.edit("x", str(encode(make([]byte, 31)))), "x has 31 bytes; Ed25519 has 32"},
		{"Ed25519 of 33 bytes", okp.edit("x", str(encode(make([]byte, 33)))), "x has 33 bytes; Ed25519 has 32"},
		{"Ed25519 with a zero more", okp.edit("x", str(encode(append([]byte{0}, decode(okp.text("x"))...)))), "x has 33 bytes; Ed25519 has 32"},
		{"Ed25519 of small order", okp.edit("x", str(encode(make([]byte, 32)))),
			"jwt: EdDSA key: the point is of small order: anyone can make signatures that it verifies"},
		{"Ed25519 not canonical", okp.edit("x", str(encode([]byte(strings.Repeat("\xff", 32))))),
			"jwt: EdDSA key: not the canonical encoding of a point"},
		{"Ed25519 off the curve", okp.edit("x", str(encode(append([]byte{2}, make([]byte, 31)...)))),
			"jwt: EdDSA key: the point is not on the curve"},

		// RSA.
		{"n empty", rsa.edit("n", `""`), "n is missing"},
		{"n 0", rsa.edit("n", `"AA"`), "n is zero"},
		{"n many zeros", rsa.edit("n", str(encode(make([]byte, 256)))), "n is zero"},
		{"e empty", rsa.edit("e", `""`), "e is missing"},
		{"e 0", rsa.edit("e", `"AAAA"`), "e is zero"},
		{"1024 bits and 1024 zeros", rsa.edit("n", str(encode(append(make([]byte, 128), decode(bits(1024))...)))), "jwt: RS256 key: modulus of 1024 bits; 2048 to 8192 are allowed"},
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
			v, err := jwk.ParseKey([]byte(tt.doc.String()), "")
			require.EqualError(t, err, "jwk: "+tt.text)
			require.Nil(t, v)
			requireReason(t, err)
			require.Equal(t, tt.text == unsupported, errors.Is(err, jwk.ErrUnsupported))
			require.Equal(t, strings.HasPrefix(tt.text, "jwt: ") || strings.HasPrefix(tt.text, "e is longer"), errors.Is(err, jwk.ErrWeak))
			require.Equal(t, strings.HasPrefix(tt.text, "it has the private member"), errors.Is(err, jwk.ErrPrivate))
			require.Equal(t, strings.HasPrefix(tt.text, "an oct key"), errors.Is(err, jwk.ErrSecret))
			require.Equal(t, strings.HasPrefix(tt.text, "use is not \"sig\"") || strings.HasPrefix(tt.text, "key_ops lacks"), errors.Is(err, jwk.ErrUse))
			require.Equal(t, strings.HasPrefix(tt.text, "alg is missing"), errors.Is(err, jwk.ErrAlgorithm))
			_, err = jwk.ToPEM([]byte(tt.doc.String()))
			if tt.text != noAlg { // ToPEM needs no alg
				require.Error(t, err)
			}
		})
	}
}

// TestParseKeyAccepted has what is not a fault of a key.
func TestParseKeyAccepted(t *testing.T) {
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
		{"key_ops verify twice", ec.edit("key_ops", `["verify","verify"]`), "1"},
		{"use jwt-svid", ec.edit("use", `"jwt-svid"`), "1"},
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
			v, err := jwk.ParseKey([]byte(tt.doc.String()), "")
			if tt.name == "e 3" && fips140.Enforced() {
				require.EqualError(t, err, "jwk: jwt: RS256 key: exponent 3; FIPS 140-3 mode wants more than 65536")
				return
			}
			require.NoError(t, err)
			alg, kid := label(v)
			require.Equal(t, tt.doc.text("alg"), string(alg))
			require.Equal(t, tt.kid, kid)
		})
	}
}

// TestReadByValue has the spellings of a key that mean the same key.
func TestReadByValue(t *testing.T) {
	zeros := func(n int, segment string) string { return quote(encode(append(make([]byte, n), decode(segment)...))) }
	padded := func(segment string) string { return quote(base64.URLEncoding.EncodeToString(decode(segment))) }
	standard := func(segment string) string { return quote(base64.RawStdEncoding.EncodeToString(decode(segment))) }
	both := func(segment string) string { return quote(base64.StdEncoding.EncodeToString(decode(segment))) }
	spellings := map[string]func(segment string) string{
		"padded":                     padded,
		"in standard base64":         standard,
		"in standard base64, padded": both,
		"with a zero":                func(segment string) string { return zeros(1, segment) },
		"with 100 zeros":             func(segment string) string { return zeros(100, segment) },
		"without zeros":              func(segment string) string { return quote(encode(bytes.TrimLeft(decode(segment), "\x00"))) },
	}

	var docs []document // private keys
	for _, f := range families() {
		docs = append(docs, f.private.edit("alg", quote(string(f.algs[0])), "kid", `"1"`))
	}
	// An x, a y and a d that begin with zeros.
	for _, n := range []int64{1, 2, shortX(elliptic.P256())} {
		docs = append(docs, ecDocument(scalar(elliptic.P256(), n)).edit("alg", `"ES256"`, "kid", `"1"`))
	}
	docs = append(docs, ecDocument(scalar(elliptic.P521(), shortX(elliptic.P521()))).edit("alg", `"ES512"`, "kid", `"1"`))
	for _, doc := range docs {
		public := doc.edit("d", "", "p", "", "q", "", "dp", "", "dq", "", "qi", "")
		want := must(jwk.ParseKey([]byte(public.String()), ""))
		variants := map[string]document{"a byte order mark": doc}
		for spelling, respell := range spellings {
			if doc.text("kty") == "OKP" && strings.Contains(spelling, "zero") {
				continue
			}
			variants[spelling] = doc
			for _, name := range []string{"n", "e", "x", "y", "d", "p", "q", "dp", "dq", "qi"} {
				if doc[name] != nil {
					variants[spelling] = variants[spelling].edit(name, respell(doc.text(name)))
				}
			}
		}
		for _, none := range []string{"null", `""`, "[]", "[ ]"} {
			absent := doc
			for _, name := range []string{"crv", "use", "key_ops", "k", "oth", "priv", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi", "x5c"} {
				if doc[name] == nil {
					absent = absent.edit(name, none)
				}
			}
			variants["absent members are "+none] = absent
		}
		for name, variant := range variants {
			t.Run(doc.text("alg")+", "+name, func(t *testing.T) {
				s, err := jwk.ParseSigner([]byte("\ufeff"+variant.String()), "")
				require.NoError(t, err)
				require.Equal(t, want.PublicKey(), s.PublicKey()) // and so the same private key
				none := []string{"", "null", `""`, "[]"}[len(name)%4]
				v, err := jwk.ParseKey([]byte(variant.edit("d", none, "p", none, "q", none, "dp", none, "dq", none, "qi", none).String()), "")
				require.NoError(t, err)
				require.Equal(t, want.PublicKey(), v.PublicKey())
				require.Equal(t, "1", v.KeyID())
			})
		}
	}

	oct := document{"kty": []byte(`"oct"`), "alg": []byte(`"HS256"`), "k": []byte(quote(encode(secret)))}
	s := must(jwk.ParseSigner([]byte(oct.String()), ""))
	for _, k := range []string{padded(encode(secret)), standard(encode(secret)), both(encode(secret))} {
		v, err := jwk.ParseSecretVerifier([]byte(oct.edit("k", k, "crv", "null", "d", `""`, "x", "[]").String()), "")
		require.NoError(t, err)
		requireWorks(t, s, v)
	}
	// A zero in front of k makes another secret.
	v, err := jwk.ParseSecretVerifier([]byte(oct.edit("k", zeros(1, encode(secret))).String()), "")
	require.NoError(t, err)
	h := jwt.Header{Algorithm: jwt.HS256}
	sig := must(s.Sign(t.Context(), h, []byte("x")))
	require.ErrorIs(t, v.Verify(t.Context(), h, []byte("x"), sig), jwt.ErrSignature)
}

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
		{"key_ops wrapKey", ec.edit("key_ops", `["wrapKey"]`), `key_ops lacks "sign"`},

		{"EC without x", ec.edit("x", ""), "x is missing"},
		{"EC without y", ec.edit("y", ""), "y is missing"},
		{"EC, d a number", ec.edit("d", "1"), "d is not a string"},
		{"EC, d null", ec.edit("d", "null"), "d is missing; signing needs the private key"},
		{"EC, d with too much padding", ec.edit("d", str(ec.text("d")+"==")), "d is not base64url"},
		{"EC, d without its first byte", ec.edit("d", str(encode(decode(ec.text("d"))[1:]))), "d does not fit the public key"},
		{"EC, d of 33 bytes", ec.edit("d", str(encode(append([]byte{1}, decode(ec.text("d"))...)))), "d has 33 bytes; P-256 has 32"},
		{"EC, d 0", ec.edit("d", str(encode(make([]byte, 32)))), notScalar},
		{"EC, d the order", ec.edit("d", num(elliptic.P256().Params().N)), notScalar},
		{"EC, d of another key", ec.edit("d", string(other["d"])), "d does not fit the public key"},
		{"EC, another public key", ec.edit("x", string(other["x"]), "y", string(other["y"])), "d does not fit the public key"},
		{"EC, public key off the curve", ec.edit("x", string(ec["y"]), "y", string(ec["x"])), "the point is not on P-256"},

		{"Ed25519 without x", okp.edit("x", ""), "x is missing"},
		{"Ed25519, d of 31 bytes", okp.edit("d", str(encode(make([]byte, 31)))), "d has 31 bytes; Ed25519 has 32"},
		{"Ed25519, d of 64 bytes", okp.edit("d", str(encode(make([]byte, 64)))), "d has 64 bytes; Ed25519 has 32"},
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
		{"RSA, oth", rsa.edit("oth", "[{}]"), "more than two primes are not supported"},
		{"RSA, d 0", rsa.edit("d", `"AA"`), "d is zero"},
		{"RSA, p 0", rsa.edit("p", `"AAAA"`), "p is zero"},
		{"RSA, q null", rsa.edit("q", "null"), "q is missing"},
		{"RSA, n + 12", rsa.edit("n", plus("n", 12)), unfit},
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
		{"oct, k null", oct.edit("k", "null"), "k is missing"},
		{"oct, k empty", oct.edit("k", `""`), "k is missing"},
		{"oct, k with too little padding", oct.edit("k", str(oct.text("k")+"=")), "k is not base64url"},
		{"oct, 63 bytes for HS512", oct.edit("alg", `"HS512"`, "k", str(encode(secret[:63]))),
			"jwt: HS512 key: secret of 63 bytes; the hash has 64, and no shorter secret is allowed (RFC 7518 section 3.2)"},
		{"oct, k is PEM", oct.edit("k", str(encode([]byte("-----BEGIN PUBLIC KEY-----\n"+strings.Repeat("A", 64))))),
			"jwt: HS256 key: the secret is a PEM file, which is not a secret; a key in PEM is for ParsePrivateKey or ParsePublicKey, with an algorithm such as RS256"},
		{"oct, alg ES256", oct.edit("alg", `"ES256"`), "alg does not fit kty and crv"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := []byte(tt.doc.String())
			s, err := jwk.ParseSigner(data, "")
			require.EqualError(t, err, "jwk: "+tt.text)
			require.Nil(t, s)
			requireReason(t, err)
			noSecret(t, err.Error())

			// A conversion to PEM gets the same answer, but needs no alg.
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
	v := must(jwk.ParseKey([]byte(of("P-256").public.edit("alg", `"ES256"`, "kid", `"1"`).String()), ""))
	for name, doc := range map[string]document{
		"plain":           ec,
		"key_ops sign":    ec.edit("key_ops", `["sign"]`),
		"key_ops of both": ec.edit("key_ops", `["verify","sign"]`, "use", `"sig"`),
		"no kid":          ec.edit("kid", ""),
		"unknown members": ec.edit("x5c", "1", "ext", "true"),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := jwk.ParseSigner([]byte(doc.String()), "")
			require.NoError(t, err)
			requireWorks(t, s, v)
		})
	}

	// Another d of the same RSA key, as long as n.
	rsa := of("RSA").private.edit("alg", `"RS256"`)
	half := new(big.Int).Rsh(new(big.Int).Mul(minusOne(number(rsa.text("p"))), minusOne(number(rsa.text("q")))), 1)
	long := new(big.Int).Add(number(rsa.text("d")), half)
	require.Equal(t, 2048, long.BitLen())
	s, err := jwk.ParseSigner([]byte(rsa.edit("d", quote(encode(long.Bytes()))).String()), "")
	require.NoError(t, err)
	requireWorks(t, s, must(jwk.ParseKey([]byte(of("RSA").public.edit("alg", `"RS256"`).String()), "")))

	// The scalar of one, with 65 zero bytes before it.
	one := ecDocument(scalar(elliptic.P521(), 1)).edit("alg", `"ES512"`)
	require.Contains(t, one.text("d"), strings.Repeat("A", 80))
	s, err = jwk.ParseSigner([]byte(one.String()), "")
	require.NoError(t, err)
	requireWorks(t, s, must(jwk.ParseKey([]byte(one.edit("d", "").String()), "")))
}

func TestParseSecretVerifier(t *testing.T) {
	oct := document{"kty": []byte(`"oct"`), "alg": []byte(`"HS256"`), "kid": []byte(`"1"`), "k": []byte(quote(encode(secret)))}
	s := must(jwk.ParseSigner([]byte(oct.String()), ""))
	for name, doc := range map[string]document{
		"plain":           oct,
		"key_ops verify":  oct.edit("key_ops", `["verify"]`),
		"unknown members": oct.edit("n", "1", "d", "null"),
	} {
		t.Run(name, func(t *testing.T) {
			v, err := jwk.ParseSecretVerifier([]byte(doc.String()), "")
			require.NoError(t, err)
			requireWorks(t, s, v)
		})
	}
	v, err := jwk.ParseSecretVerifier([]byte(oct.edit("alg", "").String()), jwt.HS512)
	require.NoError(t, err)
	alg, kid := label(v)
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
			v, err := jwk.ParseSecretVerifier([]byte(tt.doc.String()), "")
			require.EqualError(t, err, "jwk: "+tt.text)
			require.Nil(t, v)
			requireReason(t, err)
			noSecret(t, err.Error())
		})
	}
}
