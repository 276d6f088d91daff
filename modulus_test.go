package jwt_test

import (
	"crypto/fips140"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"math/big"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// smallPrimes returns the product of the odd primes below 5000.
var smallPrimes = sync.OnceValue(func() *big.Int {
	product := big.NewInt(1)
	for p := int64(3); p < 5000; p += 2 {
		if big.NewInt(p).ProbablyPrime(0) {
			product.Mul(product, big.NewInt(p))
		}
	}
	return product
})

// modulus returns a number of that many bits that passes for an RSA modulus.
func modulus(bits uint) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return soundAfter(n.SetBit(n, 0, 1))
}

// soundAfter returns the first number from n, which is odd, without a small factor.
func soundAfter(n *big.Int) *big.Int {
	n = new(big.Int).Set(n)
	for primes := smallPrimes(); new(big.Int).GCD(nil, nil, n, primes).Cmp(big.NewInt(1)) != 0; {
		n.Add(n, big.NewInt(2))
	}
	return n
}

// requireWeak checks that a modulus is refused wherever it comes from.
func requireWeak(t *testing.T, n *big.Int, text string) {
	t.Helper()
	key := &rsa.PublicKey{N: n, E: 65537}
	require.EqualError(t, errOf(jwt.NewVerifier(jwt.PS384, "k", key)), "jwt: PS384 key: "+text)
	require.EqualError(t, errOf(jwt.NewSigner(jwt.PS384, "k", fakeKey{public: key})), "jwt: PS384 key: "+text)
	data := pemBlock("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(key)))
	require.EqualError(t, errOf(jwt.ParsePublicKey(jwt.PS384, "k", data)), "jwt: PS384 key: "+text)
}

// power returns (factor * 2^exponent + add)^n.
func power(factor, exponent, add, n int64) *big.Int {
	b := new(big.Int).Lsh(big.NewInt(factor), uint(exponent))
	return b.Exp(b.Add(b, big.NewInt(add)), big.NewInt(n), nil)
}

// NIST SP 800-89 section 5.3.3. The primes are of a form by which they can be written down; all
// moduli have an even number of bits, as FIPS 140-3 mode wants.
func TestWeakModulus(t *testing.T) {
	const (
		small  = "modulus divisible by a small prime; make a new key"
		square = "modulus that is a square; make a new key"
		prime  = "modulus that is a prime or a power of one; make a new key"
	)
	times := func(p int64) *big.Int {
		n := modulus(2048)
		if n.Mul(n, big.NewInt(p)); n.BitLen()%2 != 0 {
			n.Mul(modulus(2049), big.NewInt(p))
		}
		return n
	}
	for _, tt := range []struct {
		name string
		n    *big.Int
		text string
	}{
		{"prime of 2210 bits", power(3, 2208, 1, 1), prime},
		{"prime of 2818 bits", power(3, 2816, 1, 1), prime},
		{"prime of 3914 bits", power(3, 3912, 1, 1), prime},
		{"fifth power of a prime", power(3, 534, 1, 5), prime},
		{"square of a prime", power(1, 1279, -1, 2), square},
		{"square of a product", new(big.Int).Exp(soundAfter(power(3, 1023, 1, 1)), big.NewInt(2), nil), square},
		{"fourth power", power(1, 521, -1, 4), square},
		{"3 times a number", times(3), small},
		{"751 times a number", times(751), small},
	} {
		t.Run(tt.name, func(t *testing.T) { requireWeak(t, tt.n, tt.text) })
	}
	mersenne := new(big.Int).Mul(power(1, 1279, -1, 1), power(1, 2203, -1, 1))
	for _, n := range []*big.Int{firstRaw().rsa.N, secondRaw().rsa.N, times(757), mersenne} {
		for range 2 { // the second time it is remembered
			require.NoError(t, errOf(jwt.NewVerifier(jwt.RS256, "k", &rsa.PublicKey{N: n, E: 65537})))
		}
	}
}

// What is remembered of good moduli is bounded, and lets no bad one pass.
func TestWeakModulusMemo(t *testing.T) {
	prime := power(3, 2208, 1, 1)
	for i := range 2 {
		for j := range 3000 {
			jwt.RememberModulus(sha256.Sum256(fmt.Append(nil, i, j)))
		}
		require.LessOrEqual(t, jwt.RememberedModuli(), 1024)
		requireWeak(t, prime, "modulus that is a prime or a power of one; make a new key")
	}
}

// Infineon's RSALib made primes of the form k*m + (65537^a mod m), where m is the
// product of the first primes, 126 of them for a modulus of 2048 bits.
func TestROCA(t *testing.T) {
	m := big.NewInt(1)
	for p := int64(2); p <= 701; p++ {
		if big.NewInt(p).ProbablyPrime(0) {
			m.Mul(m, big.NewInt(p))
		}
	}
	for a := range int64(5) {
		k := new(big.Int).Div(power(1, 2047, 1, 1), m)
		n := k.Add(k, big.NewInt(1+a))
		n.Mul(n, m)
		n.Add(n, new(big.Int).Exp(big.NewInt(65537), big.NewInt(1000*a), m))
		requireWeak(t, n, "modulus of a generator whose keys can be factored (CVE-2017-15361); make a new key")
		sound := soundAfter(n.Add(n, big.NewInt(2)))
		if !fips140.Enforced() || sound.BitLen()%2 == 0 {
			require.NoError(t, errOf(jwt.NewVerifier(jwt.PS384, "k", &rsa.PublicKey{N: sound, E: 65537})))
		}
	}
}
