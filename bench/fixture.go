package bench

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// What every token says and every library expects.
const (
	issuer   = "https://auth.example.com"
	audience = "https://orders.example.com"
	kid      = "2026-11-a"
)

// The algorithms measured, and for each the one of the same key that is refused.
var otherAlgorithm = map[string]string{
	"HS256": "HS512",
	"RS256": "RS384",
	"ES256": "ES384",
	"EdDSA": "Ed25519",
}

// keys are the same for every library.
type keys struct {
	secret  []byte
	rsa     *rsa.PrivateKey
	ecdsa   *ecdsa.PrivateKey
	ed25519 ed25519.PrivateKey
}

func newKeys() (*keys, error) {
	k := &keys{secret: make([]byte, 64)} // long enough for HS512
	rand.Read(k.secret)
	var err error
	if k.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	if k.ecdsa, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	_, k.ed25519, err = ed25519.GenerateKey(rand.Reader)
	return k, err
}

// verifyKey returns the key in the form that most libraries take.
func (k *keys) verifyKey(alg string) any {
	switch alg {
	case "HS256":
		return k.secret
	case "RS256":
		return &k.rsa.PublicKey
	case "ES256":
		return &k.ecdsa.PublicKey
	default:
		return k.ed25519Public()
	}
}

func (k *keys) ed25519Public() ed25519.PublicKey { return k.ed25519.Public().(ed25519.PublicKey) }

func (k *keys) signKey(alg string) any {
	switch alg {
	case "HS256":
		return k.secret
	case "RS256":
		return k.rsa
	case "ES256":
		return k.ecdsa
	default:
		return k.ed25519
	}
}

// claims are what a token holds.
type claims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  []string `json:"aud"`
	ExpiresAt int64    `json:"exp"`
	NotBefore int64    `json:"nbf"`
	IssuedAt  int64    `json:"iat"`
	ID        string   `json:"jti"`
	large
}

// small are the private claims of most tokens.
type small struct {
	Role  string   `json:"role"`
	Scope []string `json:"scope"`
}

// large are those of a large token, with 2 KB more.
type large struct {
	small
	Groups []string `json:"groups,omitempty"`
}

// start is when the program started: no library lets all dates be checked against
// a clock of ours, so that tokens are made for the real one.
var start = time.Now().Truncate(time.Second)

// newClaims returns claims that are all the same for equal i. The private ones come
// from a small set, as roles and scopes do.
func newClaims(i int) claims {
	return claims{
		Issuer:    issuer,
		Subject:   fmt.Sprintf("usr_%016x", 0x9b3d6a7e8c9f0b1d+uint64(i)*7919),
		Audience:  []string{"https://billing.example.com", audience},
		ExpiresAt: start.Add(24 * time.Hour).Add(time.Duration(i) * time.Second).Unix(),
		NotBefore: start.Add(-time.Hour).Add(-time.Duration(i) * time.Second).Unix(),
		IssuedAt:  start.Add(-time.Hour).Add(-time.Duration(i) * time.Second).Unix(),
		ID:        fmt.Sprintf("0190c7a4-7b1e-7d3c-8f5a-%012x", 0x2e6b9d4c1a0f+uint64(i)*104729),
		large: large{small: small{
			Role:  []string{"admin", "clerk", "auditor", "support"}[i%4],
			Scope: []string{[]string{"orders:read", "orders:write", "invoices:read", "stock:read"}[i/4%4], "profile"},
		}},
	}
}

func (c claims) withGroups() claims {
	for i := range 50 {
		c.Groups = append(c.Groups, fmt.Sprintf("/example/department-%02d/team-%02d/%s", i/5, i, []string{"member", "maintainer", "owner"}[i%3]))
	}
	return c
}

// payload is written by hand, and so by no library.
func (c claims) payload() string {
	list := func(s []string) string { return `["` + strings.Join(s, `","`) + `"]` }
	var b strings.Builder
	fmt.Fprintf(&b, `{"iss":"%s","sub":"%s","aud":%s,"exp":%d,"nbf":%d,"iat":%d,"jti":"%s","role":"%s","scope":%s`,
		c.Issuer, c.Subject, list(c.Audience), c.ExpiresAt, c.NotBefore, c.IssuedAt, c.ID, c.Role, list(c.Scope))
	if c.Groups != nil {
		fmt.Fprintf(&b, `,"groups":%s`, list(c.Groups))
	}
	return b.String() + "}"
}

// A token is kept in both forms, since some libraries take a string and some bytes.
type token struct {
	text  string
	bytes []byte
}

func newToken(text string) token { return token{text, []byte(text)} }

// mint makes a token of any header and payload with only the standard library.
func (k *keys) mint(alg, kid, payload string) token {
	header := fmt.Sprintf(`{"alg":"%s","kid":"%s","typ":"JWT"}`, alg, kid)
	enc := base64.RawURLEncoding.EncodeToString
	input := enc([]byte(header)) + "." + enc([]byte(payload))
	return newToken(input + "." + enc(k.sign(alg, []byte(input))))
}

func (k *keys) sign(alg string, input []byte) []byte {
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[alg[len(alg)-3:]]
	switch alg[:2] {
	case "HS":
		mac := hmac.New(hash.New, k.secret)
		mac.Write(input)
		return mac.Sum(nil)
	case "RS":
		return must(crypto.SignMessage(k.rsa, rand.Reader, input, hash))
	case "ES":
		der := must(crypto.SignMessage(k.ecdsa, rand.Reader, input, hash))
		var sig struct{ R, S *big.Int }
		must(asn1.Unmarshal(der, &sig))
		raw := make([]byte, 64)
		sig.R.FillBytes(raw[:32])
		sig.S.FillBytes(raw[32:])
		return raw
	default:
		return ed25519.Sign(k.ed25519, input)
	}
}

// spoil returns t with one bit of its signature changed.
func spoil(t token) token {
	b := []byte(t.text)
	i := strings.LastIndexByte(t.text, '.') + 5
	if b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return newToken(string(b))
}

// must is for what cannot fail unless this module is wrong.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
