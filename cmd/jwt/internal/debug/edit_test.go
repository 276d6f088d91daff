package debug_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

func TestEdit(t *testing.T) {
	f := newFixture(t, time.Now())
	url := servePage(t, "", time.Now)
	var start reading
	ask(t, url, "decode", map[string]string{"token": f.token}, &start)
	header := []row{{Name: "alg", Value: `"ES256"`}, {Name: "typ", Value: `"JWT"`}}

	secret := "a secret of 32 bytes for the tests"
	for _, tt := range []struct {
		name           string
		header, claims []row
		key            string
		state, summary string
		payload        string // "" if the token waits
	}{
		{"unchanged", plain(start.Header), plain(start.Claims), "", "unverified", "Signature not verified", payload(t, f.token)},
		{"no key", header, []row{{Name: "sub", Value: `"bob"`}}, "", "stale", "The signature is no longer valid", `{"sub":"bob"}`},
		{"a key", header, []row{{Name: "sub", Value: `"bob"`}}, f.key, "signed", "Signed again with your key, ES256", `{"sub":"bob"}`},
		{"a secret", []row{{Name: "alg", Value: `"HS256"`}}, nil, secret, "signed", "Signed again with your key, HS256", `{}`},
		{"a short secret", []row{{Name: "alg", Value: `"HS256"`}}, nil, "hunter2 hunter2", "signed", "Signed again with your secret, which is too short", `{}`},
		{"a public key", header, nil, f.publicKey, "stale", "The signature is no longer valid: the key cannot sign with ES256", `{}`},
		{"a key of another kind", []row{{Name: "alg", Value: `"RS256"`}}, nil, f.key, "stale", "The signature is no longer valid: the key cannot sign with RS256", `{}`},
		{"none", []row{{Name: "alg", Value: `"none"`}}, nil, f.key, "stale", "The signature is no longer valid: the key cannot sign with none", `{}`},
		{"no alg", []row{{Name: "typ", Value: `"JWT"`}}, nil, f.key, "stale", "The signature is no longer valid: the header has no alg", `{}`},
		{"twice, and all that JSON has", header, []row{
			{Name: "a", Value: "1.50"}, {Name: "a", Value: ` { "b" : [ null , true ] } `}, {Name: `"<`, Value: `"<"`}, {Name: "", Value: "12345678901234567890"},
		}, "", "stale", "The signature is no longer valid", `{"a":1.50,"a":{"b":[null,true]},"\"<":"<","":12345678901234567890}`},
		{"not JSON", header, []row{{Name: "sub", Value: "bob"}}, "", "broken", "Not all values are JSON", ""},
		{"a second member smuggled in", header, []row{{Name: "a", Value: `1,"b":2`}}, "", "broken", "Not all values are JSON", ""},
		{"nothing", header, []row{{Name: "a"}}, "", "broken", "Not all values are JSON", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r reading
			ask(t, url, "edit", map[string]any{"token": f.token, "header": tt.header, "claims": tt.claims, "key": tt.key}, &r)
			require.Equal(t, tt.state, r.State, r.Summary)
			require.True(t, strings.HasPrefix(r.Summary, tt.summary), r.Summary)
			require.Len(t, r.Claims, len(tt.claims))
			if tt.payload == "" {
				require.Empty(t, r.Token)
				require.Equal(t, "bad", r.Claims[0].Notes[0].Level)
				return
			}
			require.Equal(t, tt.payload, payload(t, r.Token))
			if tt.state == "signed" {
				requireSigned(t, r.Token, f.publicKey, secret, "hunter2 hunter2")
			} else {
				require.Equal(t, strings.Split(f.token, ".")[2], strings.Split(r.Token, ".")[2])
			}
		})
	}
}

// What is wrong with a key is said without the key.
func TestEditKeyStaysSecret(t *testing.T) {
	f := newFixture(t, time.Now())
	url := servePage(t, "", time.Now)
	for name, key := range map[string]string{
		"cut off":        f.key[:100],
		"broken JWK":     `{"kty":"EC","crv":"P-256","d":"hunter2hunter2"`,
		"JWK of no kind": `{"kty":"hunter2hunter2"}`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, alg := range []string{`"ES256"`, `"HS256"`} {
				var r reading
				ask(t, url, "edit", map[string]any{"token": f.token, "header": []row{{Name: "alg", Value: alg}}, "key": key}, &r)
				require.Equal(t, "stale", r.State)
				require.NotContains(t, r.Summary, "hunter2")
				require.NotContains(t, r.Summary, strings.TrimSpace(key[len(key)/2:]))
			}
		})
	}
}

// plain returns rows without notes.
func plain(rows []row) []row {
	out := make([]row, len(rows))
	for i, r := range rows {
		out[i] = row{Name: r.Name, Value: r.Value}
	}
	return out
}

