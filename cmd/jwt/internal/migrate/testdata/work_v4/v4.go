// Package workv4 uses golang-jwt v4.
package workv4

import (
	"time"

	"github.com/golang-jwt/jwt/v4" // want `this version is out of support: change to v5 with golang\-jwt.*#v4.$`
)

type claims struct {
	Role               string `json:"role"`
	jwt.StandardClaims        // want `StandardClaims: jwt\.Claims\[P\] has these fields: do not embed.*#registered-claims.$`
}

func (c *claims) Valid() error { return c.StandardClaims.Valid() } // want `rename it to Validate: neither golang\-jwt v5 nor package jwt.*#valid.$` `StandardClaims\.Valid: Parse has checked the claims.*#valid.$`

func parse(raw string, key []byte) (*claims, error) {
	token, err := jwt.ParseWithClaims(raw, &claims{}, func(*jwt.Token) (interface{}, error) { return key, nil }) // want `without WithValidMethods the token chooses the algorithm.*#with-valid-methods.$` `ParseWithClaims: make a jwt\.Parser when the program starts.*#parse.$` `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$`
	if err != nil {
		if e, ok := err.(*jwt.ValidationError); ok && e.Errors&jwt.ValidationErrorExpired != 0 { // want `ValidationError: the type is \*jwt\.TokenError.*#errors.$` `ValidationError\.Errors: the type is \*jwt\.TokenError.*#errors.$` `ValidationErrorExpired: the type is \*jwt\.TokenError.*#errors.$`
			return nil, nil
		}
		return nil, err
	}
	return token.Claims.(*claims), nil // want `Token\.Claims: Parse returns the claims with their type: no a.*#token.$`
}

func sign(key []byte) (string, error) {
	c := &claims{StandardClaims: jwt.StandardClaims{ExpiresAt: jwt.TimeFunc().Add(time.Hour).Unix()}} // want `StandardClaims: jwt\.Claims\[P\] has these fields: do not embed.*#registered-claims.$`
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(key)                             // want `Token\.SignedString: make a jwt\.Signer when the program start.*#signed-string.$`
}

func verify(c jwt.MapClaims) bool { return c.VerifyAudience("orders", true) } // want `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$` `MapClaims\.VerifyAudience: jwt\.Claims\[P\] has fields for the r.*#claims-interface.$`
