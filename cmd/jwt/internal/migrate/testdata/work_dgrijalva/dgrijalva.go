// Package workdgrijalva uses the predecessor of golang-jwt.
package workdgrijalva

import "github.com/dgrijalva/jwt-go" // want `this version is out of support: change to v5 with golang\-jwt.*#v4.$`

func parse(raw string, key []byte) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return jwt.Parse(raw, func(*jwt.Token) (interface{}, error) { return key, nil }) // want `without WithValidMethods the token chooses the algorithm.*#with-valid-methods.$` `Parse: make a jwt\.Parser when the program starts.*#parse.$` `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$`
}
