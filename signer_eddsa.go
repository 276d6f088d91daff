package jwt

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"math/big"
	"slices"
)

func copyEd25519Key(key ed25519.PrivateKey) (ed25519.PrivateKey, error) {
	c := ed25519.NewKeyFromSeed(key.Seed())
	if !c.Equal(key) {
		return nil, errors.New("the private half does not fit the public one")
	}
	return c, nil
}

func newEdDSAVerifier(l label, key ed25519.PublicKey) (KeyVerifier, error) {
	if len(key) != ed25519.PublicKeySize {
		return nil, l.errf("public key of %d bytes; it has %d", len(key), ed25519.PublicKeySize)
	}
	if err := checkEd25519Point(key); err != nil {
		return nil, l.errf("%w", err)
	}
	return &eddsaVerifier{l, &eddsaKey{bytes.Clone(key)}}, nil
}

// checkEd25519Point checks key with the equation of the curve,
// -x² + y² = 1 + dx²y² modulo p = 2²⁵⁵ - 19 with d = -121665/121666.
func checkEd25519Point(key []byte) error {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	mul := func(a, b *big.Int) *big.Int { m := new(big.Int).Mul(a, b); return m.Mod(m, p) }
	add := func(a *big.Int, b int64) *big.Int { return new(big.Int).Add(a, big.NewInt(b)) }
	d := mul(big.NewInt(-121665), new(big.Int).ModInverse(big.NewInt(121666), p))

	reversed := bytes.Clone(key)
	slices.Reverse(reversed)
	reversed[0] &= 0x7f // the sign of x
	y := new(big.Int).SetBytes(reversed)
	if y.Cmp(p) >= 0 {
		return errors.New("not the canonical encoding of a point")
	}
	y2 := mul(y, y)
	u, v := add(y2, -1), add(mul(d, y2), 1) // x² = u/v
	if big.Jacobi(mul(u, v), p) < 0 {
		return errors.New("the point is not on the curve")
	}
	// The points whose order divides 8 are those with x = 0, with y = 0, and those
	// whose double has y = 0: there x² = -y², and the equation of the curve becomes
	// dy⁴ + 2y² - 1 = 0.
	eight := add(new(big.Int).Add(mul(d, mul(y2, y2)), new(big.Int).Lsh(y2, 1)), -1)
	if mul(mul(y, u), eight).Sign() == 0 {
		return errors.New("the point is of small order: anyone can make signatures that it verifies")
	}
	return nil
}

type eddsaVerifier struct {
	label
	*eddsaKey
}

type eddsaKey struct{ key ed25519.PublicKey }

func (v *eddsaVerifier) PublicKey() crypto.PublicKey { return ed25519.PublicKey(bytes.Clone(v.key)) }

func (v *eddsaVerifier) Verify(_ context.Context, h Header, input, sig []byte) error {
	if err := v.match(h); err != nil {
		return err
	}
	if len(sig) != ed25519.SignatureSize || !ed25519.Verify(v.key, input, sig) {
		return ErrSignature
	}
	return nil
}
