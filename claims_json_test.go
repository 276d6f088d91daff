package jwt_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

type jsonRole struct {
	Role string `json:"role"`
}

func TestClaimsJSON(t *testing.T) {
	claims := jwt.Claims[jsonRole]{
		Issuer: "https://a", Subject: "alice", Audience: []string{"x", "y"}, ID: "1",
		ExpiresAt: time.Unix(30, 5).UTC(), NotBefore: time.Unix(20, 0).UTC(), IssuedAt: time.Unix(10, 0).UTC(),
		Type: "JWT", KeyID: "k", Algorithm: jwt.HS256, Header: map[string]any{"x5t": "1"}, Private: jsonRole{"admin"},
	}
	const text = `{"iss":"https://a","sub":"alice","aud":["x","y"],"exp":30,"nbf":20,"iat":10,"jti":"1","role":"admin"}`
	for _, v := range []any{claims, &claims, struct{ C jwt.Claims[jsonRole] }{claims}, []any{claims}} {
		data, err := json.Marshal(v)
		require.NoError(t, err)
		require.Contains(t, string(data), text)
	}
	data, err := claims.MarshalJSON()
	require.NoError(t, err)
	require.Equal(t, text, string(data))

	// It is what Sign signs, and reads back.
	k := testKeys(t)[jwt.HS256]
	require.Equal(t, text, decode(t, strings.Split(must(jwt.Sign(t.Context(), k.signer, claims)), ".")[1]))
	got := jwt.Claims[jsonRole]{KeyID: "old", InsecureNoExpiry: true, HasConfirmation: true}
	require.NoError(t, json.Unmarshal(data, &got))
	want := claims
	want.ExpiresAt, want.Type, want.KeyID, want.Algorithm, want.Header = time.Unix(30, 0).UTC(), "", "", "", nil
	require.Equal(t, want, got)

	m, err := claims.Map()
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"iss": "https://a", "sub": "alice", "aud": []any{"x", "y"}, "jti": "1", "role": "admin",
		"exp": json.Number("30"), "nbf": json.Number("20"), "iat": json.Number("10"),
	}, m)
}

// The methods check form, not policy.
func TestClaimsJSONForm(t *testing.T) {
	data, err := jwt.Claims[struct{}]{}.MarshalJSON()
	require.NoError(t, err)
	require.Equal(t, "{}", string(data))
	data, err = jwt.Claims[struct{}]{ExpiresAt: time.Unix(1, 0), IssuedAt: time.Unix(2, 0), Audience: []string{"", "x"}}.MarshalJSON()
	require.NoError(t, err)
	require.Equal(t, `{"aud":["","x"],"exp":1,"iat":2}`, string(data))
	for _, c := range []jwt.Claims[struct{}]{{ExpiresAt: time.Unix(-1, 0)}, {IssuedAt: time.Unix(1<<40, 0)}, {Subject: "\xff"}, {Audience: []string{"\xff"}}} {
		_, err := c.MarshalJSON()
		require.Error(t, err)
		_, err = c.Map()
		require.Error(t, err)
	}
	_, err = jwt.Claims[int]{}.MarshalJSON()
	require.ErrorContains(t, err, "jwt: Claims.Private: int")
	_, err = jwt.Claims[map[string]any]{Private: map[string]any{"iss": 1}}.MarshalJSON()
	require.ErrorContains(t, err, `"iss"`)

	var c jwt.Claims[jsonRole]
	require.NoError(t, c.UnmarshalJSON([]byte(`{"role":"x","cnf":null}`)))
	require.False(t, c.InsecureNoExpiry, "Sign must refuse it")
	require.True(t, c.HasConfirmation)
	_, err = jwt.Sign(t.Context(), testKeys(t)[jwt.HS256].signer, c)
	require.ErrorContains(t, err, "ExpiresAt is zero")

	before := jwt.Claims[jsonRole]{Issuer: "kept", Private: jsonRole{"kept"}}
	for _, bad := range []string{
		``, `{`, `[]`, `null`, `{"iss":1}`, `{"iss":null}`, `{"exp":"1"}`, `{"exp":-1}`, `{"a":1,"a":2}`, `{"iss":"a","iss":"b"}`,
		`{"role":1}`, "{\"x\":\"\xff\"}", `{} {}`, `{"iss":"new","role":[]}`,
	} {
		c := before
		err := c.UnmarshalJSON([]byte(bad))
		require.ErrorContains(t, err, "jwt: Claims: ", bad)
		_, refused := errors.AsType[*jwt.TokenError](err)
		require.False(t, refused)
		require.Equal(t, before, c, bad)
	}
	require.EqualError(t, (*jwt.Claims[jsonRole])(nil).UnmarshalJSON(nil), "jwt: Claims.UnmarshalJSON: nil pointer")
	require.ErrorContains(t, new(jwt.Claims[int]).UnmarshalJSON([]byte("{}")), "jwt: Claims.Private: int")
}

