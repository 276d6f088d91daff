// Package jwkset reads JWK Sets as issuers publish them, and says what verifiers will find
// wrong with them.
package jwkset

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"fmt"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/jwks"
)

// A Set is a JWK Set as it was found, with the keys that cannot be used.
type Set struct {
	Data   []byte
	Keys   []Key
	Answer *Answer // how it was served, or nil if it is from a file
}

// A Key is one of a Set. It is usable if Err is nil.
type Key struct {
	Index int // its place in the set, from 0
	Raw   json.RawMessage
	Err   error // why it cannot be used: an error of package jwk

	KeyID, Type, Algorithm, Use string // kid, kty, alg and use, as they are written; "" if they cannot be read
	Kind                        string // what a usable key is, such as "RSA 2048" or "P-256"
	Thumbprint                  string // of a usable key, RFC 7638

	verifiers jwt.KeySet // one for each algorithm
	members   map[string]json.RawMessage
}

// Label names the key to people.
func (k *Key) Label() string {
	if k.KeyID == "" {
		return fmt.Sprintf("#%d", k.Index)
	}
	return fmt.Sprintf("%q", k.KeyID)
}

// Parse reads a set. It fails if data is not a JWK Set at all; whatever is wrong with one of
// the keys is in that Key.
func Parse(data []byte, algs []jwt.Algorithm) (*Set, error) {
	if _, _, err := jwk.ParseSet(data, algs...); err != nil && !isAboutKeys(err) {
		return nil, err
	}
	var doc map[string]json.RawMessage
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("the set is not JSON: %w", err)
	}
	if err := json.Unmarshal(doc["keys"], &raw); err != nil {
		return nil, fmt.Errorf("the set is not JSON: %w", err)
	}
	set := &Set{Data: data}
	for i, text := range raw {
		set.Keys = append(set.Keys, readKey(i, text, algs))
	}
	return set, nil
}

func readKey(index int, raw json.RawMessage, algs []jwt.Algorithm) Key {
	k := Key{Index: index, Raw: raw}
	if json.Unmarshal(raw, &k.members) == nil {
		k.KeyID, k.Type, k.Algorithm, k.Use = k.text("kid"), k.text("kty"), k.text("alg"), k.text("use")
	}
	keys, skipped, err := jwk.ParseSet([]byte(`{"keys":[`+string(raw)+`]}`), algs...)
	switch {
	case len(skipped) > 0:
		k.Err = skipped[0].Err
		return k
	case err != nil:
		k.Err = err
		return k
	}
	k.verifiers = keys
	public := keys.Keys()[0].PublicKey()
	k.Thumbprint, _ = jwk.Thumbprint(public)
	switch key := public.(type) {
	case *rsa.PublicKey:
		k.Kind = fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		k.Kind = key.Curve.Params().Name
	default:
		k.Kind = "Ed25519"
	}
	return k
}

// text returns a member that is a string, or "".
func (k *Key) text(name string) (s string) {
	json.Unmarshal(k.members[name], &s)
	return s
}

// Algorithms returns the algorithms that the key can be used with.
func (k *Key) Algorithms() []jwt.Algorithm {
	var algs []jwt.Algorithm
	for _, v := range k.verifiers.Keys() {
		algs = append(algs, v.Algorithm())
	}
	return algs
}

// Fetch fetches a set as a verifier does, with package jwks. The Set holds what was served,
// even if no key of it can be used. cfg.Transport must be nil or an *http.Transport.
func Fetch(ctx context.Context, cfg jwks.Config) (*Set, error) {
	r := newRecorder(cfg.Transport)
	cfg.Transport = r
	_, err := jwks.Fetch(ctx, cfg)
	r.close()
	if err != nil && !isAboutKeys(err) {
		return nil, err
	}
	set, err := Parse(r.body, cfg.Algorithms)
	if err != nil {
		return nil, err
	}
	set.Answer = &r.answer
	return set, nil
}
