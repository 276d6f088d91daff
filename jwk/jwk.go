// Package jwk reads and writes keys as JSON Web Keys and JWK Sets (RFC 7517; RFC 7518
// section 6; RFC 8037; RFC 9864). It knows the format alone: package jwks fetches and
// publishes sets.
//
//	keys, skipped, err := jwk.ParseSet(data, jwt.ES256, jwt.RS256)
//	…
//	data, err := jwk.MarshalSet(verifier.(jwt.Key))
//
// What it reads become the Verifiers and Signers of package jwt, each bound to one
// algorithm. A key that names no alg is bound to those algorithms that the caller
// gives and that fit it; a token never chooses.
//
// Reading is strict: member names in exact case and none twice, canonical base64url,
// coordinates of exactly the curve's length, RSA integers without leading zeros, and
// every check of the constructors in package jwt. (Some libraries cut leading zeros off EC
// coordinates, against RFC 7518 section 6.2.1.2: one such key in 128 on P-256, three in
// four on P-521.) The members kty, crv, alg, use and
// key_ops are honoured together; kid is taken over. Certificates (x5c, x5t, x5u) are
// ignored: they add no trust, and a bad one does not spoil the key.
package jwk

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/compact"
	"github.com/cda17858/jwt/internal/strictjson"
)

// Limits on what is parsed.
const (
	maxKey  = 64 << 10 // bytes
	maxSet  = 1 << 20  // bytes
	maxKeys = 1000     // keys of a set
	maxOps  = 64       // elements of key_ops; RFC 7517 section 4.3 knows 8
)

var (
	// ErrUnsupported is the reason for refusing a key of a kty or crv that this package
	// does not know. It says nothing against the key.
	ErrUnsupported = errors.New("kty or crv is not supported")
	// ErrNoUsableKey is the reason for refusing a set that is well-formed.
	ErrNoUsableKey = errors.New("jwk: set: none of its keys can be used")
)

// key is a JWK as it came.
type key struct {
	kty, crv, alg, kid, use string
	ops                     []string
	hasOps                  bool
	// material is the key itself, its members not looked at: only kty and crv say
	// what they mean.
	material map[string]strictjson.Value
}

// Names of members that hold key material, public and private.
var (
	publicNames  = []string{"n", "e", "x", "y"}
	privateNames = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}
)

// private returns the first member that no public key has, or "".
func (k *key) private() string {
	for _, name := range privateNames {
		if _, ok := k.material[name]; ok {
			return name
		}
	}
	return ""
}

// bytes returns what a member of the key material encodes.
func (k *key) bytes(name string) ([]byte, error) {
	value, ok := k.material[name]
	if !ok {
		return nil, fmt.Errorf("%s is missing", name)
	}
	segment, err := text(name, value)
	if err != nil {
		return nil, err
	}
	b, ok := compact.AppendDecode(nil, []byte(segment))
	if !ok {
		return nil, fmt.Errorf("%s is not canonical base64url", name)
	}
	return b, nil
}

// decode reads the members of a JWK.
func decode(data []byte) (*key, error) {
	if len(data) > maxKey {
		return nil, fmt.Errorf("longer than %d bytes", maxKey)
	}
	k := &key{material: make(map[string]strictjson.Value)}
	err := strictjson.Members(data, func(name []byte, value strictjson.Value) error {
		return k.set(string(name), value)
	})
	if err != nil {
		return nil, err
	}
	if k.kty == "" {
		return nil, errors.New("kty is missing")
	}
	return k, nil
}

func (k *key) set(name string, value strictjson.Value) error {
	var field *string
	switch name {
	case "kty":
		field = &k.kty
	case "crv":
		field = &k.crv
	case "alg":
		field = &k.alg
	case "kid":
		field = &k.kid
	case "use":
		field = &k.use
	case "key_ops":
		return k.setOps(value)
	default:
		if slices.Contains(publicNames, name) || slices.Contains(privateNames, name) {
			k.material[name] = value.Clone()
		}
		return nil
	}
	var err error
	*field, err = text(name, value)
	return err
}

func (k *key) setOps(value strictjson.Value) error {
	k.hasOps = true
	err := strictjson.AnyElements(value, func(value strictjson.Value) error {
		op, err := text("an element of key_ops", value)
		if err != nil {
			return err
		}
		switch {
		case slices.Contains(k.ops, op):
			return errors.New("key_ops has an element twice")
		case len(k.ops) == maxOps:
			return fmt.Errorf("key_ops has more than %d elements", maxOps)
		}
		k.ops = append(k.ops, op)
		return nil
	})
	if errors.Is(err, strictjson.ErrSyntax) {
		return errors.New("key_ops is not an array")
	}
	return err
}

func text(name string, value strictjson.Value) (string, error) {
	if value.Kind() != '"' {
		return "", fmt.Errorf("%s is not a string", name)
	}
	b, err := strictjson.Text(value)
	if err != nil {
		return "", fmt.Errorf("%s is not a string", name)
	}
	return string(b), nil
}

// allow checks that use and key_ops allow op, which is "sign" or "verify"
// (RFC 7517 sections 4.2 and 4.3). A key pair written for signing may be for both.
func (k *key) allow(op string) error {
	if k.use != "" && k.use != "sig" {
		return fmt.Errorf("use is not %q", "sig")
	}
	if k.hasOps && !slices.Contains(k.ops, op) {
		return fmt.Errorf("key_ops lacks %q", op)
	}
	return nil
}

// algorithms returns those that the key may be used with: its own alg, or, where it
// names none, those of allowed that fit. If allowed is not empty, its own must be among
// them.
func (k *key) algorithms(allowed []jwt.Algorithm) ([]jwt.Algorithm, error) {
	fit := k.fitting()
	if len(fit) == 0 {
		return nil, ErrUnsupported
	}
	if k.alg == "" && len(allowed) == 0 {
		return nil, errors.New("alg is missing, and the caller names no algorithms")
	}
	if k.alg != "" {
		if !slices.Contains(fit, jwt.Algorithm(k.alg)) {
			return nil, errors.New("alg does not fit kty and crv")
		}
		if len(allowed) > 0 && !slices.Contains(allowed, jwt.Algorithm(k.alg)) {
			return nil, fmt.Errorf("alg is %s, which is none of %v that the caller allows", k.alg, allowed)
		}
		return []jwt.Algorithm{jwt.Algorithm(k.alg)}, nil
	}
	var algs []jwt.Algorithm
	for _, alg := range allowed {
		if slices.Contains(fit, alg) && !slices.Contains(algs, alg) {
			algs = append(algs, alg)
		}
	}
	if len(algs) == 0 {
		return nil, errors.New("none of the algorithms of the caller fits kty and crv")
	}
	return algs, nil
}

// fitting returns the algorithms of package jwt that the key's kty and crv can be
// used with; none if they are unknown.
func (k *key) fitting() []jwt.Algorithm {
	switch {
	case k.kty == "RSA":
		return []jwt.Algorithm{jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512}
	case k.kty == "EC" && k.crv == "P-256":
		return []jwt.Algorithm{jwt.ES256}
	case k.kty == "EC" && k.crv == "P-384":
		return []jwt.Algorithm{jwt.ES384}
	case k.kty == "EC" && k.crv == "P-521":
		return []jwt.Algorithm{jwt.ES512}
	case k.kty == "OKP" && k.crv == "Ed25519":
		return []jwt.Algorithm{jwt.Ed25519, jwt.EdDSA}
	case k.kty == "oct":
		return []jwt.Algorithm{jwt.HS256, jwt.HS384, jwt.HS512}
	}
	return nil
}
