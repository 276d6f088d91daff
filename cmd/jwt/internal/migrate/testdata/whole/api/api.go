// Package api answers requests. It has golang-jwt only for its errors.
package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"whole.example/auth"
)

// Authenticate passes requests with a good token on.
func Authenticate(i *auth.Issuer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := i.Parse(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		switch {
		case errors.Is(err, jwt.ErrTokenExpired):
			http.Error(w, "log in again", http.StatusUnauthorized)
		case err != nil:
			http.Error(w, "invalid token", http.StatusUnauthorized)
		default:
			next.ServeHTTP(w, r.WithContext(auth.NewContext(r.Context(), c)))
		}
	})
}
