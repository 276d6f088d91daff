package jwt

import (
	"crypto/sha256"
	"math/big"
	"sync"
)

// weakness says why anyone can factor an RSA modulus, which is odd, or returns "". It makes
// the checks of NIST SP 800-89 section 5.3.3 and the one for CVE-2017-15361. Without the last
// they take 20 µs for 2048 bits; see [hasTwoPrimes] about the last.
func weakness(n *big.Int) string {
	root := new(big.Int).Sqrt(n)
	switch {
	case isROCA(n):
		return "of a generator whose keys can be factored (CVE-2017-15361)"
	case !coprime(smallPrimes(), n):
		return "divisible by a small prime"
	case root.Mul(root, root).Cmp(n) == 0:
		return "that is a square"
	case !hasTwoPrimes(n):
		return "that is a prime or a power of one"
	}
	return ""
}

func coprime(a, b *big.Int) bool {
	return new(big.Int).GCD(nil, nil, a, b).Cmp(big.NewInt(1)) == 0
}

// smallPrimes returns the product of the odd primes below 752.
var smallPrimes = sync.OnceValue(func() *big.Int {
	product := big.NewInt(1)
	for p := int64(3); p < 752; p += 2 {
		if prime := big.NewInt(p); prime.ProbablyPrime(0) {
			product.Mul(product, prime)
		}
	}
	return product
})

// isROCA reports whether n has the mark of moduli made by Infineon's RSALib
// (CVE-2017-15361): modulo many small primes it is a power of 65537. Four sound moduli
// in 10⁹ have it by chance.
func isROCA(n *big.Int) bool {
	for _, p := range []int64{11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157} {
		rest := new(big.Int).Mod(n, big.NewInt(p)).Int64()
		power := int64(1)
		for power != rest {
			if power = power * 65537 % p; power == 1 {
				return false
			}
		}
	}
	return true
}

// hasTwoPrimes reports whether n, which is odd, has two different prime factors. A prime p
// divides 3ⁿ-3 if n is a power of p (Fermat); a prime factor of a sound modulus does not.
//
// Every such test takes an exponentiation: 3 ms for 2048 bits, 20 ms for 4096 bits, 160 ms
// for 8192 bits. So the moduli that pass are remembered, by their hash: one that is fetched
// again, or is for several algorithms, costs it once.
func hasTwoPrimes(n *big.Int) bool {
	id := sha256.Sum256(n.Bytes())
	if composites.has(id) {
		return true
	}
	three := big.NewInt(3) // with 2, numbers such as 2²⁰⁴⁸+1 would pass for primes
	x := new(big.Int).Exp(three, n, n)
	if !coprime(x.Sub(x, three).Mod(x, n), n) {
		return false
	}
	composites.add(id)
	return true
}

// composites are moduli that have passed hasTwoPrimes.
var composites = recent{sums: make(map[[sha256.Size]byte]struct{})}

// A recent is a set of hashes that forgets all of them when it is full.
type recent struct {
	mu   sync.Mutex
	sums map[[sha256.Size]byte]struct{}
}

const maxRecent = 1024

func (r *recent) has(sum [sha256.Size]byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.sums[sum]
	return ok
}

func (r *recent) add(sum [sha256.Size]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.sums) >= maxRecent {
		clear(r.sums)
	}
	r.sums[sum] = struct{}{}
}
