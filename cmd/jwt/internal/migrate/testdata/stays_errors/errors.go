// Command stays_errors has calls that could be rewritten, if it were not for what is done
// with their errors.
package main

import (
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

var secret = make([]byte, 64)

var hs256 = jwt.WithValidMethods([]string{"HS256"}) // want `WithValidMethods: becomes Policy\.Algorithms.*#with-valid-methods.$`

func oneKey(*jwt.Token) (any, error) { return secret, nil } // want `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$`

func subject(raw string) (string, error) {
	token, err := jwt.Parse(raw, oneKey, hs256) // want `Parse: make a jwt\.Parser when the program starts.*since line 28 tests its error, and is left.*#parse.$`
	if err != nil {
		return "", err
	}
	return token.Claims.(jwt.MapClaims)["sub"].(string), nil // want `Token\.Claims: Parse returns the claims with their type: no a.*#token.$` `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$`
}

func explain(raw string) string {
	_, err := subject(raw)
	switch {
	case errors.Is(err, jwt.ErrTokenInvalidAudience): // want `ErrTokenInvalidAudience: becomes jwt\.ErrMismatch in a \*jwt\.T.*since no one error of package jwt says the same.*#errors.$`
		return "for someone else"
	case errors.Is(err, jwt.ErrTokenExpired): // want `ErrTokenExpired: becomes jwt\.ErrExpired once the token is pa.*since the error may be that of a call in line 18, which is left.*#errors.$`
		return "expired"
	}
	return ""
}

func main() {}
