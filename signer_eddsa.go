package jwt

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

func checkEdDSA(alg Algorithm) error {
	if alg != EdDSA && alg != Ed25519 {
		return fmt.Errorf("jwt: %q is not for an Ed25519 key; EdDSA and Ed25519 are", alg)
	}
	return nil
}

// NewEdDSASigner returns a Signer with an Ed25519 key, for EdDSA or Ed25519. They
// are two names of one signature (RFC 8037 section 3.1, RFC 9864 section 2.2); a
// Verifier takes the one that it was made for. key is an [ed25519.PrivateKey], which
// is copied, or any other [crypto.Signer] with an [ed25519.PublicKey], such as a key
// in an HSM; each signature of such a key is verified before Sign returns it. The
// private half must fit the public one, which must be as [NewEdDSAVerifier] says.
// kid may be empty.
func NewEdDSASigner(alg Algorithm, kid string, key crypto.Signer) (Signer, error) {
	l, err := newLabel(alg, kid)
	if err != nil {
		return nil, err
	}
	if err := checkEdDSA(alg); err != nil {
		return nil, err
	}
	if p, ok := key.(*ed25519.PrivateKey); ok && p != nil {
		key = *p
	}
	edKey, own := key.(ed25519.PrivateKey)
	if own {
		if key, err = copyEd25519Key(edKey); err != nil {
			return nil, l.errf("%w", err)
		}
	}
	if err := l.checkCryptoSigner(key); err != nil {
		return nil, err
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, l.errf("not an Ed25519 key but %T", key.Public())
	}
	v, err := newEdDSAVerifier(l, public)
	if err != nil {
		return nil, err
	}
	return &keySigner{l, &private{key: key, opts: crypto.Hash(0), public: v, distrusted: !own}}, nil
}

func copyEd25519Key(key ed25519.PrivateKey) (ed25519.PrivateKey, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("private key of %d bytes; it has %d", len(key), ed25519.PrivateKeySize)
	}
	c := ed25519.NewKeyFromSeed(key.Seed())
	if !c.Equal(key) {
		return nil, errors.New("the private half does not fit the public one")
	}
	return c, nil
}

// NewEdDSAVerifier returns a Verifier for EdDSA or Ed25519. key, of which it keeps
// a copy, must be the canonical encoding of a point on the curve (RFC 8032 section
// 5.1.2) that is not of small order: anyone can make signatures that such a point
// verifies. kid may be empty.
func NewEdDSAVerifier(alg Algorithm, kid string, key ed25519.PublicKey) (Verifier, error) {
	l, err := newLabel(alg, kid)
	if err != nil {
		return nil, err
	}
	v, err := newEdDSAVerifier(l, key)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func newEdDSAVerifier(l label, key ed25519.PublicKey) (*eddsaVerifier, error) {
	if err := checkEdDSA(l.alg); err != nil {
		return nil, err
	}
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
