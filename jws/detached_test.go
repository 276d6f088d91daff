package jws_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

// RFC 7797 section 4: the key is that of RFC 7515 appendix A.1.
func TestUnencodedVectors(t *testing.T) {
	secret, err := base64.RawURLEncoding.DecodeString("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
	require.NoError(t, err)
	signer, err := jwt.NewHMACSigner(jwt.HS256, "", secret)
	require.NoError(t, err)
	payload := []byte("$.02")
	encoded := newValidator(t, jws.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}})
	unencoded := newValidator(t, jws.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}, Unencoded: true})

	const control = "eyJhbGciOiJIUzI1NiJ9.JC4wMg.5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ"
	m, err := jws.Verify(t.Context(), control, signer.Verifier(), encoded)
	require.NoError(t, err)
	require.Equal(t, payload, m.Payload)

	const token = "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY"
	m, err = jws.VerifyDetached(t.Context(), token, payload, signer.Verifier(), unencoded)
	require.NoError(t, err)
	require.Equal(t, &jws.Message{Payload: payload, Algorithm: jwt.HS256, Unencoded: true}, m)

	m, err = jws.VerifyDetached(t.Context(), token, payload, signer.Verifier(), encoded)
	refused(t, m, err, "header", jwt.ErrMalformed) // b64 only when asked for
	m, err = jws.VerifyDetached(t.Context(), strings.Replace(control, ".JC4wMg.", "..", 1), payload, signer.Verifier(), unencoded)
	refused(t, m, err, "b64", jwt.ErrMalformed)
}

func TestDetached(t *testing.T) {
	for _, p := range keyPairs() {
		for _, unencoded := range []bool{false, true} {
			validator := newValidator(t, jws.Policy{Algorithms: []jwt.Algorithm{p.alg}, Unencoded: unencoded})
			for _, payload := range []string{"", "a.b.c", "\x00\xff", `{"iss":"a"}`, strings.Repeat("x", 100_000)} {
				m := jws.Message{Payload: []byte(payload), Header: map[string]any{"x": "y"}, Unencoded: unencoded}
				token, err := jws.SignDetached(t.Context(), p.signer, m)
				require.NoError(t, err)
				require.Equal(t, 2, strings.Count(token, "."))
				require.Contains(t, token, "..")
				got, err := jws.VerifyDetached(t.Context(), token, []byte(payload), p.verifier, validator)
				require.NoError(t, err)
				m.Type, m.Algorithm, m.KeyID = "JOSE", p.alg, p.signer.KeyID()
				require.Equal(t, &m, got)
				got, err = jws.VerifyDetached(t.Context(), token, []byte(payload+"x"), p.verifier, validator)
				refused(t, got, err, "signature", jwt.ErrSignature)

				u, err := jws.Unverified(token)
				require.NoError(t, err)
				require.Empty(t, u.Payload)
				require.Equal(t, unencoded, u.Header["crit"] != nil)
			}
		}
	}
}

