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
	"github.com/cda17858/jwt/internal/strictjson"
)

// ParseVerifier returns a Verifier for the public key in data, a JWK of at most
// 64 KiB. algs are the algorithms that the caller allows: the key's own alg must be
// among them, if there are any; a key without alg is bound to those of them that fit
// its kty and crv, and if these are several, the Verifier is a [jwt.KeySet] with one
// Verifier for each.
//
// A private key, an oct key, and a key whose use or key_ops are not for verifying are
// refused. The error wraps [ErrUnsupported] if kty or crv is unknown, and never quotes
// the key.
func ParseVerifier(data []byte, algs ...jwt.Algorithm) (jwt.Verifier, error) {
	k, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	v, err := k.verifier(algs)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	return v, nil
}

func (k *key) verifier(algs []jwt.Algorithm) (jwt.Verifier, error) {
	if name := k.private(); name != "" {
		return nil, fmt.Errorf("it has the private member %s; a public key is wanted", name)
	}
	if err := k.allow("verify"); err != nil {
		return nil, err
	}
	bound, err := k.algorithms(algs)
	if err != nil {
		return nil, err
	}
	public, err := k.public()
	if err != nil {
		return nil, err
	}
	var set jwt.KeySet
	for _, alg := range bound {
		v, err := newVerifier(alg, k.kid, public)
		if err != nil {
			return nil, err
		}
		set = append(set, v)
	}
	if len(set) == 1 {
		return set[0], nil
	}
	return set, nil
}

func newVerifier(alg jwt.Algorithm, kid string, public crypto.PublicKey) (jwt.Verifier, error) {
	switch public := public.(type) {
	case *rsa.PublicKey:
		return jwt.NewRSAVerifier(alg, kid, public)
	case *ecdsa.PublicKey:
		return jwt.NewECDSAVerifier(alg, kid, public)
	case ed25519.PublicKey:
		return jwt.NewEdDSAVerifier(alg, kid, public)
	}
	return nil, fmt.Errorf("no signature algorithm uses a %T", public)
}

// ParseSigner returns a Signer for the private key, or the oct key, in data, a JWK of
// at most 64 KiB. algs are as for [ParseVerifier], but exactly one algorithm must
// remain. A public key, a key whose use or key_ops are not for signing, and one whose
// private members do not fit each other or the public ones are refused. An RSA key must
// have its two primes and the numbers derived from them. The error wraps
// [ErrUnsupported] if kty or crv is unknown, and never quotes the key.
func ParseSigner(data []byte, algs ...jwt.Algorithm) (jwt.Signer, error) {
	k, alg, err := decodeFor("sign", data, algs)
	if err != nil {
		return nil, err
	}
	if k.kty == "oct" {
		secret, err := k.bytes("k")
		if err != nil {
			return nil, fmt.Errorf("jwk: %w", err)
		}
		return jwt.NewHMACSigner(alg, k.kid, secret)
	}
	private, err := k.privateKey()
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	switch private := private.(type) {
	case *rsa.PrivateKey:
		return jwt.NewRSASigner(alg, k.kid, private)
	case *ecdsa.PrivateKey:
		return jwt.NewECDSASigner(alg, k.kid, private)
	}
	return jwt.NewEdDSASigner(alg, k.kid, private.(ed25519.PrivateKey))
}

// ParseSecretVerifier returns a Verifier for the oct key in data, a JWK of at most
// 64 KiB, with which tokens can be signed as well as verified. algs and errors are as
// for [ParseSigner].
func ParseSecretVerifier(data []byte, algs ...jwt.Algorithm) (jwt.Verifier, error) {
	k, alg, err := decodeFor("verify", data, algs)
	switch {
	case err != nil:
		return nil, err
	case k.kty != "oct":
		return nil, errors.New("jwk: kty is not oct")
	}
	secret, err := k.bytes("k")
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	return jwt.NewHMACVerifier(alg, k.kid, secret)
}

