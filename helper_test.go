//lint:file-ignore SA1019 a caller may change a key in just this way

package jwt_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// requirePlain checks that err is there, is no TokenError, and says what text says.
func requirePlain(t *testing.T, err error, text string) {
	t.Helper()
	require.ErrorContains(t, err, text)
	_, ok := errors.AsType[*jwt.TokenError](err)
	require.False(t, ok, "%v", err)
}

// requireNoType checks that Sign and Parse refuse P itself.
func requireNoType[P any](t *testing.T, text string) {
	t.Helper()
	var private P
	_, err := signPrivate(t, private)
	requirePlain(t, err, text)
	claims, err := parsePayload[P](t, "{}")
	require.Nil(t, claims)
	requirePlain(t, err, text)
}

// allAlgorithms are the algorithms that the package implements.
var allAlgorithms = []jwt.Algorithm{
	jwt.HS256, jwt.HS384, jwt.HS512,
	jwt.RS256, jwt.RS384, jwt.RS512,
	jwt.PS256, jwt.PS384, jwt.PS512,
	jwt.ES256, jwt.ES384, jwt.ES512,
	jwt.EdDSA, jwt.Ed25519,
}

// A keyPair is both halves of one key, with kid "k1".
type keyPair struct {
	alg      jwt.Algorithm
	signer   jwt.KeySigner
	verifier jwt.KeyVerifier
}

// rawKeys are the keys that the keyPairs are made of, one for each family and curve.
type rawKeys struct {
	secret  []byte // 64 bytes
	rsa     *rsa.PrivateKey
	ecdsa   map[jwt.Algorithm]*ecdsa.PrivateKey
	ed25519 ed25519.PrivateKey
	secrets []string // what no text may show of them
}

var (
	firstRaw   = sync.OnceValue(func() rawKeys { return newRawKeys(1) })
	secondRaw  = sync.OnceValue(func() rawKeys { return newRawKeys(2) })
	firstKeys  = sync.OnceValue(func() map[jwt.Algorithm]keyPair { return newKeys(firstRaw(), "k1") })
	secondKeys = sync.OnceValue(func() map[jwt.Algorithm]keyPair { return newKeys(secondRaw(), "k1") })
)

// testKeys returns a key for every algorithm, with kid "k1".
func testKeys(tb testing.TB) map[jwt.Algorithm]keyPair {
	tb.Helper()
	return firstKeys()
}

// otherKeys returns keys that differ from those of testKeys in everything but
// algorithm and kid.
func otherKeys(tb testing.TB) map[jwt.Algorithm]keyPair {
	tb.Helper()
	return secondKeys()
}

// allKeys returns the keys of testKeys in the order of allAlgorithms.
func allKeys(tb testing.TB) []keyPair {
	tb.Helper()
	var pairs []keyPair
	for _, alg := range allAlgorithms {
		pairs = append(pairs, firstKeys()[alg])
	}
	return pairs
}

func newRawKeys(fill byte) rawKeys {
	secret := bytes.Repeat([]byte{fill}, 64)
	for i := range secret {
		secret[i] += byte(i) * 3
	}
	keys := rawKeys{secret: secret, rsa: must(rsa.GenerateKey(rand.Reader, 2048))}
	keys.ecdsa = map[jwt.Algorithm]*ecdsa.PrivateKey{
		jwt.ES256: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		jwt.ES384: must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)),
		jwt.ES512: must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)),
	}
	_, keys.ed25519, _ = ed25519.GenerateKey(rand.Reader)
	keys.secrets = secretTexts(keys)
	return keys
}

func newKeys(raw rawKeys, kid string) map[jwt.Algorithm]keyPair {
	keys := make(map[jwt.Algorithm]keyPair)
	for _, alg := range allAlgorithms {
		keys[alg] = newKeyPair(raw, alg, kid)
	}
	return keys
}

func newKeyPair(raw rawKeys, alg jwt.Algorithm, kid string) keyPair {
	switch alg {
	case jwt.HS256, jwt.HS384, jwt.HS512:
		return keyPair{alg, must(jwt.NewHMACSigner(alg, kid, raw.secret)), must(jwt.NewHMACVerifier(alg, kid, raw.secret))}
	case jwt.ES256, jwt.ES384, jwt.ES512:
		key := raw.ecdsa[alg]
		return keyPair{alg, must(jwt.NewSigner(alg, kid, key)), must(jwt.NewVerifier(alg, kid, &key.PublicKey))}
	case jwt.EdDSA, jwt.Ed25519:
		key := raw.ed25519
		return keyPair{alg, must(jwt.NewSigner(alg, kid, key)), must(jwt.NewVerifier(alg, kid, key.Public().(ed25519.PublicKey)))}
	}
	return keyPair{alg, must(jwt.NewSigner(alg, kid, raw.rsa)), must(jwt.NewVerifier(alg, kid, &raw.rsa.PublicKey))}
}

// must returns v, where err cannot occur.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// errOf returns the error of a constructor, which must not return a key beside it.
func errOf[T any](key T, err error) error {
	if err != nil && any(key) != nil {
		panic("a key and an error together")
	}
	return err
}

// opaque is a crypto.Signer of a type that the package does not know.
type opaque struct{ crypto.Signer }

// verifierFunc makes a Verifier of a function.
type verifierFunc func(ctx context.Context, h jwt.Header, input, sig []byte) error

