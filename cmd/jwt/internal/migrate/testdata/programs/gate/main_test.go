package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// provider is the identity provider of the tests.
type provider struct{ first, second *rsa.PrivateKey }

func newProvider(t *testing.T) (provider, string) {
	t.Helper()
	dir := t.TempDir()
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = key
		der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		data := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("key-%d.pem", i)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return provider{keys[0], keys[1]}, dir
}

func (p provider) token(t *testing.T, kid string, key *rsa.PrivateKey, change func(jwt.MapClaims)) string {
	t.Helper()
	claims := jwt.MapClaims{
		"iss": "https://idp.example.com", "aud": []string{"gate", "other"}, "exp": time.Now().Add(time.Hour).Unix(),
		"tenant": "acme", "user_id": 42, "scope": "read write",
	}
	if change != nil {
		change(claims)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = kid
	raw, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestGate(t *testing.T) {
	p, dir := newProvider(t)
	keys, err := loadKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	g := &gate{keys: keys, issuer: "https://idp.example.com", audience: "gate", logger: log.New(&logged, "", 0)}
	h := g.wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Header.Get("X-Tenant"), " ", r.Header.Get("X-User"), " ", r.Header.Get("X-Scopes"))
	}))
	for name, test := range map[string]struct {
		token string
		want  string
	}{
		"first key":   {p.token(t, "key-0", p.first, nil), "acme 42 read,write"},
		"second key":  {p.token(t, "key-1", p.second, nil), "acme 42 read,write"},
		"other kid":   {p.token(t, "key-1", p.first, nil), "invalid token"},
		"no such kid": {p.token(t, "key-9", p.first, nil), "invalid token"},
		"expired":     {p.token(t, "key-0", p.first, func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Hour).Unix() }), "token expired"},
		"no exp":      {p.token(t, "key-0", p.first, func(c jwt.MapClaims) { delete(c, "exp") }), "invalid token"},
		"audience":    {p.token(t, "key-0", p.first, func(c jwt.MapClaims) { c["aud"] = "other" }), "token for someone else"},
		"issuer":      {p.token(t, "key-0", p.first, func(c jwt.MapClaims) { c["iss"] = "https://evil.example.com" }), "token for someone else"},
		"no tenant":   {p.token(t, "key-0", p.first, func(c jwt.MapClaims) { delete(c, "tenant") }), "invalid token"},
		"nonsense":    {"nonsense", "not a token"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+test.token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		got := strings.TrimSpace(w.Body.String())
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	if !strings.Contains(logged.String(), `refused "acme"`) {
		t.Errorf("log: %s", logged.String())
	}
}
