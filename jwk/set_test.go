package jwk_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// setOf returns a set of keys, each as JSON.
func setOf(keys ...string) []byte { return []byte(`{"keys":[` + strings.Join(keys, ",") + `]}`) }

// TestBadKeySpoilsNoSet puts a good key beside each of those that make other libraries
// refuse the set (PEERS.md appendix C), and others, before and after it.
func TestBadKeySpoilsNoSet(t *testing.T) {
	good := of("RSA").public.edit("alg", `"RS256"`, "kid", `"good"`).String()
	rsa := of("RSA").public.edit("alg", `"RS256"`, "kid", `"bad"`)
	ec := of("P-256").public.edit("alg", `"ES256"`, "kid", `"bad"`)
	okp := of("Ed25519").public.edit("alg", `"EdDSA"`, "kid", `"bad"`)
	const unsupported = "kty or crv is not supported"
	for _, tt := range []struct{ name, bad, kid, text string }{
		{"AKP", `{"kty":"AKP","alg":"ML-DSA-44","kid":"bad","pub":"AA"}`, "bad", unsupported},
		{"Ed448", okp.edit("crv", `"Ed448"`, "x", quote(encode(make([]byte, 57)))).String(), "bad", unsupported},
		{"secp256k1", ec.edit("crv", `"secp256k1"`, "alg", `"ES256K"`).String(), "bad", unsupported},
		{"P-224", ec.edit("crv", `"P-224"`).String(), "bad", unsupported},
		{"kty from the future", `{"kty":"QKD","kid":"bad","zz":[1,{}]}`, "bad", unsupported},
		{"RSA 1024", rsa.edit("n", quote(bits(1024))).String(), "bad", "jwt: RS256 key: modulus of 1024 bits; 2048 to 8192 are allowed"},
		{"kid twice", strings.Replace(ec.String(), `"kid":`, `"kid":"a","kid":`, 1), "", "duplicate member name"},
		{"kid twice, escaped", strings.Replace(ec.String(), `"kid":`, `"ki\u0064":"a","kid":`, 1), "", "duplicate member name"},
		{"x twice", strings.Replace(ec.String(), `"x":`, `"x":"AA","x":`, 1), "bad", "duplicate member name"},
		{"d twice", strings.Replace(ec.String(), `"x":`, `"d":"AA","d":null,"x":`, 1), "bad", "duplicate member name"},
		{"off the curve", ec.edit("x", string(ec["y"])).String(), "bad", "the point is not on P-256"},
		{"e 1", rsa.edit("e", `"AQ"`).String(), "bad", "jwt: RS256 key: exponent 1; it must be odd and at least 3"},
		{"even e", rsa.edit("e", `"AQAA"`).String(), "bad", "jwt: RS256 key: exponent 65536; it must be odd and at least 3"},
		{"for encryption", rsa.edit("use", `"enc"`).String(), "bad", `use is not "sig"`},
		{"for encryption, by alg", rsa.edit("alg", `"RSA-OAEP-256"`).String(), "bad", "alg is for encryption"},
		{"alg of another family", rsa.edit("alg", `"ES256"`).String(), "bad", "alg does not fit kty and crv"},
		{"for encryption, by key_ops", rsa.edit("key_ops", `["wrapKey"]`).String(), "bad", `key_ops lacks "verify"`},
		{"alg not of the caller", rsa.edit("alg", `"RS512"`).String(), "bad", "alg is RS512, which is not one of [RS256 ES256 EdDSA] that the caller allows"},
		{"no alg, and none of the caller fits", of("P-384").public.String(), "", "none of the algorithms of the caller fits kty and crv"},
		{"alg a number", rsa.edit("alg", "1").String(), "bad", "alg is not a string"},
		{"use a number", rsa.edit("use", "5").String(), "bad", "use is not a string"},
		{"kid too long", rsa.edit("kid", `"`+strings.Repeat("k", 1025)+`"`).String(), strings.Repeat("k", 1025), "kid longer than 1024 bytes"},
		{"kid a number", rsa.edit("kid", "1").String(), "", "kid is not a string"},
		{"kty a number", rsa.edit("kty", "1").String(), "bad", "kty is not a string"},
		{"no kty", rsa.edit("kty", "").String(), "bad", "kty is missing"},
		{"n with a space", rsa.edit("n", quote(rsa.text("n")+" ")).String(), "bad", "n is not base64url"},
		{"private", of("RSA").private.edit("alg", `"RS256"`, "kid", `"bad"`).String(), "bad", "it has the private member d; a public key is wanted"},
		{"private, unknown kty", `{"kty":"AKP","kid":"bad","pub":"AA","priv":"AA"}`, "bad", "it has the private member priv; a public key is wanted"},
		{"oct", `{"kty":"oct","alg":"HS256","kid":"bad","k":"` + encode(secret) + `"}`, "bad", "an oct key is a secret; a public key is wanted"},
		{"null", "null", "", "not one JSON object"},
		{"number", "1e400", "", "not one JSON object"},
		{"string", `"key"`, "", "not one JSON object"},
		{"array", "[" + good + "]", "", "not one JSON object"},
		{"empty object", "{}", "", "kty is missing"},
		{"not UTF-8", strings.Replace(rsa.String(), "{", "{\"x-note\":\"\xff\",", 1), "bad", "not UTF-8"},
		{"kid not UTF-8", rsa.edit("kid", "\"\xff\"").String(), "", "not UTF-8"},
		{"control character", strings.Replace(rsa.String(), "{", "{\"x-note\":\"\n\",", 1), "bad", "not one JSON object"},
		{"control character in kid", rsa.edit("kid", "\"\n\"").String(), "", "not one JSON object"},
		{"unknown escape", rsa.edit("x-note", `"\x"`).String(), "bad", "not one JSON object"},
		{"unknown escape in a name", strings.Replace(rsa.String(), "{", `{"\x":1,`, 1), "bad", "not one JSON object"},
		{"half a surrogate", rsa.edit("x-note", `"\ud800"`).String(), "bad", "not one JSON object"},
		{"deep", rsa.edit("x-note", nested(32)).String(), "bad", "nested deeper than 32 levels"},
		{"20,000 levels", rsa.edit("x-note", nested(20_000)).String(), "bad", "nested deeper than 32 levels"},
		{"no comma", strings.Replace(rsa.String(), ",", " ", 1), "", "not one JSON object"},
		{"no value", strings.Replace(rsa.String(), "{", `{"x-note":,`, 1), "", "not one JSON object"},
		{"a value that is not JSON", rsa.edit("x-note", "nul").String(), "bad", "not one JSON object"},
		{"a list in a list", "[[]]", "", "not one JSON object"},
		{"long", rsa.edit("x-note", quote(strings.Repeat("a", 64<<10))).String(), "bad", "longer than 65536 bytes"},
		{"7000 key_ops", rsa.edit("key_ops", elements(7000)).String(), "bad", "key_ops has more than 64 elements"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i, data := range [][]byte{setOf(tt.bad, good), setOf(good, tt.bad), setOf(good, tt.bad, good)} {
				keys, skipped, err := jwk.ParseSet(data, jwt.RS256, jwt.ES256, jwt.EdDSA)
				require.NoError(t, err)
				require.Len(t, keys, 1+i/2)
				for _, v := range keys.Keys() {
					alg, kid := label(v)
					require.Equal(t, jwt.RS256, alg)
					require.Equal(t, "good", kid)
				}
				require.Len(t, skipped, 1)
				require.Equal(t, min(i, 1), skipped[0].Index)
				require.Equal(t, tt.kid, skipped[0].KeyID)
				require.EqualError(t, skipped[0].Err, tt.text)
				requireReason(t, skipped[0].Err)
				require.Equal(t, tt.text == unsupported, errors.Is(skipped[0].Err, jwk.ErrUnsupported))
				noSecret(t, fmt.Sprint(skipped))
			}
			keys, skipped, err := jwk.ParseSet(setOf(tt.bad), jwt.RS256, jwt.ES256, jwt.EdDSA)
			require.ErrorIs(t, err, jwk.ErrNoUsableKey)
			require.EqualError(t, err, "jwk: set: none of its keys can be used (it has 1)")
			require.Len(t, skipped, 1)
			require.Nil(t, keys)
		})
	}
}

