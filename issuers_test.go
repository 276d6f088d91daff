package jwt_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// issuerRest is what follows iss in the payloads below.
var issuerRest = fmt.Sprintf(`,"aud":"orders","exp":%d}`, keyTime.Unix()+60)

// parseIssuers parses under a policy with two issuers.
func parseIssuers(t *testing.T, token string, v jwt.Verifier) (*jwt.Claims[struct{}], error) {
	t.Helper()
	p := keyPolicy()
	p.Issuers = []string{"https://a.example", "https://b.example"}
	claims, err := jwt.Parse[struct{}](t.Context(), token, v, must(jwt.NewValidator(p)))
	require.Equal(t, err == nil, claims != nil)
	return claims, err
}

func TestIssuerKeys(t *testing.T) {
	a, b := hmacPair(1, "shared"), hmacPair(2, "shared")
	keys := jwt.IssuerKeys{"https://a.example": a.verifier, "https://b.example": b.verifier, "https://c.example": b.verifier}
	malformed := []error{jwt.ErrMalformed, jwt.ErrUnknownKey}
	unknown := []error{jwt.ErrUnknownKey}
	for _, tt := range []struct {
		name    string
		key     keyPair
		payload string
		field   string
		reasons []error // none: accepted
	}{
		{"A", a, `{"iss":"https://a.example"`, "", nil},
		{"B", b, `{"iss":"https://b.example"`, "", nil},
		{"A, signed by B", b, `{"iss":"https://a.example"`, "signature", []error{jwt.ErrSignature}},
		{"B, signed by A", a, `{"iss":"https://b.example"`, "signature", []error{jwt.ErrSignature}},
		{"has keys, not in the policy", b, `{"iss":"https://c.example"`, "iss", []error{jwt.ErrMismatch}},
		{"unknown", a, `{"iss":"https://d.example"`, "iss", unknown},
		{"other case", a, `{"iss":"https://A.example"`, "iss", unknown},
		{"with a slash", a, `{"iss":"https://a.example/"`, "iss", unknown},
		{"absent", a, `{"sub":"ann"`, "iss", unknown},
		{"empty", a, `{"iss":""`, "iss", unknown},
		{"other name", a, `{"ISS":"https://a.example"`, "iss", unknown},
		{"nested", a, `{"x":{"iss":"https://a.example"}`, "iss", unknown},
		{"null", a, `{"iss":null`, "iss", malformed},
		{"number", a, `{"iss":1`, "iss", malformed},
		{"array", a, `{"iss":["https://a.example"]`, "iss", malformed},
		{"twice", a, `{"iss":"https://a.example","iss":"https://a.example"`, "iss", malformed},
		{"B, then A", a, `{"iss":"https://b.example","iss":"https://a.example"`, "iss", malformed},
		{"escaped name", a, `{"\u0069ss":"https://a.example"`, "", nil},
		{"escaped name, signed by B", b, `{"\u0069\u0073\u0073":"https://a.example"`, "signature", []error{jwt.ErrSignature}},
		{"escaped value", b, `{"iss":"https:\/\/\u0062.example"`, "", nil},
		{"B, then A with an escaped name", a, `{"iss":"https://b.example","\u0069ss":"https://a.example"`, "iss", malformed},
		{"A with an escaped name, then B", b, `{"\u0069ss":"https://a.example","iss":"https://b.example"`, "iss", malformed},
		{"not UTF-8", a, "{\"iss\":\"https://a.example\xff\"", "payload", malformed},
		{"half a surrogate", a, `{"iss":"https://a.example\ud800"`, "payload", malformed},
		{"zero byte", a, `{"iss":"https://a.example\u0000"`, "iss", unknown},
		{"two objects", a, `{"iss":"https://a.example"}{"x":1`, "payload", malformed},
		{"array of claims", a, `[{"iss":"https://a.example"`, "payload", malformed},
		{"no JSON", a, `iss`, "payload", malformed},
		{"too deep", a, `{"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `,"iss":"https://a.example"`, "payload", malformed},
		{"a private claim twice", a, `{"iss":"https://a.example","x":1,"x":2`, "payload", []error{jwt.ErrMalformed}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			claims, err := parseIssuers(t, payloadToken(t, tt.key, tt.payload+issuerRest), keys)
			if len(tt.reasons) == 0 {
				require.NoError(t, err)
				require.Equal(t, "shared", claims.KeyID)
				require.Contains(t, keys, claims.Issuer)
				return
			}
			for _, reason := range tt.reasons {
				requireRefused(t, err, tt.field, reason)
			}
			if !slices.Contains(tt.reasons, jwt.ErrMismatch) { // then the signature held
				require.NotContains(t, err.Error(), "example")
			}
		})
	}
}

func TestIssuerKeysMembers(t *testing.T) {
	a, b := hmacPair(1, "k"), hmacPair(2, "k")
	tokenA := payloadToken(t, a, `{"iss":"https://a.example"`+issuerRest)
	tokenB := payloadToken(t, b, `{"iss":"https://b.example"`+issuerRest)

	// One source under two spellings.
	both := jwt.IssuerKeys{"https://a.example": jwt.KeySet{b.verifier, a.verifier}, "https://b.example": b.verifier}
	for _, token := range []string{tokenA, tokenB} {
		_, err := parseIssuers(t, token, both)
		require.NoError(t, err)
	}
	one := jwt.IssuerKeys{"https://a.example": a.verifier, "https://b.example": a.verifier}
	_, err := parseIssuers(t, tokenA, one)
	require.NoError(t, err)
	_, err = parseIssuers(t, payloadToken(t, a, `{"iss":"https://b.example"`+issuerRest), one)
	require.NoError(t, err)

	for _, none := range []jwt.Verifier{nil, (*pointerVerifier)(nil), (*jwt.KeySet)(nil)} {
		keys := jwt.IssuerKeys{"https://a.example": none, "https://b.example": b.verifier}
		_, err := parseIssuers(t, tokenA, keys)
		requirePlainError(t, err, "jwt: could not check the signature: nil Verifier in IssuerKeys")
		_, err = parseIssuers(t, tokenB, keys)
		require.NoError(t, err)
	}
	require.NotPanics(t, func() { _, err = parseIssuers(t, tokenA, jwt.IssuerKeys{"https://a.example": verifierFunc(nil)}) })
	requirePlainError(t, err, "jwt: could not check the signature: nil Verifier in IssuerKeys")

	// The empty name is not an issuer, and hides nothing.
	_, err = parseIssuers(t, payloadToken(t, a, `{"sub":"ann"`+issuerRest), jwt.IssuerKeys{"": a.verifier})
	requireRefused(t, err, "iss", jwt.ErrUnknownKey)
}

func TestSeveralIssuersNeedIssuerKeys(t *testing.T) {
	a := hmacPair(1, "k")
	token := payloadToken(t, a, `{"iss":"https://a.example"`+issuerRest)
	issuers := jwt.IssuerKeys{"https://a.example": a.verifier}
	_, err := parseIssuers(t, token, issuers)
	require.NoError(t, err)
	for _, v := range []jwt.Verifier{a.verifier, jwt.KeySet{a.verifier}, jwt.KeySet{issuers}, foreign{issuers}, foreign{a.verifier}} {
		for _, token := range []string{token, "", "garbage"} {
			_, err := parseIssuers(t, token, v)
			requirePlainError(t, err, "jwt: Parse: a policy with several Issuers needs IssuerKeys or a KeyFunc: with other keys, one issuer could sign in the name of another")
		}
	}
}
