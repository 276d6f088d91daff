//lint:file-ignore SA1019 keys that are wrong can be made in no other way

package jwt_test

import (
	"bytes"
	"crypto"
	"crypto/fips140"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math"
	"math/big"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

func TestRSAPublicKeyRefused(t *testing.T) {
	n := firstRaw().rsa.N
	tests := []struct {
		name string
		key  *rsa.PublicKey
		text string
	}{
		{"nil", nil, "nil public key"},
		{"zero", &rsa.PublicKey{}, "nil public key"},
		{"no modulus", &rsa.PublicKey{E: 65537}, "nil public key"},
		{"modulus 0", &rsa.PublicKey{N: new(big.Int), E: 65537}, "modulus of 0 bits; 2048 to 8192 are allowed"},
		{"modulus 1", &rsa.PublicKey{N: big.NewInt(1), E: 65537}, "modulus of 1 bits; 2048 to 8192 are allowed"},
		{"512 bits", &rsa.PublicKey{N: modulus(512), E: 65537}, "modulus of 512 bits; 2048 to 8192 are allowed"},
		{"1024 bits", &rsa.PublicKey{N: modulus(1024), E: 65537}, "modulus of 1024 bits; 2048 to 8192 are allowed"},
		{"2047 bits", &rsa.PublicKey{N: modulus(2047), E: 65537}, "modulus of 2047 bits; 2048 to 8192 are allowed"},
		{"8193 bits", &rsa.PublicKey{N: modulus(8193), E: 65537}, "modulus of 8193 bits; 2048 to 8192 are allowed"},
		{"16384 bits", &rsa.PublicKey{N: modulus(16384), E: 65537}, "modulus of 16384 bits; 2048 to 8192 are allowed"},
		{"even modulus", &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}, "even modulus"},
		{"no exponent", &rsa.PublicKey{N: n}, "exponent 0; it must be odd and at least 3"},
		{"exponent 1", &rsa.PublicKey{N: n, E: 1}, "exponent 1; it must be odd and at least 3"},
		{"exponent 2", &rsa.PublicKey{N: n, E: 2}, "exponent 2; it must be odd and at least 3"},
		{"exponent 4", &rsa.PublicKey{N: n, E: 4}, "exponent 4; it must be odd and at least 3"},
		{"exponent 65536", &rsa.PublicKey{N: n, E: 65536}, "exponent 65536; it must be odd and at least 3"},
		{"exponent -3", &rsa.PublicKey{N: n, E: -3}, "exponent -3; it must be odd and at least 3"},
	}
	if math.MaxInt > math.MaxInt32 {
		for _, e := range []int64{1<<31 + 1, 1<<32 + 1, math.MaxInt64} {
			tests = append(tests, struct {
				name string
				key  *rsa.PublicKey
				text string
			}{"huge exponent", &rsa.PublicKey{N: n, E: int(e)}, "exponent longer than 31 bits"})
		}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, alg := range allAlgorithms[3:9] {
				text := "jwt: " + string(alg) + " key: " + tt.text
				require.EqualError(t, errOf(jwt.NewVerifier(alg, "k", tt.key)), text)
				if tt.key == nil {
					text = "jwt: " + string(alg) + " key: its Public method returns nil"
				} else {
					require.EqualError(t, errOf(jwt.NewSigner(alg, "k", &rsa.PrivateKey{PublicKey: *tt.key})), text)
				}
				require.EqualError(t, errOf(jwt.NewSigner(alg, "k", fakeKey{public: tt.key})), text)
			}
		})
	}
	negative := &rsa.PublicKey{N: new(big.Int).Neg(n), E: 65537}
	require.ErrorContains(t, errOf(jwt.NewVerifier(jwt.RS256, "k", negative)), "jwt: RS256 key: modulus ")
}

// Mutants of signer_rsa.go that live: a modulus of zero is too short as well; a private
// exponent of zero fails its next check; the rules for FIPS mode show in that mode alone.

