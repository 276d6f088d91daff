package jwthttp_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

const issuer = "https://auth.example.com"

var secret = []byte("a secret of 32 bytes for the tests")

// newSigner returns the key of the tests.
func newSigner(t testing.TB) jwt.Signer {
	t.Helper()
	signer, err := jwt.NewHMACSigner(jwt.HS256, "key-1", secret)
	require.NoError(t, err)
	return signer
}

// claimsOf returns good claims, issued a minute ago.
func claimsOf[P any](subject string, private P) jwt.Claims[P] {
	now := time.Now()
	return jwt.Claims[P]{
		Issuer: issuer, Subject: subject, Audience: []string{"orders"}, ID: "id-" + subject,
		IssuedAt: now.Add(-time.Minute), ExpiresAt: now.Add(10 * time.Minute),
		Private: private,
	}
}

// newParse returns what New takes, for tokens that newSigner has signed.
func newParse[P any](t testing.TB) func(context.Context, string) (*jwt.Claims[P], error) {
	t.Helper()
	verifier, err := jwt.NewHMACVerifier(jwt.HS256, "key-1", secret)
	require.NoError(t, err)
	parser, err := jwt.NewParser[P](verifier, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256},
		Issuers:    []string{issuer},
		Audiences:  []string{"orders"},
	})
	require.NoError(t, err)
	return parser.Parse
}

// names returns the names of the claims of token, in order.
func names(t *testing.T, token string) []string {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	require.NoError(t, err)
	var claims map[string]any
	require.NoError(t, json.Unmarshal(payload, &claims))
	return slices.Sorted(maps.Keys(claims))
}

// sign returns a token with the claims.
func sign[P any](t testing.TB, claims jwt.Claims[P]) string {
	t.Helper()
	token, err := jwt.Sign(t.Context(), newSigner(t), claims)
	require.NoError(t, err)
	return token
}

// user is what alice's token says: she may read orders, works in sales, and has authenticated
// with a key five minutes ago.
func user() embedded {
	return embedded{AccessToken: jwthttp.AccessToken{
		ClientID: "web", Scope: jwthttp.ScopeList{"orders:read", "orders:list"}, UserRoles: jwthttp.ValueList{"sales"},
		AuthContext: "phr", AuthenticatedAt: time.Now().Add(-5 * time.Minute).Unix(),
	}}
}

// newAuth returns an Auth over newParse.
func newAuth(t testing.TB, cfg jwthttp.Config) *jwthttp.Auth[embedded] {
	t.Helper()
	auth, err := jwthttp.New(newParse[embedded](t), cfg)
	require.NoError(t, err)
	return auth
}

// greet answers with the subject of the claims.
func greet(w http.ResponseWriter, r *http.Request, c *jwt.Claims[embedded]) {
	if c == nil {
		io.WriteString(w, "hello")
		return
	}
	io.WriteString(w, "hello "+c.Subject)
}

// do has h answer a request.
func do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// with returns a request with the given header fields, in pairs.
func with(method, target string, pairs ...string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	r.Header = headers(pairs...)
	return r
}

// A challenge is a WWW-Authenticate field that has been read.
type challenge struct {
	scheme string
	params map[string]string
}

// parseChallenge reads a field with one challenge, strictly as RFC 9110 says that senders
// write it (sections 5.6.1, 5.6.2, 5.6.4 and 11.6.1).
func parseChallenge(field string) (challenge, error) {
	scheme, rest, ok := strings.Cut(field, " ")
	c := challenge{scheme, map[string]string{}}
	if !isTChar(scheme) || !ok {
		return c, errors.New("no auth-scheme with parameters")
	}
	for {
		name, value, ok := strings.Cut(rest, "=")
		if !ok || !isTChar(name) {
			return c, fmt.Errorf("no auth-param at %q", rest)
		}
		if _, twice := c.params[name]; twice || name != strings.ToLower(name) {
			return c, fmt.Errorf("%s occurs twice or in upper case", name)
		}
		text, rest2, err := cutQuoted(value)
		if err != nil {
			return c, err
		}
		c.params[name] = text
		if rest2 == "" {
			return c, nil
		}
		if rest, ok = strings.CutPrefix(rest2, ", "); !ok {
			return c, fmt.Errorf("no comma at %q", rest2)
		}
	}
}

// cutQuoted cuts a quoted-string from the beginning of s.
func cutQuoted(s string) (text, rest string, err error) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", fmt.Errorf("no quoted-string at %q", s)
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], nil
		case c < ' ' || c >= 0x7f:
			return "", "", fmt.Errorf("byte %#x in a quoted-string", c)
		case c == '\\':
			i++
			if i == len(s) {
				return "", "", errors.New("a quoted-pair without its second half")
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", errors.New("a quoted-string without its end")
}

// isTChar reports whether s is a token of RFC 9110 section 5.6.2.
func isTChar(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", r)
	})
}

// A syncBuffer is a buffer that several may write to at once.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
