//lint:file-ignore SA1019 keys that are wrong can be made in no other way

package jwt_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

var curves = map[jwt.Algorithm]elliptic.Curve{
	jwt.ES256: elliptic.P256(), jwt.ES384: elliptic.P384(), jwt.ES512: elliptic.P521(),
}

// customCurve is a curve of somebody else's making, whose points cannot be checked.
type customCurve struct{ elliptic.Curve }

// copyOfECDSA returns a copy that a test may change.
func copyOfECDSA(key *ecdsa.PrivateKey) *ecdsa.PrivateKey {
	return &ecdsa.PrivateKey{
		PublicKey: ecdsa.PublicKey{Curve: key.Curve, X: new(big.Int).Set(key.X), Y: new(big.Int).Set(key.Y)},
		D:         new(big.Int).Set(key.D),
	}
}

// Mutants of signer_ecdsa.go that live: the capacity of a buffer, and a signature in DER
// of r alone, which is refused one step later, since every signature is verified.

func TestECDSAPublicKeyRefused(t *testing.T) {
	for alg, curve := range curves {
		name, p := curve.Params().Name, curve.Params().P
		for _, tt := range []struct {
			name   string
			change func(k *ecdsa.PublicKey)
			text   string
		}{
			{"zero", func(k *ecdsa.PublicKey) { *k = ecdsa.PublicKey{} }, "nil public key"},
			{"no curve", func(k *ecdsa.PublicKey) { k.Curve = nil }, "nil public key"},
			{"no x", func(k *ecdsa.PublicKey) { k.X = nil }, "nil public key"},
			{"no y", func(k *ecdsa.PublicKey) { k.Y = nil }, "nil public key"},
			{"off the curve", func(k *ecdsa.PublicKey) { k.Y.Add(k.Y, big.NewInt(1)) }, "the point is not on " + name},
			{"swapped", func(k *ecdsa.PublicKey) { k.X, k.Y = k.Y, k.X }, "the point is not on " + name},
			{"infinity", func(k *ecdsa.PublicKey) { k.X, k.Y = new(big.Int), new(big.Int) }, "the point is not on " + name},
			{"x plus p", func(k *ecdsa.PublicKey) { k.X.Add(k.X, p) }, "the point is not on " + name},
			{"y plus p", func(k *ecdsa.PublicKey) { k.Y.Add(k.Y, p) }, "the point is not on " + name},
			{"x is p", func(k *ecdsa.PublicKey) { k.X.Set(p) }, "the point is not on " + name},
			{"negative x", func(k *ecdsa.PublicKey) { k.X.Neg(k.X) }, "the point is not on " + name},
			{"negative y", func(k *ecdsa.PublicKey) { k.Y.Neg(k.Y) }, "the point is not on " + name},
			{"huge x", func(k *ecdsa.PublicKey) { k.X.Lsh(k.X, 1<<16) }, "the point is not on " + name},
		} {
			key := copyOfECDSA(firstRaw().ecdsa[alg])
			tt.change(&key.PublicKey)
			text := "jwt: " + string(alg) + " key: " + tt.text
			require.EqualError(t, errOf(jwt.NewVerifier(alg, "k", &key.PublicKey)), text, tt.name)
			require.EqualError(t, errOf(jwt.NewSigner(alg, "k", key)), text, tt.name)
			require.EqualError(t, errOf(jwt.NewSigner(alg, "k", fakeKey{public: &key.PublicKey})), text, tt.name)
		}
		require.EqualError(t, errOf(jwt.NewVerifier(alg, "k", nil)), "jwt: "+string(alg)+" key: nil public key")
	}
}

func TestCurveMustBeOfTheAlgorithm(t *testing.T) {
	keys := map[string]*ecdsa.PrivateKey{"P-224": must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))}
	for _, key := range firstRaw().ecdsa {
		keys[key.Params().Name] = key
	}
	for alg, curve := range curves {
		want := curve.Params().Name
		for name, key := range keys {
			if name == want {
				continue
			}
			text := "jwt: " + string(alg) + " key: curve " + name + "; " + string(alg) + " wants " + want
			require.EqualError(t, errOf(jwt.NewSigner(alg, "k", key)), text)
			require.EqualError(t, errOf(jwt.NewSigner(alg, "k", opaque{key})), text)
			require.EqualError(t, errOf(jwt.NewVerifier(alg, "k", &key.PublicKey)), text)
		}
	}
}

// Only the curves of the standard library themselves are known to check points.
func TestCurveOfAnotherType(t *testing.T) {
	good := firstRaw().ecdsa[jwt.ES256]
	for name, curve := range map[string]elliptic.Curve{
		"wrapped":       customCurve{elliptic.P256()},
		"params":        elliptic.P256().Params(),
		"params, P-384": elliptic.P384().Params(),
		"no params":     &elliptic.CurveParams{},
		"nil params":    (*elliptic.CurveParams)(nil),
		"nil, wrapped":  customCurve{(*elliptic.CurveParams)(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			key := copyOfECDSA(good)
			key.Curve = curve
			for _, construct := range []func() error{
				func() error { return errOf(jwt.NewVerifier(jwt.ES256, "k", &key.PublicKey)) },
				func() error { return errOf(jwt.NewSigner(jwt.ES256, "k", key)) },
				func() error { return errOf(jwt.NewSigner(jwt.ES256, "k", fakeKey{public: &key.PublicKey})) },
			} {
				var err error
				require.NotPanics(t, func() { err = construct() })
				require.ErrorContains(t, err, "jwt: ES256 key: ")
				require.NotContains(t, err.Error(), "curve P-256; ES256 wants P-256")
			}
		})
	}
}

