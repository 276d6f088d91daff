//lint:file-ignore SA1019 keys that are wrong can be made in no other way

package jwk_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// TestRoundTrip goes through every form that a key has, for each algorithm.
func TestRoundTrip(t *testing.T) {
	for _, f := range families() {
		for _, alg := range f.algs {
			t.Run(string(alg), func(t *testing.T) {
				print, err := jwk.Thumbprint(f.key.Public())
				require.NoError(t, err)
				private, err := jwk.MarshalPrivate(alg, print, f.key)
				require.NoError(t, err)
				signer, err := jwk.ParseSigner(private, "")
				require.NoError(t, err)
				public, err := jwk.Marshal(signer)
				require.NoError(t, err)
				noSecret(t, string(public))
				verifier, err := jwk.ParseKey(public, "")
				require.NoError(t, err)
				again, err := jwk.Marshal(verifier)
				require.NoError(t, err)
				require.Equal(t, string(public), string(again))
				requireWorks(t, signer, verifier)
				for _, key := range []jwt.Key{signer, verifier} {
					gotAlg, kid := label(key)
					require.Equal(t, alg, gotAlg)
					require.Equal(t, print, kid)
					require.Equal(t, print, thumbprint(key))
				}

				// What is written is what the RFCs have, in the order of RFC 7638.
				doc := f.private.edit("alg", quote(string(alg)), "kid", quote(print), "use", `"sig"`)
				require.JSONEq(t, doc.String(), string(private))
				sum := sha256.Sum256([]byte(f.public.String())) // sorted, and nothing else in it
				require.Equal(t, encode(sum[:]), print)

				_, err = jwk.ParseKey(private, "")
				require.EqualError(t, err, "jwk: it has the private member d; a public key is wanted")
				_, err = jwk.ParseSigner(public, "")
				require.EqualError(t, err, "jwk: d is missing; signing needs the private key")
			})
		}
	}
}

func TestMarshalSecret(t *testing.T) {
	for _, alg := range []jwt.Algorithm{jwt.HS256, jwt.HS384, jwt.HS512} {
		data, err := jwk.MarshalSecret(alg, "1", secret)
		require.NoError(t, err)
		require.Equal(t, `{"k":"`+encode(secret)+`","kty":"oct","kid":"1","alg":"`+string(alg)+`","use":"sig"}`, string(data))
		s, err := jwk.ParseSigner(data, "")
		require.NoError(t, err)
		v, err := jwk.ParseSecretVerifier(data, "")
		require.NoError(t, err)
		requireWorks(t, s, v)

		for _, key := range []jwt.Key{s, v} {
			_, err = jwk.Marshal(key)
			require.EqualError(t, err, "jwk: an HMAC key has no public half")
			require.ErrorIs(t, err, jwk.ErrSecret)
		}
	}
	_, err := jwk.MarshalSecret(jwt.HS256, "", secret[:31])
	require.EqualError(t, err, "jwt: HS256 key: secret of 31 bytes; the hash has 32, and no shorter secret is allowed (RFC 7518 section 3.2)")
	_, err = jwk.MarshalSecret(jwt.ES256, "", secret)
	require.EqualError(t, err, `jwt: "ES256" is not an algorithm for secrets; HS256, HS384 and HS512 are`)
}

// TestMarshalText has the exact text of a JWK and of a set.
func TestMarshalText(t *testing.T) {
	key := of("P-256").key.(*ecdsa.PrivateKey)
	const point = `"crv":"P-256","kty":"EC","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"`
	for kid, want := range map[string]string{
		"":           `{` + point + `,"alg":"ES256","use":"sig"}`,
		"1":          `{` + point + `,"kid":"1","alg":"ES256","use":"sig"}`,
		"a\"b\\\n<é": `{` + point + `,"kid":"a\"b\\\n<é","alg":"ES256","use":"sig"}`,
	} {
		v := must(jwt.NewVerifier(jwt.ES256, kid, &key.PublicKey))
		data, err := jwk.Marshal(v)
		require.NoError(t, err)
		require.Equal(t, want, string(data))
		set, skipped, err := jwk.MarshalSet(v, v)
		require.NoError(t, err)
		require.Empty(t, skipped)
		require.Equal(t, `{"keys":[`+want+","+want+`]}`, string(set))
		keys, skipped, err := jwk.ParseSet(set)
		require.NoError(t, err)
		require.Empty(t, skipped)
		require.Len(t, keys, 2)
		_, got := label(keys.Keys()[1])
		require.Equal(t, kid, got)
	}
	_, _, err := jwk.MarshalSet[jwt.Key]()
	require.EqualError(t, err, "jwk: set: none of its keys can be used (it has 0)")
}

// bareKey is a jwt.Key with any public key.
type bareKey struct {
	alg    jwt.Algorithm
	kid    string
	public crypto.PublicKey
}

