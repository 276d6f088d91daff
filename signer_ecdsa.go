package jwt

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha512"
	"errors"
	"fmt"

	"github.com/cda17858/jwt/internal/alg"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

func copyECDSAKey(key *ecdsa.PrivateKey) (*ecdsa.PrivateKey, error) {
	//lint:ignore SA1019 nil is a key that was never filled in; Bytes would panic
	if key.D == nil {
		return nil, errors.New("the private scalar is missing")
	}
	raw, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	c, err := ecdsa.ParseRawPrivateKey(key.Curve, raw)
	if err != nil {
		return nil, err
	}
	if !c.PublicKey.Equal(&key.PublicKey) {
		return nil, errors.New("the private half does not fit the public one")
	}
	return c, nil
}

func newECDSAVerifier(l label, p alg.Params, key *ecdsa.PublicKey) (KeyVerifier, error) {
	switch {
	//lint:ignore SA1019 nil is a key that was never filled in; Bytes would panic
	case key == nil || key.Curve == nil || key.X == nil || key.Y == nil:
		return nil, l.errf("nil public key")
	case key.Curve != p.Curve:
		return nil, l.errf("%s; %s wants %s", curveName(key.Curve), l.alg, p.Curve.Params().Name)
	}
	point, err := key.Bytes()
	if err != nil {
		return nil, l.errf("the point is not on %s", p.Curve.Params().Name)
	}
	return &ecdsaVerifier{l, &ecdsaKey{p, point, mustPoint(p.Curve, point)}}, nil
}

// curveName names a curve without calling it, if it is not one of crypto/elliptic.
func curveName(c elliptic.Curve) string {
	switch c {
	case elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521():
		return "curve " + c.Params().Name
	}
	return fmt.Sprintf("curve of type %T", c)
}

// mustPoint decodes what PublicKey.Bytes returned for a key on that curve.
func mustPoint(curve elliptic.Curve, point []byte) *ecdsa.PublicKey {
	key, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		panic("jwt: crypto/ecdsa does not take back its own encoding of a key")
	}
	return key
}

type ecdsaVerifier struct {
	label
	*ecdsaKey
}

type ecdsaKey struct {
	alg.Params
	point []byte
	key   *ecdsa.PublicKey
}

func (v *ecdsaVerifier) PublicKey() crypto.PublicKey { return mustPoint(v.Curve, v.point) }

func (v *ecdsaVerifier) Verify(_ context.Context, h Header, input, sig []byte) error {
	if err := v.match(h); err != nil {
		return err
	}
	if len(sig) != v.Size {
		return ErrSignature
	}
	der, err := derFromRaw(sig)
	if err != nil {
		return ErrSignature
	}
	var buf [sha512.Size]byte
	if !ecdsa.VerifyASN1(v.key, digest(v.Hash, input, &buf), der) {
		return ErrSignature
	}
	return nil
}

// derFromRaw turns r||s into Ecdsa-Sig-Value (RFC 3279 section 2.2.3).
func derFromRaw(sig []byte) ([]byte, error) {
	b := cryptobyte.NewBuilder(make([]byte, 0, len(sig)+16))
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addInteger(b, sig[:len(sig)/2])
		addInteger(b, sig[len(sig)/2:])
	})
	return b.Bytes()
}

// addInteger adds the big-endian number n. It does not go through big.Int, which
// costs five allocations.
func addInteger(b *cryptobyte.Builder, n []byte) {
	for len(n) > 1 && n[0] == 0 {
		n = n[1:]
	}
	b.AddASN1(asn1.INTEGER, func(b *cryptobyte.Builder) {
		if n[0] >= 0x80 {
			b.AddUint8(0)
		}
		b.AddBytes(n)
	})
}

// rawFromDER turns Ecdsa-Sig-Value into r||s, each of size bytes.
func rawFromDER(der []byte, size int) ([]byte, error) {
	var inner cryptobyte.String
	var r, s []byte
	input := cryptobyte.String(der)
	if !input.ReadASN1(&inner, asn1.SEQUENCE) || !input.Empty() ||
		!inner.ReadASN1Integer(&r) || !inner.ReadASN1Integer(&s) || !inner.Empty() ||
		len(r) > size || len(s) > size {
		return nil, errors.New("the key returned neither r||s of the right length nor an ECDSA signature in DER")
	}
	raw := make([]byte, 2*size)
	copy(raw[size-len(r):], r)
	copy(raw[2*size-len(s):], s)
	return raw, nil
}