func TestParseSetRefused(t *testing.T) {
	good := of("RSA").public.edit("alg", `"RS256"`).String()
	note := of("RSA").public.edit("alg", `"RS256"`, "x-note", `"`+strings.Repeat("a", 1<<10)+`"`).String()
	many := make([]string, 1001)
	for i := range many {
		many[i] = "{}"
	}
	many[0] = good
	for _, tt := range []struct{ name, data, text string }{
		{"nothing", "", "jwk: set: not one JSON object"},
		{"null", "null", "jwk: set: not one JSON object"},
		{"array", "[" + good + "]", "jwk: set: not one JSON object"},
		{"an error page", "<html>", "jwk: set: not one JSON object"},
		{"cut off", string(setOf(good))[:300], "jwk: set: not one JSON object"},
		{"text after it", string(setOf(good)) + "x", "jwk: set: not one JSON object"},
		{"a bracket too few", `{"keys":[` + good + `,{"x-note":[}]}`, "jwk: set: not one JSON object"},
		{"a quote too few", `{"keys":[` + good + `,{"x-note":"}]}`, "jwk: set: not one JSON object"},
		{"no comma", `{"keys":[` + good + good + `]}`, "jwk: set: keys is not an array"},
		{"comma at the end", `{"keys":[` + good + `,]}`, "jwk: set: keys is not an array"},
		{"a byte order mark in the middle", `{"keys":` + "\ufeff[" + good + `]}`, "jwk: set: not one JSON object"},
		{"a key", good, "jwk: set: it is a key, which ParseKey reads"},
		{"metadata", `{"issuer":"x"}`, "jwk: set: keys is missing"},
		{"Keys", `{"Keys":[` + good + `]}`, "jwk: set: keys is missing"},
		{"keys twice", `{"keys":[` + good + `],"keys":[]}`, "jwk: set: keys occurs twice"},
		{"keys twice, escaped", `{"keys":[` + good + `],"\u006beys":[]}`, "jwk: set: keys occurs twice"},
		{"keys an object", `{"keys":{"a":` + good + `}}`, "jwk: set: keys is not an array"},
		{"keys null", `{"keys":null}`, "jwk: set: keys is not an array"},
		{"keys a string", `{"keys":"[]"}`, "jwk: set: keys is not an array"},
		{"1001 keys", string(setOf(many...)), "jwk: set: more than 1000 keys"},
		{"longer than 1 MiB", string(setOf(good)) + strings.Repeat(" ", 1<<20), "jwk: set: longer than 1048576 bytes"},
		{"longer than 1 MiB, all good", string(setOf(strings.Split(strings.Repeat(note+"\n", 800), "\n")[:800]...)), "jwk: set: longer than 1048576 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keys, skipped, err := jwk.ParseSet([]byte(tt.data), jwt.RS256)
			require.EqualError(t, err, tt.text)
			requireReason(t, err)
			require.NotErrorIs(t, err, jwk.ErrNoUsableKey)
			require.Nil(t, keys)
			require.Empty(t, skipped)
		})
	}
}

