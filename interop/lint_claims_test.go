package interop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	josejwt "github.com/go-jose/go-jose/v4/jwt"
	jwxjwk "github.com/lestrrat-go/jwx/v3/jwk"
	jwxjws "github.com/lestrrat-go/jwx/v3/jws"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/jwttest"
)

// A lintSet is a set of two keys, of which the first has signed token.
type lintSet struct {
	good, bad map[string]any
	token     string
}

func newLintSet(t *testing.T) lintSet {
	t.Helper()
	members := func(key jwt.Key) (m map[string]any) {
		data, err := jwk.Marshal(key)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, &m))
		return m
	}
	signer := jwttest.NewKey(t, jwt.ES256)
	token, err := jwt.Sign(t.Context(), signer, jwt.Claims[struct{}]{Subject: "alice", ExpiresAt: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	return lintSet{members(signer), members(jwttest.NewKey(t, jwt.ES256)), token}
}

func (s lintSet) json(t *testing.T, keys ...map[string]any) []byte {
	t.Helper()
	data, err := json.Marshal(map[string]any{"keys": keys})
	require.NoError(t, err)
	return data
}

// What jwt jwks lint says about go-jose and jwx: for one key of these, the whole set is
// refused.
func TestLintClaimsWholeSet(t *testing.T) {
	for _, tt := range []struct {
		rule         string
		change       func(key map[string]any)
		goJOSE, jwxs bool // refuses the set
	}{
		{"nothing is wrong", func(map[string]any) {}, false, false},
		{"unsupported", func(k map[string]any) { k["kty"] = "XX" }, true, true},
		{"unsupported", func(k map[string]any) { k["crv"] = "P-512" }, true, true},
		{"spelling", func(k map[string]any) { k["x"] = k["x"].(string) + "=" }, true, false},
		{"x5c", func(k map[string]any) { k["x5c"] = "AAAA" }, true, true},
		{"x5c", func(k map[string]any) { k["x5c"] = []string{"AAAA"} }, true, true},
		{"x5c", func(k map[string]any) { k["x5c"] = []string{certificate(t)} }, true, false},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			s := newLintSet(t)
			tt.change(s.bad)
			data := s.json(t, s.good, s.bad)
			var set jose.JSONWebKeySet
			require.Equal(t, tt.goJOSE, json.Unmarshal(data, &set) != nil, "go-jose")
			_, err := jwxjwk.Parse(data)
			require.Equal(t, tt.jwxs, err != nil, "jwx: %v", err)
		})
	}
}

// What it says about how they find a key of a set.
func TestLintClaimsLookup(t *testing.T) {
	for _, tt := range []struct {
		rule          string
		keys          func(s lintSet) []map[string]any
		goJOSE, jwxed bool // verifies the token
	}{
		{"nothing is wrong", func(s lintSet) []map[string]any { return []map[string]any{s.bad, s.good} }, true, true},
		{"kid-missing", func(s lintSet) []map[string]any { delete(s.good, "kid"); return []map[string]any{s.bad, s.good} }, false, false},
		{"kid-twice", func(s lintSet) []map[string]any {
			s.bad["kid"] = s.good["kid"]
			return []map[string]any{s.bad, s.good}
		}, false, false},
		{"alg-missing", func(s lintSet) []map[string]any { delete(s.good, "alg"); return []map[string]any{s.bad, s.good} }, true, false},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			s := newLintSet(t)
			data := s.json(t, tt.keys(s)...)
			var set jose.JSONWebKeySet
			require.NoError(t, json.Unmarshal(data, &set))
			parsed, err := josejwt.ParseSigned(s.token, []jose.SignatureAlgorithm{jose.ES256})
			require.NoError(t, err)
			var claims map[string]any
			err = parsed.Claims(&set, &claims)
			require.Equal(t, tt.goJOSE, err == nil, "go-jose: %v", err)

			keys, err := jwxjwk.Parse(data)
			require.NoError(t, err)
			_, err = jwxjws.Verify([]byte(s.token), jwxjws.WithKeySet(keys))
			require.Equal(t, tt.jwxed, err == nil, "jwx: %v", err)
		})
	}
}

// certificate returns one of another key, in base64.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(der)
}
