package jwk

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"

	"github.com/cda17858/jwt"
)

// public returns the public key, whose members must all be there.
func (k *key) public() (crypto.PublicKey, error) {
	switch k.kty {
	case "RSA":
		return k.rsaPublic()
	case "EC":
		return k.ecPublic()
	}
	x, err := k.fixed("x", ed25519.PublicKeySize)
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
		return nil, errors.New("e is longer than 31 bits")
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}

func (k *key) curve() elliptic.Curve {
	switch k.crv {
	case "P-256":
		return elliptic.P256()
	case "P-384":
		return elliptic.P384()
	}
	return elliptic.P521()
}

func (k *key) ecPublic() (*ecdsa.PublicKey, error) {
	curve := k.curve()
	size := (curve.Params().BitSize + 7) / 8
	x, err := k.fixed("x", size)
	if err != nil {
		return nil, err
	}
	y, err := k.fixed("y", size)
	if err != nil {
		return nil, err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, bytes.Join([][]byte{{4}, x, y}, nil))
	if err != nil {
		return nil, fmt.Errorf("the point is not on %s", k.crv)
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
	if _, err := jwt.NewVerifier(alg, k.kid, public); err != nil {
		return nil, err
	}
	if _, ok := k.material["d"]; !ok {
		return nil, errors.New("d is missing; signing needs the private key")
	}
	var private crypto.Signer
	switch public := public.(type) {
	case *rsa.PublicKey:
		return k.rsaPrivate(public)
	case *ecdsa.PublicKey:
		curve := k.curve()
		d, err := k.fixed("d", (curve.Params().BitSize+7)/8)
		if err != nil {
			return nil, err
		}
		if private, err = ecdsa.ParseRawPrivateKey(curve, d); err != nil {
			return nil, errors.New("d is not a private key of the curve")
		}
	default:
		d, err := k.fixed("d", ed25519.SeedSize)
		if err != nil {
			return nil, err
		}
		private = ed25519.NewKeyFromSeed(d)
	}
	if !private.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(public) {
		return nil, errors.New("d does not fit the public key")
	}
	return private, nil
}

func (k *key) rsaPrivate(public *rsa.PublicKey) (*rsa.PrivateKey, error) {
	if _, ok := k.material["oth"]; ok {
		return nil, errors.New("more than two primes are not supported")
	}
	given := make(map[string]*big.Int)
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi"} {
		var err error
		if given[name], err = k.integer(name); err != nil {
			return nil, err
		}
	}
	if max(given["p"].BitLen(), given["q"].BitLen()) > public.N.BitLen() || given["d"].BitLen() > public.N.BitLen() {
		return nil, errors.New("a private member is longer than n")
	}
	private := &rsa.PrivateKey{PublicKey: *public, D: given["d"], Primes: []*big.Int{given["p"], given["q"]}}
	private.Precompute()
	if err := private.Validate(); err != nil {
		return nil, errors.New("the private members do not fit the public key")
	}
	derived := private.Precomputed
	if derived.Dp == nil || derived.Dp.Cmp(given["dp"]) != 0 || derived.Dq.Cmp(given["dq"]) != 0 || derived.Qinv.Cmp(given["qi"]) != 0 {
		return nil, errors.New("dp, dq or qi does not fit p and q")
	}
	return private, nil
}

// integer returns a member of type Base64urlUInt (RFC 7518 section 2), which has the
// least number of bytes.
func (k *key) integer(name string) (*big.Int, error) {
	b, err := k.bytes(name)
	switch {
	case err != nil:
		return nil, err
	case len(b) == 0 || b[0] == 0:
		return nil, fmt.Errorf("%s is empty or has leading zeros", name)
	}
	return new(big.Int).SetBytes(b), nil
}

// fixed returns a member of exactly size bytes.
func (k *key) fixed(name string, size int) ([]byte, error) {
	b, err := k.bytes(name)
	switch {
	case err != nil:
		return nil, err
	case len(b) != size:
		return nil, fmt.Errorf("%s has %d bytes instead of %d", name, len(b), size)
	}
	return b, nil
}
