// Command sign makes tokens in the ways that are rewritten.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

type claims struct { // want `claims becomes the private claims of jwt\.Claims\[claims\].*#registered-claims.$`
	Role  string   `json:"role"`
	Roles []string `json:"roles,omitempty"`
	jwt.RegisteredClaims
}

func (c claims) admin() bool { return c.Role == "admin" }

var secret = load()

func load() []byte { return make([]byte, 32) }

// All in one expression.
func inline(user string) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{ // want `SignedString becomes jwt\.Sign.*#signed-string.$`
		Subject:   user,
		ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour)),
	}).SignedString(secret)
}

// A literal, and the token in a variable.
func variable(ctx context.Context, key *rsa.PrivateKey, user string) (string, error) {
	now := time.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, &claims{
		Role: "admin",
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    "https://auth.example.com",
			Subject:   user,
			Audience:  jwt.ClaimStrings{"orders"},
			ExpiresAt: jwt.NewNumericDate(now.Add(time.Hour)),
			NotBefore: &jwt.NumericDate{Time: now},
			IssuedAt:  jwt.NewNumericDate(now),
			ID:        "1",
		},
	})
	token.Header["kid"] = "key-1"
	return token.SignedString(key) // want `SignedString becomes jwt\.Sign.*#signed-string.$`
}

// Claims and token in variables, as most write it.
func variables(w http.ResponseWriter, r *http.Request, key *ecdsa.PrivateKey) {
	c := claims{
		Role:  "user",
		Roles: []string{"a", "b"},
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: r.FormValue("user"),
		},
	}
	c.ExpiresAt = jwt.NewNumericDate(time.Now().Add(time.Hour))
	c.RegisteredClaims.Issuer = "https://auth.example.com"
	if c.admin() || c.ExpiresAt == nil || c.ExpiresAt.Before(time.Now()) || c.IssuedAt != nil && c.IssuedAt.Time.IsZero() {
		return
	}

	token := jwt.NewWithClaims(jwt.SigningMethodES256, c)
	s, err := token.SignedString(key) // want `SignedString becomes jwt\.Sign.*#signed-string.$`
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Write([]byte(s))
}

// Maps.
func inMap(key ed25519.PrivateKey, user string, roles []string) (string, error) {
	m := jwt.MapClaims{
		"iss":   "https://auth.example.com",
		"sub":   user,
		"aud":   "orders",
		"exp":   time.Now().Add(time.Hour).Unix(),
		"iat":   float64(time.Now().Unix()),
		"roles": roles,
	}
	m["jti"] = "1"
	m["role"] = "admin"
	return jwt.NewWithClaims(jwt.SigningMethodEdDSA, m).SignedString(key) // want `SignedString becomes jwt\.Sign.*#signed-string.$`
}

func mapInline(user string) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{
		"sub": user,
		"exp": jwt.NewNumericDate(time.Now().Add(time.Hour)),
	})
	return token.SignedString(secret) // want `SignedString becomes jwt\.Sign.*#signed-string.$`
}

// Not certain.
func noExpiry(user string) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": user}).SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the token never expires: jwt\.Sign asks for ExpiresAt, or for InsecureN.*#signed-string.$`
}

func shortSecret(user string) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": user, "exp": time.Now().Unix()}).SignedString([]byte("secret")) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the secret is too short for package jwt.*#signed-string.$` `a constant of 6 bytes is not a secret: take 32 bytes from cr.*#short-secrets.$`
}

func anyKey(user string, key any) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": user, "exp": time.Now().Unix()}).SignedString(key) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the key is of type any, from which its kind is not certain.*#signed-string.$`
}

func main() {}
