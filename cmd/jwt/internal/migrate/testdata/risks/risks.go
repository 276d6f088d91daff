// Package risks has what is unsafe with golang-jwt as well.
package risks

import (
	"errors"
	"fmt"
	"log"
	"net/http"

	"github.com/golang-jwt/jwt/v5"
	"github.com/golang-jwt/jwt/v5/request"
)

var key = load()

func load() []byte { return make([]byte, 32) }

func anyKey(*jwt.Token) (any, error) { return key, nil } // want `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$`

// #with-valid-methods

func noMethods(raw string) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return jwt.Parse(raw, anyKey) // want `without WithValidMethods the token chooses the algorithm.*#with-valid-methods.$` `Parse: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$`
}

func noMethodsInParser(raw string) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	p := jwt.NewParser(jwt.WithIssuer("https://auth.example.com")) // want `NewParser: jwt\.NewParser takes the keys and a jwt\.Policy.*#parse.$`
	return p.Parse(raw, anyKey)                                    // want `without WithValidMethods the token chooses the algorithm.*#with-valid-methods.$` `Parser\.Parse: call Parse of a jwt\.Parser.*since other packages may test its error for golang\-jwt's.*#parse.$`
}

func methodsInOptions(raw string, options ...jwt.ParserOption) (*jwt.Token, error) { // want `ParserOption: the options are fields of jwt\.Policy.*#parse.$` `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return jwt.Parse(raw, anyKey, options...) // want `Parse: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$`
}

func methodsInKeyfunc(raw string) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return jwt.Parse(raw, func(t *jwt.Token) (any, error) { // want `Parse: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$` `Keyfunc: one key serves HS256.*#keyfunc-one-key.$`
		if _, ok := t.Method.(*jwt.SigningMethodHMAC); !ok {
			return nil, fmt.Errorf("method %v", t.Header["alg"])
		}
		return key, nil
	})
}

var methods = jwt.WithValidMethods([]string{"HS256"}) // want `WithValidMethods: becomes Policy\.Algorithms.*#with-valid-methods.$`

// #with-issuer, #with-subject, #with-audience, #with-all-audiences

func nothing(raw string) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return jwt.Parse(raw, anyKey, methods, // want `Parse: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$`
		jwt.WithIssuer(""),     // want `WithIssuer of nothing switches the check off: every token pa.*#with-issuer.$`
		jwt.WithSubject(""),    // want `WithSubject of nothing switches the check off: every token p.*#with-subject.$` `WithSubject: compare Claims\.Subject after Parse.*#with-subject.$`
		jwt.WithAudience(),     // want `WithAudience of nothing switches the check off: every token .*#with-audience.$`
		jwt.WithAllAudiences(), // want `WithAllAudiences of nothing switches the check off: every to.*#with-all-audiences.$` `WithAllAudiences: becomes Policy\.Audiences with one of them.*#with-all-audiences.$`
	)
}

// #without-claims-validation

func forEver(raw string) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return jwt.Parse(raw, anyKey, methods, jwt.WithoutClaimsValidation()) // want `Parse: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$` `neither exp nor nbf is checked: a token is good for ever.*#without-claims-validation.$` `WithoutClaimsValidation: there is no such option: say in the.*#without-claims-validation.$`
}

// #short-secrets

const text = "my-secret"

var short = []byte("s3cr3t")

func shortSecrets(c jwt.Claims) ([]string, error) { // want `Claims: claims are a jwt\.Claims\[P\]: name P.*#claims-interface.$`
	a, err1 := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte("secret")) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the secret is too short for package jwt.*#signed-string.$` `a constant of 6 bytes is not a secret: take 32 bytes from cr.*#short-secrets.$`
	b, err2 := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte(text))     // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the secret is too short for package jwt.*#signed-string.$` `a constant of 9 bytes is not a secret: take 32 bytes from cr.*#short-secrets.$`
	d, err3 := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(short)            // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the secret is too short for package jwt.*#signed-string.$` `a constant of 6 bytes is not a secret: take 32 bytes from cr.*#short-secrets.$`
	t := jwt.NewWithClaims(jwt.SigningMethodHS512, c)                                      // want `NewWithClaims: call jwt\.Sign with a jwt\.Signer and jwt\.Claim.*#new-with-claims.$`
	e, err4 := t.SignedString([]byte("0123456789abcdef0123456789abcdef"))                  // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the secret is too short for package jwt.*#signed-string.$` `a constant of 32 bytes is not a secret: take 64 bytes from c.*#short-secrets.$`
	return []string{a, b, d, e}, errors.Join(err1, err2, err3, err4)
}

func shortInKeyfunc(raw string) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return jwt.Parse(raw, func(*jwt.Token) (any, error) { return short, nil }, jwt.WithValidMethods([]string{"HS256"})) // want `Parse: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$` `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$` `a constant of 6 bytes is not a secret: take 32 bytes from cr.*#short-secrets.$`
}

// #errors

