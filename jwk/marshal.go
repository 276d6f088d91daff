package jwk

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/internal/strictjson"
)

// Thumbprint returns the JWK thumbprint of a public key with SHA-256 (RFC 7638), in
// base64url: 43 characters that make a good kid. key is an *[rsa.PublicKey],
// *[ecdsa.PublicKey] or [ed25519.PublicKey].
func Thumbprint(key crypto.PublicKey) (string, error) {
	members, err := publicMembers(key)
	if err != nil {
		return "", fmt.Errorf("jwk: %w", err)
	}
	sum := sha256.Sum256([]byte("{" + members.String() + "}"))
	return encode(sum[:]), nil
}

// A Marshaler is a [jwt.Key] that writes its public half itself, since this package does not
// know the type of its PublicKey. MarshalJWK returns that half as a JWK, one strict JSON
// object of at most 64 KiB. Its kid and alg, where it has them, are those of the Key.
type Marshaler interface {
	MarshalJWK() ([]byte, error)
}

// Marshal returns the public half of key as a JWK, with its kid and alg, and use "sig". If
// this package does not know the type of its PublicKey, key must be a [Marshaler].
//
// It fails for HMAC with [ErrSecret]. What a Marshaler returns is refused if it is not a JWK,
// if it is secret, private or not for verifying, or if it names another kid or alg than key.
func Marshal(key jwt.Key) ([]byte, error) {
	data, err := marshal(key)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	return data, nil
}

func marshal(key jwt.Key) ([]byte, error) {
	if check.IsNil(key) {
		return nil, malformed("nil key")
	}
	public := key.PublicKey()
	if public == nil {
		return nil, refuse(ErrSecret, "an HMAC key has no public half")
	}
	members, err := publicMembers(public)
	if err == nil {
		return members.object(key.Algorithm(), key.KeyID())
	}
	m, ok := key.(Marshaler)
	if !ok {
		return nil, err
	}
	data, err := m.MarshalJWK()
	if err == nil {
		err = checkMarshaled(data, key)
	}
	if err != nil {
		return nil, fmt.Errorf("MarshalJWK of %T: %w", key, err)
	}
	return bytes.Clone(data), nil
}

// checkMarshaled checks what the Marshaler of key returned.
func checkMarshaled(data []byte, key jwt.Key) error {
	if len(trimBOM(data)) < len(data) {
		return malformed("it begins with a byte order mark")
	}
	k, err := decode(data)
	if err != nil {
		return err
	}
	if err := k.requirePublic(); err != nil {
		return err
	}
	if err := k.allow("verify"); err != nil {
		return err
	}
	switch {
	case k.kid != "" && k.kid != key.KeyID():
		return malformed("kid is not that of the key")
	case k.alg != "" && k.alg != string(key.Algorithm()):
		return refuse(ErrAlgorithm, "alg is not that of the key")
	}
	return nil
}

// MarshalSet returns the public halves of keys as a JWK Set, each as [Marshal] writes it. A
// key that cannot be written, an HMAC key for example, is left out and reported. It fails
// with [ErrNoUsableKey] if keys is empty or none of them can be written: verifiers would
// take an empty set for a withdrawal of all keys.
func MarshalSet[K jwt.Key](keys ...K) (data []byte, skipped []Skipped, err error) {
	data = []byte(`{"keys":[`)
	for i, key := range keys {
		object, err := marshal(key)
		if err != nil {
			s := Skipped{Index: i, Err: err}
			if !check.IsNil(key) {
				s.KeyID = key.KeyID()
			}
			skipped = append(skipped, s)
			continue
		}
		if len(skipped) < i {
			data = append(data, ',')
		}
		data = append(data, object...)
	}
	if len(skipped) == len(keys) {
		return nil, skipped, fmt.Errorf("%w (it has %d)", ErrNoUsableKey, len(keys))
	}
	return append(data, "]}"...), skipped, nil
}

// MarshalPrivate returns a private key as a JWK. What it returns must be kept as secret
// as the key. The arguments are those of the key's constructor in package jwt, which
// checks them; key is an *[rsa.PrivateKey] with two primes, an *[ecdsa.PrivateKey] or
// an [ed25519.PrivateKey].
func MarshalPrivate(alg jwt.Algorithm, kid string, key crypto.PrivateKey) ([]byte, error) {
	switch key.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey:
	default:
		return nil, fmt.Errorf("jwk: cannot write a private key of type %T", key)
	}
	if _, err := jwt.NewSigner(alg, kid, key.(crypto.Signer)); err != nil {
		return nil, err
	}
	members, err := privateMembers(key)
	if err != nil {
		return nil, fmt.Errorf("jwk: %w", err)
	}
	return members.object(alg, kid)
}