func TestRSAPublicKeyAccepted(t *testing.T) {
	for _, key := range []*rsa.PublicKey{
		{N: modulus(2048), E: 3},
		{N: modulus(2048), E: 65535},
		{N: modulus(2048), E: 65537},
		{N: modulus(2049), E: 65537},
		{N: modulus(3072), E: 65539},
		{N: modulus(8192), E: math.MaxInt32},
	} {
		err := errOf(jwt.NewVerifier(jwt.RS256, "", key))
		switch bits := key.N.BitLen(); { // FIPS 186-5, section 5.1
		case fips140.Enforced() && key.E < 65537:
			require.EqualError(t, err, fmt.Sprintf("jwt: RS256 key: exponent %d; FIPS 140-3 mode wants more than 65536", key.E))
		case fips140.Enforced() && bits%2 != 0:
			require.EqualError(t, err, fmt.Sprintf("jwt: RS256 key: modulus of %d bits; FIPS 140-3 mode wants an even number", bits))
		default:
			require.NoError(t, err)
		}
	}
}

func TestRSAHalvesMustFit(t *testing.T) {
	const unfit = "jwt: PS256 key: the private half does not fit the public one"
	const missing = "jwt: PS256 key: the private exponent or the primes are missing"
	other := secondRaw().rsa
	for _, tt := range []struct {
		name   string
		change func(k *rsa.PrivateKey)
		text   string
	}{
		{"exponent of another key", func(k *rsa.PrivateKey) { k.D = other.D }, unfit},
		{"modulus of another key", func(k *rsa.PrivateKey) { k.N = other.N }, unfit},
		{"public half of another key", func(k *rsa.PrivateKey) { k.PublicKey = other.PublicKey }, unfit},
		{"primes of another key", func(k *rsa.PrivateKey) { k.Primes = other.Primes }, unfit},
		{"one prime of another key", func(k *rsa.PrivateKey) { k.Primes[1] = other.Primes[1] }, unfit},
		{"another public exponent", func(k *rsa.PrivateKey) { k.E = 65539 }, unfit},
		{"zero exponent", func(k *rsa.PrivateKey) { k.D = new(big.Int) }, unfit},
		{"prime 1", func(k *rsa.PrivateKey) { k.Primes = []*big.Int{big.NewInt(1), k.N} }, unfit},
		{"prime 0", func(k *rsa.PrivateKey) { k.Primes = []*big.Int{new(big.Int), new(big.Int)} }, unfit},
		{"no exponent", func(k *rsa.PrivateKey) { k.D = nil }, missing},
		{"no primes", func(k *rsa.PrivateKey) { k.Primes = nil }, missing},
		{"one prime", func(k *rsa.PrivateKey) { k.Primes = k.Primes[:1] }, missing},
		{"nil prime", func(k *rsa.PrivateKey) { k.Primes[0] = nil }, missing},
		{"negative exponent", func(k *rsa.PrivateKey) { k.D = new(big.Int).Neg(k.D) }, unfit},
		{"negative prime", func(k *rsa.PrivateKey) { k.Primes[0] = new(big.Int).Neg(k.Primes[0]) }, unfit},
		{"negative primes", func(k *rsa.PrivateKey) {
			k.Primes = []*big.Int{new(big.Int).Neg(k.Primes[0]), new(big.Int).Neg(k.Primes[1])}
		}, unfit},
		{"third prime", func(k *rsa.PrivateKey) { k.Primes = append(k.Primes, big.NewInt(7)) }, "jwt: PS256 key: more than two primes are not supported"},
		{"third prime, exponent of another key", func(k *rsa.PrivateKey) {
			k.Primes, k.D = append(k.Primes, big.NewInt(7)), other.D
		}, "jwt: PS256 key: more than two primes are not supported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, precomputed := range []bool{false, true} {
				key := copyOfRSA(firstRaw().rsa)
				if precomputed {
					key.Precompute()
				}
				tt.change(key)
				err := errOf(jwt.NewSigner(jwt.PS256, "k", key))
				require.EqualError(t, err, tt.text)
			}
		})
	}
}

