package jwk

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/alg"
	"github.com/cda17858/jwt/internal/base64url"
	"github.com/cda17858/jwt/internal/compact"
	"github.com/cda17858/jwt/internal/strictjson"
)

// key is a JWK as it came. Only kty and crv say what its material means.
type key struct {
	kty, crv, alg, kid, use string
	ops                     []string                    // key_ops; nil if absent
	members                 map[string]strictjson.Value // those of knownNames that are not absent
	left                    *work                       // of the set that it is in, or nil
}

// Names of members, those that hold key material by who may know it.
var (
	publicNames  = []string{"n", "e", "x", "y"}
	privateNames = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}
	knownNames   = slices.Concat([]string{"kty", "crv", "alg", "kid", "use", "key_ops"}, publicNames, privateNames)
)

// trimBOM cuts off a byte order mark.
func trimBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\ufeff")) }

// decode reads the members of a JWK.
func decode(data []byte) (*key, error) {
	if data = trimBOM(data); len(data) > maxKey {
		return nil, malformed("longer than %d bytes", maxKey)
	}
	k := &key{members: make(map[string]strictjson.Value)}
	isSet := false
	err := strictjson.Members(data, func(name []byte, value strictjson.Value) error {
		isSet = isSet || string(name) == "keys"
		if slices.Contains(knownNames, string(name)) && !absent(value) {
			k.members[string(name)] = value.Clone()
		}
		return nil
	})
	switch {
	case errors.Is(err, strictjson.ErrDuplicate):
		return nil, ErrDuplicate
	case bytes.HasPrefix(data, []byte("-----BEGIN")):
		return nil, malformed("it is PEM, which package jwt reads")
	case err != nil:
		return nil, malformed("%v", err)
	}
	for _, m := range []struct {
		name  string
		field *string
	}{{"kty", &k.kty}, {"crv", &k.crv}, {"alg", &k.alg}, {"kid", &k.kid}, {"use", &k.use}} {
		if _, ok := k.members[m.name]; !ok {
			continue
		}
		if *m.field, err = text(m.name, k.members[m.name]); err != nil {
			return nil, err
		}
	}
	if err := compact.CheckKeyID(k.kid); err != nil {
		return nil, malformed("%v", err)
	}
	switch {
	case k.kty == "" && isSet:
		return nil, malformed("it is a set, which ParseSet reads")
	case k.kty == "":
		return nil, malformed("kty is missing")
	}
	return k, k.readOps()
}

// absent reports whether a member has one of the values that stand for none: null, "" and [].
func absent(value strictjson.Value) bool {
	switch value.Kind() {
	case 'n':
		return true
	case '"':
		return len(value) == 2
	case '[':
		return len(bytes.TrimSpace(value[1:len(value)-1])) == 0
	}
	return false
}

func text(name string, value strictjson.Value) (string, error) {
	b, err := strictjson.Text(value)
	if value.Kind() != '"' || err != nil {
		return "", malformed("%s is not a string", name)
	}
	return string(b), nil
}

func (k *key) readOps() error {
	value, ok := k.members["key_ops"]
	if !ok {
		return nil
	}
	err := strictjson.AnyElements(value, func(value strictjson.Value) error {
		if len(k.ops) == maxOps {
			return malformed("key_ops has more than %d elements", maxOps)
		}
		op, err := text("an element of key_ops", value)
		k.ops = append(k.ops, op)
		return err
	})
	if errors.Is(err, strictjson.ErrSyntax) {
		return malformed("key_ops is not an array")
	}
	return err
}

// bytes returns what a member of the key material encodes: base64url, or standard base64,
// with exact padding or none.
func (k *key) bytes(name string) ([]byte, error) {
	value, ok := k.members[name]
	if !ok {
		return nil, malformed("%s is missing", name)
	}
	segment, err := text(name, value)
	if err != nil {
		return nil, err
	}
	if bare := strings.TrimRight(segment, "="); len(segment)%4 == 0 && len(segment)-len(bare) <= 2 {
		segment = bare
	}
	b, ok := base64url.AppendDecode(nil, []byte(urlAlphabet.Replace(segment)))
	if !ok {
		return nil, malformed("%s is not base64url", name)
	}
	return b, nil
}

var urlAlphabet = strings.NewReplacer("+", "-", "/", "_")

// requirePublic checks that nothing of the key is secret.
func (k *key) requirePublic() error {
	if k.kty == "oct" {
		return ErrSecret
	}
	for _, name := range privateNames {
		if _, ok := k.members[name]; ok {
			return refuse(ErrPrivate, "it has the private member %s; a public key is wanted", name)
		}
	}
	return nil
}

// allow checks that use, key_ops and alg allow op, which is "sign" or "verify"
// (RFC 7517 sections 4.2 to 4.4). A key pair written for signing may be for both.
func (k *key) allow(op string) error {
	switch {
	case k.use != "" && k.use != "sig" && k.use != "jwt-svid":
		return refuse(ErrUse, "use is not %q", "sig")
	case k.ops != nil && !slices.Contains(k.ops, op):
		return refuse(ErrUse, "key_ops lacks %q", op)
	case slices.ContainsFunc(encryption, func(prefix string) bool { return strings.HasPrefix(k.alg, prefix) }):
		return refuse(ErrUse, "alg is for encryption")
	}
	return nil
}

// encryption are the beginnings of the algorithms of RFC 7518 sections 4 and 5.
var encryption = []string{"RSA1_5", "RSA-OAEP", "ECDH-ES", "A128", "A192", "A256", "PBES2", "dir"}

// algorithms returns those that the key may be used with: its own alg, or, where it names
// none, those of allowed that fit. If allowed is not empty, its own must be among them.
func (k *key) algorithms(allowed []jwt.Algorithm) ([]jwt.Algorithm, error) {
	fit := k.fitting()
	own := jwt.Algorithm(k.alg)
	switch {
	case len(fit) == 0:
		return nil, ErrUnsupported
	case own == "" && len(allowed) == 0:
		return nil, refuse(ErrAlgorithm, "alg is missing, and the caller names no algorithms")
	case own == "":
		var both []jwt.Algorithm
		for _, name := range allowed {
			if slices.Contains(fit, name) && !slices.Contains(both, name) {
				both = append(both, name)
			}
		}
		if len(both) == 0 {
			return nil, refuse(ErrAlgorithm, "none of the algorithms of the caller fits kty and crv")
		}
		return both, nil
	case !slices.Contains(fit, own):
		return nil, refuse(ErrAlgorithm, "alg does not fit kty and crv")
	case len(allowed) > 0 && !slices.Contains(allowed, own):
		return nil, refuse(ErrAlgorithm, "alg is %s, which is not one of %v that the caller allows", own, allowed)
	}
	return []jwt.Algorithm{own}, nil
}

// fitting returns the algorithms of package jwt that the key's kty and crv can be used
// with; none if they are unknown.
func (k *key) fitting() []jwt.Algorithm {
	switch {
	case k.kty == "RSA":
		return alg.Names[jwt.Algorithm](alg.RSA, alg.PSS)
	case k.kty == "OKP" && k.crv == "Ed25519":
		return alg.Names[jwt.Algorithm](alg.EdDSA)
	case k.kty == "oct":
		return alg.Names[jwt.Algorithm](alg.HMAC)
	case k.kty == "EC":
		for _, p := range alg.All() {
			if p.Curve != nil && p.Curve.Params().Name == k.crv {
				return []jwt.Algorithm{jwt.Algorithm(p.Name)}
			}
		}
	}
	return nil
}
