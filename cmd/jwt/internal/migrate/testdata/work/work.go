// Package work has uses of golang-jwt that a person has to change: each of them in a form
// that is not rewritten.
package work

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/golang-jwt/jwt/v5/request"
)

var key *rsa.PublicKey

func anyKey(*jwt.Token) (any, error) { return key, nil } // want `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$`

// Every option, of a Parser that others use.
var parser = jwt.NewParser( // want `NewParser: jwt\.NewParser takes the keys and a jwt\.Policy.*#parse.$`
	jwt.WithValidMethods([]string{"RS256"}),
	jwt.WithIssuer("https://auth.example.com"),
)

func options() []jwt.ParserOption { // want `ParserOption: the options are fields of jwt\.Policy.*#parse.$`
	return []jwt.ParserOption{ // want `ParserOption: the options are fields of jwt\.Policy.*#parse.$`
		jwt.WithValidMethods([]string{"RS256"}),    // want `WithValidMethods: becomes Policy\.Algorithms.*#with-valid-methods.$`
		jwt.WithIssuer("https://auth.example.com"), // want `WithIssuer: becomes Policy\.Issuers.*#with-issuer.$`
		jwt.WithAudience("orders", "shop"),         // want `WithAudience: becomes Policy\.Audiences.*#with-audience.$`
		jwt.WithAllAudiences("orders", "shop"),     // want `WithAllAudiences: becomes Policy\.Audiences with one of them.*#with-all-audiences.$`
		jwt.WithSubject("alice"),                   // want `WithSubject: compare Claims\.Subject after Parse.*#with-subject.$`
		jwt.WithLeeway(time.Minute),                // want `WithLeeway: becomes Policy\.Leeway.*#with-leeway.$`
		jwt.WithExpirationRequired(),               // want `WithExpirationRequired: leave it out: exp is required.*#with-expiration-required.$`
		jwt.WithNotBeforeRequired(),                // want `WithNotBeforeRequired: becomes Policy\.Required with "nbf".*#with-not-before-required.$`
		jwt.WithIssuedAt(),                         // want `WithIssuedAt: leave it out: iat is always checked if it is t.*#with-issued-at.$`
		jwt.WithTimeFunc(time.Now),                 // want `WithTimeFunc: becomes Policy\.Now.*#with-time-func.$`
		jwt.WithJSONNumber(),                       // want `WithJSONNumber: leave it out: numbers in a map are json\.Numb.*#with-json-number.$`
		jwt.WithStrictDecoding(),                   // want `WithStrictDecoding: leave it out: decoding is strict.*#with-strict-decoding.$`
		jwt.WithPaddingAllowed(),                   // want `WithPaddingAllowed: there is no such option: a token with pa.*#with-padding-allowed.$`
	}
}

// Claims in a map, and the types of golang-jwt.
func numbers(c jwt.MapClaims) (int64, error) { // want `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$`
	id, ok := c["user_id"].(float64) // want `a float64 loses digits of a number over 2\^53.*#float64.$`
	if !ok {
		return 0, errors.New("no user_id")
	}
	return int64(id), nil
}

// Claims is what other packages use.
type Claims struct {
	Role                 string `json:"role"`
	jwt.RegisteredClaims        // want `RegisteredClaims: jwt\.Claims\[P\] has these fields: do not emb.*since its method in line 60 reads a registered claim, and P has the private .*#registered-claims.$`
}

func (c Claims) Validate() error { // want `Parse calls Validate of P.*#validate.$`
	if c.Role == "" || c.Subject == "" {
		return errors.New("no role or no sub")
	}
	return nil
}

func dates(c *Claims) (*jwt.NumericDate, jwt.ClaimStrings) { // want `NumericDate: dates are time\.Time.*#numeric-date.$` `ClaimStrings: Claims\.Audience is \[\]string.*#claim-strings.$`
	if c.ExpiresAt == nil { // want `RegisteredClaims\.ExpiresAt: dates are time\.Time.*#numeric-date.$`
		return jwt.NewNumericDate(time.Now()), jwt.ClaimStrings{"orders"} // want `NewNumericDate: dates are time\.Time: leave the call out.*#numeric-date.$` `ClaimStrings: Claims\.Audience is \[\]string.*#claim-strings.$`
	}
	return &jwt.NumericDate{Time: c.ExpiresAt.Time}, c.Audience // want `NumericDate: dates are time\.Time.*#numeric-date.$` `RegisteredClaims\.Audience: Claims\.Audience is \[\]string.*#claim-strings.$`
}

func subject(c *Claims) string { return c.Subject }

// A token on its way from one function to another.
func parse(raw string) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return parser.ParseWithClaims(raw, &Claims{}, anyKey) // want `Parser\.ParseWithClaims: call Parse of a jwt\.Parser.*since other packages may test its error for golang\-jwt's.*#parse.$`
}

