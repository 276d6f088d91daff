package keyring

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/strictjson"
)

// A store holds one JSON object, either in the clear:
//
//	{"keyring":2,"algorithm":"ES256","keys":[
//		{"published":TIME,"from":TIME,"until":TIME,"lifetime":"1h0m0s","jwk":{…}}, …],
//	"sha256":"base64url"}
//
// or encrypted by AES-256-GCM, with the nonce in front and associatedData:
//
//	{"keyring":1,"sealed":"base64url"}
//
// Times are those of RFC 3339. sha256 is the hash of all bytes before it. Version 1 of
// the clear form had no sha256; it is still read, and is replaced by the next change. A
// version of this package refuses members that it does not know. A new number is only
// needed for a change that it would not notice.
const (
	clearVersion   = "2"
	oldVersion     = "1"
	sealedVersion  = "1"
	associatedData = "keyring 1"
	maxState       = 256 << 10
)

// A codec reads and writes what a store holds. Its errors quote nothing of it.
type codec struct {
	alg  jwt.Algorithm
	aead cipher.AEAD // nil if the keys are in the clear
}

// newAEAD returns nil if secret is nil. Errors call the secret name.
func newAEAD(name string, secret []byte) (cipher.AEAD, error) {
	if secret == nil {
		return nil, nil
	}
	if len(secret) != 32 {
		return nil, fmt.Errorf("keyring: %s has %d bytes; an AES-256 key has 32, from a random generator", name, len(secret))
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, fmt.Errorf("keyring: %s: %w", name, err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (c *codec) encode(ks keys) ([]byte, error) {
	b := fmt.Appendf(nil, `{"keyring":%s,"algorithm":"%s","keys":[`, clearVersion, c.alg)
	for i, k := range ks {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		b = appendTime(b, "published", k.published)
		b = appendTime(b, "from", k.from)
		b = appendTime(b, "until", k.until)
		b = fmt.Appendf(b, `"lifetime":"%v","jwk":%s}`, k.lifetime, k.jwk)
	}
	b = append(b, ']')
	return c.seal(append(b, checksum(b)...))
}

func appendTime(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	return fmt.Appendf(b, `"%s":"%s",`, name, t.UTC().Format(time.RFC3339Nano))
}

// checksum returns how a state ends that begins with b.
func checksum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return fmt.Appendf(nil, `,"sha256":"%s"}`, base64.RawURLEncoding.EncodeToString(sum[:]))
}

// intact reports whether plain ends with the checksum of what is before it.
func intact(plain []byte) bool {
	n := len(plain) - len(checksum(nil))
	return n > 0 && bytes.Equal(plain[n:], checksum(plain[:n]))
}

// seal encrypts the clear form if there is a secret.
func (c *codec) seal(plain []byte) ([]byte, error) {
	state := plain
	if c.aead != nil {
		sealed := c.aead.Seal(nil, nil, plain, []byte(associatedData))
		state = fmt.Appendf(nil, `{"keyring":%s,"sealed":"%s"}`, sealedVersion, base64.RawURLEncoding.EncodeToString(sealed))
	}
	if len(state) > maxState {
		return nil, fmt.Errorf("the keys take %d bytes in the store; the limit is %d", len(state), maxState)
	}
	return state, nil
}

// open returns the clear form of state.
func (c *codec) open(state []byte) ([]byte, error) {
	if len(state) > maxState {
		return nil, fmt.Errorf("longer than %d bytes", maxState)
	}
	var version, sealed string
	members := 0
	err := strictjson.Members(state, func(name []byte, value strictjson.Value) (err error) {
		members++
		switch string(name) {
		case "keyring":
			version = string(value)
		case "sealed":
			sealed, err = text("sealed", value)
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case version != clearVersion && version != oldVersion:
		return nil, errVersion
	case sealed == "" && c.aead == nil:
		return state, nil
	case sealed == "":
		return nil, errors.New("the keys are not encrypted, but a secret is set; Reseal encrypts them")
	case c.aead == nil:
		return nil, errors.New("the keys are encrypted, but no secret is set")
	case members != 2:
		return nil, errUnknownMember
	case version != sealedVersion:
		return nil, errVersion
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil {
		return nil, errors.New("sealed is not base64url")
	}
	plain, err := c.aead.Open(nil, nil, raw, []byte(associatedData))
	if err != nil {
		return nil, errors.New("the keys cannot be decrypted: they were encrypted with another secret, or have been changed since")
	}
	return plain, nil
}

var (
	errVersion       = errors.New("written in a format that this version of the package does not read")
	errUnknownMember = errors.New("unknown member")
	errDamaged       = errors.New("sha256 does not fit the rest: the state has been damaged; restore it from a backup")
)

// decode returns the keys in state. Keys of old, which may be nil, are taken over if
// they have not changed, so that they need not be read again.
func (c *codec) decode(state []byte, old *snapshot) (keys, error) {
	plain, err := c.open(state)
	if err != nil {
		return nil, err
	}
	var version, alg string
	var summed bool
	var list strictjson.Value
	err = strictjson.Members(plain, func(name []byte, value strictjson.Value) (err error) {
		switch string(name) {
		case "keyring":
			version = string(value)
		case "algorithm":
			alg, err = text("algorithm", value)
		case "keys":
			list = value.Clone()
		case "sha256":
			summed = true
		default:
			err = errUnknownMember
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case version == oldVersion && summed:
		return nil, errUnknownMember
	case version == clearVersion && !intact(plain):
		return nil, errDamaged
	case version != oldVersion && version != clearVersion:
		return nil, errVersion
	case alg != string(c.alg):
		return nil, fmt.Errorf("the keys are not for %s, which is Config.Algorithm: a ring keeps its algorithm; use another store for another algorithm", c.alg)
	case list.Kind() != '[':
		return nil, errors.New("keys is not an array")
	}
	return c.decodeKeys(list, old)
}

func (c *codec) decodeKeys(list strictjson.Value, old *snapshot) (keys, error) {
	var ks keys
	err := strictjson.AnyElements(list, func(value strictjson.Value) error {
		k, err := c.decodeKey(value, old)
		if err != nil {
			return fmt.Errorf("key %d: %w", len(ks), err)
		}
		ks = append(ks, k)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ks, ks.check()
}

// check checks what the methods of keys rely on.
func (ks keys) check() error {
	if len(ks) == 0 {
		return errors.New("no keys")
	}
	seen := make(map[string]bool)
	for i, k := range ks {
		switch {
		case seen[k.kid]:
			return fmt.Errorf("key %d: another key has the same kid", i)
		case i == len(ks)-1 && !k.until.IsZero():
			return errors.New("the last key has an until")
		case i < len(ks)-2 && k.until.IsZero():
			return fmt.Errorf("key %d: until is missing", i)
		}
		seen[k.kid] = true
	}
	return nil
}

func (c *codec) decodeKey(data []byte, old *snapshot) (k key, err error) {
	var jwk []byte
	err = strictjson.Members(data, func(name []byte, value strictjson.Value) (err error) {
		switch string(name) {
		case "published":
			k.published, err = timeOf("published", value)
		case "from":
			k.from, err = timeOf("from", value)
		case "until":
			k.until, err = timeOf("until", value)
		case "lifetime":
			k.lifetime, err = durationOf("lifetime", value)
		case "jwk":
			jwk = value.Clone()
		default:
			err = errUnknownMember
		}
		return err
	})
	switch {
	case err != nil:
		return key{}, err
	case k.published.IsZero():
		return key{}, errors.New("published is missing")
	case k.lifetime <= 0:
		return key{}, errors.New("lifetime is missing or not positive")
	}
	if k.material = old.material(jwk); k.material == nil {
		k.material, err = parseMaterial(c.alg, jwk)
	}
	return k, err
}

func text(name string, value strictjson.Value) (string, error) {
	if value.Kind() == '"' {
		if b, err := strictjson.Text(value); err == nil {
			return string(b), nil
		}
	}
	return "", fmt.Errorf("%s is not a string", name)
}

// timeOf does not return the error of time.Parse, which quotes the text.
func timeOf(name string, value strictjson.Value) (time.Time, error) {
	s, _ := text(name, value)
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is not a time of RFC 3339", name)
	}
	return t, nil
}

func durationOf(name string, value strictjson.Value) (time.Duration, error) {
	s, _ := text(name, value)
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("%s is not a duration", name)
	}
	return d, nil
}
