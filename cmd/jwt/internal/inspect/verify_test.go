package inspect_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/inspect"
)

var (
	now    = time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)
	secret = []byte("0123456789abcdef0123456789abcdef")
)

func keys(t require.TestingT) jwt.KeySet {
	v, err := jwt.NewHMACVerifier(jwt.HS256, "k1", secret)
	require.NoError(t, err)
	return jwt.KeySet{v}
}

func policy() jwt.Policy {
	return jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256},
		Issuers:    []string{"https://a.example"},
		Audiences:  []string{"orders"},
		Required:   []string{"sub", "role"},
		MaxAge:     time.Hour,
		Now:        func() time.Time { return now },
	}
}

func good() (header, payload map[string]any) {
	return map[string]any{"alg": "HS256", "kid": "k1", "typ": "JWT"}, map[string]any{
		"iss": "https://a.example", "aud": "orders", "sub": "alice", "role": "admin",
		"iat": now.Unix() - 60, "nbf": now.Unix() - 60, "exp": now.Unix() + 600,
	}
}

func mint(header, payload map[string]any) string {
	h, _ := json.Marshal(header)
	p, _ := json.Marshal(payload)
	return sign(base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(p))
}

func sign(input string) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// faults are things that can be wrong with a token, by the check that finds them. Any set of
// them can be wrong at once, except for two that change the same member.
var faults = []struct {
	check  string
	member string
	do     func(header, payload map[string]any)
}{
	{"header", "crit", func(h, _ map[string]any) { h["crit"] = []string{"x"} }},
	{"header", "kid", func(h, _ map[string]any) { h["kid"] = 1 }},
	{"alg", "alg", func(h, _ map[string]any) { h["alg"] = "none" }},
	{"alg", "alg", func(h, _ map[string]any) { h["alg"] = "ES256" }},
	{"signature", "kid", func(h, _ map[string]any) { h["kid"] = "k2" }},
	{"typ", "typ", func(h, _ map[string]any) { h["typ"] = "logout+jwt" }},
	{"iss", "iss", func(_, p map[string]any) { p["iss"] = "https://a.example/" }},
	{"iss", "iss", func(_, p map[string]any) { delete(p, "iss") }},
	{"iss", "iss", func(_, p map[string]any) { p["iss"] = 5 }},
	{"aud", "aud", func(_, p map[string]any) { p["aud"] = []string{"x"} }},
	{"aud", "aud", func(_, p map[string]any) { p["aud"] = nil }},
	{"sub", "sub", func(_, p map[string]any) { p["sub"] = []int{1} }},
	{"sub", "sub", func(_, p map[string]any) { delete(p, "sub") }},
	{"role", "role", func(_, p map[string]any) { p["role"] = "" }},
	{"jti", "jti", func(_, p map[string]any) { p["jti"] = true }},
	{"max-age", "iat", func(_, p map[string]any) { p["iat"] = now.Unix() - 7200 }},
	{"iat", "iat", func(_, p map[string]any) { p["iat"] = now.Unix() + 60 }},
	{"iat", "iat", func(_, p map[string]any) { p["iat"] = "now" }},
	{"max-age", "iat", func(_, p map[string]any) { delete(p, "iat") }},
	{"nbf", "nbf", func(_, p map[string]any) { p["nbf"] = now.Unix() + 9000 }},
	{"nbf", "nbf", func(_, p map[string]any) { p["nbf"] = "soon" }},
	{"exp", "exp", func(_, p map[string]any) { p["exp"] = now.Unix() }},
	{"exp", "exp", func(_, p map[string]any) { p["exp"] = -1 }},
	{"exp", "exp", func(_, p map[string]any) { delete(p, "exp") }},
}

// Whatever is wrong with a token, exactly that is reported, all of it, and the verdict is
// that of Parse.
func TestVerifyReportsAllFaults(t *testing.T) {
	keys := keys(t)
	rapid.Check(t, func(t *rapid.T) {
		header, payload := good()
		want, changed := map[string]bool{}, map[string]bool{}
		for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(faults)-1), 0, 6, rapid.ID).Draw(t, "faults") {
			if f := faults[i]; !changed[f.member] {
				f.do(header, payload)
				want[f.check], changed[f.member] = true, true
			}
		}
		token := mint(header, payload)
		v, err := inspect.Verify(context.Background(), token, keys, policy())
		require.NoError(t, err)

		parser, err := jwt.NewParser[struct{}](keys, policy())
		require.NoError(t, err)
		_, err = parser.Parse(context.Background(), token)
		require.Equal(t, err == nil, v.Valid)
		require.Equal(t, len(want) == 0, v.Valid)
		require.Equal(t, err, v.Error)
		require.Equal(t, len(want) == 1 && payload["exp"] == now.Unix(), v.Expired())

		if want["header"] {
			delete(want, "signature") // another kid is not looked for in a header that is wrong
		}
		if want["alg"] && header["alg"] == "none" {
			delete(want, "signature")
		} else if want["alg"] && !want["header"] {
			want["signature"] = true // there is no key for it
		}
		require.Equal(t, sorted(want), failed(v))
		require.Equal(t, !v.Valid, want[v.Failed], v.Failed)
		for _, c := range v.Checks {
			require.Contains(t, []inspect.State{inspect.Pass, inspect.Fail, inspect.NotRun, inspect.Absent}, c.State, c.Name)
			unable := c.Name == "signature" && (want["header"] || header["alg"] == "none") || c.Name == "max-age" && payload["iat"] == "now"
			require.Equal(t, unable, c.State == inspect.NotRun, c.Name)
		}
	})
}

func failed(v *inspect.Verdict) []string {
	names := map[string]bool{}
	for _, c := range v.Checks {
		if c.State == inspect.Fail {
			names[c.Name] = true
		}
	}
	return sorted(names)
}

func sorted(names map[string]bool) []string { return slices.Sorted(maps.Keys(names)) }