func TestECDSAHalvesMustFit(t *testing.T) {
	for alg, curve := range curves {
		other := secondRaw().ecdsa[alg]
		n := curve.Params().N
		for _, tt := range []struct {
			name   string
			change func(k *ecdsa.PrivateKey)
			text   string
		}{
			{"scalar of another key", func(k *ecdsa.PrivateKey) { k.D = other.D }, "the private half does not fit the public one"},
			{"point of another key", func(k *ecdsa.PrivateKey) { k.PublicKey = other.PublicKey }, "the private half does not fit the public one"},
			{"negated", func(k *ecdsa.PrivateKey) { k.D.Sub(n, k.D) }, "the private half does not fit the public one"},
			{"no scalar", func(k *ecdsa.PrivateKey) { k.D = nil }, "the private scalar is missing"},
			{"zero", func(k *ecdsa.PrivateKey) { k.D = new(big.Int) }, ""},
			{"negative", func(k *ecdsa.PrivateKey) { k.D.Neg(k.D) }, ""},
			{"the order", func(k *ecdsa.PrivateKey) { k.D.Set(n) }, ""},
			{"plus the order", func(k *ecdsa.PrivateKey) { k.D.Add(k.D, n) }, ""},
			{"huge", func(k *ecdsa.PrivateKey) { k.D.Lsh(k.D, 1<<16) }, ""},
		} {
			key := copyOfECDSA(firstRaw().ecdsa[alg])
			tt.change(key)
			err := errOf(jwt.NewSigner(alg, "k", key))
			require.ErrorContains(t, err, "jwt: "+string(alg)+" key: "+tt.text, "%s %s", alg, tt.name)
			if tt.text != "" {
				require.EqualError(t, err, "jwt: "+string(alg)+" key: "+tt.text)
			}
			requireNoSecret(t, err.Error(), firstRaw())
		}
	}
}

func TestECDSASignature(t *testing.T) {
	input := []byte("a.b")
	for alg, curve := range curves {
		k := testKeys(t)[alg]
		h := jwt.Header{Algorithm: alg, KeyID: "k1"}
		size := (curve.Params().BitSize + 7) / 8
		n := curve.Params().N
		// Until s begins with a zero, which DER drops and JWS keeps.
		for zero := false; !zero; {
			sig := must(k.signer.Sign(t.Context(), h, input))
			require.Len(t, sig, 2*size)
			if zero = sig[size] == 0; zero {
				require.NoError(t, k.verifier.Verify(t.Context(), h, input, sig))
			}
		}
		sig := must(k.signer.Sign(t.Context(), h, input))
		r, s := new(big.Int).SetBytes(sig[:size]), new(big.Int).SetBytes(sig[size:])
		raw := func(r, s *big.Int) []byte {
			return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
		}
		require.NoError(t, k.verifier.Verify(t.Context(), h, input, raw(r, s)))
		der := must(ecdsa.SignASN1(rand.Reader, firstRaw().ecdsa[alg], []byte("digest")))
		zero := new(big.Int)
		for name, bad := range map[string][]byte{
			"nil": nil, "empty": {}, "one byte": {0}, "short": sig[:2*size-1], "long": append(bytes.Clone(sig), 0),
			"r alone": sig[:size], "DER": der,
			"all zero": make([]byte, 2*size), // CVE-2022-21449
			"r zero":   raw(zero, s), "s zero": raw(r, zero),
			"r is n": raw(n, s), "s is n": raw(r, n), "both n": raw(n, n),
			"swapped": raw(s, r),
			"all set": bytes.Repeat([]byte{0xff}, 2*size),
		} {
			require.ErrorIs(t, k.verifier.Verify(t.Context(), h, input, bad), jwt.ErrSignature, "%s %s", alg, name)
		}
		require.ErrorIs(t, k.verifier.Verify(t.Context(), h, nil, sig), jwt.ErrSignature)
	}
}

// Of an ES256 token anyone can make another string that is accepted, so a list of
// revoked tokens must go by jti.
func TestECDSATwin(t *testing.T) {
	key := testKeys(t)[jwt.ES256]
	claims := keyClaims()
	claims.ID = "id-1"
	token := must(jwt.Sign(t.Context(), key.signer, claims))
	input, encoded := token[:strings.LastIndexByte(token, '.')+1], token[strings.LastIndexByte(token, '.')+1:]
	sig := []byte(decode(t, encoded))
	s := new(big.Int).SetBytes(sig[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(sig[32:])
	twin := input + encode(string(sig))
	require.NotEqual(t, token, twin)

	val := must(jwt.NewValidator(keyPolicy()))
	first := must(jwt.Parse[struct{}](t.Context(), token, key.verifier, val))
	second := must(jwt.Parse[struct{}](t.Context(), twin, key.verifier, val))
	require.Equal(t, first, second)
	require.Equal(t, "id-1", second.ID)
}