func copyOfRSA(key *rsa.PrivateKey) *rsa.PrivateKey {
	c := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Set(key.N), E: key.E},
		D:         new(big.Int).Set(key.D),
	}
	for _, p := range key.Primes {
		c.Primes = append(c.Primes, new(big.Int).Set(p))
	}
	return c
}

// What is precomputed of a key is the caller's to write as well, and need not fit.
func TestRSAPrecomputed(t *testing.T) {
	k := testKeys(t)[jwt.RS256]
	for name, change := range map[string]func(k *rsa.PrivateKey){
		"none":           func(k *rsa.PrivateKey) { k.Precomputed = rsa.PrecomputedValues{} },
		"of another key": func(k *rsa.PrivateKey) { k.Precomputed = secondRaw().rsa.Precomputed },
		"one missing":    func(k *rsa.PrivateKey) { k.Precomputed.Dq = nil },
		"one wrong":      func(k *rsa.PrivateKey) { k.Precomputed.Dp = big.NewInt(3) },
		"third prime":    func(k *rsa.PrivateKey) { k.Precomputed.CRTValues = make([]rsa.CRTValue, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			key := copyOfRSA(firstRaw().rsa)
			key.Precompute()
			change(key)
			s, err := jwt.NewSigner(jwt.RS256, "k1", key)
			if err == nil {
				require.NoError(t, parseToken(t, signToken(t, s), k.verifier))
			}
		})
	}
}

// A key is not changed, so that several goroutines may make Signers of one.
func TestRSAKeyIsNotChanged(t *testing.T) {
	key := copyOfRSA(firstRaw().rsa)
	var wg sync.WaitGroup
	for _, alg := range allAlgorithms[3:9] {
		wg.Go(func() {
			if _, err := jwt.NewSigner(alg, "k", key); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, copyOfRSA(firstRaw().rsa), key)
}

func TestRSASignature(t *testing.T) {
	input := []byte("a.b")
	for _, alg := range allAlgorithms[3:9] {
		k := testKeys(t)[alg]
		h := jwt.Header{Algorithm: alg, KeyID: "k1"}
		sig := must(k.signer.Sign(t.Context(), h, input))
		require.Len(t, sig, 256)
		require.NoError(t, k.verifier.Verify(t.Context(), h, input, sig))
		n := firstRaw().rsa.N.Bytes()
		for name, bad := range map[string][]byte{
			"nil": nil, "empty": {}, "short": sig[:255], "long": append(bytes.Clone(sig), 0), "zero before": append([]byte{0}, sig...),
			"zeros": make([]byte, 256), "modulus": n,
		} {
			require.ErrorIs(t, k.verifier.Verify(t.Context(), h, input, bad), jwt.ErrSignature, name)
		}
	}
}

// RFC 7518 section 3.5: the salt is as long as the hash, on both sides.
func TestPSSSaltLength(t *testing.T) {
	input := []byte("a.b")
	for alg, hash := range map[jwt.Algorithm]crypto.Hash{jwt.PS256: crypto.SHA256, jwt.PS384: crypto.SHA384, jwt.PS512: crypto.SHA512} {
		k := testKeys(t)[alg]
		h := jwt.Header{Algorithm: alg}
		digest := hash.New()
		digest.Write(input)
		sum := digest.Sum(nil)
		key := firstRaw().rsa

		sig := must(k.signer.Sign(t.Context(), h, input))
		require.NoError(t, rsa.VerifyPSS(&key.PublicKey, hash, sum, sig, &rsa.PSSOptions{SaltLength: hash.Size()}))
		for _, salt := range []int{1, hash.Size() - 1, hash.Size()} {
			sig, err := rsa.SignPSS(rand.Reader, key, hash, sum, &rsa.PSSOptions{SaltLength: salt})
			require.NoError(t, err)
			err = k.verifier.Verify(t.Context(), h, input, sig)
			if salt == hash.Size() {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, jwt.ErrSignature, "salt of %d bytes", salt)
			}
		}
	}
}