func TestClaimsLogValue(t *testing.T) {
	var buf bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&buf, nil))
	claims := jwt.Claims[jsonRole]{Issuer: "a", Subject: "alice", ID: "1", KeyID: "k", Private: jsonRole{"admin"}}
	log.Info("in", "claims", claims, "pointer", &claims)
	var line struct{ Claims, Pointer map[string]string }
	require.NoError(t, json.Unmarshal(buf.Bytes(), &line))
	want := map[string]string{"iss": "a", "jti": "1", "kid": "k"}
	require.Equal(t, want, line.Claims)
	require.Equal(t, want, line.Pointer)
}

func TestClaimsHeader(t *testing.T) {
	k := testKeys(t)[jwt.HS256]
	claims := jwt.Claims[struct{}]{InsecureNoExpiry: true, Header: map[string]any{"x5t#S256": "abc", "n": 12345678901234567890.0, "o": []int{1}}}
	token := must(jwt.Sign(t.Context(), k.signer, claims))
	require.Equal(t, `{"alg":"HS256","kid":"k1","typ":"JWT","n":12345678901234567000,"o":[1],"x5t#S256":"abc"}`, decode(t, strings.Split(token, ".")[0]))
	parser := must(jwt.NewParser[struct{}](k.verifier, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256}, InsecureSkipIssuer: true, InsecureSkipAudience: true, InsecureAllowNoExpiry: true,
	}))
	first, second := must(parser.Parse(t.Context(), token)), must(parser.Parse(t.Context(), token))
	require.Equal(t, map[string]any{"x5t#S256": "abc", "n": json.Number("12345678901234567000"), "o": []any{json.Number("1")}}, first.Header)
	first.Header["x5t#S256"] = "changed"
	require.Equal(t, "abc", second.Header["x5t#S256"], "a new map each time")
	claims.Header = nil
	require.Nil(t, must(parser.Parse(t.Context(), must(jwt.Sign(t.Context(), k.signer, claims)))).Header)
	for _, name := range []string{"alg", "kid", "typ", "crit", "b64"} {
		claims.Header = map[string]any{name: "x"}
		_, err := jwt.Sign(t.Context(), k.signer, claims)
		require.EqualError(t, err, `jwt: Claims.Header: "`+name+`" is not for the caller to set`)
	}
	claims.Header = map[string]any{"x": func() {}}
	_, err := jwt.Sign(t.Context(), k.signer, claims)
	require.ErrorContains(t, err, "jwt: Claims.Header: ")
}

// A token that is bound to a key must not pass for a bearer token because P has no field.
func TestHasConfirmation(t *testing.T) {
	k := hmacPair(1, "k")
	parser := must(jwt.NewParser[struct{}](k.verifier, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256}, InsecureSkipIssuer: true, InsecureSkipAudience: true, InsecureAllowNoExpiry: true,
	}))
	for payload, want := range map[string]bool{
		`{"cnf":{"jkt":"x"}}`: true, `{"\u0063nf":{}}`: true, `{"c\u006Ef":1}`: true, `{"cnf":null}`: true, `{"a":1,"cnf":{}}`: true,
		`{}`: false, `{"x":{"cnf":{}}}`: false, `{"x":"cnf"}`: false, `{"CNF":{}}`: false, `{"cnf2":{}}`: false, `{"x":"\u0063nf"}`: false,
	} {
		require.Equal(t, want, must(parser.Parse(t.Context(), payloadToken(t, k, payload))).HasConfirmation, payload)
	}
}

func FuzzClaimsJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"iss":"a","aud":["x",""],"exp":1,"role":"r"}`, `{"exp":-0,"cnf":{}}`, `{"iat":1e3,"x":{"y":[null]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var c jwt.Claims[map[string]any]
		if c.UnmarshalJSON(data) != nil {
			return
		}
		again, err := c.MarshalJSON()
		require.NoError(t, err)
		var c2 jwt.Claims[map[string]any]
		require.NoError(t, c2.UnmarshalJSON(again))
		require.Equal(t, c, c2)
	})
}