func use(t *jwt.Token) (string, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	if !t.Valid { // want `Token\.Valid: leave it out: Parse returns claims or an error.*#token-valid.$`
		return "", errors.New("invalid token")
	}
	c, ok := t.Claims.(*Claims) // want `Token\.Claims: Parse returns the claims with their type: no a.*#token.$`
	if !ok {
		return "", errors.New("other claims")
	}
	return c.Subject, nil
}

func again(c jwt.Claims) error { // want `Claims: claims are a jwt\.Claims\[P\]: name P.*#claims-interface.$`
	return jwt.NewValidator(jwt.WithLeeway(time.Second)).Validate(c) // want `Validator\.Validate: there are no checks apart from Parse.*#new-validator.$`
}

// Errors.
func status(err error) int {
	switch {
	case errors.Is(err, jwt.ErrTokenExpired), errors.Is(err, jwt.ErrTokenNotValidYet): // want `ErrTokenExpired: becomes jwt\.ErrExpired once the token is pa.*since the error may be that of a call in line 77, which is left.*#errors.$` `ErrTokenNotValidYet: becomes jwt\.ErrNotYetValid once the tok.*since the error may be that of a call in line 77, which is left.*#errors.$`
		return http.StatusUnauthorized
	case errors.Is(err, jwt.ErrTokenInvalidAudience): // want `ErrTokenInvalidAudience: becomes jwt\.ErrMismatch in a \*jwt\.T.*since no one error of package jwt says the same.*#errors.$`
		return http.StatusForbidden
	case errors.Is(err, jwt.ErrTokenUnverifiable): // want `ErrTokenUnverifiable: becomes jwt\.ErrUnknownKey.*since no one error of package jwt says the same.*#errors.$`
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// Requests.
func fromRequest(r *http.Request) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	return request.ParseFromRequest(r, request.OAuth2Extractor, anyKey, request.WithClaims(&Claims{})) // want `without WithValidMethods the token chooses the algorithm.*#with-valid-methods.$` `request\.ParseFromRequest: use package jwthttp.*#parse-from-request.$`
}

// Methods.
func method(name string) jwt.SigningMethod { // want `SigningMethod: an algorithm of your own is a type with the m.*#signing-method.$`
	return jwt.GetSigningMethod(name) // want `GetSigningMethod: there is no registry: a Signer has its alg.*#signing-method.$`
}

func register(m jwt.SigningMethod) { // want `SigningMethod: an algorithm of your own is a type with the m.*#signing-method.$`
	jwt.RegisterSigningMethod("X", func() jwt.SigningMethod { return m }) // want `RegisterSigningMethod: there is no registry: an algorithm of.*#signing-method.$`
}

func sign(m jwt.SigningMethod, c jwt.Claims, k crypto.PrivateKey) (string, error) { // want `SigningMethod: an algorithm of your own is a type with the m.*#signing-method.$` `Claims: claims are a jwt\.Claims\[P\]: name P.*#claims-interface.$`
	t := jwt.NewWithClaims(m, c) // want `NewWithClaims: call jwt\.Sign with a jwt\.Signer and jwt\.Claim.*#new-with-claims.$`
	t.Header["kid"] = "1"        // want `kid is an argument of the function that makes the Signer.*#header.$`
	return t.SignedString(k)     // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the method is not named where the token is made.*#signed-string.$`
}

func edwards(c jwt.Claims, k crypto.PrivateKey) (string, error) { // want `Claims: claims are a jwt\.Claims\[P\]: name P.*#claims-interface.$`
	m := jwt.SigningMethodEdDSA                    // want `SigningMethodEdDSA: becomes jwt\.EdDSA.*#eddsa.$`
	return jwt.NewWithClaims(m, c).SignedString(k) // want `Token\.SignedString: make a jwt\.Signer when the program start.*since the method is not named where the token is made.*#signed-string.$`
}

// PEM.
func keys(private, public []byte) error {
	_, err1 := jwt.ParseRSAPrivateKeyFromPEM(private) // want `ParseRSAPrivateKeyFromPEM: becomes jwt\.ParsePrivateKey.*#pem.$`
	_, err2 := jwt.ParseRSAPublicKeyFromPEM(public)   // want `ParseRSAPublicKeyFromPEM: becomes jwt\.ParsePublicKey.*#pem.$`
	_, err3 := jwt.ParseECPrivateKeyFromPEM(private)  // want `ParseECPrivateKeyFromPEM: becomes jwt\.ParsePrivateKey.*#pem.$`
	_, err4 := jwt.ParseEdPublicKeyFromPEM(public)    // want `ParseEdPublicKeyFromPEM: becomes jwt\.ParsePublicKey.*#pem.$`
	return errors.Join(err1, err2, err3, err4)
}

// Globals.
func init() {
	jwt.MarshalSingleStringAsArray = false // want `MarshalSingleStringAsArray: there is no such variable: one a.*#globals.$`
	jwt.TimePrecision = time.Millisecond   // want `TimePrecision: there is no such variable: dates are whole se.*#globals.$`
}
