package jwthttp_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// embedded is a type of private claims as the doc of AccessToken shows it.
type embedded struct {
	jwthttp.AccessToken
	Tenant string `json:"tenant"`
}

// roundTrip signs private and parses it as a P.
func roundTrip[P any](t *testing.T, private string) (*jwt.Claims[P], error) {
	t.Helper()
	token, err := jwt.Sign(t.Context(), newSigner(t), claimsOf("alice", json.RawMessage(private)))
	require.NoError(t, err)
	return newParse[P](t)(t.Context(), token)
}

func TestAccessToken(t *testing.T) {
	c, err := roundTrip[embedded](t, `{"tenant":"blue","client_id":"web","scope":"orders:read orders:write","auth_time":1790000000,
		"acr":"phrh","amr":["hwk","pin"],"roles":["sales"],"groups":["eu"],"entitlements":["gold"],
		"cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I","x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"},
		"act":{"sub":"service","iss":"https://other.example.com","client_id":"batch","act":{"sub":"first"}}}`)
	require.NoError(t, err)
	require.Equal(t, embedded{
		AccessToken: jwthttp.AccessToken{
			ClientID:        "web",
			Scope:           jwthttp.ScopeList{"orders:read", "orders:write"},
			AuthenticatedAt: 1790000000,
			AuthContext:     "phrh",
			AuthMethods:     []string{"hwk", "pin"},
			UserRoles:       jwthttp.ValueList{"sales"},
			Groups:          jwthttp.ValueList{"eu"},
			Entitlements:    jwthttp.ValueList{"gold"},
			Confirmation: &jwthttp.Confirmation{
				JKT:     "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
				X5TS256: "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2",
			},
			Actor: &jwthttp.Actor{
				Subject: "service", Issuer: "https://other.example.com", ClientID: "batch",
				Actor: &jwthttp.Actor{Subject: "first"},
			},
		},
		Tenant: "blue",
	}, c.Private)
	require.Equal(t, []string{"orders:read", "orders:write"}, c.Private.Scopes())
	require.Equal(t, []string{"sales"}, c.Private.Roles())
	require.Equal(t, "phrh", c.Private.ACR())
	require.Equal(t, time.Unix(1790000000, 0).UTC(), c.Private.AuthTime())

	// What was read is written as it was.
	text, err := json.Marshal(c.Private)
	require.NoError(t, err)
	again, err := roundTrip[embedded](t, string(text))
	require.NoError(t, err)
	require.Equal(t, c.Private, again.Private)
}

// A token that says nothing leaves everything zero, and zero is written as nothing.
func TestAccessTokenEmpty(t *testing.T) {
	c, err := roundTrip[embedded](t, `{"tenant":"blue"}`)
	require.NoError(t, err)
	require.Zero(t, c.Private.AccessToken)
	require.Empty(t, c.Private.Scopes())
	require.Empty(t, c.Private.Roles())
	require.Empty(t, c.Private.ACR())
	require.True(t, c.Private.AuthTime().IsZero())

	token, err := jwt.Sign(t.Context(), newSigner(t), claimsOf("alice", jwthttp.AccessToken{}))
	require.NoError(t, err)
	require.Equal(t, []string{"aud", "exp", "iat", "iss", "jti", "sub"}, names(t, token))
}

func TestScopeList(t *testing.T) {
	for _, test := range []struct {
		name, private string
		want          []string // nil: refused
	}{
		{"RFC 8693 4.2: a string", `{"scope":"a b"}`, []string{"a", "b"}},
		{"one", `{"scope":"a"}`, []string{"a"}},
		{"an empty string", `{"scope":""}`, []string{}},
		{"more spaces", `{"scope":" a  b "}`, []string{"a", "b"}},
		{"an array", `{"scope":["a","b"]}`, []string{"a", "b"}},
		{"scp as Entra has it", `{"scp":"a b"}`, []string{"a", "b"}},
		{"scp as Okta has it", `{"scp":["a","b"]}`, []string{"a", "b"}},
		{"scope goes before scp", `{"scope":"a","scp":"b"}`, []string{"a"}},
		{"no scopes go before scp", `{"scope":"","scp":"b"}`, []string{}},
		{"null is absent", `{"scope":null,"scp":"b"}`, []string{"b"}},
		{"another name", `{"SCOPE":"a"}`, nil},
		{"only a space separates", "{\"scope\":\"a\\tb\"}", []string{"a\tb"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := roundTrip[embedded](t, test.private)
			require.NoError(t, err)
			require.Equal(t, test.want, c.Private.Scopes())
		})
	}
	for _, private := range []string{
		`{"scope":1}`, `{"scope":true}`, `{"scope":{}}`, `{"scope":[1]}`, `{"scope":[["a"]]}`, `{"scp":{"a":1}}`,
	} {
		_, err := roundTrip[embedded](t, private)
		require.ErrorIs(t, err, jwt.ErrMalformed, private)
	}
}

// What is not a scope must not become two when it is written.
func TestScopeListMarshal(t *testing.T) {
	for _, scope := range []string{"", "a b", `a"b`, `a\b`, "ä", "a\n", "a\x7f"} {
		_, err := json.Marshal(jwthttp.ScopeList{"good", scope})
		require.Error(t, err, "%q", scope)
	}
	text, err := json.Marshal(jwthttp.ScopeList{"https://example.com/a", "!#[]~"})
	require.NoError(t, err)
	require.JSONEq(t, `"https://example.com/a !#[]~"`, string(text))
}

func TestValueList(t *testing.T) {
	for _, test := range []struct {
		name, private string
		want          []string
	}{
		{"an array", `{"roles":["a","b c"]}`, []string{"a", "b c"}},
		{"one string", `{"roles":"a b"}`, []string{"a b"}},
		{"RFC 7643 2.4: objects", `{"roles":[{"value":"a","primary":true},{"value":"b"}]}`, []string{"a", "b"}},
		{"none", `{"roles":[]}`, []string{}},
		{"null is absent", `{"roles":null}`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := roundTrip[embedded](t, test.private)
			require.NoError(t, err)
			require.Equal(t, test.want, c.Private.Roles())
		})
	}
	for _, private := range []string{
		`{"roles":1}`, `{"roles":{"value":"a"}}`, `{"roles":[1]}`, `{"roles":[null]}`, `{"roles":["a",null]}`,
		`{"roles":[{"value":1}]}`, `{"roles":[{"value":null}]}`, `{"roles":[{"Value":"a"}]}`, `{"groups":[{}]}`,
	} {
		_, err := roundTrip[embedded](t, private)
		require.ErrorIs(t, err, jwt.ErrMalformed, private)
	}
}

func TestAccessTokenRefused(t *testing.T) {
	for _, private := range []string{
		`{"auth_time":"1790000000"}`, `{"auth_time":1e400}`, `{"acr":1}`, `{"amr":"pwd"}`, `{"client_id":1}`, `{"cnf":"x"}`, `{"act":[]}`,
	} {
		_, err := roundTrip[embedded](t, private)
		require.ErrorIs(t, err, jwt.ErrMalformed, private)
	}
}
