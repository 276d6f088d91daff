package jwk_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// decode returns what a segment of base64url encodes.
func decode(segment string) []byte { return must(base64.RawURLEncoding.DecodeString(segment)) }

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func number(segment string) *big.Int { return new(big.Int).SetBytes(decode(segment)) }

// A document is the members of a JWK, each as JSON.
type document map[string]json.RawMessage

// edit returns doc with members changed. changes are names and values in turn; a value
// is JSON, or "" to leave the member out.
func (doc document) edit(changes ...string) document {
	doc = maps.Clone(doc)
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "" {
			delete(doc, changes[i])
		} else {
			doc[changes[i]] = json.RawMessage(changes[i+1])
		}
	}
	return doc
}

// text returns the text of a member that is a string.
func (doc document) text(name string) (s string) {
	if err := json.Unmarshal(doc[name], &s); err != nil {
		panic(err)
	}
	return s
}

// String returns the JWK, its members in alphabetic order.
func (doc document) String() string {
	var members []string
	for _, name := range slices.Sorted(maps.Keys(doc)) {
		members = append(members, `"`+name+`":`+string(doc[name]))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func parseDocument(data []byte) (doc document) {
	if err := json.Unmarshal(data, &doc); err != nil {
		panic(err)
	}
	return doc
}

func quote(s string) string { return string(must(json.Marshal(s))) }

// file returns a file of testdata.
func file(name string) []byte { return must(os.ReadFile(filepath.Join("testdata", name))) }

// fileKey returns a key of a set in testdata.
func fileKey(name string, index int) document {
	var set struct{ Keys []document }
	if err := json.Unmarshal(file(name), &set); err != nil {
		panic(err)
	}
	return set.Keys[index]
}

// A family is the keys of one kty and crv: the same key as a JWK and as Go has it.
type family struct {
	name            string
	algs            []jwt.Algorithm // that fit, in no order
	private, public document        // without kid, alg, use
	key             crypto.Signer
	secrets         []string // what no text may show of it
}

// families are a key of each family with a public half. They are the same in each run:
// those of the RFCs, and for the other curves the scalar 1234567.
var families = sync.OnceValue(func() []family {
	rsaDoc := fileKey("rfc7517-a2.json", 1).edit("alg", "", "kid", "")
	ecDoc := fileKey("rfc7517-a2.json", 0).edit("use", "", "kid", "")
	okpDoc := parseDocument(file("rfc8037-a1.json"))
	list := []family{
		{"RSA", []jwt.Algorithm{jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512}, rsaDoc, nil, rsaKey(rsaDoc), nil},
		{"P-256", []jwt.Algorithm{jwt.ES256}, ecDoc, nil, must(ecdsa.ParseRawPrivateKey(elliptic.P256(), decode(ecDoc.text("d")))), nil},
		{"P-384", []jwt.Algorithm{jwt.ES384}, nil, nil, scalar(elliptic.P384(), 1234567), nil},
		{"P-521", []jwt.Algorithm{jwt.ES512}, nil, nil, scalar(elliptic.P521(), 1234567), nil},
		{"Ed25519", []jwt.Algorithm{jwt.EdDSA, jwt.Ed25519}, okpDoc, nil, ed25519.NewKeyFromSeed(decode(okpDoc.text("d"))), nil},
	}
	for i, f := range list {
		if key, ok := f.key.(*ecdsa.PrivateKey); ok {
			list[i].private = ecDocument(key)
		}
		list[i].public = list[i].private.edit("d", "", "p", "", "q", "", "dp", "", "dq", "", "qi", "")
		for _, name := range []string{"d", "p", "q", "dp", "dq", "qi"} {
			if _, ok := list[i].private[name]; !ok {
				continue
			}
			segment := list[i].private.text(name)
			list[i].secrets = append(list[i].secrets, segment[len(segment)-20:], number(segment).String(), number(segment).Text(16))
		}
	}
	return list
})

// of returns the family of that name.
func of(name string) family {
	list := families()
	return list[slices.IndexFunc(list, func(f family) bool { return f.name == name })]
}

func rsaKey(doc document) *rsa.PrivateKey {
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: number(doc.text("n")), E: int(number(doc.text("e")).Int64())},
		D:         number(doc.text("d")),
		Primes:    []*big.Int{number(doc.text("p")), number(doc.text("q"))},
	}
	key.Precompute()
	return key
}

// scalar returns the key of a curve whose private scalar is n.
func scalar(curve elliptic.Curve, n int64) *ecdsa.PrivateKey {
	raw := make([]byte, (curve.Params().BitSize+7)/8)
	return must(ecdsa.ParseRawPrivateKey(curve, big.NewInt(n).FillBytes(raw)))
}

// ecDocument writes key as a JWK, in another way than package jwk does.
func ecDocument(key *ecdsa.PrivateKey) document {
	point, d := must(key.PublicKey.Bytes()), must(key.Bytes())
	size := len(point) / 2
	return document{
		"kty": []byte(`"EC"`), "crv": []byte(quote(key.Params().Name)),
		"x": []byte(quote(encode(point[1 : 1+size]))), "y": []byte(quote(encode(point[1+size:]))),
		"d": []byte(quote(encode(d))),
	}
}

// secret is an HMAC secret for all three algorithms.
var secret = decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")

var allAlgorithms = []jwt.Algorithm{
	jwt.HS256, jwt.HS384, jwt.HS512, jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512,
	jwt.ES256, jwt.ES384, jwt.ES512, jwt.EdDSA, jwt.Ed25519,
}

// requireWorks fails unless v verifies what s signs, and nothing else.
func requireWorks(t *testing.T, s jwt.Signer, v jwt.Verifier) {
	t.Helper()
	ctx := context.Background()
	h := jwt.Header{Algorithm: s.Algorithm(), KeyID: s.KeyID()}
	input := []byte("e30.e30")
	sig, err := s.Sign(ctx, h, input)
	require.NoError(t, err)
	require.NoError(t, v.Verify(ctx, h, input, sig))
	require.ErrorIs(t, v.Verify(ctx, h, []byte("e30.e31"), sig), jwt.ErrSignature)
}

// label returns the algorithm and kid of a key.
func label(key jwt.Key) (jwt.Algorithm, string) { return key.Algorithm(), key.KeyID() }

// noSecret fails if text shows anything of a private key of families, or of secret.
func noSecret(t *testing.T, text string) {
	t.Helper()
	secrets := []string{encode(secret)[:20], string(secret[:20])}
	for _, f := range families() {
		secrets = append(secrets, f.secrets...)
	}
	for _, s := range secrets {
		require.NotContains(t, text, s)
	}
}

// thumbprint returns the thumbprint of a key's public half.
func thumbprint(key jwt.Key) string { return must(jwk.Thumbprint(key.PublicKey())) }

var reasons = []error{
	jwk.ErrDuplicate, jwk.ErrMalformed, jwk.ErrSecret, jwk.ErrPrivate, jwk.ErrUse, jwk.ErrUnsupported, jwk.ErrAlgorithm, jwk.ErrWeak,
}

// requireReason fails unless err, if there is one, wraps exactly one of the reasons.
func requireReason(t *testing.T, err error) {
	t.Helper()
	found := 0
	for _, reason := range reasons {
		if errors.Is(err, reason) {
			found++
		}
	}
	require.Equal(t, err != nil, found == 1, "%v wraps %d reasons", err, found)
}