func (f verifierFunc) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	return f(ctx, h, input, sig)
}

var keyTime = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// keyPolicy accepts the tokens of signToken, by any algorithm.
func keyPolicy() jwt.Policy {
	return jwt.Policy{
		Algorithms: allAlgorithms,
		Issuers:    []string{"https://a.example"},
		Audiences:  []string{"orders"},
		Now:        func() time.Time { return keyTime },
	}
}

func keyClaims() jwt.Claims[struct{}] {
	return jwt.Claims[struct{}]{
		Issuer: "https://a.example", Subject: "ann", Audience: []string{"orders"},
		IssuedAt: keyTime, ExpiresAt: keyTime.Add(time.Minute),
	}
}

func signToken(tb testing.TB, s jwt.Signer) string {
	tb.Helper()
	token, err := jwt.Sign(tb.Context(), s, keyClaims())
	require.NoError(tb, err)
	return token
}

func parseToken(tb testing.TB, token string, v jwt.Verifier) error {
	tb.Helper()
	claims, err := jwt.Parse[struct{}](tb.Context(), token, v, must(jwt.NewValidator(keyPolicy())))
	require.Equal(tb, err == nil, claims != nil, "claims and an error together")
	return err
}

// requireRefused checks that err is a TokenError about field with that reason.
func requireRefused(tb testing.TB, err error, field string, reason error) {
	tb.Helper()
	e, ok := errors.AsType[*jwt.TokenError](err)
	require.True(tb, ok, "%v", err)
	require.Equal(tb, field, e.Field)
	require.ErrorIs(tb, err, reason)
}

// requirePlainError checks that err has that text and is no TokenError.
func requirePlainError(tb testing.TB, err error, text string) {
	tb.Helper()
	require.EqualError(tb, err, text)
	_, ok := errors.AsType[*jwt.TokenError](err)
	require.False(tb, ok)
}

func isEdDSA(alg jwt.Algorithm) bool { return alg == jwt.EdDSA || alg == jwt.Ed25519 }

// fakeSigner is a Signer that does what it is told.
type fakeSigner struct {
	alg  jwt.Algorithm
	kid  string
	sign func(h jwt.Header, input []byte) ([]byte, error)
}

func (s *fakeSigner) Algorithm() jwt.Algorithm { return s.alg }

func (s *fakeSigner) KeyID() string { return s.kid }

func (s *fakeSigner) Sign(_ context.Context, h jwt.Header, input []byte) ([]byte, error) {
	return s.sign(h, input)
}

// secretTexts returns what no text may show of raw, in every form in which Go or
// JSON would write it. The first bytes of each are enough.
func secretTexts(raw rawKeys) []string {
	numbers := []*big.Int{raw.rsa.D, raw.rsa.Primes[0], raw.rsa.Primes[1], raw.rsa.N}
	numbers = append(numbers, raw.rsa.Precomputed.Dp, raw.rsa.Precomputed.Dq, raw.rsa.Precomputed.Qinv)
	bytes := [][]byte{raw.secret, raw.ed25519.Seed(), raw.ed25519[32:]}
	for _, alg := range []jwt.Algorithm{jwt.ES256, jwt.ES384, jwt.ES512} {
		numbers = append(numbers, raw.ecdsa[alg].D, raw.ecdsa[alg].X)
	}
	var texts []string
	for _, n := range numbers {
		if n == nil { // of a key that has not been precomputed
			continue
		}
		bytes = append(bytes, n.Bytes())
		texts = append(texts, n.String()[:16], n.Text(16)[:16], strings.ToUpper(n.Text(16)[:16]), strings.TrimSuffix(fmt.Sprint(n.Bits()[:2]), "]"))
	}
	for _, b := range bytes {
		list := fmt.Sprintf("%d", b[:6])
		texts = append(texts, string(b[:8]),
			hex.EncodeToString(b[:8]), strings.ToUpper(hex.EncodeToString(b[:8])), fmt.Sprintf("% x", b[:6]), fmt.Sprintf("%#v", b[:6])[7:30],
			base64.StdEncoding.EncodeToString(b[:9]), base64.RawURLEncoding.EncodeToString(b[:9]),
			list[1:len(list)-1], strings.ReplaceAll(list[1:len(list)-1], " ", ","))
	}
	return texts
}

// requireNoSecret checks that text shows nothing of raw.
func requireNoSecret(tb testing.TB, text string, raw rawKeys) {
	tb.Helper()
	for _, secret := range raw.secrets {
		if strings.Contains(text, secret) {
			tb.Errorf("%q holds %q", text, secret)
		}
	}
}

// hmacPair returns the nth of many keys.
func hmacPair(n int, kid string) keyPair {
	secret := sha256.Sum256([]byte(strconv.Itoa(n)))
	return keyPair{jwt.HS256, must(jwt.NewHMACSigner(jwt.HS256, kid, secret[:])), must(jwt.NewHMACVerifier(jwt.HS256, kid, secret[:]))}
}

// payloadToken returns a token of k with that payload.
func payloadToken(t *testing.T, k keyPair, payload string) string {
	t.Helper()
	header := fmt.Sprintf(`{"alg":%q,"kid":%q}`, k.alg, k.signer.KeyID())
	input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	sig, err := k.signer.Sign(t.Context(), jwt.Header{Algorithm: k.alg, KeyID: k.signer.KeyID()}, []byte(input))
	require.NoError(t, err)
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}
