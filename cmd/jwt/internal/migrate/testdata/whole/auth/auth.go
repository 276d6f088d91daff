// Package auth makes and checks the tokens of a service.
package auth

import (
	"context"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Claims are the claims of a user.
type Claims struct {
	Role string `json:"role"`
	jwt.RegisteredClaims
}

// IsAdmin reports whether the user may do everything.
func (c *Claims) IsAdmin() bool { return c.Role == "admin" }

// An Issuer makes and checks tokens.
type Issuer struct{ Secret []byte }

// Sign returns a token.
func (i *Issuer) Sign(c Claims) (string, error) {
	signed := Claims{Role: c.Role, RegisteredClaims: jwt.RegisteredClaims{
		Subject:   c.Subject,
		ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour)),
	}}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, signed).SignedString(i.Secret)
}

// Parse returns the claims of a token.
func (i *Issuer) Parse(raw string) (*Claims, error) {
	token, err := jwt.ParseWithClaims(raw, &Claims{}, i.key, jwt.WithValidMethods([]string{"HS256"}))
	if err != nil {
		return nil, err
	}
	return token.Claims.(*Claims), nil
}

func (i *Issuer) key(*jwt.Token) (any, error) { return i.Secret, nil }

type contextKey struct{}

// NewContext returns a context with claims.
func NewContext(ctx context.Context, c *Claims) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// FromContext returns the claims in a context.
func FromContext(ctx context.Context) *Claims {
	c, _ := ctx.Value(contextKey{}).(*Claims)
	return c
}