// MarshalSecret returns an HMAC secret as a JWK of kty oct. What it returns must be kept
// secret as well. The arguments are those of [jwt.NewHMACSigner].
func MarshalSecret(alg jwt.Algorithm, kid string, secret []byte) ([]byte, error) {
	if _, err := jwt.NewHMACSigner(alg, kid, secret); err != nil {
		return nil, err
	}
	return members{{"k", encode(secret)}, {"kty", "oct"}}.object(alg, kid)
}

// members are members of a JWK whose values are text that needs no escaping.
type members []member

type member struct{ name, value string }

// String returns the members as JSON, without the braces around them.
func (ms members) String() string {
	var b strings.Builder
	for i, m := range ms {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%s":"%s"`, m.name, m.value)
	}
	return b.String()
}

// object returns a whole JWK.
func (ms members) object(alg jwt.Algorithm, kid string) ([]byte, error) {
	b := []byte("{" + ms.String())
	for _, m := range []member{{"kid", kid}, {"alg", string(alg)}, {"use", "sig"}} {
		if m.value == "" {
			continue
		}
		var err error
		b = append(b, `,"`+m.name+`":`...)
		if b, err = strictjson.AppendQuote(b, m.value); err != nil {
			return nil, malformed("%s: %v", m.name, err)
		}
	}
	return append(b, '}'), nil
}

// publicMembers returns the members that a thumbprint is computed over, in their order
// there (RFC 7638 section 3.2, RFC 8037 section 2).
func publicMembers(key crypto.PublicKey) (members, error) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key == nil || key.N == nil || key.N.Sign() <= 0 || key.E <= 0 {
			return nil, malformed("nil public key")
		}
		e := big.NewInt(int64(key.E))
		return members{{"e", encode(e.Bytes())}, {"kty", "RSA"}, {"n", encode(key.N.Bytes())}}, nil
	case *ecdsa.PublicKey:
		return ecPublicMembers(key)
	case ed25519.PublicKey:
		if len(key) != ed25519.PublicKeySize {
			return nil, malformed("Ed25519 public key of %d bytes", len(key))
		}
		return members{{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", encode(key)}}, nil
	case nil:
		return nil, malformed("nil public key")
	}
	return nil, refuse(ErrUnsupported, "cannot write a public key of type %T", key)
}

func ecPublicMembers(key *ecdsa.PublicKey) (members, error) {
	//lint:ignore SA1019 nil is a key that was never filled in; Bytes would panic
	if key == nil || key.Curve == nil || key.X == nil || key.Y == nil {
		return nil, malformed("nil public key")
	}
	switch key.Curve { // not its name, which a foreign curve may have as well
	case elliptic.P256(), elliptic.P384(), elliptic.P521():
	default:
		return nil, refuse(ErrUnsupported, "no signature algorithm uses its curve")
	}
	crv := key.Params().Name
	point, err := key.Bytes()
	if err != nil {
		return nil, malformed("the point is not on %s", crv)
	}
	size := (len(point) - 1) / 2
	return members{
		{"crv", crv}, {"kty", "EC"},
		{"x", encode(point[1 : 1+size])}, {"y", encode(point[1+size:])},
	}, nil
}

// privateMembers is for a key that package jwt has checked: one of RSA has two primes.
func privateMembers(key crypto.PrivateKey) (members, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return rsaPrivateMembers(key)
	case *ecdsa.PrivateKey:
		ms, err := publicMembers(&key.PublicKey)
		if err != nil {
			return nil, err
		}
		d, err := key.Bytes()
		return append(ms, member{"d", encode(d)}), err
	}
	ed := key.(ed25519.PrivateKey)
	ms, err := publicMembers(ed.Public())
	return append(ms, member{"d", encode(ed.Seed())}), err
}

func rsaPrivateMembers(key *rsa.PrivateKey) (members, error) {
	ms, err := publicMembers(&key.PublicKey)
	one := big.NewInt(1)
	p, q := key.Primes[0], key.Primes[1]
	return append(ms,
		member{"d", encode(key.D.Bytes())},
		member{"p", encode(p.Bytes())},
		member{"q", encode(q.Bytes())},
		member{"dp", encode(new(big.Int).Mod(key.D, new(big.Int).Sub(p, one)).Bytes())},
		member{"dq", encode(new(big.Int).Mod(key.D, new(big.Int).Sub(q, one)).Bytes())},
		member{"qi", encode(new(big.Int).ModInverse(q, p).Bytes())},
	), err
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
