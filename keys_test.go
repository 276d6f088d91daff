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
	"crypto/x509"
	"encoding/base64"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

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

func TestEveryTokenAgainstEveryKey(t *testing.T) {
	for _, a := range allKeys(t) {
		token := signToken(t, a.signer)
		input, encoded := token[:strings.LastIndex(token, ".")], token[strings.LastIndex(token, ".")+1:]
		sig := must(base64.RawURLEncoding.DecodeString(encoded))
		for _, b := range allKeys(t) {
			err := parseToken(t, token, b.verifier)
			if a.alg == b.alg {
				require.NoError(t, err)
				requireRefused(t, parseToken(t, token, otherKeys(t)[b.alg].verifier), "signature", jwt.ErrSignature)
				continue
			}
			requireRefused(t, err, "kid", jwt.ErrUnknownKey)

			// The same signature, if the header lied about the algorithm.
			err = b.verifier.Verify(t.Context(), jwt.Header{Algorithm: b.alg, KeyID: "k1"}, []byte(input), sig)
			if isEdDSA(a.alg) && isEdDSA(b.alg) { // two names of one signature
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, jwt.ErrSignature, "%s signature, %s key", a.alg, b.alg)
			}
		}
	}
}

func isEdDSA(alg jwt.Algorithm) bool { return alg == jwt.EdDSA || alg == jwt.Ed25519 }

func TestKeyIDOfOneKey(t *testing.T) {
	for _, alg := range allAlgorithms {
		for _, tt := range []struct {
			token, key string
			ok         bool
		}{
			{"a", "a", true},
			{"a", "", true},
			{"", "a", true},
			{"", "", true},
			{"a", "b", false},
			{"a", "A", false},
			{"a", "a ", false},
		} {
			token := signToken(t, newKeyPair(firstRaw(), alg, tt.token).signer)
			err := parseToken(t, token, newKeyPair(firstRaw(), alg, tt.key).verifier)
			if tt.ok {
				require.NoError(t, err)
			} else {
				requireRefused(t, err, "kid", jwt.ErrUnknownKey)
			}
		}
	}
}

// A signer refuses a header that is not its own, so that a careless Signer around it
// cannot put one key's kid over another's signature.
func TestSignerChecksHeader(t *testing.T) {
	remote := must(jwt.NewRemoteSigner(testKeys(t)[jwt.ES256].verifier, func(context.Context, []byte) ([]byte, error) {
		t.Error("called")
		return nil, nil
	}))
	pairs := append(allKeys(t), keyPair{jwt.ES256, remote, nil})
	for _, k := range pairs {
		for _, h := range []jwt.Header{{Algorithm: k.alg, KeyID: "k2"}, {Algorithm: "XX256", KeyID: "k1"}, {}} {
			sig, err := k.signer.Sign(t.Context(), h, []byte("a.b"))
			require.Nil(t, sig)
			require.EqualError(t, err, string(k.alg)+"(k1): no key for this token")
		}
	}
}

