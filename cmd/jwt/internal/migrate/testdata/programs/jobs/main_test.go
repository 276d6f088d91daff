package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func newWorker(t *testing.T) (w *worker, current, previous, stranger ed25519.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var keys [3]ed25519.PrivateKey
	for i := range keys {
		if _, keys[i], err = ed25519.GenerateKey(rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	return &worker{key: key, keyID: "1", callers: map[string]caller{
		"shop":    {keys[0].Public().(ed25519.PublicKey), keys[1].Public().(ed25519.PublicKey)},
		"billing": {keys[2].Public().(ed25519.PublicKey), keys[2].Public().(ed25519.PublicKey)},
	}}, keys[0], keys[1], keys[2]
}

func sign(t *testing.T, key ed25519.PrivateKey, iss, aud, sub string, exp time.Time) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.RegisteredClaims{
		Issuer: iss, Audience: jwt.ClaimStrings{aud}, Subject: sub, ExpiresAt: jwt.NewNumericDate(exp),
	}).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestRun(t *testing.T) {
	w, current, previous, stranger := newWorker(t)
	soon := time.Now().Add(time.Minute)
	for name, test := range map[string]struct {
		token string
		want  int
	}{
		"current":      {sign(t, current, "shop", "jobs", "scheduler", soon), 200},
		"previous":     {sign(t, previous, "shop", "jobs", "scheduler", soon), 200},
		"other issuer": {sign(t, stranger, "billing", "jobs", "scheduler", soon), 200},
		"stolen name":  {sign(t, stranger, "shop", "jobs", "scheduler", soon), 401},
		"unknown":      {sign(t, current, "nobody", "jobs", "scheduler", soon), 401},
		"audience":     {sign(t, current, "shop", "other", "scheduler", soon), 401},
		"subject":      {sign(t, current, "shop", "jobs", "somebody", soon), 401},
		"expired":      {sign(t, current, "shop", "jobs", "scheduler", time.Now().Add(-time.Minute)), 401},
		"not a token":  {"nonsense", 401},
	} {
		r := httptest.NewRequest("POST", "/run", nil)
		r.Header.Set("Authorization", "Bearer "+test.token)
		rec := httptest.NewRecorder()
		w.routes().ServeHTTP(rec, r)
		if rec.Code != test.want {
			t.Errorf("%s: %d, want %d", name, rec.Code, test.want)
		}
	}
}

func TestTicket(t *testing.T) {
	w, _, _, _ := newWorker(t)
	other, _, _, _ := newWorker(t)
	ticket, err := w.ticket("shop", "42")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		w    *worker
		want string
	}{
		"ours":   {w, "done with 42"},
		"theirs": {other, "invalid ticket"},
	} {
		r := httptest.NewRequest("POST", "/done?ticket="+ticket, nil)
		rec := httptest.NewRecorder()
		test.w.routes().ServeHTTP(rec, r)
		if got := strings.TrimSpace(rec.Body.String()); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
