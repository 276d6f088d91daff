package debug_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jwttest"
)

func TestVerify(t *testing.T) {
	f := newFixture(t, time.Now())
	iss := jwttest.NewIssuer(t, jwttest.Config{})
	url := servePage(t, "", time.Now)
	type form map[string]any
	for _, tt := range []struct {
		name    string
		form    form
		holds   bool
		verdict string // or problem
		failing []string
	}{
		{"key", form{"token": f.token, "key": f.publicKey, "anyIssuer": true, "expectedAudience": "orders"}, true, "Accepted: all checks passed", nil},
		{"private key", form{"token": f.token, "key": f.key, "anyIssuer": true, "anyAudience": true, "anyType": true}, true, "Accepted: all checks passed", nil},
		{"JWK Set", form{"token": f.token, "jwks": f.jwks, "anyIssuer": true, "anyAudience": true, "expectedType": "JWT"}, true, "Accepted: all checks passed", nil},
		{"issuer", form{"token": iss.Token(t, nil), "issuer": iss.URL(), "expectedAudience": "test"}, true, "Accepted: all checks passed", nil},
		{"URL", form{"token": iss.Token(t, nil), "jwks": iss.JWKSURL(), "anyIssuer": true, "expectedAudience": "test"}, true, "Accepted: all checks passed", nil},
		{"another key", form{"token": f.token, "key": f.otherKey, "anyIssuer": true, "anyAudience": true}, false, "Refused: signature", []string{"signature"}},
		{"all that is wrong", form{"token": f.odd, "key": f.otherKey, "expectedIssuer": "x", "expectedAudience": "y", "expectedType": "z"}, false,
			"Refused: signature", []string{"signature", "typ", "iss", "aud", "exp"}},
		{"expired", form{"token": f.odd, "key": f.publicKey, "anyIssuer": true, "anyAudience": true}, false, "Refused: exp", []string{"exp"}},
		{"nothing", form{"token": f.token}, false, "Enter a key, a JWK Set or an issuer first", nil},
		{"no issuer", form{"token": f.token, "key": f.publicKey, "anyAudience": true}, false, "Enter the expected issuer", nil},
		{"no audience", form{"token": f.token, "key": f.publicKey, "anyIssuer": true}, false, "Enter the expected audience", nil},
		{"empty set", form{"token": f.token, "jwks": `{"keys":[]}`, "anyIssuer": true, "anyAudience": true}, false, "The key set is empty", nil},
		{"a text that anyone may know is not a secret", form{"token": f.token, "jwks": "404 Not Found, and nothing else to be found", "anyIssuer": true, "anyAudience": true}, false, "This is not a JWK Set; a secret is a key", nil},
		{"an issuer that does not answer", form{"token": f.token, "issuer": "http://127.0.0.1:1"}, false, `Get "http://127.0.0.1:1/`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var v struct {
				Problem, Verdict string
				Holds            bool
				Checks           []struct{ Name, State string }
			}
			ask(t, url, "verify", tt.form, &v)
			require.Equal(t, tt.holds, v.Holds)
			require.Contains(t, v.Problem+v.Verdict, tt.verdict)
			var failing []string
			for _, c := range v.Checks {
				if c.State == "fails" {
					failing = append(failing, c.Name)
				}
			}
			require.Equal(t, tt.failing, failing)
			require.Equal(t, v.Problem == "", len(v.Checks) > 0)
		})
	}
}

// Nothing is fetched unless the user has named an issuer or the URL of a set, and asks.
func TestFetchOnlyWhenAsked(t *testing.T) {
	f := newFixture(t, time.Now())
	fetched := 0
	url := servePageFetching(t, "", time.Now, func(context.Context, jwks.Config) (jwt.KeySet, error) {
		fetched++
		return nil, errors.New("not now")
	})
	var ignored map[string]any
	ask(t, url, "decode", map[string]any{"token": f.odd}, &ignored) // it has a jku
	ask(t, url, "edit", map[string]any{"token": f.odd, "key": "https://auth.example.com/jwks.json"}, &ignored)
	ask(t, url, "verify", map[string]any{"token": f.odd, "key": f.publicKey, "expectedIssuer": "https://auth.example.com", "anyAudience": true}, &ignored)
	ask(t, url, "verify", map[string]any{"token": f.odd, "jwks": f.jwks, "anyIssuer": true, "anyAudience": true}, &ignored)
	require.Zero(t, fetched)
	ask(t, url, "verify", map[string]any{"token": f.odd, "jwks": "https://auth.example.com/jwks.json"}, &ignored)
	ask(t, url, "verify", map[string]any{"token": f.odd, "issuer": "https://auth.example.com"}, &ignored)
	require.Equal(t, 2, fetched)
}
