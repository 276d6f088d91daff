package auth_test

import (
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"whole.example/auth"
)

func TestIssuer(t *testing.T) {
	i := &auth.Issuer{Secret: make([]byte, 32)}
	raw, err := i.Sign(auth.Claims{Role: "admin", RegisteredClaims: jwt.RegisteredClaims{Subject: "alice"}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := i.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !c.IsAdmin() || c.Subject != "alice" || c.ExpiresAt == nil {
		t.Error(c)
	}
}
