package jwt_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// requireEd25519Error checks that the public key is refused wherever it comes from.
func requireEd25519Error(t *testing.T, key ed25519.PublicKey, text string) {
	t.Helper()
	for _, alg := range []jwt.Algorithm{jwt.EdDSA, jwt.Ed25519} {
		text := "jwt: " + string(alg) + " key: " + text
		require.EqualError(t, errOf(jwt.NewVerifier(alg, "k", key)), text, "%x", key)
		if key != nil {
			require.EqualError(t, errOf(jwt.NewSigner(alg, "k", fakeKey{public: key})), text, "%x", key)
		}
	}
}

func TestEd25519SmallOrder(t *testing.T) {
	const smallOrder = "the point is of small order: anyone can make signatures that it verifies"
	for _, text := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000", // order 1
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // order 2
		"0000000000000000000000000000000000000000000000000000000000000000", // order 4
		"0000000000000000000000000000000000000000000000000000000000000080", // order 4
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", // order 8
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", // order 8
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", // order 8
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", // order 8
		"0100000000000000000000000000000000000000000000000000000000000080", // order 1, x = -0
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", // order 2, x = -0
	} {
		requireEd25519Error(t, must(hex.DecodeString(text)), smallOrder)
	}

	// Why: this key verifies this signature of anything.
	identity := must(hex.DecodeString("0100000000000000000000000000000000000000000000000000000000000000"))
	require.True(t, ed25519.Verify(identity, []byte("anything"), append(bytes.Clone(identity), make([]byte, 32)...)))
}

// littleEndian encodes y with the sign of x.
func littleEndian(y *big.Int, sign byte) ed25519.PublicKey {
	key := y.FillBytes(make([]byte, 32))
	slices.Reverse(key)
	key[31] |= sign << 7
	return key
}

func fieldPrime() *big.Int {
	return new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
}

// RFC 8032 section 5.1.3: y is less than p. Among these are four more encodings of
// points of small order.
func TestEd25519NotCanonical(t *testing.T) {
	y := fieldPrime()
	for range 19 {
		requireEd25519Error(t, littleEndian(y, 0), "not the canonical encoding of a point")
		requireEd25519Error(t, littleEndian(y, 1), "not the canonical encoding of a point")
		y = new(big.Int).Add(y, big.NewInt(1))
	}
	require.Equal(t, 256, y.BitLen()) // those were all
}

// onCurve says whether there is a point with this y: a square root of
// (y² - 1)/(dy² + 1).
func onCurve(y *big.Int) bool {
	p := fieldPrime()
	d := new(big.Int).ModInverse(big.NewInt(121666), p)
	d.Mul(d, big.NewInt(-121665)).Mod(d, p)
	y2 := new(big.Int).Mul(y, y)
	v := new(big.Int).Mul(d, y2)
	v.Add(v, big.NewInt(1)).ModInverse(v.Mod(v, p), p)
	x2 := v.Mul(v, y2.Sub(y2, big.NewInt(1)))
	return new(big.Int).ModSqrt(x2.Mod(x2, p), p) != nil
}

// pseudorandom returns the same 32 bytes for n each time.
func pseudorandom(n int) []byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
	return sum[:]
}

func TestEd25519NotOnCurve(t *testing.T) {
	refused := 0
	for n := range 200 {
		key := pseudorandom(n)
		y := bytes.Clone(key)
		slices.Reverse(y)
		y[0] &= 0x7f
		if onCurve(new(big.Int).SetBytes(y)) {
			require.NoError(t, errOf(jwt.NewVerifier(jwt.EdDSA, "", ed25519.PublicKey(key))), "%x", key)
		} else {
			requireEd25519Error(t, key, "the point is not on the curve")
			refused++
		}
	}
	require.Greater(t, refused, 50)
	for _, y := range []int64{2, 7, 8} {
		requireEd25519Error(t, littleEndian(big.NewInt(y), 0), "the point is not on the curve")
	}
}

func TestEd25519GoodKeys(t *testing.T) {
	keys := 2000
	if testing.Short() {
		keys = 200
	}
	for n := range keys {
		key := ed25519.NewKeyFromSeed(pseudorandom(n))
		v, err := jwt.NewVerifier(jwt.EdDSA, "", key.Public().(ed25519.PublicKey))
		require.NoError(t, err, "%d", n)
		require.NoError(t, v.Verify(t.Context(), jwt.Header{Algorithm: jwt.EdDSA}, nil, ed25519.Sign(key, nil)))
	}
}

