package languages

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/jwttest"
)

// What jwt jwks lint says about jose for JavaScript and PyJWT holds: how they find the key of a
// token in a set.
func TestLintClaims(t *testing.T) {
	signer := jwttest.NewKey(t, jwt.ES256)
	token, err := jwt.Sign(t.Context(), signer, claims(audience))
	require.NoError(t, err)
	good, other := members(t, signer), members(t, jwttest.NewKey(t, jwt.ES256))
	nameless, namesake := maps.Clone(good), maps.Clone(other)
	delete(nameless, "kid")
	namesake["kid"] = good["kid"]

	for _, tt := range []struct {
		rule   string
		set    []map[string]any
		js, py string // the error; "" if the token is verified
	}{
		{"nothing is wrong", []map[string]any{other, good}, "", ""},
		{"kid-missing", []map[string]any{other, nameless}, "ERR_JWKS_NO_MATCHING_KEY", "KeyError"},
		{"kid-twice", []map[string]any{namesake, good}, "ERR_JWKS_MULTIPLE_MATCHING_KEYS", "InvalidSignatureError"},
		{"twice", []map[string]any{good, good}, "ERR_JWKS_MULTIPLE_MATCHING_KEYS", ""},
	} {
		for name, p := range map[string]struct {
			start func(*testing.T) *peer
			want  string
		}{"jose": {node("jose.mjs", ""), tt.js}, "PyJWT": {python("pyjwt.py", ""), tt.py}} {
			t.Run(tt.rule+", "+name, func(t *testing.T) {
				_, err := p.start(t).ask(request{
					Op: "verify", Alg: jwt.ES256, Key: map[string]any{"keys": tt.set}, Token: token, Issuer: issuer, Audience: audience,
				})
				if p.want == "" {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, p.want)
				}
			})
		}
	}
}

func members(t *testing.T, key jwt.Key) (m map[string]any) {
	t.Helper()
	data, err := jwk.Marshal(key)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &m))
	return m
}
