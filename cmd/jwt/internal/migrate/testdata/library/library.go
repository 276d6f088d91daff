// Package library has types and functions that other packages may depend on.
package library

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var secret = make([]byte, 64)

// Claims is exported.
type Claims struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since Claims is exported, and other packages may use it.*#registered-claims.$`
}

type session struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since New, which is exported, has it in its type.*#registered-claims.$`
}

// New returns a type that is not exported, whose fields can be used all the same.
func New() *session { return &session{Role: "user"} }

type private struct { // want `private becomes the private claims of jwt\.Claims\[private\].*#registered-claims.$`
	Role string `json:"role"`
	jwt.RegisteredClaims
}

// Sign hides its claims, so that it can be rewritten.
func Sign(user string) (string, error) {
	c := private{Role: "user", RegisteredClaims: jwt.RegisteredClaims{
		Subject:   user,
		ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour)),
	}}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(secret) // want `SignedString becomes jwt\.Sign.*#signed-string.$`
}

// SignClaims does not.
func SignClaims(c Claims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the claims are not a literal, nor a variable that is defined by one.*#signed-string.$`
}

// Check returns an error that its callers may test.
func Check(raw string) error {
	_, err := jwt.Parse(raw, func(*jwt.Token) (any, error) { return secret, nil }, jwt.WithValidMethods([]string{"HS256"})) // want `Parse: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$` `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$`
	if err != nil {
		return err
	}
	return nil
}
