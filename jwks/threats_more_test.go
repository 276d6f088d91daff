package jwks_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// TestCompressedAnswer: the limit is on what an answer unpacks to.
func TestCompressedAnswer(t *testing.T) {
	needSockets(t)
	for name, tt := range map[string]struct {
		length int
		text   string
	}{
		"as long as allowed": {1 << 20, ""},
		"bomb":               {16 << 20, " answered more than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			set := setOf(keyA)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.Contains(t, r.Header.Get("Accept-Encoding"), "gzip")
				w.Header().Set("Content-Encoding", "gzip")
				z := gzip.NewWriter(w)
				defer z.Close()
				z.Write([]byte(set + strings.Repeat(" ", tt.length-len(set))))
			}))
			defer server.Close()
			fetched := make(chan jwks.Fetch, 10)
			c, err := jwks.New(t.Context(), jwks.Config{URL: server.URL, Algorithms: validAlgorithms,
				Observe: func(f jwks.Fetch) { fetched <- f }})
			require.NoError(t, err)
			f := <-fetched
			require.NoError(t, c.Close())
			if tt.text == "" {
				require.NoError(t, f.Err)
				require.Equal(t, 1, f.Keys)
			} else {
				require.EqualError(t, f.Err, server.URL+tt.text)
			}
		})
	}
}

// counted is a Verifier that counts how often it is asked.
type counted struct {
	jwt.Verifier
	calls *int
}

func (v counted) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	*v.calls++
	return v.Verifier.Verify(ctx, h, input, sig)
}

// TestManyKeys: an issuer with many keys that could have signed a token has no more than
// 16 of them tried.
func TestManyKeys(t *testing.T) {
	for name, tt := range map[string]struct{ keys, token string }{
		"one kid":           {"a", "a"},
		"keys without kid":  {"", "a"},
		"token without kid": {"a", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				var keys []testKey
				for seed := range 40 {
					keys = append(keys, newKey(tt.keys, byte(seed)))
				}
				i.serve(setOf(keys...))
				calls := 0
				c := i.start(t, func(cfg *jwks.Config) {
					cfg.Wrap = func(v jwt.Verifier) jwt.Verifier { return counted{v, &calls} }
				})
				expect(t, "ok", c, newKey(tt.token, 15))
				require.Equal(t, 16, calls)
				calls = 0
				require.NotEqual(t, "ok", outcome(parse(c, newKey(tt.token, 99))))
				require.LessOrEqual(t, calls, 32, "once more when the set has been fetched anew")
				require.GreaterOrEqual(t, calls, 16)
			})
		})
	}
}

// TestManyKeysUnknownKid: nor is a token of an unknown kid tried twice with the same set.
func TestManyKeysUnknownKid(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		var keys []testKey
		for seed := range 40 {
			keys = append(keys, newKey("", byte(seed)))
		}
		i.serve(setOf(keys...), "Cache-Control", "max-age=86400")
		calls := 0
		c := i.start(t, func(cfg *jwks.Config) {
			cfg.Wrap = func(v jwt.Verifier) jwt.Verifier { return counted{v, &calls} }
		})
		expect(t, unknown, c, newKey("first", 99)) // it has used up what callers may fetch
		for n := range 10 {
			calls = 0
			expect(t, unknown, c, newKey(fmt.Sprint("kid-", n), 99))
			require.Equal(t, 2, i.count())
			require.Equal(t, 16, calls)
		}
	})
}
