package jws_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

// hmacSecret is the key of the tokens that the tests make by hand.
var hmacSecret = []byte("0123456789abcdefghijklmnopqrstuv")

func hmacPair(t testing.TB, kid string) (jwt.Signer, jwt.Verifier) {
	t.Helper()
	s, err := jwt.NewHMACSigner(jwt.HS256, kid, hmacSecret)
	require.NoError(t, err)
	v, err := jwt.NewHMACVerifier(jwt.HS256, kid, hmacSecret)
	require.NoError(t, err)
	return s, v
}

// handmade returns a token with exactly that header and a good HS256 signature.
func handmade(header, payload string) string {
	b := base64.RawURLEncoding.EncodeToString
	return signInput(b([]byte(header)) + "." + b([]byte(payload)))
}

// signInput returns input, which need not be base64url, with its signature.
func signInput(input string) string {
	mac := hmac.New(sha256.New, hmacSecret)
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func newValidator(t testing.TB, p jws.Policy) *jws.Validator {
	t.Helper()
	val, err := jws.NewValidator(p)
	require.NoError(t, err)
	return val
}

func hs256(t testing.TB) *jws.Validator {
	t.Helper()
	return newValidator(t, jws.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}})
}

// refused checks that a token was refused for one reason, and nothing returned.
func refused(t testing.TB, m *jws.Message, err error, field string, reason error) {
	t.Helper()
	require.Nil(t, m)
	var e *jwt.TokenError
	require.ErrorAs(t, err, &e)
	require.Equal(t, field, e.Field)
	require.ErrorIs(t, err, reason)
}

// keyPair is a key of one algorithm.
type keyPair struct {
	alg      jwt.Algorithm
	signer   jwt.KeySigner
	verifier jwt.KeyVerifier
}

// keyPairs holds a key of each algorithm, all with the same kid, and keys of one
// family the same where they can be.
var keyPairs = sync.OnceValue(func() []keyPair {
	var pairs []keyPair
	add := func(alg jwt.Algorithm, s jwt.KeySigner, serr error, v jwt.KeyVerifier, verr error) {
		if serr != nil || verr != nil {
			panic(alg)
		}
		pairs = append(pairs, keyPair{alg, s, v})
	}
	secret := []byte(strings.Repeat("s3cret!?", 8))
	for _, alg := range []jwt.Algorithm{jwt.HS256, jwt.HS384, jwt.HS512} {
		s, err := jwt.NewHMACSigner(alg, "k", secret)
		v, err2 := jwt.NewHMACVerifier(alg, "k", secret)
		add(alg, s, err, v, err2)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	for _, alg := range []jwt.Algorithm{jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512} {
		s, err := jwt.NewSigner(alg, "k", rsaKey)
		v, err2 := jwt.NewVerifier(alg, "k", &rsaKey.PublicKey)
		add(alg, s, err, v, err2)
	}
	for alg, curve := range map[jwt.Algorithm]elliptic.Curve{
		jwt.ES256: elliptic.P256(), jwt.ES384: elliptic.P384(), jwt.ES512: elliptic.P521(),
	} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			panic(err)
		}
		s, err := jwt.NewSigner(alg, "k", key)
		v, err2 := jwt.NewVerifier(alg, "k", &key.PublicKey)
		add(alg, s, err, v, err2)
	}
	edKey := ed25519.NewKeyFromSeed(secret[:32])
	for _, alg := range []jwt.Algorithm{jwt.EdDSA, jwt.Ed25519} {
		s, err := jwt.NewSigner(alg, "k", edKey)
		v, err2 := jwt.NewVerifier(alg, "k", edKey.Public().(ed25519.PublicKey))
		add(alg, s, err, v, err2)
	}
	return pairs
})

// TestMatrix tries the token of each algorithm with the key of each algorithm: only
// the diagonal passes, even where the key material is the same.
func TestMatrix(t *testing.T) {
	var all []jwt.Algorithm
	for _, p := range keyPairs() {
		all = append(all, p.alg)
	}
	require.Len(t, all, 14)
	every := newValidator(t, jws.Policy{Algorithms: all})
	for _, s := range keyPairs() {
		token, err := jws.Sign(t.Context(), s.signer, jws.Message{Payload: []byte("payload of " + s.alg)})
		require.NoError(t, err)
		for _, v := range keyPairs() {
			m, err := jws.Verify(t.Context(), token, v.verifier, every)
			if s.alg != v.alg {
				refused(t, m, err, "kid", jwt.ErrUnknownKey)
				// Nor does the right key help where the policy has another algorithm.
				only := newValidator(t, jws.Policy{Algorithms: []jwt.Algorithm{v.alg}})
				m, err = jws.Verify(t.Context(), token, s.verifier, only)
				refused(t, m, err, "alg", jwt.ErrAlgorithm)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, &jws.Message{Payload: []byte("payload of " + s.alg), Type: "JOSE", Algorithm: s.alg, KeyID: "k"}, m)
		}
	}
}

