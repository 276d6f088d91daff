package interop

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

var algorithms = []jwt.Algorithm{
	jwt.HS256, jwt.HS384, jwt.HS512, jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512,
	jwt.ES256, jwt.ES384, jwt.ES512, jwt.EdDSA, jwt.Ed25519,
}

// witness tells whether the Verifier in it was content.
type witness struct {
	jwt.Verifier
	ok bool
}

func (w *witness) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	err := w.Verifier.Verify(ctx, h, input, sig)
	w.ok = err == nil
	return err
}

// The JOSE vectors through jws.Verify and jwt.Parse. The allowlist holds every
// algorithm, which no policy should: so it is the key alone that refuses the wrong
// ones.
func TestWycheproofJOSE(t *testing.T) {
	for file, refusals := range map[string][]refusal{
		"json_web_signature_test.json": {
			{tcIDs: []int{346, 350}, why: "the key's alg is PS256 and the token's PS384: RFC 7517 section 4.4, RFC 8725 section 3.1"},
			{tcIDs: []int{347, 351}, why: "the key's alg is ES521, which does not exist: RFC 7518 section 3.1"},
			{tcIDs: []int{372, 373}, why: "a character that base64url does not have: RFC 7515 section 2, draft 8725bis section 3.14"},
		},
		"json_web_crypto_test.json": nil,
	} {
		t.Run(file, func(t *testing.T) {
			s := newScore(t, file, refusals...)
			for _, g := range readGroups(t, file) {
				data := g.Public
				if data == nil {
					data = g.Private
				}
				requireContradictions(t, file, g)
				keys, keyErr := readJWK(data)
				for _, v := range g.Tests {
					if v.JWS == nil {
						continue // a JWE
					}
					err := keyErr
					if err == nil {
						err = verifyJOSE(t, token(v.JWS), keys)
					}
					s.add(v, err)
				}
			}
		})
	}
}

// token returns the text of a vector: a few are JSON objects, not strings.
func token(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}

// verifyJOSE returns the answer of jws.Verify. Parse must agree as far as it can: it
// has the same answer about header and signature, and takes the payload if that is
// claims.
func verifyJOSE(t *testing.T, token string, keys jwt.KeySet) error {
	t.Helper()
	messages, err := jws.NewValidator(jws.Policy{Algorithms: algorithms})
	require.NoError(t, err)
	message, err := jws.Verify(t.Context(), token, keys, messages)
	requireTokenError(t, err)

	claims, err2 := jwt.NewValidator(jwt.Policy{
		Algorithms: algorithms, InsecureSkipIssuer: true, InsecureSkipAudience: true, InsecureAllowNoExpiry: true,
	})
	require.NoError(t, err2)
	w := &witness{Verifier: keys}
	_, parseErr := jwt.Parse[map[string]any](t.Context(), token, w, claims)
	requireTokenError(t, parseErr)
	if w.ok && err != nil { // a payload is not decoded before its signature has been verified
		require.EqualError(t, err, "jwt: payload: malformed token: not canonical base64url")
		require.EqualError(t, parseErr, err.Error())
		return err
	}
	require.Equal(t, err == nil, w.ok, "jws.Verify: %v; jwt.Parse: %v", err, parseErr)
	if err == nil {
		isObject := json.Unmarshal(message.Payload, new(map[string]any)) == nil
		require.Equal(t, isObject, parseErr == nil, "jwt.Parse: %v", parseErr)
	}
	return err
}

// requireTokenError fails for an error that would be answered with 503.
func requireTokenError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		_, ok := errors.AsType[*jwt.TokenError](err)
		require.True(t, ok, "%v", err)
	}
}

// requireContradictions fails if one of the contradictions is none any more.
func requireContradictions(t *testing.T, file string, g group) {
	t.Helper()
	for _, v := range g.Tests {
		if twin := contradictions[file][v.TcID]; twin != 0 {
			i := slices.IndexFunc(g.Tests, func(v vector) bool { return v.TcID == twin && v.Result == "valid" })
			require.GreaterOrEqual(t, i, 0, "tcId %d", twin)
			require.Equal(t, string(g.Tests[i].JWS), string(v.JWS))
		}
	}
}

// What tcIds 367 and 370 were meant to be: tcId 357 with padding, the second one
// with a MAC over the padded text.
func TestPadding(t *testing.T) {
	secret := make([]byte, 32)
	keys, err := jwt.NewHMACVerifier(jwt.HS256, "hs256-key", secret)
	require.NoError(t, err)
	sign := func(input string) string {
		m := hmac.New(sha256.New, secret)
		m.Write([]byte(input))
		return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
	}
	const header = "eyJraWQiOiJoczI1Ni1rZXkiLCJhbGciOiJIUzI1NiJ9"
	mac := sign(header + ".VGVzdA")
	require.NoError(t, verifyJOSE(t, header+".VGVzdA."+mac, jwt.KeySet{keys}))
	for _, bad := range []string{
		header + ".VGVzdA." + mac + "=",
		header + ".VGVzdA==." + sign(header+".VGVzdA=="),
		header + "==." + "VGVzdA." + sign(header+"==.VGVzdA"),
	} {
		require.Error(t, verifyJOSE(t, bad, jwt.KeySet{keys}))
	}
}
