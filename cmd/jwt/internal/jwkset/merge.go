package jwkset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/keyfile"
	"github.com/cda17858/jwt/jwk"
)

// Read reads a JWK Set, or a key in any form that package keyfile reads as a set of one: its
// public half, with its thumbprint for a kid if it has none.
func Read(data []byte) (*Set, error) {
	var doc map[string]json.RawMessage
	if json.Unmarshal(data, &doc) == nil && doc["keys"] != nil {
		return Parse(data, keyfile.Asymmetric())
	}
	f, err := keyfile.Read(data)
	if err != nil {
		return nil, err
	}
	if f.IsSecret() {
		return nil, errors.New("it is a secret or not a key; a secret must not be published")
	}
	keys, err := f.Verifiers()
	if err != nil {
		return nil, err
	}
	text, err := marshal(keys.Keys()[0])
	if err != nil {
		return nil, err
	}
	return Parse([]byte(`{"keys":[`+string(text)+`]}`), keyfile.Asymmetric())
}

// marshal writes a key as a JWK with a kid.
func marshal(key jwt.KeyVerifier) ([]byte, error) {
	if key.KeyID() != "" {
		return jwk.Marshal(key)
	}
	kid, err := jwk.Thumbprint(key.PublicKey())
	if err != nil {
		return nil, err
	}
	named, err := jwt.NewVerifier(key.Algorithm(), kid, key.PublicKey())
	if err != nil {
		return nil, err
	}
	return jwk.Marshal(named)
}

// Merge returns one set with the keys of several sets, in order and unchanged. A key that is
// in several sets is written once. left has the keys that were left out because they cannot
// verify. It returns an error if a key is secret or private, if two different keys have the
// same kid, or if no key is left.
func Merge(sets []*Set) (data []byte, left []Key, err error) {
	var out struct {
		Keys []json.RawMessage `json:"keys"`
	}
	byKid, prints := map[string]string{}, map[string]bool{}
	for _, set := range sets {
		for _, k := range set.Keys {
			switch {
			case errors.Is(k.Err, jwk.ErrPrivate) || errors.Is(k.Err, jwk.ErrSecret):
				return nil, nil, fmt.Errorf("key %s is private: anyone who can read the set can sign with it", k.Label())
			case k.Err != nil:
				left = append(left, k)
				continue
			case k.KeyID != "" && byKid[k.KeyID] != "" && byKid[k.KeyID] != k.Thumbprint:
				return nil, nil, fmt.Errorf("two different keys have the kid %s; change one of them", k.Label())
			}
			id := k.KeyID + " " + k.Algorithm + " " + k.Thumbprint
			if prints[id] {
				continue
			}
			byKid[k.KeyID], prints[id] = k.Thumbprint, true
			var raw bytes.Buffer
			if err := json.Compact(&raw, k.Raw); err != nil {
				return nil, nil, err
			}
			out.Keys = append(out.Keys, raw.Bytes())
		}
	}
	if len(out.Keys) == 0 {
		return nil, left, jwk.ErrNoUsableKey
	}
	data, err = json.MarshalIndent(out, "", "  ")
	return append(data, '\n'), left, err
}