func (k *bareKey) Algorithm() jwt.Algorithm    { return k.alg }
func (k *bareKey) KeyID() string               { return k.kid }
func (k *bareKey) PublicKey() crypto.PublicKey { return k.public }

func TestPublicKeysNotWritten(t *testing.T) {
	p256 := of("P-256").key.(*ecdsa.PrivateKey).PublicKey
	for _, tt := range []struct {
		name string
		key  crypto.PublicKey
		text string
	}{
		{"nil", nil, "jwk: an HMAC key has no public half"},
		{"nil RSA", (*rsa.PublicKey)(nil), "jwk: nil public key"},
		{"zero RSA", &rsa.PublicKey{}, "jwk: nil public key"},
		{"RSA without exponent", &rsa.PublicKey{N: big.NewInt(15)}, "jwk: nil public key"},
		{"RSA with modulus 0", &rsa.PublicKey{N: new(big.Int), E: 3}, "jwk: nil public key"},
		{"negative RSA", &rsa.PublicKey{N: big.NewInt(-15), E: 3}, "jwk: nil public key"},
		{"RSA by value", of("RSA").key.(*rsa.PrivateKey).PublicKey, "jwk: cannot write a public key of type rsa.PublicKey"},
		{"private RSA", of("RSA").key, "jwk: cannot write a public key of type *rsa.PrivateKey"},
		{"nil EC", (*ecdsa.PublicKey)(nil), "jwk: nil public key"},
		{"zero EC", &ecdsa.PublicKey{}, "jwk: nil public key"},
		{"EC without a point", &ecdsa.PublicKey{Curve: elliptic.P256()}, "jwk: nil public key"},
		{"EC without x", &ecdsa.PublicKey{Curve: elliptic.P256(), Y: p256.Y}, "jwk: nil public key"},
		{"EC without y", &ecdsa.PublicKey{Curve: elliptic.P256(), X: p256.X}, "jwk: nil public key"},
		{"EC without a curve", &ecdsa.PublicKey{X: p256.X, Y: p256.Y}, "jwk: nil public key"},
		{"EC off the curve", &ecdsa.PublicKey{Curve: elliptic.P256(), X: p256.Y, Y: p256.X}, "jwk: the point is not on P-256"},
		{"EC at infinity", &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int), Y: new(big.Int)}, "jwk: the point is not on P-256"},
		{"P-224", &scalar(elliptic.P224(), 7).PublicKey, "jwk: no signature algorithm uses its curve"},
		{"empty Ed25519", ed25519.PublicKey{}, "jwk: Ed25519 public key of 0 bytes"},
		{"long Ed25519", ed25519.PublicKey(make([]byte, 33)), "jwk: Ed25519 public key of 33 bytes"},
		{"bytes", make([]byte, 32), "jwk: cannot write a public key of type []uint8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.key != nil {
				_, err := jwk.Thumbprint(tt.key)
				require.EqualError(t, err, tt.text)
			}
			data, err := jwk.Marshal(&bareKey{"ES256", "1", tt.key})
			require.EqualError(t, err, tt.text)
			require.Nil(t, data)
			data, skipped, err := jwk.MarshalSet(&bareKey{"ES256", "1", tt.key})
			require.ErrorIs(t, err, jwk.ErrNoUsableKey)
			require.Nil(t, data)
			require.Len(t, skipped, 1)
			require.Equal(t, "1", skipped[0].KeyID)
			require.EqualError(t, skipped[0].Err, strings.TrimPrefix(tt.text, "jwk: "))
			requireReason(t, skipped[0].Err)
		})
	}
	for _, key := range []jwt.Key{nil, (*bareKey)(nil)} {
		_, err := jwk.Marshal(key)
		require.EqualError(t, err, "jwk: nil key")
	}
	_, err := jwk.Marshal(&bareKey{"ES256", "\xff", &p256})
	require.EqualError(t, err, "jwk: kid: not UTF-8")
	_, err = jwk.Marshal(&bareKey{"\xff", "", &p256})
	require.EqualError(t, err, "jwk: alg: not UTF-8")
}

// otherMarshaler is a key of a family that package jwk does not know, and a Marshaler.
type otherMarshaler struct {
	otherKey
	data string
	err  error
}

func (k *otherMarshaler) MarshalJWK() ([]byte, error) { return []byte(k.data), k.err }