func TestParseSet(t *testing.T) {
	a := of("P-256").public.edit("alg", `"ES256"`, "kid", `"1"`)
	b := of("P-384").public.edit("kid", `"1"`)
	rsa := of("RSA").public

	t.Run("two keys with one kid", func(t *testing.T) {
		keys, skipped, err := jwk.ParseSet(setOf(a.String(), b.String(), a.String()), jwt.ES256, jwt.ES384)
		require.NoError(t, err)
		require.Empty(t, skipped)
		require.Len(t, keys, 3)
		for i, want := range []jwt.Algorithm{jwt.ES256, jwt.ES384, jwt.ES256} {
			alg, kid := label(keys.Keys()[i])
			require.Equal(t, want, alg)
			require.Equal(t, "1", kid)
		}
		s := must(jwk.ParseSigner([]byte(of("P-384").private.edit("alg", `"ES384"`, "kid", `"1"`).String()), ""))
		requireWorks(t, s, keys)
	})
	t.Run("a key for several algorithms", func(t *testing.T) {
		keys, _, err := jwk.ParseSet(setOf(a.String(), rsa.String()), jwt.ES256, jwt.PS256, jwt.RS256)
		require.NoError(t, err)
		require.Len(t, keys, 3)
		for i, want := range []jwt.Algorithm{jwt.ES256, jwt.PS256, jwt.RS256} {
			require.Equal(t, want, keys.Keys()[i].Algorithm())
		}
	})
	t.Run("no algorithms of the caller", func(t *testing.T) {
		keys, skipped, err := jwk.ParseSet(setOf(a.String(), rsa.String()))
		require.NoError(t, err)
		require.Len(t, keys, 1)
		require.EqualError(t, skipped[0].Err, "alg is missing, and the caller names no algorithms")
	})
	t.Run("all keys are withdrawn", func(t *testing.T) {
		for _, data := range []string{`{"keys":[]}`, "\ufeff{ \"keys\" : [ ], \"x\":1 }\n"} {
			keys, skipped, err := jwk.ParseSet([]byte(data), jwt.ES256)
			require.NoError(t, err)
			require.Empty(t, skipped)
			require.Equal(t, jwt.KeySet{}, keys)
		}
	})
	t.Run("a byte order mark", func(t *testing.T) {
		keys, skipped, err := jwk.ParseSet(append([]byte("\ufeff"), setOf(a.String())...), jwt.ES256)
		require.NoError(t, err)
		require.Empty(t, skipped)
		require.Len(t, keys, 1)
	})
	t.Run("other members that are not JSON", func(t *testing.T) {
		data := "{\"x\":\"\xff\n\\x\",\"\\x\":nul,\"deep\":" + nested(20_000) + `,"keys":[` + a.String() + `]}`
		keys, skipped, err := jwk.ParseSet([]byte(data), jwt.ES256)
		require.NoError(t, err)
		require.Empty(t, skipped)
		require.Len(t, keys, 1)
	})
	t.Run("other members", func(t *testing.T) {
		data := `{"x":1,"x":2,"Keys":null,"keys":[` + a.String() + `],"y":{"z":1,"z":1}}`
		keys, _, err := jwk.ParseSet([]byte(data), jwt.ES256)
		require.NoError(t, err)
		require.Len(t, keys, 1)
	})
	t.Run("escaped name", func(t *testing.T) {
		keys, _, err := jwk.ParseSet([]byte(`{"\u006beys":[`+a.String()+`]}`), jwt.ES256)
		require.NoError(t, err)
		require.Len(t, keys, 1)
	})
	t.Run("1000 keys, 1 MiB", func(t *testing.T) {
		list := make([]string, 1000)
		for i := range list {
			list[i] = a.String()
		}
		data := setOf(list...)
		data = append(data, strings.Repeat(" ", 1<<20-len(data))...)
		keys, skipped, err := jwk.ParseSet(data, jwt.ES256)
		require.NoError(t, err)
		require.Len(t, keys, 1000)
		require.Empty(t, skipped)
	})
}

