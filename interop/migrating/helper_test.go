package migrating

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

const issuer, audience = "https://auth.example.com", "orders"

var (
	ctx    = context.Background()
	now    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	secret = []byte("a secret of at least 64 bytes, so that it will do for HS512 as well")

	rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return made(rsa.GenerateKey(rand.Reader, 2048)) })
	p256   = sync.OnceValue(func() *ecdsa.PrivateKey { return made(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	edKey  = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
)

func made[K any](key K, err error) K {
	if err != nil {
		panic(err)
	}
	return key
}

// Claims are the private claims of the tests; OldClaims the same for golang-jwt.
type Claims struct {
	Role string `json:"role"`
}

type OldClaims struct {
	Role string `json:"role"`
	golangjwt.RegisteredClaims
}

// with replaces claims of a good payload by other JSON; "" leaves one out.
type with map[string]string

func payload(w with) string {
	members := map[string]string{
		"iss": `"` + issuer + `"`, "sub": `"alice"`, "aud": `"` + audience + `"`, "role": `"reader"`,
		"exp": fmt.Sprint(now.Add(15 * time.Minute).Unix()), "iat": fmt.Sprint(now.Unix()),
	}
	maps.Copy(members, w)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if members[name] != "" {
			list = append(list, fmt.Sprintf("%q:%s", name, members[name]))
		}
	}
	return "{" + strings.Join(list, ",") + "}"
}

const header = `{"alg":"HS256","typ":"JWT"}`

// hs256 returns the token with these texts, signed with secret.
func hs256(header, payload string) string { return sealed(b64(header), b64(payload), secret) }

func good(w with) string { return hs256(header, payload(w)) }

func b64(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// sealed signs two parts, whatever they are.
func sealed(header, payload string, secret []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(header + "." + payload))
	return header + "." + payload + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// forged returns a good token with another signature.
func forged(w with) string { return sealed(b64(header), b64(payload(w)), []byte("of somebody else")) }

func oneKey(key any) golangjwt.Keyfunc {
	return func(*golangjwt.Token) (any, error) { return key, nil }
}

// old and oldMap parse with golang-jwt and secret.
func old(token string, options ...golangjwt.ParserOption) (*OldClaims, error) {
	var c OldClaims
	_, err := golangjwt.NewParser(append(options, atNow)...).ParseWithClaims(token, &c, oneKey(secret))
	return &c, err
}

func oldMap(token string, options ...golangjwt.ParserOption) (golangjwt.MapClaims, error) {
	c := golangjwt.MapClaims{}
	_, err := golangjwt.NewParser(append(options, atNow)...).ParseWithClaims(token, c, oneKey(secret))
	return c, err
}

var atNow = golangjwt.WithTimeFunc(func() time.Time { return now })

// careful are the options that golang-jwt's documentation recommends.
var careful = []golangjwt.ParserOption{
	golangjwt.WithValidMethods([]string{"HS256"}), golangjwt.WithIssuer(issuer), golangjwt.WithAudience(audience),
}

// policy returns the policy for tokens of good, changed.
func policy(change func(*jwt.Policy)) jwt.Policy {
	p := jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256}, Issuers: []string{issuer}, Audiences: []string{audience},
		Now: func() time.Time { return now },
	}
	if change != nil {
		change(&p)
	}
	return p
}

// parse parses with this library and secret.
func parse[P any](t *testing.T, token string, change func(*jwt.Policy)) (*jwt.Claims[P], error) {
	t.Helper()
	return parseBy[P](t, token, made(jwt.NewHMACVerifier(jwt.HS256, "", secret)), change)
}

func parseBy[P any](t *testing.T, token string, keys jwt.Verifier, change func(*jwt.Policy)) (*jwt.Claims[P], error) {
	t.Helper()
	parser, err := jwt.NewParser[P](keys, policy(change))
	require.NoError(t, err)
	claims, err := parser.Parse(ctx, token)
	require.Equal(t, err != nil, claims == nil)
	return claims, err
}

// newParser returns the error of NewParser.
func newParser[P any](keys jwt.Verifier, change func(*jwt.Policy)) error {
	_, err := jwt.NewParser[P](keys, policy(change))
	return err
}

// requireRefused requires a *jwt.TokenError.
func requireRefused(t *testing.T, err error, field string, reason error) {
	t.Helper()
	var refused *jwt.TokenError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, field, refused.Field)
	require.ErrorIs(t, err, reason)
}

// onlyOld requires that golang-jwt accepts a token and we refuse it.
func onlyOld(t *testing.T, token, field string, reason error) {
	t.Helper()
	_, err := old(token, careful...)
	require.NoError(t, err)
	_, err = parse[Claims](t, token, nil)
	requireRefused(t, err, field, reason)
}

// accepted(t) takes what a func that parses returns, and requires that there is no error.
func accepted(t *testing.T) func(any, error) {
	return func(_ any, err error) {
		t.Helper()
		require.NoError(t, err)
	}
}