func TestMarshaler(t *testing.T) {
	const akp = `{"kty":"AKP","alg":"ML-DSA-44","kid":"1","pub":"AA"}`
	for _, data := range []string{
		akp,
		`{"kty":"AKP","pub":"AA"}`,
		`{"kty":"AKP","pub":"AA","priv":null,"d":"","oth":[],"kid":null,"alg":""}`,
		` { "kty":"AKP","use":"sig","key_ops":["verify"],"kid":"1"}` + "\n",
	} {
		got, err := jwk.Marshal(&otherMarshaler{otherKey{"1"}, data, nil})
		require.NoError(t, err)
		require.Equal(t, data, string(got))
	}
	// A family that is known is not asked.
	ed := of("Ed25519").key.Public()
	known, err := jwk.Marshal(struct {
		jwt.Key
		jwk.Marshaler
	}{&bareKey{"EdDSA", "1", ed}, &otherMarshaler{data: akp}})
	require.NoError(t, err)
	plain, err := jwk.Marshal(&bareKey{"EdDSA", "1", ed})
	require.NoError(t, err)
	require.Equal(t, string(plain), string(known))

	errOwn := errors.New("the key is locked")
	for _, tt := range []struct {
		name, data string
		err        error // of MarshalJWK
		text       string
		reason     error
	}{
		{"error", akp, errOwn, "the key is locked", errOwn},
		{"nothing", "", nil, "not one JSON object", jwk.ErrMalformed},
		{"no kty", `{"pub":"AA"}`, nil, "kty is missing", jwk.ErrMalformed},
		{"two", akp + akp, nil, "not one JSON object", jwk.ErrMalformed},
		{"byte order mark", "\ufeff" + akp, nil, "it begins with a byte order mark", jwk.ErrMalformed},
		{"a name twice", `{"kty":"AKP","priv":"AA","priv":null}`, nil, "duplicate member name", jwk.ErrDuplicate},
		{"too long", `{"kty":"AKP","pub":"` + strings.Repeat("A", 64<<10) + `"}`, nil, "longer than 65536 bytes", jwk.ErrMalformed},
		{"private", `{"kty":"AKP","pub":"AA","priv":"AA"}`, nil, "it has the private member priv; a public key is wanted", jwk.ErrPrivate},
		{"private EC", `{"kty":"EC","crv":"secp256k1","d":"AA"}`, nil, "it has the private member d; a public key is wanted", jwk.ErrPrivate},
		{"secret", `{"kty":"oct","k":"AA"}`, nil, "an oct key is a secret; a public key is wanted", jwk.ErrSecret},
		{"for encryption", `{"kty":"AKP","use":"enc"}`, nil, `use is not "sig"`, jwk.ErrUse},
		{"for signing only", `{"kty":"AKP","key_ops":["sign"]}`, nil, `key_ops lacks "verify"`, jwk.ErrUse},
		{"another kid", `{"kty":"AKP","kid":"2"}`, nil, "kid is not that of the key", jwk.ErrMalformed},
		{"another alg", `{"kty":"AKP","alg":"ML-DSA-65"}`, nil, "alg is not that of the key", jwk.ErrAlgorithm},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := &otherMarshaler{otherKey{"1"}, tt.data, tt.err}
			data, err := jwk.Marshal(key)
			require.EqualError(t, err, "jwk: MarshalJWK of *jwk_test.otherMarshaler: "+tt.text)
			require.ErrorIs(t, err, tt.reason)
			require.Nil(t, data)

			// It spoils no set.
			set, skipped, err := jwk.MarshalSet[jwt.Key](&otherMarshaler{otherKey{"1"}, akp, nil}, key, &bareKey{"EdDSA", "1", ed})
			require.NoError(t, err)
			require.Equal(t, `{"keys":[`+akp+`,`+string(plain)+`]}`, string(set))
			require.Len(t, skipped, 1)
			require.Equal(t, 1, skipped[0].Index)
			require.Equal(t, "1", skipped[0].KeyID)
			require.ErrorIs(t, skipped[0].Err, tt.reason)
		})
	}
}

func TestMarshalSetLeavesOut(t *testing.T) {
	ed := must(jwt.NewVerifier(jwt.EdDSA, "ed", of("Ed25519").key.Public()))
	hmac := must(jwt.NewHMACVerifier(jwt.HS256, "h", secret))
	one := string(must(jwk.Marshal(ed)))
	for _, tt := range []struct {
		name    string
		keys    []jwt.Key
		want    string
		skipped []string
	}{
		{"first", []jwt.Key{hmac, ed}, `{"keys":[` + one + `]}`, []string{"0 h: an HMAC key has no public half"}},
		{"last", []jwt.Key{ed, hmac}, `{"keys":[` + one + `]}`, []string{"1 h: an HMAC key has no public half"}},
		{"between", []jwt.Key{ed, hmac, ed}, `{"keys":[` + one + `,` + one + `]}`, []string{"1 h: an HMAC key has no public half"}},
		{"nil", []jwt.Key{nil, (*bareKey)(nil), ed}, `{"keys":[` + one + `]}`, []string{"0 : nil key", "1 : nil key"}},
		{"of an unknown family", []jwt.Key{&otherKey{"o"}, ed}, `{"keys":[` + one + `]}`, []string{"0 o: cannot write a public key of type string"}},
		{"all", []jwt.Key{hmac, nil}, "", []string{"0 h: an HMAC key has no public half", "1 : nil key"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, skipped, err := jwk.MarshalSet(tt.keys...)
			require.Equal(t, tt.want, string(data))
			if tt.want == "" {
				require.ErrorIs(t, err, jwk.ErrNoUsableKey)
			} else {
				require.NoError(t, err)
			}
			var reasons []string
			for _, s := range skipped {
				reasons = append(reasons, fmt.Sprintf("%d %s: %v", s.Index, s.KeyID, s.Err))
			}
			require.Equal(t, tt.skipped, reasons)
		})
	}
}

