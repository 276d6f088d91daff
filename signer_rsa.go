package jwt

import (
	"context"
	"crypto"
	"crypto/fips140"
	"crypto/rsa"
	"crypto/sha512"
	"errors"
	"math/big"
	"slices"

	"github.com/cda17858/jwt/internal/alg"
)

// Sizes of RSA keys in bits: what RFC 7518 section 3.3 asks for at least, and what
// an attacker who sends keys could make us work at most.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// copyRSAKey returns a copy of key with everything precomputed.
func copyRSAKey(key *rsa.PrivateKey) (*rsa.PrivateKey, error) {
	switch {
	case key.D == nil || len(key.Primes) < 2 || slices.Contains(key.Primes, nil):
		return nil, errors.New("the private exponent or the primes are missing")
	case len(key.Primes) > 2: // crypto/rsa does not check that such a key is consistent
		return nil, errors.New("more than two primes are not supported")
	}
	c := &rsa.PrivateKey{PublicKey: *copyRSAPublicKey(&key.PublicKey), D: new(big.Int).Set(key.D)}
	for _, p := range key.Primes {
		c.Primes = append(c.Primes, new(big.Int).Set(p))
	}
	c.Precompute()
	negative := slices.ContainsFunc(append(c.Primes, c.D), func(n *big.Int) bool { return n.Sign() < 0 })
	if err := c.Validate(); err != nil || negative { // Validate looks at magnitudes
		return nil, errors.New("the private half does not fit the public one")
	}
	return c, nil
}

func newRSAVerifier(l label, p alg.Params, key *rsa.PublicKey) (KeyVerifier, error) {
	switch {
	case key == nil || key.N == nil:
		return nil, l.errf("nil public key")
	case key.N.Sign() <= 0 || key.N.BitLen() < minRSABits || key.N.BitLen() > maxRSABits:
		return nil, l.errf("modulus of %d bits; %d to %d are allowed", key.N.BitLen(), minRSABits, maxRSABits)
	case key.N.Bit(0) == 0:
		return nil, l.errf("even modulus")
	case key.E < 3 || key.E%2 == 0:
		return nil, l.errf("exponent %d; it must be odd and at least 3", key.E)
	case key.E > 1<<31-1:
		return nil, l.errf("exponent longer than 31 bits")
	case key.E <= 1<<16 && fips140.Enforced():
		return nil, l.errf("exponent %d; FIPS 140-3 mode wants more than 65536", key.E)
	case key.N.BitLen()%2 != 0 && fips140.Enforced():
		return nil, l.errf("modulus of %d bits; FIPS 140-3 mode wants an even number", key.N.BitLen())
	}
	if what := weakness(key.N); what != "" {
		return nil, l.errf("modulus %s; make a new key", what)
	}
	v := &rsaVerifier{label: l, key: copyRSAPublicKey(key), hash: p.Hash}
	if p.Family == alg.PSS {
		v.pss = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: p.Hash}
	}
	return v, nil
}

type rsaVerifier struct {
	label
	key  *rsa.PublicKey
	hash crypto.Hash
	pss  *rsa.PSSOptions // nil for PKCS #1 v1.5
}

func copyRSAPublicKey(key *rsa.PublicKey) *rsa.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).Set(key.N), E: key.E}
}

func (v *rsaVerifier) PublicKey() crypto.PublicKey { return copyRSAPublicKey(v.key) }

func (v *rsaVerifier) Verify(_ context.Context, h Header, input, sig []byte) error {
	if err := v.match(h); err != nil {
		return err
	}
	var buf [sha512.Size]byte
	var err error
	if sum := digest(v.hash, input, &buf); v.pss != nil {
		err = rsa.VerifyPSS(v.key, v.hash, sum, sig, v.pss)
	} else {
		err = rsa.VerifyPKCS1v15(v.key, v.hash, sum, sig)
	}
	if err != nil {
		return ErrSignature
	}
	return nil
}
