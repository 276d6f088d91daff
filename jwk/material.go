package jwk

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"math/big"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/alg"
)

// public returns the public key, whose members must all be there.
func (k *key) public() (crypto.PublicKey, error) {
	switch k.kty {
	case "RSA":
		return k.rsaPublic()
	case "EC":
		return k.ecPublic()
	}
	x, err := k.exactly("x", ed25519.PublicKeySize)
	return ed25519.PublicKey(x), err
}

func (k *key) rsaPublic() (*rsa.PublicKey, error) {
	n, err := k.integer("n")
	if err != nil {
		return nil, err
	}
	e, err := k.integer("e")
	switch {
	case err != nil:
		return nil, err
	case e.BitLen() > 31:
		return nil, weak(errors.New("e is longer than 31 bits"))
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}

// curve returns the curve of an EC key, and how many bytes a coordinate of it has.
func (k *key) curve() (elliptic.Curve, int) {
	p, _ := alg.Lookup(k.fitting()[0])
	return p.Curve, (p.Curve.Params().BitSize + 7) / 8
}

func (k *key) ecPublic() (*ecdsa.PublicKey, error) {
	curve, size := k.curve()
	x, err := k.padded("x", size)
	if err != nil {
		return nil, err
	}
	y, err := k.padded("y", size)
	if err != nil {
		return nil, err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, bytes.Join([][]byte{{4}, x, y}, nil))
	if err != nil {
		return nil, malformed("the point is not on %s", k.crv)
	}
	return public, nil
}

// privateKey returns the private key, after comparing it with every other member. The
// public half is checked for alg first: to check the private half of an RSA key of any
// size could take minutes.
func (k *key) privateKey(alg jwt.Algorithm) (crypto.Signer, error) {
	public, err := k.public()
	if err != nil {
		return nil, err
	}
	if _, err := k.verifier(alg, public); err != nil {
		return nil, err
	}
	if _, ok := k.members["d"]; !ok {
		return nil, malformed("d is missing; signing needs the private key")
	}
	var private crypto.Signer
	switch public := public.(type) {
	case *rsa.PublicKey:
		return k.rsaPrivate(public)
	case *ecdsa.PublicKey:
		curve, size := k.curve()
		d, err := k.padded("d", size)
		if err != nil {
			return nil, err
		}
		if private, err = ecdsa.ParseRawPrivateKey(curve, d); err != nil {
			return nil, malformed("d is not a private key of the curve")
		}
	default:
		d, err := k.exactly("d", ed25519.SeedSize)
		if err != nil {
			return nil, err
		}
		private = ed25519.NewKeyFromSeed(d)
	}
	if !private.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(public) {
		return nil, malformed("d does not fit the public key")
	}
	return private, nil
}

func (k *key) rsaPrivate(public *rsa.PublicKey) (*rsa.PrivateKey, error) {
	if _, ok := k.members["oth"]; ok {
		return nil, malformed("more than two primes are not supported")
	}
	given := make(map[string]*big.Int)
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi"} {
		var err error
		if given[name], err = k.integer(name); err != nil {
			return nil, err
		}
	}
	if max(given["p"].BitLen(), given["q"].BitLen()) > public.N.BitLen() || given["d"].BitLen() > public.N.BitLen() {
		return nil, malformed("a private member is longer than n")
	}
	private := &rsa.PrivateKey{PublicKey: *public, D: given["d"], Primes: []*big.Int{given["p"], given["q"]}}
	private.Precompute()
	if err := private.Validate(); err != nil {
		return nil, malformed("the private members do not fit the public key")
	}
	derived := private.Precomputed
	if derived.Dp == nil || derived.Dp.Cmp(given["dp"]) != 0 || derived.Dq.Cmp(given["dq"]) != 0 || derived.Qinv.Cmp(given["qi"]) != 0 {
		return nil, malformed("dp, dq or qi does not fit p and q")
	}
	return private, nil
}

// integer returns a member of type Base64urlUInt (RFC 7518 section 2), which is positive.
// It should have the least number of bytes; leading zeros change nothing.
func (k *key) integer(name string) (*big.Int, error) {
	b, err := k.bytes(name)
	if err != nil {
		return nil, err
	}
	n := new(big.Int).SetBytes(b)
	if n.Sign() == 0 {
		return nil, malformed("%s is zero", name)
	}
	return n, nil
}

// padded returns a member that should have size bytes (RFC 7518 sections 6.2.1.2 and 6.2.2.1),
// as if it had: zeros in front change nothing.
func (k *key) padded(name string, size int) ([]byte, error) {
	b, err := k.bytes(name)
	if err != nil {
		return nil, err
	}
	if b = bytes.TrimLeft(b, "\x00"); len(b) > size {
		return nil, malformed("%s has %d bytes; %s has %d", name, len(b), k.crv, size)
	}
	return append(make([]byte, size-len(b)), b...), nil
}

// exactly returns a member of exactly size bytes.
func (k *key) exactly(name string, size int) ([]byte, error) {
	b, err := k.bytes(name)
	switch {
	case err != nil:
		return nil, err
	case len(b) != size:
		return nil, malformed("%s has %d bytes; %s has %d", name, len(b), k.crv, size)
	}
	return b, nil
}