func TestEd25519Length(t *testing.T) {
	good := firstRaw().ed25519
	for _, n := range []int{1, 31, 33, 57, 64} {
		requireEd25519Error(t, bytes.Repeat([]byte{9}, n), fmt.Sprintf("public key of %d bytes; it has 32", n))
	}
	requireEd25519Error(t, nil, "public key of 0 bytes; it has 32")
	requireEd25519Error(t, ed25519.PublicKey{}, "public key of 0 bytes; it has 32")
	for _, n := range []int{1, 32, 63, 65, 128} {
		key := ed25519.PrivateKey(bytes.Repeat(good, 2)[:n])
		text := fmt.Sprintf("jwt: Ed25519 key: private key of %d bytes; it has 64", n)
		require.EqualError(t, errOf(jwt.NewSigner(jwt.Ed25519, "k", key)), text)
		require.EqualError(t, errOf(jwt.NewSigner(jwt.Ed25519, "k", &key)), text)
	}
}

func TestEd25519HalvesMustFit(t *testing.T) {
	one, two := firstRaw().ed25519, secondRaw().ed25519
	for name, key := range map[string]ed25519.PrivateKey{
		"public half of another key": slices.Concat(one[:32], two[32:]),
		"seed of another key":        slices.Concat(two[:32], one[32:]),
	} {
		require.EqualError(t, errOf(jwt.NewSigner(jwt.EdDSA, "k", key)),
			"jwt: EdDSA key: the private half does not fit the public one", name)
		require.EqualError(t, errOf(jwt.NewSigner(jwt.EdDSA, "k", &key)),
			"jwt: EdDSA key: the private half does not fit the public one", name)
	}
	for name, key := range map[string]ed25519.PrivateKey{
		"zero public half": slices.Concat(one[:32], make([]byte, 32)),
		"zero":             make([]byte, 64),
	} {
		require.EqualError(t, errOf(jwt.NewSigner(jwt.EdDSA, "k", key)),
			"jwt: EdDSA key: the point is of small order: anyone can make signatures that it verifies", name)
	}
	// A pointer to a key is a key, and copied as well.
	key := bytes.Clone(one)
	s := must(jwt.NewSigner(jwt.EdDSA, "k1", (*ed25519.PrivateKey)(&key)))
	clear(key)
	require.NoError(t, parseToken(t, signToken(t, s), testKeys(t)[jwt.EdDSA].verifier))
}

func TestEd25519Signature(t *testing.T) {
	input := []byte("a.b")
	for _, alg := range []jwt.Algorithm{jwt.EdDSA, jwt.Ed25519} {
		k := testKeys(t)[alg]
		h := jwt.Header{Algorithm: alg, KeyID: "k1"}
		sig := must(k.signer.Sign(t.Context(), h, input))
		require.NoError(t, k.verifier.Verify(t.Context(), h, input, sig))
		require.Equal(t, ed25519.Sign(firstRaw().ed25519, input), sig)
		order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
		s := bytes.Clone(sig[32:])
		slices.Reverse(s)
		malleable := littleEndian(order.Add(order, new(big.Int).SetBytes(s)), 0)
		for name, bad := range map[string][]byte{
			"nil": nil, "empty": {}, "short": sig[:63], "long": append(bytes.Clone(sig), 0),
			"zeros": make([]byte, 64), "R alone": sig[:32],
			"S plus the order": slices.Concat(sig[:32], malleable), // RFC 8032 section 5.1.7
		} {
			require.ErrorIs(t, k.verifier.Verify(t.Context(), h, input, bad), jwt.ErrSignature, name)
		}
	}
}

func TestShortEd25519Key(t *testing.T) {
	for _, size := range []int{-1, 0, 1, 31, 32, 63, 65} {
		var key ed25519.PrivateKey
		if size >= 0 {
			key = make(ed25519.PrivateKey, size)
		}
		require.ErrorContains(t, errOf(jwt.NewSigner(jwt.RS256, "k1", key)), "jwt: RS256 key: ")
		require.ErrorContains(t, errOf(jwt.NewSigner(jwt.ES256, "k1", key)), "jwt: ES256 key: ")
		require.ErrorContains(t, errOf(jwt.NewSigner(jwt.EdDSA, "k1", key)), "jwt: EdDSA key: ")
	}
}
