package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/strictjson"
)

// What a store holds is one JSON object in one of two forms, of which the second is
// the first encrypted by AES-256-GCM, its nonce in front, with associatedData:
//
//	{"keyring":1,"algorithm":"ES256","keys":[
//		{"published":TIME,"from":TIME,"until":TIME,"lifetime":"1h0m0s","jwk":{…}}, …]}
//	{"keyring":1,"sealed":"base64url"}
//
// Times are those of RFC 3339. Only a change that older versions must not read changes
// the number; they refuse members that they do not know.
const (
	formatVersion  = "1"
	maxState       = 1 << 20
	associatedData = "keyring 1"
)

// A codec reads and writes what a store holds. Its errors quote nothing of it.
type codec struct {
	alg  jwt.Algorithm
	aead cipher.AEAD // nil if keys are in the clear
}

// newAEAD returns nil if secret is; name is the name of secret in an error.
func newAEAD(name string, secret []byte) (cipher.AEAD, error) {
	if secret == nil {
		return nil, nil
	}
	if len(secret) != 32 {
		return nil, fmt.Errorf("keyring: %s has %d bytes; an AES-256 key has 32, and comes from a random generator", name, len(secret))
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, fmt.Errorf("keyring: %s: %w", name, err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (c *codec) encode(ks keys) ([]byte, error) {
	b := fmt.Appendf(nil, `{"keyring":%s,"algorithm":"%s","keys":[`, formatVersion, c.alg)
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
	return c.seal(append(b, "]}"...))
}

func appendTime(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	return fmt.Appendf(b, `"%s":"%s",`, name, t.UTC().Format(time.RFC3339Nano))
}

func (c *codec) seal(plain []byte) ([]byte, error) {
	if c.aead == nil {
		return plain, nil
	}
	sealed := c.aead.Seal(nil, nil, plain, []byte(associatedData))
	return fmt.Appendf(nil, `{"keyring":%s,"sealed":"%s"}`, formatVersion, base64.RawURLEncoding.EncodeToString(sealed)), nil
}

// open returns the first form, given either.
func (c *codec) open(data []byte) ([]byte, error) {
	if len(data) > maxState {
		return nil, fmt.Errorf("longer than %d bytes", maxState)
	}
	var version, sealed string
	members := 0
	err := strictjson.Members(data, func(name []byte, value strictjson.Value) (err error) {
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
	case version != formatVersion:
		return nil, fmt.Errorf("not in version %s of the format, which is all that this version of the package reads", formatVersion)
	case sealed == "" && c.aead == nil:
		return data, nil
	case sealed == "":
		return nil, errors.New("the keys are not encrypted, but a secret is set; Reseal encrypts them")
	case c.aead == nil:
		return nil, errors.New("the keys are encrypted, but no secret is set")
	case members != 2:
		return nil, errUnknownMember
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil {
		return nil, errors.New("sealed is not base64url")
	}
	plain, err := c.aead.Open(nil, nil, raw, []byte(associatedData))
	if err != nil {
		return nil, errors.New("the keys cannot be decrypted: they were encrypted with another secret, or changed since")
	}
	return plain, nil
}
