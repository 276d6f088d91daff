package jwkset_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/jwkset"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jwttest"
)

// rules returns the rules of the findings about a set, without that about the issuer's key for
// encryption.
func rules(t *testing.T, set *jwkset.Set) []string {
	t.Helper()
	var out []string
	for _, f := range jwkset.Lint(set, time.Now()) {
		require.NotEmpty(t, f.Text)
		if f.Rule != "use" {
			out = append(out, string(f.Level)+" "+f.Rule)
		}
	}
	return out
}

// How a set is served matters as much as what is in it. Keys are in testdata/script.
func TestLintAnswer(t *testing.T) {
	iss := jwttest.NewIssuer(t, jwttest.Config{})
	keys, err := iss.JWKS()
	require.NoError(t, err)
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    []string
	}{
		{"as it should be", serve("application/json", "max-age=900"), nil},
		{"the registered type", serve("application/jwk-set+json; charset=utf-8", "public, Max-Age=900"), nil},
		{"no cache", serve("application/json", ""), []string{"warning cache"}},
		{"a cache without a number", serve("application/json", "max-age=x"), []string{"warning cache"}},
		{"a long cache", serve("application/json", "max-age=90000"), []string{"warning cache"}},
		{"a short cache", serve("application/json", "max-age=5"), []string{"note cache"}},
		{"text", serve("text/plain", "max-age=900"), []string{"warning content-type"}},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				http.Redirect(w, r, "/keys", http.StatusFound)
				return
			}
			serve("application/json", "max-age=900")(w, r)
		}, []string{"error redirect"}},
		{"slow", func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(550 * time.Millisecond)
			serve("application/json", "max-age=900")(w, r)
		}, []string{"warning slow"}},
		{"large", func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte(strings.Repeat(" ", 60<<10)))
		}, []string{"error size"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "slow" && testing.Short() {
				t.Skip("it takes half a second")
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tt.name == "large" {
					w.Header().Set("Content-Type", "application/json")
					w.Header().Set("Cache-Control", "max-age=900")
				}
				tt.handler(w, r)
				if r.URL.Path == "/keys" || tt.name != "a redirect" {
					w.Write(keys)
				}
			}))
			t.Cleanup(server.Close)
			set, err := jwkset.Fetch(t.Context(), jwks.Config{URL: server.URL + "/", Algorithms: []jwt.Algorithm{jwt.ES256}})
			require.NoError(t, err)
			require.Equal(t, tt.want, rules(t, set))
			require.Equal(t, string(keys), strings.TrimSpace(string(set.Data)))
		})
	}
}

func serve(kind, cache string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		if cache != "" {
			w.Header().Set("Cache-Control", cache)
		}
	}
}

// The set of an issuer is found by its metadata, and is there even if no key can be used.
func TestFetch(t *testing.T) {
	iss := jwttest.NewIssuer(t, jwttest.Config{Algorithms: []jwt.Algorithm{jwt.ES256, jwt.RS256}})
	set, err := jwkset.Fetch(t.Context(), jwks.Config{Issuer: iss.URL(), Algorithms: []jwt.Algorithm{jwt.ES256, jwt.RS256}})
	require.NoError(t, err)
	require.Len(t, set.Keys, 3, "two that sign, and one for encryption")
	require.Equal(t, iss.JWKSURL(), set.Answer.URL)
	require.Equal(t, "P-256", set.Keys[0].Kind)
	require.Equal(t, []jwt.Algorithm{jwt.RS256}, set.Keys[1].Algorithms())
	require.Len(t, set.Keys[1].Thumbprint, 43)

	set, err = jwkset.Fetch(t.Context(), jwks.Config{Issuer: iss.URL(), Algorithms: []jwt.Algorithm{jwt.EdDSA}})
	require.NoError(t, err)
	require.Error(t, set.Keys[0].Err)

	iss.Down()
	_, err = jwkset.Fetch(t.Context(), jwks.Config{Issuer: iss.URL(), Algorithms: []jwt.Algorithm{jwt.ES256}})
	require.Error(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = jwkset.Fetch(ctx, jwks.Config{Issuer: iss.URL(), Algorithms: []jwt.Algorithm{jwt.ES256}})
	require.ErrorIs(t, err, context.Canceled)
}

// Whatever is read, nothing panics, and what is not a set is an error.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"keys":[]}`, `{"keys":[{}]}`, `{"keys":[{"kty":"EC","x5c":["AAAA"],"kid":1}]}`, `{"keys":[{"kid":"a","kid":"b"}]}`, `{"Keys":[]}`, `[]`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := jwkset.Parse(data, []jwt.Algorithm{jwt.ES256, jwt.RS256, jwt.EdDSA})
		if err != nil {
			require.Nil(t, set)
			return
		}
		jwkset.Lint(set, time.Now())
		jwkset.Merge([]*jwkset.Set{set, set})
	})
}