// What is detached must not stand in the token, and b64 must be said exactly as RFC 7797 does.
func TestDetachedRefuses(t *testing.T) {
	secret := bytes.Repeat([]byte("k"), 64)
	signer, err := jwt.NewHMACSigner(jwt.HS256, "", secret)
	require.NoError(t, err)
	key := signer.Verifier()
	algs := []jwt.Algorithm{jwt.HS256}
	encoded, unencoded := newValidator(t, jws.Policy{Algorithms: algs}), newValidator(t, jws.Policy{Algorithms: algs, Unencoded: true})
	token := func(header, payload string) string {
		h := base64.RawURLEncoding.EncodeToString([]byte(header))
		sig, err := signer.Sign(t.Context(), jwt.Header{Algorithm: jwt.HS256}, []byte(h+"."+payload))
		require.NoError(t, err)
		return h + ".." + base64.RawURLEncoding.EncodeToString(sig)
	}
	good := `{"alg":"HS256","b64":false,"crit":["b64"]}`
	_, err = jws.VerifyDetached(t.Context(), token(good, "p"), []byte("p"), key, unencoded)
	require.NoError(t, err)
	for header, field := range map[string]string{
		`{"alg":"HS256","b64":false}`:                               "b64",
		`{"alg":"HS256","crit":["b64"]}`:                            "b64",
		`{"alg":"HS256","b64":true,"crit":["b64"]}`:                 "b64",
		`{"alg":"HS256","b64":"false","crit":["b64"]}`:              "b64",
		`{"alg":"HS256","b64":null,"crit":["b64"]}`:                 "b64",
		`{"alg":"HS256","b64":0,"crit":["b64"]}`:                    "b64",
		`{"alg":"HS256","b64":false,"crit":["b64","exp"]}`:          "b64",
		`{"alg":"HS256","b64":false,"crit":["b64","b64"]}`:          "b64",
		`{"alg":"HS256","b64":false,"crit":["exp"]}`:                "b64",
		`{"alg":"HS256","b64":false,"crit":"b64"}`:                  "b64",
		`{"alg":"HS256","b64":false,"crit":[]}`:                     "b64",
		`{"alg":"HS256","b64":false,"crit":null}`:                   "b64",
		`{"alg":"HS256","b64":false,"crit":[["b64"]]}`:              "b64",
		`{"alg":"HS256","B64":false,"crit":["b64"]}`:                "b64",
		`{"alg":"HS256","b64":false,"b64":true,"crit":["b64"]}`:     "header",
		`{"alg":"HS256","b64":false,"crit":["b64"],"crit":["b64"]}`: "header",
		`{"alg":"none","b64":false,"crit":["b64"]}`:                 "alg",
	} {
		m, err := jws.VerifyDetached(t.Context(), token(header, "p"), []byte("p"), key, unencoded)
		require.Nil(t, m, header)
		var e *jwt.TokenError
		require.ErrorAs(t, err, &e, header)
		require.Equal(t, field, e.Field, header)
	}
	for field, token := range map[string]string{
		"header": "!..AAAA", "signature": token(good, "p") + "!", "payload": strings.Repeat("A", 2<<20) + "..AAAA",
	} {
		m, err := jws.VerifyDetached(t.Context(), token, []byte("p"), key, unencoded)
		refused(t, m, err, field, jwt.ErrMalformed)
	}
	whole, err := jws.Sign(t.Context(), signer, jws.Message{Payload: []byte("p")})
	require.NoError(t, err)
	m, err := jws.VerifyDetached(t.Context(), whole, []byte("p"), key, encoded)
	refused(t, m, err, "payload", jwt.ErrMalformed)
	require.EqualError(t, err, "jwt: payload: malformed token: it stands in the token; a detached one was expected")
	detached, err := jws.SignDetached(t.Context(), signer, jws.Message{Payload: []byte("p")})
	require.NoError(t, err)
	m, err = jws.Verify(t.Context(), detached, key, encoded)
	refused(t, m, err, "signature", jwt.ErrSignature)
	m, err = jws.VerifyDetached(t.Context(), detached, []byte("p"), key, unencoded)
	refused(t, m, err, "b64", jwt.ErrMalformed)

	// The signing inputs of the two kinds never agree: "cA" is base64url of "p".
	m, err = jws.VerifyDetached(t.Context(), detached, []byte("cA"), key, encoded)
	refused(t, m, err, "signature", jwt.ErrSignature)
}

func TestDetachedSetUp(t *testing.T) {
	signer, err := jwt.NewHMACSigner(jwt.HS256, "", bytes.Repeat([]byte("k"), 64))
	require.NoError(t, err)
	key := signer.Verifier()
	algs := []jwt.Algorithm{jwt.HS256}
	encoded, unencoded := newValidator(t, jws.Policy{Algorithms: algs}), newValidator(t, jws.Policy{Algorithms: algs, Unencoded: true})
	itself := make(jwt.KeySet, 1)
	itself[0] = itself

	_, err = jws.Sign(t.Context(), signer, jws.Message{Unencoded: true})
	require.EqualError(t, err, "jws: Sign: Message.Unencoded is set; SignDetached signs such messages")
	_, err = jws.Verify(t.Context(), "x", key, unencoded)
	require.EqualError(t, err, "jws: Verify: the policy is Unencoded; VerifyDetached verifies such messages")
	_, err = jws.SignDetached(t.Context(), nil, jws.Message{})
	require.EqualError(t, err, "jws: SignDetached: nil Signer")
	_, err = jws.SignDetached(t.Context(), signer, jws.Message{Type: "no type"})
	require.ErrorContains(t, err, "jws: typ: not a media type")
	_, err = jws.SignDetached(t.Context(), &stub{alg: "X", sign: func(context.Context, jwt.Header, []byte) ([]byte, error) { return nil, errors.New("down") }}, jws.Message{})
	require.EqualError(t, err, "jws: could not sign: down")
	_, err = jws.SignDetached(t.Context(), signer, jws.Message{Header: map[string]any{"b64": false}})
	require.EqualError(t, err, `jws: SignDetached: Message.Header: "b64" is not for the caller to set`)
	for _, v := range []jwt.Verifier{
		jwt.IssuerKeys{"a": key}, jwt.KeySet{}, jwt.KeySet{key, jwt.IssuerKeys{"a": key}}, jwt.KeySet{nil}, itself,
		jwt.KeyFunc[struct{}](nil), verifierFunc(nil),
	} {
		_, err = jws.VerifyDetached(t.Context(), "x", nil, v, unencoded)
		require.Error(t, err)
		var e *jwt.TokenError
		require.NotErrorAs(t, err, &e)
	}
	token, err := jws.SignDetached(t.Context(), signer, jws.Message{Payload: []byte(`{"iss":"a"}`)})
	require.NoError(t, err)
	for _, v := range []jwt.Verifier{jwt.KeySet{jwt.KeySet{key}}, jwt.IssuerKeys{"a": key}} {
		_, err = jws.VerifyDetached(t.Context(), token, []byte(`{"iss":"a"}`), v, encoded)
		require.NoError(t, err)
	}
}