func TestPrivateKeysNotWritten(t *testing.T) {
	rsaKey := of("RSA").key.(*rsa.PrivateKey)
	ecKey := of("P-256").key.(*ecdsa.PrivateKey)
	edKey := of("Ed25519").key.(ed25519.PrivateKey)
	three := *rsaKey
	three.Primes = append(three.Primes[:2:2], big.NewInt(1))
	for _, tt := range []struct {
		name string
		alg  jwt.Algorithm
		kid  string
		key  crypto.PrivateKey
		text string
	}{
		{"nil", jwt.ES256, "", nil, "jwk: cannot write a private key of type <nil>"},
		{"nil RSA", jwt.RS256, "", (*rsa.PrivateKey)(nil), "jwt: RS256 key: nil private key"},
		{"nil EC", jwt.ES256, "", (*ecdsa.PrivateKey)(nil), "jwt: ES256 key: nil private key"},
		{"nil Ed25519", jwt.EdDSA, "", ed25519.PrivateKey(nil), "jwt: EdDSA key: nil private key"},
		{"RSA for ES256", jwt.ES256, "", rsaKey, `jwt: "ES256" is not for an RSA key; RS256, RS384, RS512, PS256, PS384 and PS512 are`},
		{"P-256 for ES384", jwt.ES384, "", ecKey, "jwt: ES384 key: curve P-256; ES384 wants P-384"},
		{"Ed25519 for RS256", jwt.RS256, "", edKey, `jwt: "RS256" is not for an Ed25519 key; EdDSA and Ed25519 are`},
		{"RSA, d of another", jwt.RS256, "", &rsa.PrivateKey{PublicKey: rsaKey.PublicKey, D: big.NewInt(3), Primes: rsaKey.Primes},
			"jwt: RS256 key: the private half does not fit the public one"},
		{"EC, d of another", jwt.ES256, "", &ecdsa.PrivateKey{PublicKey: ecKey.PublicKey, D: big.NewInt(7)},
			"jwt: ES256 key: the private half does not fit the public one"},
		{"Ed25519, seed of another", jwt.EdDSA, "", ed25519.PrivateKey(append(make([]byte, 32), edKey[32:]...)),
			"jwt: EdDSA key: the private half does not fit the public one"},
		{"kid not UTF-8", jwt.EdDSA, "\xff", edKey, "jwt: EdDSA key: kid is not UTF-8"},
		{"RSA by value", jwt.RS256, "", *rsaKey, "jwk: cannot write a private key of type rsa.PrivateKey"},
		{"RSA with three primes", jwt.RS256, "", &three, "jwt: RS256 key: more than two primes are not supported"},
		{"secret", jwt.HS256, "", secret, "jwk: cannot write a private key of type []uint8"},
		{"public", jwt.RS256, "", &rsaKey.PublicKey, "jwk: cannot write a private key of type *rsa.PublicKey"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, err := jwk.MarshalPrivate(tt.alg, tt.kid, tt.key)
			require.EqualError(t, err, tt.text)
			require.Nil(t, data)
			noSecret(t, err.Error())
		})
	}
}

// TestShortCoordinates: numbers that begin with zero bytes keep their length.
func TestShortCoordinates(t *testing.T) {
	seen := make(map[string]bool)
	for n := int64(1); len(seen) < 2; n++ {
		key := scalar(elliptic.P256(), n)
		point := must(key.PublicKey.Bytes())
		name := map[bool]string{point[1] == 0: "x", point[33] == 0: "y"}[true]
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		data, err := jwk.MarshalPrivate(jwt.ES256, "", key)
		require.NoError(t, err)
		require.Equal(t, byte('A'), parseDocument(data).text(name)[0])
		require.Len(t, parseDocument(data).text("d"), 43)
		s, err := jwk.ParseSigner(data, "")
		require.NoError(t, err)
		require.True(t, key.PublicKey.Equal(s.PublicKey()))
	}
}
