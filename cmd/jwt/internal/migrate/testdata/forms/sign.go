// Command forms has more of what is rewritten: several files, another name for golang-jwt,
// and tests.
package main

import (
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
)

type access struct { // want `access becomes the private claims of jwt\.Claims\[access\].*#registered-claims.$`
	Scope string `json:"scope"`
	gojwt.RegisteredClaims
}

var secret = make([]byte, 32)

func sign(user string, exp int64) (string, error) {
	claims := gojwt.MapClaims{
		"sub": user,
		"exp": exp,
		"aud": gojwt.ClaimStrings{"a", "b"},
	}
	t := gojwt.NewWithClaims(gojwt.SigningMethodHS256, claims)
	return t.SignedString(secret) // want `SignedString becomes jwt\.Sign.*#signed-string.$`
}

func signAccess(user string) (raw string, err error) {
	c := &access{Scope: "read"}
	c.Subject = user
	c.ExpiresAt = gojwt.NewNumericDate(time.Now().Add(time.Minute))
	c.Audience = gojwt.ClaimStrings{"orders"}
	raw, err = gojwt.NewWithClaims(gojwt.SigningMethodHS256, c).SignedString(secret) // want `SignedString becomes jwt\.Sign.*#signed-string.$`
	return
}

func main() {}

type empty struct{ gojwt.RegisteredClaims } // want `empty becomes the private claims of jwt\.Claims\[empty\].*#registered-claims.$`

func signEmpty() (string, error) {
	c := empty{RegisteredClaims: gojwt.RegisteredClaims{ExpiresAt: gojwt.NewNumericDate(time.Now().Add(time.Minute))}}
	return gojwt.NewWithClaims(gojwt.SigningMethodHS256, c).SignedString(secret) // want `SignedString becomes jwt\.Sign.*#signed-string.$`
}