// TestCostOfRSA: an issuer of one's users can publish a megabyte of numbers that look like
// moduli. To check all of them took two minutes.
func TestCostOfRSA(t *testing.T) {
	for size, most := range map[int]int{2048: 512, 4096: 64, 8192: 8} {
		n := bytes.Repeat([]byte{0xff}, size/8) // divisible by 3, which is soon found out
		list := make([]string, most+2)
		for i := range list {
			list[i] = `{"kty":"RSA","e":"AQAB","n":"AAAA` + encode(n) + `"}`
		}
		list[most+1] = of("P-256").public.String()
		keys, skipped, err := jwk.ParseSet(setOf(list...), jwt.RS256, jwt.ES256)
		require.NoError(t, err)
		require.Len(t, keys, 1)
		require.Len(t, skipped, most+1)
		require.ErrorIs(t, skipped[most-1].Err, jwk.ErrWeak)
		require.ErrorIs(t, skipped[most].Err, jwk.ErrMalformed)
	}
}

// TestIssuers has the shapes in which issuers and libraries publish keys, with keys of ours.
func TestIssuers(t *testing.T) {
	rsa, ec := of("RSA"), of("P-256")
	n, e := rsa.public.text("n"), rsa.public.text("e")
	javaN := encode(append([]byte{0}, decode(n)...)) // BigInteger.toByteArray
	x, y := ec.public.text("x"), ec.public.text("y")
	short := scalar(elliptic.P256(), shortX(elliptic.P256()))
	shortDoc := ecDocument(short)
	cut := encode(bytes.TrimLeft(decode(shortDoc.text("x")), "\x00"))
	require.Less(t, len(cut), len(x))
	der, _ := pem.Decode(certificate(rsa.key))
	x5c := base64.StdEncoding.EncodeToString(der.Bytes)
	ecDER, _ := pem.Decode(certificate(ec.key))
	ecX5C := base64.StdEncoding.EncodeToString(ecDER.Bytes)
	const x5t = "2ojQyHgDTAm8LW2xqJgqjTSPQCc"

	for _, tt := range []struct {
		name, set string
		algs      []jwt.Algorithm
		signers   []jwt.KeySigner // of the keys that are read, in order
		skipped   []string
	}{
		{"Firebase App Check", `{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"a","n":"` + javaN + `","e":"` + e + `"}]}`,
			nil, signers(rsa.key, "RS256", "a"), nil},
		{".NET", `{"keys":[{"AdditionalData":{},"alg":null,"crv":null,"d":null,"dp":null,"dq":null,"e":"` + e + `","k":null,"key_ops":[],"keyid":"a",` +
			`"kid":"a","kty":"RSA","n":"` + n + `","oth":null,"p":null,"q":null,"qi":null,"use":null,"x":null,"x5c":[],"x5t":null,"x5tS256":null,` +
			`"x5u":null,"y":null,"KeySize":2048,"HasPrivateKey":false,"CryptoProviderFactory":{"CustomCryptoProvider":null,"CacheSignatureProviders":true}}]}`,
			[]jwt.Algorithm{jwt.RS256}, signers(rsa.key, "RS256", "a"), nil},
		{".NET, an EC key", "\ufeff" + `{"keys":[{"kty":"EC","crv":"P-256","kid":"a","alg":"ES256","use":"sig","x":"` + x + `","y":"` + y + `",` +
			`"n":"","e":"","d":"","k":"","p":"","q":"","dp":"","dq":"","qi":"","oth":[],"key_ops":[ ]}]}`,
			nil, signers(ec.key, "ES256", "a"), nil},
		{"IdentityServer", `{"keys":[{"kty":"RSA","use":"sig","kid":"a","x5t":"` + x5t + `","e":"` + e + `","n":"` + n + `","x5c":["` + x5c + `"],"alg":"RS256"}]}`,
			nil, signers(rsa.key, "RS256", "a"), nil},
		{"Keycloak", `{"keys":[` +
			`{"kid":"e","kty":"RSA","alg":"RSA-OAEP","use":"enc","x5c":["` + x5c + `"],"x5t":"` + x5t + `","x5t#S256":"AA","n":"` + n + `","e":"` + e + `"},` +
			`{"kid":"s","kty":"RSA","alg":"RS256","use":"sig","x5c":["` + x5c + `"],"x5t":"` + x5t + `","x5t#S256":"AA","n":"` + n + `","e":"` + e + `"}]}`,
			nil, signers(rsa.key, "RS256", "s"), []string{`0 e: use is not "sig"`}},
		{"Entra ID", `{"keys":[{"kty":"RSA","use":"sig","kid":"a","x5t":"` + x5t + `","n":"` + n + `","e":"` + e + `","x5c":["` + x5c + `"],` +
			`"cloud_instance_name":"microsoftonline.com","issuer":"https://login.microsoftonline.com/{tenantid}/v2.0"}]}`,
			[]jwt.Algorithm{jwt.RS256}, signers(rsa.key, "RS256", "a"), nil},
		{"PyJWT", `{"keys":[{"kty":"RSA","key_ops":["verify"],"n":"` + n + `","e":"` + e + `"},{"kty":"EC","crv":"P-256","x":"` + cut + `","y":"` + shortDoc.text("y") + `"}]}`,
			[]jwt.Algorithm{jwt.RS256, jwt.ES256}, append(signers(rsa.key, "RS256", ""), signers(short, "ES256", "")...), nil},
		{"authlib", `{"keys": [{"crv": "P-256", "x": "` + cut + `", "y": "` + shortDoc.text("y") + `", "kty": "EC", "kid": "a", "use": "sig", "alg": "ES256"}]}`,
			nil, signers(short, "ES256", "a"), nil},
		{"SPIFFE bundle", `{"keys":[{"use":"x509-svid","kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","x5c":["` + ecX5C + `"]},` +
			`{"use":"jwt-svid","kty":"EC","kid":"a","crv":"P-256","x":"` + x + `","y":"` + y + `"}],"spiffe_sequence":1,"spiffe_refresh_hint":600}`,
			[]jwt.Algorithm{jwt.ES256}, signers(ec.key, "ES256", "a"), []string{`0 : use is not "sig"`}},
		{"GitHub Actions", `{"keys":[{"kty":"RSA","alg":"RS256","use":"sig","kid":"a","n":"` + n + `","e":"` + e + `","x5c":["` + x5c + `"],"x5t":"` + x5t + `"},` +
			`{"n":"` + n + `","kty":"RSA","kid":"b","alg":"RS256","e":"` + e + `","use":"sig"}]}`,
			nil, append(signers(rsa.key, "RS256", "a"), signers(rsa.key, "RS256", "b")...), nil},
		{"Kubernetes", `{"keys":[{"use":"sig","kty":"RSA","kid":"a","alg":"RS256","n":"` + n + `","e":"` + e + `"}]}`,
			nil, signers(rsa.key, "RS256", "a"), nil},
		{"Okta", `{"keys":[{"kty":"RSA","alg":"RS256","kid":"a","use":"sig","e":"` + e + `","n":"` + n + `"}]}`,
			nil, signers(rsa.key, "RS256", "a"), nil},
		{"Auth0", `{"keys":[{"kty":"RSA","use":"sig","n":"` + n + `","e":"` + e + `","kid":"a","x5t":"REE4OEQwQzg3ODAzNEMwOUJDMkQ2REIxQTg5ODJBOEQzNDhGNDAyNw","x5c":["` + x5c + `"],"alg":"RS256"},` +
			`{"kty":"RSA","use":"sig","n":"` + n + `","e":"` + e + `","kid":"b","x5t":"` + x5t + `","x5c":["` + x5c + `"],"alg":"RS256"}]}`,
			nil, append(signers(rsa.key, "RS256", "a"), signers(rsa.key, "RS256", "b")...), nil},
		{"Apple", "{\n  \"keys\": [\n    {\n      \"kty\": \"RSA\",\n      \"kid\": \"a\",\n      \"use\": \"sig\",\n      \"alg\": \"RS256\",\n" +
			"      \"n\": \"" + n + "\",\n      \"e\": \"" + e + "\"\n    }\n  ]\n}",
			nil, signers(rsa.key, "RS256", "a"), nil},
		{"Google", "{\n  \"keys\": [\n    {\n      \"use\": \"sig\",\n      \"kid\": \"a\",\n      \"e\": \"" + e + "\",\n      \"kty\": \"RSA\",\n" +
			"      \"n\": \"" + n + "\",\n      \"alg\": \"RS256\"\n    }\n  ]\n}\n",
			nil, signers(rsa.key, "RS256", "a"), nil},
		{"Google IAP", `{"keys":[{"alg":"ES256","crv":"P-256","kid":"a","kty":"EC","use":"sig","x":"` + x + `","y":"` + y + `"}]}`,
			nil, signers(ec.key, "ES256", "a"), nil},
		{"UAA", `{"keys":[{"kty":"RSA","e":"` + e + `","use":"sig","kid":"a","alg":"RS256","value":"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----","n":"` + javaN + `"},` +
			`{"kty":"MAC","alg":"HS256","value":"tokenkey","use":"sig","kid":"m"}]}`,
			nil, signers(rsa.key, "RS256", "a"), []string{"1 m: kty or crv is not supported"}},
		{"Jenkins", `{"keys":[{"kid":"a","kty":"RSA","alg":"RS256","use":"sig","n":"` + javaN + `=","e":"` + e + `"}]}`,
			nil, signers(rsa.key, "RS256", "a"), nil},
		{"standard base64", `{"keys":[{"kid":"a","kty":"RSA","alg":"RS256","n":"` + base64.StdEncoding.EncodeToString(decode(n)) + `","e":"` + e + `"}]}`,
			nil, signers(rsa.key, "RS256", "a"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keys, skipped, err := jwk.ParseSet([]byte(tt.set), tt.algs...)
			require.NoError(t, err)
			require.Len(t, keys, len(tt.signers), "%v", skipped)
			for i, s := range tt.signers {
				key := keys.Keys()[i]
				require.Equal(t, s.Algorithm(), key.Algorithm())
				require.Equal(t, s.KeyID(), key.KeyID())
				requireWorks(t, s, key)
			}
			var reasons []string
			for _, s := range skipped {
				reasons = append(reasons, fmt.Sprintf("%d %s: %v", s.Index, s.KeyID, s.Err))
			}
			require.Equal(t, tt.skipped, reasons)
		})
	}
}