// decodeFor reads a private or oct key and the algorithm that it is bound to.
func decodeFor(op string, data []byte, algs []jwt.Algorithm) (*key, jwt.Algorithm, error) {
	k, err := decode(data)
	if err != nil {
		return nil, "", fmt.Errorf("jwk: %w", err)
	}
	if err := k.allow(op); err != nil {
		return nil, "", fmt.Errorf("jwk: %w", err)
	}
	bound, err := k.algorithms(algs)
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("jwk: %w", err)
	case len(bound) > 1:
		return nil, "", errors.New("jwk: alg is missing, and several algorithms of the caller fit; name one")
	}
	return k, bound[0], nil
}

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

// privateKey returns the private key, after comparing it with every other member.
func (k *key) privateKey() (crypto.PrivateKey, error) {
	public, err := k.public()
	if err != nil {
		return nil, err
	}
	if _, ok := k.material["d"]; !ok {
		return nil, errors.New("d is missing; signing needs the private key")
	}
	var private interface {
		Public() crypto.PublicKey
	}
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

// Skipped is a key of a set that cannot be used.
type Skipped struct {
	Index int    // its place in the set, from 0
	KeyID string // its kid, if it could be read
	Err   error  // why; wraps ErrUnsupported if kty or crv is unknown
}

// maxKeys is how many keys a set may have.
const maxKeys = 1000

// ParseSet returns the usable keys of the JWK Set in data, which may have at most
// 1 MiB and 1000 keys, in order. For each key the rules are those of [ParseVerifier]. A
// key that cannot be used, for whatever reason, is skipped and spoils nothing; among
// these are private and oct keys, which have no place in a set of public keys: whoever
// published one should be told. Two keys with one kid are both kept.
//
// It fails if data is not a JSON object with an array keys, or, with [ErrNoUsableKey], if
// no key of it can be used; skipped then says why.
func ParseSet(data []byte, algs ...jwt.Algorithm) (keys jwt.KeySet, skipped []Skipped, err error) {
	return ParseSetFunc(data, algs, nil)
}

// ParseSetFunc is ParseSet for sets with keys of a kty or crv that this package does
// not know: other is called with each such JWK and returns its Verifier, or an error
// that is reported as skipped. The Verifier must be bound to one algorithm and kid. data
// may not be kept.
func ParseSetFunc(data []byte, algs []jwt.Algorithm, other func(data []byte) (jwt.Verifier, error)) (keys jwt.KeySet, skipped []Skipped, err error) {
	if len(data) > maxSet {
		return nil, nil, fmt.Errorf("jwk: set longer than %d bytes", maxSet)
	}
	list, err := setKeys(data)
	if err != nil {
		return nil, nil, fmt.Errorf("jwk: set: %w", err)
	}
	index := 0
	err = strictjson.AnyElements(list, func(value strictjson.Value) error {
		if index >= maxKeys {
			return fmt.Errorf("more than %d keys", maxKeys)
		}
		k, err := decode(value)
		var v jwt.Verifier
		if err == nil {
			v, err = k.verifier(algs)
		}
		if errors.Is(err, ErrUnsupported) && other != nil {
			v, err = other(value)
		}
		switch {
		case err != nil:
			s := Skipped{Index: index, Err: err}
			if k != nil {
				s.KeyID = k.kid
			}
			skipped = append(skipped, s)
		case v != nil:
			keys = append(keys, v)
		}
		index++
		return nil
	})
	switch {
	case errors.Is(err, strictjson.ErrSyntax):
		return nil, nil, errors.New("jwk: set: keys is not an array")
	case err != nil:
		return nil, nil, fmt.Errorf("jwk: set: %w", err)
	case len(keys) == 0:
		return nil, skipped, fmt.Errorf("%w (it has %d)", ErrNoUsableKey, index)
	}
	return keys, skipped, nil
}

// setKeys returns the member keys of a set. It does not look for duplicate names
// beyond that one, so that a key with some can be skipped by itself.
func setKeys(data []byte) (list strictjson.Value, err error) {
	found := 0
	err = strictjson.AnyMembers(data, func(name []byte, value strictjson.Value) error {
		if string(name) == "keys" {
			found++
			list = value.Clone()
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case found == 0:
		return nil, errors.New("keys is missing")
	case found > 1:
		return nil, errors.New("keys occurs twice")
	}
	return list, nil
}
