// Command stays_sign signs in ways that are not rewritten, each for another reason.
package main

import (
	"crypto"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var secret = make([]byte, 64)

var claims = jwt.MapClaims{"sub": "alice", "exp": time.Now().Add(time.Hour).Unix()} // want `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$`

func fromElsewhere(token *jwt.Token) (string, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return token.SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the token is not made here.*#signed-string.$`
}

func made() (string, error) {
	token := jwt.New(jwt.SigningMethodHS256) // want `New: call jwt\.Sign with a jwt\.Signer and jwt\.Claims.*#new-with-claims.$`
	return token.SignedString(secret)        // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the token is not made with NewWithClaims and two arguments.*#signed-string.$`
}

func method(m *jwt.SigningMethodHMAC) (string, error) { // want `SigningMethodHMAC: a key has one algorithm: name it when the.*#signing-method.$`
	return jwt.NewWithClaims(m, jwt.MapClaims{"exp": time.Now().Unix()}).SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the method is not named where the token is made.*#signed-string.$`
}

func otherKey(key crypto.PrivateKey) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{"exp": time.Now().Unix()}).SignedString(key) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the key is of type crypto\.PrivateKey, from which its kind is not certa.*#signed-string.$`
}

func short() (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{"exp": time.Now().Unix()}).SignedString([]byte("0123456789abcdef0123456789abcdef")) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the secret is too short for package jwt.*#signed-string.$` `a constant of 32 bytes is not a secret: take 64 bytes from c.*#short-secrets.$`
}

func endless() (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.RegisteredClaims{Subject: "alice"}).SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the token never expires: jwt\.Sign asks for ExpiresAt, or for InsecureN.*#signed-string.$`
}

func sometimesEndless(forEver bool) (string, error) {
	m := jwt.MapClaims{"sub": "alice"} // want `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$`
	if !forEver {
		m["exp"] = time.Now().Unix()
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS512, m).SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the token never expires: jwt\.Sign asks for ExpiresAt, or for InsecureN.*#signed-string.$`
}

func shared() (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS512, claims).SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the claims are not a literal, nor a variable that is defined by one.*#signed-string.$`
}

func header() (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{"exp": time.Now().Unix()}) // want `NewWithClaims: call jwt\.Sign with a jwt\.Signer and jwt\.Claim.*#new-with-claims.$`
	token.Header["typ"] = "at+jwt"                                                              // want `kid is an argument of the function that makes the Signer.*#header.$`
	return token.SignedString(secret)                                                           // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the token is used for something else in line 54.*#signed-string.$`
}

func sometimesKid(kid string) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{"exp": time.Now().Unix()}) // want `NewWithClaims: call jwt\.Sign with a jwt\.Signer and jwt\.Claim.*#new-with-claims.$`
	if kid != "" {
		token.Header["kid"] = kid // want `kid is an argument of the function that makes the Signer.*#header.$`
	}
	return token.SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the token is used for something else in line 61.*#signed-string.$`
}

func changed() (string, error) {
	m := jwt.MapClaims{"exp": time.Now().Unix()}          // want `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$`
	token := jwt.NewWithClaims(jwt.SigningMethodHS512, m) // want `NewWithClaims: call jwt\.Sign with a jwt\.Signer and jwt\.Claim.*#new-with-claims.$`
	m["sub"] = "alice"
	return token.SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the claims are used between the making of the token and its signature.*#signed-string.$`
}

func ranged() (string, error) {
	m := jwt.MapClaims{"exp": time.Now().Unix()} // want `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$`
	for name := range m {
		println(name)
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS512, m).SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the map of claims is used for something else in line 75.*#signed-string.$`
}

func numbers(exp float64, aud any) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{"exp": exp, "aud": aud}).SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the value of exp in line 82 is not of a form that can be rewritten.*#signed-string.$`
}

func named(name string) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{"exp": time.Now().Unix(), name: "x"}).SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since a name in the map in line 86 is not a constant.*#signed-string.$`
}

func twice() (string, string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{"exp": time.Now().Unix()}) // want `NewWithClaims: call jwt\.Sign with a jwt\.Signer and jwt\.Claim.*#new-with-claims.$`
	a, err := token.SignedString(secret)                                                        // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the token is used for something else in line 95.*#signed-string.$`
	if err != nil {
		return "", "", err
	}
	b, err := token.SignedString(secret) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the token is used for something else in line 91.*#signed-string.$`
	return a, b, err
}

func main() {}