// TestWireFormat compares whole tokens with what another language's HMAC and base64
// made of the same header, payload and key.
func TestWireFormat(t *testing.T) {
	secret := make([]byte, 32)
	for i := range secret {
		secret[i] = byte(i)
	}
	signer, err := jwt.NewHMACSigner(jwt.HS256, "k1", secret)
	require.NoError(t, err)

	token, err := jws.Sign(t.Context(), signer, jws.Message{Payload: []byte("Payload"), Algorithm: "ignored", KeyID: "ignored"})
	require.NoError(t, err)
	require.Equal(t, "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSk9TRSJ9.UGF5bG9hZA.BQ-zGy3-UX1rQYXF2NFs7F3TxBIXH6zc6tMp9nF3j_s", token)

	// {"alg":"HS256","kid":"k1","typ":"webhook+jose","a":[1,{"b":"<&>"}],"cty":"json","z":null}
	token, err = jws.Sign(t.Context(), signer, jws.Message{
		Type:   "webhook+jose",
		Header: map[string]any{"z": nil, "cty": "json", "a": []any{1, map[string]string{"b": "<&>"}}},
	})
	require.NoError(t, err)
	require.Equal(t, "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIiwidHlwIjoid2ViaG9vaytqb3NlIiwiYSI6WzEseyJiIjoiPCY-In1dLCJjdHkiOiJqc29uIiwieiI6bnVsbH0"+
		"..7B08lOZdlk9NR-KGavxjZ-EpXYtQfSkecw00nAm4Hmo", token)
}

func TestPayloads(t *testing.T) {
	signer, verifier := hmacPair(t, "")
	binary := make([]byte, 256)
	for i := range binary {
		binary[i] = byte(i)
	}
	for name, payload := range map[string][]byte{
		"nil":    nil,
		"empty":  {},
		"zero":   {0},
		"binary": binary,
		"json":   []byte(`{"exp":1,"iss":"not looked at"}`),
		"dots":   []byte("a.b.c"),
		"token":  []byte(handmade(`{"alg":"HS256"}`, "nested")),
	} {
		t.Run(name, func(t *testing.T) {
			token, err := jws.Sign(t.Context(), signer, jws.Message{Payload: payload})
			require.NoError(t, err)
			m, err := jws.Verify(t.Context(), token, verifier, hs256(t))
			require.NoError(t, err)
			require.Equal(t, string(payload), string(m.Payload))
			require.Equal(t, len(m.Payload), cap(m.Payload), "no room to write into the signature")

			u, err := jws.Unverified(token)
			require.NoError(t, err)
			require.Equal(t, string(payload), string(u.Payload))
			u.Payload = nil
			require.Equal(t, &jws.UnverifiedMessage{Algorithm: jwt.HS256, Type: "JOSE"}, u)
		})
	}
}

// TestProperPrefixes: no part of a token is a token.
func TestProperPrefixes(t *testing.T) {
	for _, p := range keyPairs() {
		validator := newValidator(t, jws.Policy{Algorithms: []jwt.Algorithm{p.alg}})
		token, err := jws.Sign(t.Context(), p.signer, jws.Message{Payload: []byte("x")})
		require.NoError(t, err)
		for i := range token {
			m, err := jws.Verify(t.Context(), token[:i], p.verifier, validator)
			var e *jwt.TokenError
			require.ErrorAs(t, err, &e, "%s: %d bytes", p.alg, i)
			require.Nil(t, m)
		}
	}
}

// TestChangedCharacters changes each character of a token into each other one.
func TestChangedCharacters(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\x00"
	signer, verifier := hmacPair(t, "k")
	token, err := jws.Sign(t.Context(), signer, jws.Message{Payload: []byte("x"), Header: map[string]any{"a": 1}})
	require.NoError(t, err)
	validator := hs256(t)
	for i := range token {
		for _, c := range []byte(alphabet) {
			if c == token[i] {
				continue
			}
			m, err := jws.Verify(t.Context(), token[:i]+string(c)+token[i+1:], verifier, validator)
			var e *jwt.TokenError
			require.ErrorAs(t, err, &e, "%q at %d", c, i)
			require.Nil(t, m)
		}
	}
	_, err = jws.Verify(t.Context(), token, verifier, validator)
	require.NoError(t, err)
}

func TestConcurrentUse(t *testing.T) {
	validator := hs256(t)
	signer, verifier := hmacPair(t, "k")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			payload := []byte(strings.Repeat("x", i))
			for range 50 {
				token, err := jws.Sign(context.Background(), signer, jws.Message{Payload: payload, Header: map[string]any{"n": i}})
				if err != nil {
					t.Error(err)
					return
				}
				m, err := jws.Verify(context.Background(), token, verifier, validator)
				if err != nil || string(m.Payload) != string(payload) {
					t.Errorf("got %v, %v", m, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// A context that is done says nothing about the token, good or bad, and no key is asked.
func TestVerifyCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v := verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error {
		t.Error("called")
		return nil
	})
	for _, token := range []string{handmade(`{"alg":"HS256","typ":"JOSE"}`, "payload"), "", "a.b.c"} {
		m, err := jws.Verify(ctx, token, v, hs256(t))
		require.Nil(t, m)
		require.EqualError(t, err, "jws: Verify: context canceled")
		require.ErrorIs(t, err, context.Canceled)
		_, ok := errors.AsType[*jwt.TokenError](err)
		require.False(t, ok)
	}
}
