package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"

	"github.com/cda17858/jwt/internal/alg"
	"github.com/cda17858/jwt/internal/check"
)

// A Key is a [Signer] or a [Verifier] that stands for one key.
type Key interface {
	Algorithm() Algorithm
	KeyID() string
	// PublicKey returns the public half: a new *rsa.PublicKey, *ecdsa.PublicKey or
	// ed25519.PublicKey. It returns nil for HMAC, which has none.
	PublicKey() crypto.PublicKey
}

// A KeySigner is a Signer with one key.
type KeySigner interface {
	Signer
	Key
	// Verifier returns the Verifier of the tokens that this Signer signs.
	Verifier() KeyVerifier
}

// A KeyVerifier is a Verifier with one key.
type KeyVerifier interface {
	Verifier
	Key
}

// NewSigner returns a Signer for alg, which is one of RS256 to RS512, PS256 to PS512, ES256
// to ES512, EdDSA and Ed25519. kid may be empty; it is UTF-8 of at most 1024 bytes.
//
// key is an *[rsa.PrivateKey], an *[ecdsa.PrivateKey] or an [ed25519.PrivateKey], which is
// copied, or any other [crypto.Signer] with such a public key, such as a key in an HSM. The
// signatures of any other crypto.Signer are verified before Sign returns them. The private
// half must fit the public one, and the public one must be as [NewVerifier] says. In FIPS
// 140-3 mode an RSA modulus must have an even number of bits, and the exponent must be above
// 65536.
func NewSigner(alg Algorithm, kid string, key crypto.Signer) (KeySigner, error) {
	l, p, err := newLabel(alg, kid)
	if err != nil {
		return nil, err
	}
	if k, ok := key.(*ed25519.PrivateKey); ok && k != nil {
		key = *k
	}
	// Public of a short ed25519.PrivateKey panics.
	if k, ok := key.(ed25519.PrivateKey); ok && len(k) != ed25519.PrivateKeySize && len(k) > 0 {
		return nil, l.errf("private key of %d bytes; it has %d", len(k), ed25519.PrivateKeySize)
	} else if check.IsNil(key) || ok && len(k) == 0 {
		return nil, l.errf("nil private key")
	}
	public := key.Public()
	if check.IsNil(public) {
		return nil, l.errf("its Public method returns nil")
	}
	v, err := newVerifier(l, p, public)
	if err != nil {
		return nil, err
	}
	s := &private{key: key, public: v}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		s.key, err = copyRSAKey(key)
	case *ecdsa.PrivateKey:
		s.key, err = copyECDSAKey(key)
	case ed25519.PrivateKey:
		s.key, err = copyEd25519Key(key)
	default:
		s.distrusted = true
	}
	if err != nil {
		return nil, l.errf("%w", err)
	}
	s.setOptions(p)
	return &keySigner{l, s}, nil
}

// NewVerifier returns a Verifier for alg and a public key, of which it keeps a copy. kid may
// be empty; it is UTF-8 of at most 1024 bytes. key is
//
//   - for RS256 to RS512 and PS256 to PS512 an *[rsa.PublicKey] with a modulus of 2048 to 8192
//     bits and an exponent that is odd and at least 3. The modulus is not a prime, a power of
//     one, a square, or divisible by a prime below 752 (NIST SP 800-89 section 5.3.3), nor does
//     it have the fingerprint of CVE-2017-15361. These checks take 3 ms for 2048 bits and 160
//     ms for 8192 bits, once for each modulus;
//   - for ES256, ES384 and ES512 an *[ecdsa.PublicKey], a point on P-256, P-384 or P-521
//     respectively;
//   - for EdDSA and Ed25519, which are two names of one signature, an [ed25519.PublicKey]: the
//     canonical encoding of a point on the curve (RFC 8032 section 5.1.2) that is not of small
//     order. (Anyone can make signatures that a point of small order verifies.)
func NewVerifier(alg Algorithm, kid string, key crypto.PublicKey) (KeyVerifier, error) {
	l, p, err := newLabel(alg, kid)
	if err != nil {
		return nil, err
	}
	return newVerifier(l, p, key)
}

// newVerifier returns the Verifier for a public key of any family.
func newVerifier(l label, p alg.Params, key crypto.PublicKey) (KeyVerifier, error) {
	family := ""
	switch key.(type) {
	case *rsa.PublicKey:
		family = "RSA"
	case *ecdsa.PublicKey:
		family = "ECDSA"
	case ed25519.PublicKey:
		family = "Ed25519"
	default:
		return nil, l.errf("%s", notPublicKey(key))
	}
	if want := algorithmsOf(family); !slices.Contains(want, l.alg) {
		return nil, fmt.Errorf("jwt: %q is not for an %s key; %s are", l.alg, family, enumerate(want))
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		return newRSAVerifier(l, p, key)
	case *ecdsa.PublicKey:
		return newECDSAVerifier(l, p, key)
	default:
		return newEdDSAVerifier(l, key.(ed25519.PublicKey))
	}
}

// notPublicKey says what key is instead of a public key, and the fix.
func notPublicKey(key any) string {
	switch key.(type) {
	case nil:
		return "nil public key"
	case crypto.Signer:
		return fmt.Sprintf("%T is a private key; pass what its Public method returns", key)
	case Key:
		return fmt.Sprintf("%T is not a key itself; pass what its PublicKey method returns", key)
	case rsa.PublicKey, ecdsa.PublicKey:
		return fmt.Sprintf("%T by value; pass a pointer to it", key)
	case *ed25519.PublicKey:
		return fmt.Sprintf("%T; pass what it points to", key)
	case []byte, string:
		return fmt.Sprintf("%T is not a parsed key; ParsePublicKey reads PEM, and NewHMACVerifier takes a secret", key)
	}
	return fmt.Sprintf("no signature algorithm uses a %T", key)
}

// AlgorithmsFor returns the algorithms that a public key can be used with in [NewVerifier],
// in this order:
//
//   - for an *[rsa.PublicKey] RS256, RS384, RS512, PS256, PS384, PS512;
//   - for an *[ecdsa.PublicKey] the one of its curve;
//   - for an [ed25519.PublicKey] EdDSA and Ed25519;
//   - for anything else nil.
//
// It does not check that the key is a good one.
func AlgorithmsFor(key crypto.PublicKey) []Algorithm {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return algorithmsOf("RSA")
	case *ecdsa.PublicKey:
		for _, p := range alg.All() {
			if key != nil && p.Curve != nil && key.Curve == p.Curve {
				return []Algorithm{Algorithm(p.Name)}
			}
		}
	case ed25519.PublicKey:
		return algorithmsOf("Ed25519")
	}
	return nil
}

// algorithmsOf returns the algorithms of a family of asymmetric keys.
func algorithmsOf(family string) []Algorithm {
	switch family {
	case "RSA":
		return alg.Names[Algorithm](alg.RSA, alg.PSS)
	case "ECDSA":
		return alg.Names[Algorithm](alg.ECDSA)
	}
	return alg.Names[Algorithm](alg.EdDSA)
}

// enumerate returns "a, b and c".
func enumerate(algs []Algorithm) string {
	var names []string
	for _, a := range algs {
		names = append(names, string(a))
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
