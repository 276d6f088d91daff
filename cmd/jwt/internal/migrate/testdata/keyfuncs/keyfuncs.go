// Package keyfuncs has Keyfuncs of all kinds.
package keyfuncs

import (
	"errors"

	"before.example/keyfuncs/jwks"
	"github.com/golang-jwt/jwt/v5"
)

var keys map[string]any

var key = make([]byte, 32)

var errKey = errors.New("no key")

func byKid(t *jwt.Token) (any, error) { // want `Keyfunc: becomes a jwt\.KeySet of keys with a kid.*#keyfunc-by-kid.$`
	kid, _ := t.Header["kid"].(string)
	if k, ok := keys[kid]; ok {
		return k, nil
	}
	return nil, errKey
}

func byIssuer(t *jwt.Token) (any, error) { // want `Keyfunc: becomes jwt\.IssuerKeys.*#keyfunc-by-issuer.$`
	iss, err := t.Claims.GetIssuer()
	if err != nil {
		return nil, err
	}
	return keys[iss], nil
}

func byUser(t *jwt.Token) (any, error) { // want `Keyfunc: becomes a jwt\.KeyFunc: what it reads from the token.*#keyfunc-by-user.$`
	c, ok := t.Claims.(jwt.MapClaims)
	if !ok {
		return nil, errKey
	}
	return keys[c["sub"].(string)], nil
}

func oneKey(*jwt.Token) (any, error) { return key, nil } // want `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$`

func family(t *jwt.Token) (any, error) { // want `Keyfunc: one key serves HS256.*#keyfunc-one-key.$`
	if _, ok := t.Method.(*jwt.SigningMethodHMAC); !ok {
		return nil, errKey
	}
	return key, nil
}

func several(*jwt.Token) (any, error) { // want `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$`
	return jwt.VerificationKeySet{Keys: []jwt.VerificationKey{key}}, nil
}

var all = []jwt.Keyfunc{byKid, byIssuer, byUser, oneKey, family, several} // want `Keyfunc: keys are a jwt\.Verifier: one key.*#keyfunc-one-key.$`

func remote(raw string, client *jwks.Client) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return jwt.Parse(raw, client.Keyfunc, jwt.WithValidMethods([]string{"RS256"})) // want `Parse: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$` `Keyfunc: becomes a client of package jwks.*#keyfunc-jwks.$`
}