// constructors makes a good key of each kind with any algorithm and kid.
func constructors() map[string]func(alg jwt.Algorithm, kid string) error {
	raw := firstRaw()
	p256 := raw.ecdsa[jwt.ES256]
	pkcs8 := pemBlock("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(raw.rsa)))
	spki := pemBlock("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(p256.Public())))
	return map[string]func(alg jwt.Algorithm, kid string) error{
		"NewHMACSigner":       func(a jwt.Algorithm, k string) error { return errOf(jwt.NewHMACSigner(a, k, raw.secret)) },
		"NewHMACVerifier":     func(a jwt.Algorithm, k string) error { return errOf(jwt.NewHMACVerifier(a, k, raw.secret)) },
		"NewSigner RSA":       func(a jwt.Algorithm, k string) error { return errOf(jwt.NewSigner(a, k, raw.rsa)) },
		"NewVerifier RSA":     func(a jwt.Algorithm, k string) error { return errOf(jwt.NewVerifier(a, k, &raw.rsa.PublicKey)) },
		"NewSigner ECDSA":     func(a jwt.Algorithm, k string) error { return errOf(jwt.NewSigner(a, k, p256)) },
		"NewVerifier ECDSA":   func(a jwt.Algorithm, k string) error { return errOf(jwt.NewVerifier(a, k, &p256.PublicKey)) },
		"NewSigner Ed25519":   func(a jwt.Algorithm, k string) error { return errOf(jwt.NewSigner(a, k, raw.ed25519)) },
		"NewVerifier Ed25519": func(a jwt.Algorithm, k string) error { return errOf(jwt.NewVerifier(a, k, raw.ed25519.Public())) },
		"ParsePrivateKey":     func(a jwt.Algorithm, k string) error { return errOf(jwt.ParsePrivateKey(a, k, pkcs8)) },
		"ParsePublicKey":      func(a jwt.Algorithm, k string) error { return errOf(jwt.ParsePublicKey(a, k, spki)) },
	}
}

func TestKeyIDMustBeUTF8(t *testing.T) {
	for name, alg := range map[string]jwt.Algorithm{
		"NewHMACSigner": jwt.HS256, "NewHMACVerifier": jwt.HS256,
		"NewSigner RSA": jwt.PS256, "NewVerifier RSA": jwt.PS256, "ParsePrivateKey": jwt.PS256,
		"NewSigner ECDSA": jwt.ES256, "NewVerifier ECDSA": jwt.ES256, "ParsePublicKey": jwt.ES256,
		"NewSigner Ed25519": jwt.EdDSA, "NewVerifier Ed25519": jwt.EdDSA,
	} {
		construct := constructors()[name]
		require.NoError(t, construct(alg, "\u00fc"))
		require.EqualError(t, construct(alg, "k\xff"), "jwt: "+string(alg)+" key: kid is not UTF-8", name)
	}
}

func TestAlgorithmOfAnotherFamily(t *testing.T) {
	families := map[string]struct {
		algs []jwt.Algorithm
		text string
	}{
		"HMAC":    {allAlgorithms[0:3], " is not for a secret; HS256, HS384 and HS512 are"},
		"RSA":     {allAlgorithms[3:9], " is not for an RSA key; RS256, RS384, RS512, PS256, PS384 and PS512 are"},
		"ECDSA":   {allAlgorithms[9:12], " is not for an ECDSA key; ES256, ES384 and ES512 are"},
		"Ed25519": {allAlgorithms[12:14], " is not for an Ed25519 key; EdDSA and Ed25519 are"},
	}
	unknown := []jwt.Algorithm{"", "none", "None", "NONE", "hs256", "rs256", "es256", "eddsa", "ed25519", "ES256K", "Ed448", " ES256"}
	for name, construct := range constructors() {
		_, family, _ := strings.Cut(name, " ")
		switch {
		case strings.HasPrefix(name, "NewHMAC"):
			family = "HMAC"
		case name == "ParsePrivateKey":
			family = "RSA"
		case name == "ParsePublicKey":
			family = "ECDSA"
		}
		for _, alg := range unknown {
			require.EqualError(t, construct(alg, "k"), "jwt: "+strconv.Quote(string(alg))+" is not an algorithm of this package", name)
		}
		for _, alg := range allAlgorithms {
			if strings.HasPrefix(name, "Parse") && slices.Contains(allAlgorithms[:3], alg) {
				continue // TestParsePEMForHMAC
			}
			if !slices.Contains(families[family].algs, alg) {
				require.EqualError(t, construct(alg, "k"), "jwt: "+strconv.Quote(string(alg))+families[family].text, name)
			}
		}
	}
}

// Nothing that the caller does to a key afterwards changes what was made of it.
func TestKeysAreCopied(t *testing.T) {
	raw := newRawKeys(3)
	keys := newKeys(raw, "k")
	wanted := newKeys(raw, "k")
	tokens := make(map[jwt.Algorithm]string)
	for alg, k := range wanted {
		tokens[alg] = signToken(t, k.signer)
	}
	secret := bytes.Clone(raw.secret)
	clear(raw.secret)
	other := secondRaw()
	raw.rsa.N.Set(other.rsa.N)
	raw.rsa.D.Set(other.rsa.D)
	raw.rsa.E = 3
	for i, p := range other.rsa.Primes {
		raw.rsa.Primes[i].Set(p)
	}
	*raw.rsa = *other.rsa
	for alg, key := range raw.ecdsa {
		key.D.Set(other.ecdsa[alg].D)
		key.X.Set(other.ecdsa[alg].X)
		key.Y.Set(other.ecdsa[alg].Y)
	}
	clear(raw.ed25519)

	for alg, k := range keys {
		require.NoError(t, parseToken(t, tokens[alg], k.verifier), alg)
		require.NoError(t, parseToken(t, signToken(t, k.signer), k.verifier), alg)
	}
	same := must(jwt.NewHMACVerifier(jwt.HS256, "k", secret))
	require.NoError(t, parseToken(t, signToken(t, keys[jwt.HS256].signer), same))
}

func TestPublicKeyIsACopy(t *testing.T) {
	for _, k := range allKeys(t) {
		token := signToken(t, k.signer)
		for _, key := range []jwt.Key{k.signer.(jwt.Key), k.verifier.(jwt.Key)} {
			require.Equal(t, k.alg, key.Algorithm())
			require.Equal(t, "k1", key.KeyID())
			before := key.PublicKey()
			switch p := key.PublicKey().(type) {
			case nil:
				require.Contains(t, allAlgorithms[:3], k.alg)
				continue
			case *rsa.PublicKey:
				require.True(t, p.Equal(firstRaw().rsa.Public()))
				p.N.SetInt64(15)
				p.E = 3
			case *ecdsa.PublicKey:
				require.True(t, p.Equal(firstRaw().ecdsa[k.alg].Public()))
				p.X.SetInt64(1)
				p.Y.SetInt64(1)
			case ed25519.PublicKey:
				require.True(t, p.Equal(firstRaw().ed25519.Public()))
				clear(p)
			default:
				t.Errorf("%s: %T", k.alg, p)
			}
			require.Equal(t, before, key.PublicKey())
		}
		require.NoError(t, parseToken(t, token, k.verifier))
		require.NoError(t, parseToken(t, signToken(t, k.signer), k.verifier))
	}
}

func TestConcurrentUse(t *testing.T) {
	val := must(jwt.NewValidator(keyPolicy()))
	var set jwt.KeySet
	for _, k := range allKeys(t) {
		set = append(set, k.verifier)
	}
	issuers := jwt.IssuerKeys{"https://a.example": set}
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	var wg sync.WaitGroup
	for range 4 {
		for _, k := range allKeys(t) {
			wg.Go(func() {
				for range rounds {
					token, err := jwt.Sign(t.Context(), k.signer, keyClaims())
					if err != nil {
						t.Error(err)
					}
					for _, v := range []jwt.Verifier{k.verifier, set, issuers} {
						claims, err := jwt.Parse[struct{}](t.Context(), token, v, val)
						if err != nil || claims.Algorithm != k.alg || claims.Subject != "ann" {
							t.Error(claims, err)
						}
					}
				}
			})
		}
	}
	wg.Wait()
}

// fakeSigner is a Signer that does what it is told.
type fakeSigner struct {
	alg  jwt.Algorithm
	kid  string
	sign func(h jwt.Header, input []byte) ([]byte, error)
}

func (s *fakeSigner) Algorithm() jwt.Algorithm { return s.alg }
func (s *fakeSigner) KeyID() string            { return s.kid }
func (s *fakeSigner) Sign(_ context.Context, h jwt.Header, input []byte) ([]byte, error) {
	return s.sign(h, input)
}

func TestSignBadInput(t *testing.T) {
	var none context.Context
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	good := testKeys(t)[jwt.ES256].signer
	answer := func(alg jwt.Algorithm, n int) *fakeSigner {
		return &fakeSigner{alg, "k", func(jwt.Header, []byte) ([]byte, error) { return make([]byte, n), nil }}
	}
	type test struct {
		ctx    context.Context
		signer jwt.Signer
		text   string
	}
	tests := []test{
		{none, good, "jwt: Sign: nil context"},
		{canceled, good, "jwt: Sign: context canceled"},
		{late, good, "jwt: Sign: context deadline exceeded"},
		{t.Context(), nil, "jwt: Sign: nil Signer"},
		{t.Context(), (*fakeSigner)(nil), "jwt: Sign: nil Signer"},
		{none, nil, "jwt: Sign: nil context"},
		{t.Context(), &fakeSigner{alg: ""}, "jwt: alg: no algorithm"},
		{t.Context(), &fakeSigner{alg: "none"}, `jwt: alg: "none" is not a signature algorithm`},
		{t.Context(), &fakeSigner{alg: "nOnE"}, `jwt: alg: "none" is not a signature algorithm`},
		{t.Context(), &fakeSigner{alg: `A"B`}, "jwt: alg: algorithm has characters that no name of one has"},
		{t.Context(), &fakeSigner{alg: "ES256", kid: "\xff"}, "jwt: kid: not UTF-8"},
		{t.Context(), &fakeSigner{alg: "ES256", kid: strings.Repeat("k", 1<<14)}, "jwt: header longer than 16384 bytes"},
		{t.Context(), answer("XX256", 0), "jwt: could not sign: the Signer returned 0 bytes, which is not the length of a signature by XX256"},
	}
	sizes := map[jwt.Algorithm]int{
		jwt.HS256: 32, jwt.HS384: 48, jwt.HS512: 64, jwt.ES256: 64, jwt.ES384: 96, jwt.ES512: 132, jwt.EdDSA: 64, jwt.Ed25519: 64,
	}
	for _, alg := range allAlgorithms {
		lengths := []int{0}
		if size, ok := sizes[alg]; ok {
			lengths = append(lengths, 1, size-1, size+1, 1<<16)
		}
		for _, n := range lengths {
			tests = append(tests, test{t.Context(), answer(alg, n), "jwt: could not sign: the Signer returned " +
				strconv.Itoa(n) + " bytes, which is not the length of a signature by " + string(alg)})
		}
	}
	for _, tt := range tests {
		token, err := jwt.Sign(tt.ctx, tt.signer, keyClaims())
		require.Empty(t, token)
		requirePlainError(t, err, tt.text)
	}
	_, err := jwt.Sign(canceled, good, keyClaims())
	require.ErrorIs(t, err, context.Canceled)
}

func TestParseBadInput(t *testing.T) {
	var none context.Context
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	k := testKeys(t)[jwt.ES256]
	token := signToken(t, k.signer)
	val := must(jwt.NewValidator(keyPolicy()))
	tired := verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error { return context.DeadlineExceeded })
	const noValidator = "jwt: Parse: the Validator is nil or zero; NewValidator makes one"
	for _, tt := range []struct {
		name string
		ctx  context.Context
		v    jwt.Verifier
		val  *jwt.Validator
		text string
	}{
		{"nil context", none, k.verifier, val, "jwt: Parse: nil context"},
		{"nil Validator", t.Context(), k.verifier, nil, noValidator},
		{"zero Validator", t.Context(), k.verifier, new(jwt.Validator), noValidator},
		{"nil Verifier", t.Context(), nil, val, "jwt: Parse: nil Verifier"},
		{"typed nil Verifier", t.Context(), (*pointerVerifier)(nil), val, "jwt: Parse: nil Verifier"},
		{"pointer to no KeySet", t.Context(), (*jwt.KeySet)(nil), val, "jwt: Parse: nil Verifier"},
		{"pointer to no IssuerKeys", t.Context(), (*jwt.IssuerKeys)(nil), val, "jwt: Parse: nil Verifier"},
		{"nil function", t.Context(), verifierFunc(nil), val, "jwt: Parse: nil Verifier"},
		{"everything nil", none, nil, nil, "jwt: Parse: the Validator is nil or zero; NewValidator makes one"},
		{"nil KeySet", t.Context(), jwt.KeySet(nil), val, "jwt: could not check the signature: empty KeySet"},
		{"empty KeySet", t.Context(), jwt.KeySet{}, val, "jwt: could not check the signature: empty KeySet"},
		{"nil IssuerKeys", t.Context(), jwt.IssuerKeys(nil), val, "jwt: could not check the signature: empty IssuerKeys"},
		{"a Verifier that gave up", t.Context(), tired, val, "jwt: could not check the signature: context deadline exceeded"},
		{"canceled", canceled, k.verifier, val, "jwt: Parse: context canceled"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var claims *jwt.Claims[struct{}]
			var err error
			require.NotPanics(t, func() { claims, err = jwt.Parse[struct{}](tt.ctx, token, tt.v, tt.val) })
			require.Nil(t, claims)
			requirePlainError(t, err, tt.text)
		})
	}
}

