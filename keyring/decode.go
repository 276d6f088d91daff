package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/cda17858/jwt/internal/strictjson"
)

var errUnknownMember = errors.New("unknown member")

// decode returns the keys in data. It takes over those of the snapshot old, which may
// be nil, that have not changed since.
func (c *codec) decode(data []byte, old *snapshot) (keys, error) {
	plain, err := c.open(data)
	if err != nil {
		return nil, err
	}
	var alg string
	var list strictjson.Value
	err = strictjson.Members(plain, func(name []byte, value strictjson.Value) (err error) {
		switch string(name) {
		case "keyring": // open has seen it
		case "algorithm":
			alg, err = text("algorithm", value)
		case "keys":
			list = value.Clone()
		default:
			err = errUnknownMember
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case alg != string(c.alg):
		return nil, fmt.Errorf("the keys are not for %s, Config.Algorithm: a ring keeps its algorithm; make another with a store of its own", c.alg)
	}
	if list.Kind() != '[' {
		return nil, errors.New("keys is not an array")
	}
	var ks keys
	err = strictjson.AnyElements(list, func(value strictjson.Value) error {
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
			return fmt.Errorf("key %d: the kid of another", i)
		case i == len(ks)-1 && !k.until.IsZero():
			return errors.New("the last key has an end")
		case i < len(ks)-2 && k.until.IsZero():
			return fmt.Errorf("key %d: until is missing", i)
		}
		seen[k.kid] = true
	}
	return nil
}

func (c *codec) decodeKey(data []byte, old *snapshot) (k key, err error) {
	var material []byte
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
			material = value.Clone()
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
	if old != nil {
		for _, l := range old.keys {
			if bytes.Equal(l.jwk, material) {
				k.material = l.material
				return k, nil
			}
		}
	}
	k.material, err = parseMaterial(c.alg, material)
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
