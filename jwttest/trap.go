package jwttest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// A trap is a key that is published and that nobody may verify a signature with.
type trap struct {
	kind trapKind
	kid  string
	jwk  string
	sign func(input string) ([]byte, error)
	alg  jwt.Algorithm
}

type trapKind int

const (
	encryptionKey trapKind = iota + 1 // use "enc": every issuer may have one
	publicSecret                      // kty oct
	noneKey                           // alg none
	lowOrderKey                       // Ed25519, of small order
)

// newTraps returns the encryption key, which is always published, and the others if all.
func newTraps(all bool) ([]trap, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	enc, err := newKeyOf(jwt.ES256, private)
	if err != nil {
		return nil, err
	}
	data, err := jwk.Marshal(enc)
	if err != nil {
		return nil, err
	}
	o, err := parseObject(data)
	if err != nil {
		return nil, err
	}
	traps := []trap{{kind: encryptionKey, kid: enc.KeyID(), alg: jwt.ES256, sign: signerOf(enc),
		jwk: o.with("use", `"enc"`).with("alg", `"ECDH-ES"`).without("key_ops").String()}}
	if !all {
		return traps, nil
	}
	secret := make([]byte, 64)
	rand.Read(secret)
	s, err := jwt.NewHMACSigner(jwt.HS256, rand.Text()[:12], secret)
	if err != nil {
		return nil, err
	}
	// The neutral element: with it as the public key and as R, and S = 0, a signature is
	// good for every text.
	neutral := "\x01" + strings.Repeat("\x00", 31)
	low := rand.Text()[:12]
	none := rand.Text()[:12]
	return append(traps,
		trap{kind: publicSecret, kid: s.KeyID(), alg: jwt.HS256, sign: signerOf(s), jwk: object{
			{"kty", `"oct"`}, {"kid", quote(s.KeyID())}, {"alg", `"HS256"`}, {"k", quote(b64(string(secret)))}}.String()},
		trap{kind: noneKey, kid: none, alg: "none", jwk: object{
			{"kty", `"oct"`}, {"kid", quote(none)}, {"alg", `"none"`}, {"k", `""`}}.String(),
			sign: func(string) ([]byte, error) { return nil, nil }},
		trap{kind: lowOrderKey, kid: low, alg: jwt.EdDSA, jwk: object{
			{"kty", `"OKP"`}, {"crv", `"Ed25519"`}, {"kid", quote(low)}, {"alg", `"EdDSA"`}, {"x", quote(b64(neutral))}}.String(),
			sign: func(string) ([]byte, error) { return []byte(neutral + strings.Repeat("\x00", 32)), nil }}), nil
}

func signerOf(s jwt.Signer) func(string) ([]byte, error) {
	return func(input string) ([]byte, error) {
		return s.Sign(context.Background(), jwt.Header{Algorithm: s.Algorithm(), KeyID: s.KeyID()}, []byte(input))
	}
}