func TestSenselessPrivateClaims(t *testing.T) {
	checkSenseless[chan int](t)
	checkSenseless[func()](t)
	checkSenseless[int](t)
	checkSenseless[string](t)
	checkSenseless[[]string](t)
	checkSenseless[[0]int](t)
	checkSenseless[any](t)
	checkSenseless[error](t)
	checkSenseless[*int](t)
	checkSenseless[**struct{}](t)
	checkSenseless[map[int]string](t)
	checkSenseless[struct{ C chan int }](t)
	checkSenseless[struct{ F *[]func() }](t)
	checkSenseless[complex128](t)
}

func checkSenseless[P any](t *testing.T) {
	k := testKeys(t)[jwt.HS256]
	t.Run(reflect.TypeFor[P]().String(), func(t *testing.T) {
		token, err := jwt.Sign(t.Context(), k.signer, jwt.Claims[P]{ExpiresAt: keyTime})
		require.Empty(t, token)
		require.ErrorContains(t, err, "jwt: Claims.Private: ")
		requirePlainError(t, err, err.Error())
		for _, token := range []string{"", signToken(t, k.signer)} {
			claims, parseErr := jwt.Parse[P](t.Context(), token, k.verifier, must(jwt.NewValidator(keyPolicy())))
			require.Nil(t, claims)
			requirePlainError(t, parseErr, err.Error())
		}
	})
}