func ignored(raw string) string {
	token, _ := jwt.Parse(raw, anyKey, methods) // want `the error is ignored: golang\-jwt returns the token.*#errors.$` `Parse: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$`
	s, _ := token.SignedString(key)             // want `the error is ignored: the token may be empty.*#errors.$` `Token\.SignedString: make a jwt\.Signer when the program start.*since the token is not made here.*#signed-string.$`
	return s
}

func usedAfterError(raw string) jwt.Claims { // want `Claims: claims are a jwt\.Claims\[P\]: name P.*#claims-interface.$`
	token, err := jwt.Parse(raw, anyKey, methods) // want `Parse: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$`
	if err != nil {
		log.Print(err, token.Claims) // want `the token has been refused here: what token holds may be for.*#errors.$` `Token\.Claims: Parse returns the claims with their type: no a.*#token.$`
		return nil
	}
	return token.Claims // want `Token\.Claims: Parse returns the claims with their type: no a.*#token.$`
}

func usedAfterExpiry(raw string) (*jwt.RegisteredClaims, error) { // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
	claims := new(jwt.RegisteredClaims)                         // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*#registered-claims.$`
	_, err := jwt.ParseWithClaims(raw, claims, anyKey, methods) // want `ParseWithClaims: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$`
	if err != nil {
		if errors.Is(err, jwt.ErrTokenExpired) { // want `ErrTokenExpired: becomes jwt\.ErrExpired once the token is pa.*since the error may be that of a call in line 23, which is left.*#errors.$`
			return claims, nil // want `the token has been refused here: what claims holds may be fo.*#errors.$`
		}
		return nil, err
	}
	return claims, nil
}

// #parse-unverified

func unverified(raw string) (bool, error) {
	claims := jwt.MapClaims{}                                 // want `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$`
	_, _, err := jwt.NewParser().ParseUnverified(raw, claims) // want `nothing of this token has been verified: what it says must n.*#parse-unverified.$` `Parser\.ParseUnverified: use jws\.Unverified to look into a to.*#parse-unverified.$`
	return claims["admin"] == true, err
}

// #none

func none(raw string) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return jwt.Parse(raw, func(*jwt.Token) (any, error) { return jwt.UnsafeAllowNoneSignatureType, nil }, // want `Parse: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$` `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$` `anyone can make a token with the algorithm "none".*#none.$`
		jwt.WithValidMethods([]string{"none", "HS256"})) // want `anyone can make a token with the algorithm "none".*#none.$`
}

func signNone() (string, error) {
	return jwt.New(jwt.SigningMethodNone).SignedString(jwt.UnsafeAllowNoneSignatureType) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the token is not made with NewWithClaims and two arguments.*#signed-string.$` `anyone can make a token with the algorithm "none".*#none.$` `anyone can make a token with the algorithm "none".*#none.$`
}

// #valid

type claims struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since it has a method Valid.*#registered-claims.$`
}

func (c claims) Valid() error { // want `golang\-jwt v5 never calls Valid: what it checks is not check.*#valid.$`
	if c.Role == "" {
		return errors.New("no role")
	}
	return nil
}

// #errors

func goesOn(raw string) jwt.Claims { // want `Claims: claims are a jwt\.Claims\[P\]: name P.*#claims-interface.$`
	token, err := jwt.Parse(raw, anyKey, methods) // want `Parse: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$`
	if err != nil {
		log.Print(err)
	}
	return token.Claims // want `the token may have been refused: line 148 tests the error.*#errors.$` `Token\.Claims: Parse returns the claims with their type: no a.*#token.$`
}

func goesOnIfValid(raw string) jwt.Claims { // want `Claims: claims are a jwt\.Claims\[P\]: name P.*#claims-interface.$`
	token, err := jwt.Parse(raw, anyKey, methods) // want `Parse: make a jwt\.Parser when the program starts.*since other packages may test its error for golang\-jwt's.*#parse.$`
	if err != nil {
		log.Print(err)
	}
	if token == nil || !token.Valid { // want `Token\.Valid: leave it out: Parse returns claims or an error.*#token-valid.$`
		return nil
	}
	return token.Claims // want `Token\.Claims: Parse returns the claims with their type: no a.*#token.$`
}

func both(raw string) (*jwt.Token, error) { return jwt.Parse(two(raw)) } // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$` `Parse: make a jwt\.Parser when the program starts.*#parse.$`

func two(raw string) (string, jwt.Keyfunc) { return raw, anyKey } // want `Keyfunc: keys are a jwt\.Verifier: one key.*#keyfunc-one-key.$`

// #with-valid-methods

func fromRequest(r *http.Request) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return request.ParseFromRequest(r, request.OAuth2Extractor, anyKey) // want `without WithValidMethods the token chooses the algorithm.*#with-valid-methods.$` `request\.ParseFromRequest: use package jwthttp.*#parse-from-request.$`
}

func limitedFromRequest(r *http.Request) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return request.ParseFromRequest(r, request.OAuth2Extractor, anyKey, request.WithParser(jwt.NewParser(methods))) // want `request\.ParseFromRequest: use package jwthttp.*#parse-from-request.$`
}
