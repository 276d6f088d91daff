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

type whole struct{ jwt.RegisteredClaims } // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since the RegisteredClaims in line 21 are not a literal with fields.*#registered-claims.$`

func signWhole() (string, error) {
	c := whole{RegisteredClaims: expires()}
	return jwt.NewWithClaims(jwt.SigningMethodHS512, c).SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the token never expires: jwt\.Sign asks for ExpiresAt, or for InsecureN.*#signed-string.$`
}

type encoded struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since line 30 encodes or decodes them with encoding/json.*#registered-claims.$`
}

func encode(c encoded) ([]byte, error) { return json.Marshal(c) }

func signEncoded() (string, error) {
	c := encoded{RegisteredClaims: jwt.RegisteredClaims{ExpiresAt: jwt.NewNumericDate(time.Now())}} // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
	return jwt.NewWithClaims(jwt.SigningMethodHS512, c).SignedString(secret)                        // want `Token\.SignedString: make a jwt\.Signer when the program start.*since its claims stay as they are: line 30 encodes or decodes them with enco.*#signed-string.$`
}

type compared struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since line 42 uses ExpiresAt as a pointer.*#registered-claims.$`
}

func same(a, b *compared) bool { return a.ExpiresAt == b.ExpiresAt } // want `RegisteredClaims\.ExpiresAt: dates are time\.Time.*#numeric-date.$`

type taken struct {
	Sub                  string `json:"sub"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since taken has the registered claim sub as a field of its own.*#registered-claims.$`
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
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since inner is embedded in line 54.*#registered-claims.$`
}

type checked struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since its method in line 69 reads a registered claim, and P has the private .*#registered-claims.$`
}

func (c checked) Validate() error { // want `Parse calls Validate of P.*#validate.$`
	if c.Subject == "" {
		return jwt.ErrTokenInvalidSubject // want `ErrTokenInvalidSubject: compare Claims\.Subject after Parse.*since no one error of package jwt says the same.*#errors.$`
	}
	return nil
}

type getter struct {
	Name                 string `json:"name"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since it has a method GetSubject.*#registered-claims.$`
}

func (g getter) GetSubject() (string, error) { return g.Name, nil }

type converted struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since line 91 uses them as roles.*#registered-claims.$`
}

type roles interface{ admin() bool }

func (c converted) admin() bool { return c.Role == "admin" }

func asInterface(c converted) roles { return c }

type unnamed struct {
	Role                 string
	jwt.RegisteredClaims // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since the literal in line 98 does not name its fields.*#registered-claims.$`
}

var example = unnamed{"admin", jwt.RegisteredClaims{}} // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`

func main() {}

type untagged struct {
	Admin                bool
	jwt.RegisteredClaims // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since line 108 gives them to golang\-jwt, and is left.*#registered-claims.$`
}

func parseUntagged(raw string) (*untagged, error) {
	token, err := jwt.ParseWithClaims(raw, &untagged{}, func(*jwt.Token) (any, error) { return secret, nil }, jwt.WithValidMethods([]string{"HS256"})) // want `ParseWithClaims: make a jwt\.Parser when the program starts.*since the field Admin of its claims has no name in a tag: golang\-jwt reads i.*#parse.$` `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$`
	if err != nil {
		return nil, err
	}
	return token.Claims.(*untagged), nil // want `Token\.Claims: Parse returns the claims with their type: no a.*#token.$`
}

type validated struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since its method Validate is not a func\(\) error.*#registered-claims.$`
}

func (v validated) Validate(role string) error { return nil }

func first[T any](list []T) T { return list[0] }

type generic struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since line 129 is generic in them.*#registered-claims.$`
}

var _ = first[generic]
