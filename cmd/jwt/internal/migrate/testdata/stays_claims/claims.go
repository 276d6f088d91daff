// Command stays_claims has types of claims that are not rewritten, each for another reason,
// although the calls could be.
package main

import (
	"encoding/json"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var secret = make([]byte, 64)

func expires() jwt.RegisteredClaims { // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
	return jwt.RegisteredClaims{ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour))} // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
}

type whole struct{ jwt.RegisteredClaims } // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`

func signWhole() (string, error) {
	c := whole{RegisteredClaims: expires()}
	return jwt.NewWithClaims(jwt.SigningMethodHS512, c).SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*#signed-string.$`
}

type encoded struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
}

func encode(c encoded) ([]byte, error) { return json.Marshal(c) }

func signEncoded() (string, error) {
	c := encoded{RegisteredClaims: jwt.RegisteredClaims{ExpiresAt: jwt.NewNumericDate(time.Now())}} // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
	return jwt.NewWithClaims(jwt.SigningMethodHS512, c).SignedString(secret)                        // want `Token\.SignedString: make a jwt\.Signer when the program start.*#signed-string.$`
}

type compared struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
}

func same(a, b *compared) bool { return a.ExpiresAt == b.ExpiresAt } // want `RegisteredClaims\.ExpiresAt: dates are time\.Time.*#numeric-date.$`

type taken struct {
	Sub                  string `json:"sub"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
}

type pointed struct {
	*jwt.RegisteredClaims // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
}

type outer struct {
	inner
	Name string
}

type inner struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
}

type checked struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
}

func (c checked) Validate() error { // want `Parse calls Validate of P.*#validate.$`
	if c.Subject == "" {
		return jwt.ErrTokenInvalidSubject // want `ErrTokenInvalidSubject: compare Claims\.Subject after Parse.*#errors.$`
	}
	return nil
}

type getter struct {
	Name                 string `json:"name"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
}

func (g getter) GetSubject() (string, error) { return g.Name, nil }

type converted struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
}

type roles interface{ admin() bool }

func (c converted) admin() bool { return c.Role == "admin" }

func asInterface(c converted) roles { return c }

type unnamed struct {
	Role                 string
	jwt.RegisteredClaims // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
}

var example = unnamed{"admin", jwt.RegisteredClaims{}} // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`

func main() {}