// signers returns the Signer of a key, in a list.
func signers(key crypto.Signer, alg jwt.Algorithm, kid string) []jwt.KeySigner {
	return []jwt.KeySigner{must(jwt.NewSigner(alg, kid, key))}
}

// shortX returns a scalar whose point has an x that begins with a zero byte.
func shortX(curve elliptic.Curve) int64 {
	for n := int64(1); ; n++ {
		if must(scalar(curve, n).PublicKey.Bytes())[1] == 0 {
			return n
		}
	}
}

// otherKey is a key of a kty that package jwk does not know.
type otherKey struct{ kid string }

func (k *otherKey) Algorithm() jwt.Algorithm    { return "ML-DSA-44" }
func (k *otherKey) KeyID() string               { return k.kid }
func (k *otherKey) PublicKey() crypto.PublicKey { return k.kid }
func (k *otherKey) Verify(context.Context, jwt.Header, []byte, []byte) error {
	return jwt.ErrSignature
}

func TestParseSetFunc(t *testing.T) {
	ec := of("P-256").public.edit("alg", `"ES256"`, "kid", `"ec"`).String()
	akp := func(kid, members string) string {
		return `{"kty":"AKP","alg":"ML-DSA-44","kid":"` + kid + `"` + members + `}`
	}
	errOther := errors.New("pub is malformed")
	var seen []string
	other := func(data []byte) (jwt.KeyVerifier, error) {
		seen = append(seen, string(data))
		switch kid := parseDocument(data).text("kid"); kid {
		case "error":
			return nil, errOther
		case "nil":
			return nil, nil
		case "typed nil":
			return (*otherKey)(nil), nil
		default:
			return &otherKey{kid}, nil
		}
	}
	data := setOf(akp("a", ""), ec, akp("error", ""), akp("nil", ""), akp("typed nil", ""),
		akp("private", `,"priv":"AA"`), akp("enc", `,"use":"enc"`), akp("twice", `,"kid":"x"`), akp("b", `,"use":"sig"`), `{"kty":"oct"}`)
	keys, skipped, err := jwk.ParseSetFunc(data, []jwt.Algorithm{jwt.ES256}, other)
	require.NoError(t, err)
	var kids []string
	for _, v := range keys.Keys() {
		_, kid := label(v)
		kids = append(kids, kid)
	}
	require.Equal(t, []string{"a", "ec", "b"}, kids)
	require.Equal(t, []string{akp("a", ""), akp("error", ""), akp("nil", ""), akp("typed nil", ""), akp("b", `,"use":"sig"`)}, seen)
	var reasons []string
	for _, s := range skipped {
		reasons = append(reasons, fmt.Sprintf("%d %s: %v", s.Index, s.KeyID, s.Err))
	}
	require.Equal(t, []string{
		"2 error: pub is malformed",
		"3 nil: no Verifier was made for it",
		"4 typed nil: no Verifier was made for it",
		"5 private: it has the private member priv; a public key is wanted",
		`6 enc: use is not "sig"`,
		"7 : duplicate member name",
		"9 : an oct key is a secret; a public key is wanted",
	}, reasons)
	require.ErrorIs(t, skipped[0].Err, errOther)

	_, _, err = jwk.ParseSetFunc(setOf(akp("a", "")), nil, other)
	require.NoError(t, err)
	_, skipped, err = jwk.ParseSetFunc(setOf(akp("a", "")), nil, nil)
	require.ErrorIs(t, err, jwk.ErrNoUsableKey)
	require.ErrorIs(t, skipped[0].Err, jwk.ErrUnsupported)
}