func payload(t *testing.T, token string) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	require.NoError(t, err)
	return string(text)
}

// requireSigned wants a token to be signed by one of the keys.
func requireSigned(t *testing.T, token, publicKey string, secrets ...string) {
	t.Helper()
	public, err := jwt.ParsePublicKey(jwt.ES256, "", []byte(publicKey))
	require.NoError(t, err)
	keys := jwt.KeySet{public}
	for _, secret := range secrets {
		v, err := jwt.NewInsecureHMACVerifier(jwt.HS256, "", []byte(secret))
		require.NoError(t, err)
		keys = append(keys, v)
	}
	val, err := jws.NewValidator(jws.Policy{Algorithms: []jwt.Algorithm{jwt.ES256, jwt.HS256}, Types: []string{"JWT", "JOSE"}})
	require.NoError(t, err)
	_, err = jws.Verify(t.Context(), token, keys, val)
	require.NoError(t, err)
}

// A secret may be written in other ways than as text; a key pair is one whatever is chosen.
func TestEditEncodings(t *testing.T) {
	f := newFixture(t, time.Now())
	url := servePage(t, "", time.Now)
	secret := "a secret of 32 bytes for the tests, with ~ and ?"
	for encoding, text := range map[string]string{
		"":          secret,
		"hex":       hex.EncodeToString([]byte(secret)),
		"base64":    base64.StdEncoding.EncodeToString([]byte(secret)) + "\n",
		"base64url": base64.RawURLEncoding.EncodeToString([]byte(secret)),
	} {
		for alg, key := range map[string]string{`"HS256"`: text, `"ES256"`: f.key} {
			var r reading
			ask(t, url, "edit", map[string]any{"token": f.token, "header": []row{{Name: "alg", Value: alg}}, "key": key, "encoding": encoding}, &r)
			require.Equal(t, "signed", r.State, encoding+r.Summary)
			requireSigned(t, r.Token, f.publicKey, secret)
		}
	}
	var r reading
	ask(t, url, "edit", map[string]any{"token": f.token, "header": []row{{Name: "alg", Value: `"HS256"`}}, "key": "hunter2", "encoding": "hex"}, &r)
	require.Equal(t, "The signature is no longer valid: the secret is not hex", r.Summary)
}

// What cannot be shown in rows does not get lost.
func TestEditOthers(t *testing.T) {
	url := servePage(t, "", time.Now)
	jwe := "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA"
	var r reading
	ask(t, url, "edit", map[string]any{"token": jwe, "header": []row{{Name: "alg", Value: `"x"`}}}, &r)
	require.Equal(t, "encrypted", r.State)
	require.Equal(t, jwe, r.Token)

	text := encode(`{"alg":"HS256"}`) + "." + encode("hello") + ".AAAA"
	ask(t, url, "edit", map[string]any{"token": text, "header": []row{{Name: "alg", Value: `"HS512"`}}}, &r)
	require.Equal(t, encode(`{"alg":"HS512"}`)+"."+encode("hello")+".AAAA", r.Token)
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// A token has as many members as there were rows, whatever is written into them.
func FuzzEdit(f *testing.F) {
	f.Add("sub", `"bob"`, "a")
	f.Add(`a":1,"b`, `1`, `x`)
	f.Add("", `1,"admin":true`, "}")
	f.Add("\xff", `{"a":[1,{"b":null}]}`, "\u2028")
	f.Fuzz(func(t *testing.T, name, value, other string) {
		url := servePage(t, "", time.Now)
		rows := []row{{Name: name, Value: value}, {Name: other, Value: "1"}}
		var r reading
		ask(t, url, "edit", map[string]any{"token": "a.b.c", "header": rows[1:], "claims": rows}, &r)
		if r.Token == "" {
			require.Equal(t, "broken", r.State)
			return
		}
		dec := json.NewDecoder(strings.NewReader(payload(t, r.Token)))
		members, depth := 0, 0
		for {
			token, err := dec.Token()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			if depth == 1 && token != json.Delim('}') {
				members++
			}
			switch token {
			case json.Delim('{'), json.Delim('['):
				depth++
			case json.Delim('}'), json.Delim(']'):
				depth--
			}
		}
		require.Zero(t, depth)
		require.Equal(t, 4, members, "two names and two values: %s", payload(t, r.Token))
	})
}

// A value that is too deep to be read again hides the rows behind it, which must not be marked.
func TestEditTooDeep(t *testing.T) {
	url := servePage(t, "", time.Now)
	deep := strings.Repeat("[", 2000) + strings.Repeat("]", 2000)
	var r reading
	ask(t, url, "edit", map[string]any{"token": "e30.e30.", "claims": []row{{Name: "a", Value: deep}, {Name: "b", Value: "bob"}}}, &r)
	require.Equal(t, "broken", r.State)
	require.Empty(t, r.Token)
}
