// Command stays_parse parses in ways that are not rewritten, each for another reason.
package main

import (
	"crypto"
	"errors"
	"log"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var secret = make([]byte, 64)

var hs256 = jwt.WithValidMethods([]string{"HS256"}) // want `WithValidMethods: becomes Policy\.Algorithms.*#with-valid-methods.$`

func oneKey(*jwt.Token) (any, error) { return secret, nil } // want `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$`

func onlyReturned(raw string) (*jwt.Token, error) { return jwt.Parse(raw, oneKey, hs256) } // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$` `Parse: make a jwt\.Parser when the program starts.*since it is not a statement token, err := ….*#parse.$`

func notTested(raw string) error {
	_, err := jwt.Parse(raw, oneKey, hs256) // want `Parse: make a jwt\.Parser when the program starts.*since no statement after it is if err != nil.*#parse.$`
	return err
}

func testsMore(raw string, strict bool) error {
	_, err := jwt.Parse(raw, oneKey, hs256) // want `Parse: make a jwt\.Parser when the program starts.*since the test of the error in line 28 tests more than that.*#parse.$`
	if err != nil || strict {
		return err
	}
	return nil
}

func goesOn(raw string) any {
	token, err := jwt.Parse(raw, oneKey, hs256) // want `Parse: make a jwt\.Parser when the program starts.*since line 39 uses the token or its claims, and there may be an error.*#parse.$`
	if err != nil {
		log.Print(err)
	}
	return token.Claims.(jwt.MapClaims)["sub"].(string) // want `the token may have been refused: line 36 tests the error.*#errors.$` `Token\.Claims: Parse returns the claims with their type: no a.*#token.$` `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$`
}

func inErrorBranch(raw string) any {
	token, err := jwt.Parse(raw, oneKey, hs256) // want `Parse: make a jwt\.Parser when the program starts.*since line 45 uses the token or its claims although there is an error.*#parse.$`
	if err != nil {
		return token.Claims.(jwt.MapClaims)["sub"].(string) // want `the token has been refused here: what token holds may be for.*#errors.$` `Token\.Claims: Parse returns the claims with their type: no a.*#token.$` `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$`
	}
	return nil
}

func twoAlgorithms(raw string) error {
	_, err := jwt.Parse(raw, oneKey, jwt.WithValidMethods([]string{"HS256", "HS384"})) // want `Parse: make a jwt\.Parser when the program starts.*since one key serves HS256, HS384: name one algorithm with WithValidMethods,.*#parse.$`
	if err != nil {
		return err
	}
	return nil
}

func otherFamily(raw string) error {
	_, err := jwt.Parse(raw, oneKey, jwt.WithValidMethods([]string{"RS256"})) // want `Parse: make a jwt\.Parser when the program starts.*since the key is for none of the algorithms that are allowed.*#parse.$`
	if err != nil {
		return err
	}
	return nil
}

func anyKey(raw string, key crypto.PublicKey) error {
	_, err := jwt.Parse(raw, func(*jwt.Token) (any, error) { return key, nil }, hs256) // want `Parse: make a jwt\.Parser when the program starts.*since the key is of type crypto\.PublicKey, from which its kind is not certai.*#parse.$` `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$`
	if err != nil {
		return err
	}
	return nil
}

func keyfuncWithWork(raw string) error {
	_, err := jwt.Parse(raw, func(t *jwt.Token) (any, error) { // want `Parse: make a jwt\.Parser when the program starts.*since its Keyfunc does more than return one key.*#parse.$` `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$`
		log.Print(t.Header)
		return secret, nil
	}, hs256)
	if err != nil {
		return err
	}
	return nil
}

func loaded() []byte { return secret }

func keyFromCall(raw string) error {
	_, err := jwt.Parse(raw, func(*jwt.Token) (any, error) { return loaded(), nil }, hs256) // want `Parse: make a jwt\.Parser when the program starts.*since the key cannot be had outside of the Keyfunc.*#parse.$` `Keyfunc: becomes one key with its algorithm.*#keyfunc-one-key.$`
	if err != nil {
		return err
	}
	return nil
}

func shadowed(raw string) error {
	secret := "another"
	_, err := jwt.Parse(raw, oneKey, hs256) // want `Parse: make a jwt\.Parser when the program starts.*since the key cannot be had outside of the Keyfunc.*#parse.$`
	if err != nil {
		return errors.New(secret)
	}
	return nil
}

func subject(raw string) error {
	_, err := jwt.Parse(raw, oneKey, hs256, jwt.WithSubject("alice")) // want `Parse: make a jwt\.Parser when the program starts.*since a Policy has no field for WithSubject.*#parse.$` `WithSubject: compare Claims\.Subject after Parse.*#with-subject.$`
	if err != nil {
		return err
	}
	return nil
}

func audiences(raw string) error {
	_, err := jwt.Parse(raw, oneKey, hs256, jwt.WithAllAudiences("a", "b")) // want `Parse: make a jwt\.Parser when the program starts.*since a Policy asks for one of several audiences, not for all of them.*#parse.$` `WithAllAudiences: becomes Policy\.Audiences with one of them.*#with-all-audiences.$`
	if err != nil {
		return err
	}
	return nil
}

func leeway(raw string) error {
	_, err := jwt.Parse(raw, oneKey, hs256, jwt.WithLeeway(30)) // want `Parse: make a jwt\.Parser when the program starts.*since the leeway is not one that a Policy takes: 0, or 1 second to 10 minute.*#parse.$`
	if err != nil {
		return err
	}
	return nil
}

func leewayUnknown(raw string, d time.Duration) error {
	_, err := jwt.Parse(raw, oneKey, hs256, jwt.WithLeeway(d)) // want `Parse: make a jwt\.Parser when the program starts.*since the leeway is not a constant, and a Policy takes 10 minutes at most.*#parse.$`
	if err != nil {
		return err
	}
	return nil
}

func options(raw string, list ...jwt.ParserOption) error { // want `ParserOption: the options are fields of jwt\.Policy.*#parse.$`
	_, err := jwt.Parse(raw, oneKey, list...) // want `Parse: make a jwt\.Parser when the program starts.*since not all of its options are known.*#parse.$`
	if err != nil {
		return err
	}
	return nil
}

func passedOn(raw string) (*jwt.Token, error) { // want `Token: Parse returns \*jwt\.Claims\[P\].*#token.$`
	token, err := jwt.Parse(raw, oneKey, hs256) // want `Parse: make a jwt\.Parser when the program starts.*since the token is used for something else in line 149.*#parse.$`
	if err != nil {
		return nil, err
	}
	return token, nil
}

func number(raw string) (int64, error) {
	token, err := jwt.Parse(raw, oneKey, hs256) // want `Parse: make a jwt\.Parser when the program starts.*since what line 158 does with the claim id is not certain to work with a jso.*#parse.$`
	if err != nil {
		return 0, err
	}
	claims := token.Claims.(jwt.MapClaims)    // want `Token\.Claims: Parse returns the claims with their type: no a.*#token.$` `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$`
	return int64(claims["id"].(float64)), nil // want `a float64 loses digits of a number over 2\^53.*#float64.$`
}

func list(raw string) (any, error) {
	token, err := jwt.Parse(raw, oneKey, hs256) // want `Parse: make a jwt\.Parser when the program starts.*since what line 167 does with the claim roles is not certain to work with a .*#parse.$`
	if err != nil {
		return nil, err
	}
	claims := token.Claims.(jwt.MapClaims) // want `Token\.Claims: Parse returns the claims with their type: no a.*#token.$` `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$`
	return claims["roles"], nil
}

func ranged(raw string) error {
	claims := jwt.MapClaims{}                                 // want `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$`
	_, err := jwt.ParseWithClaims(raw, claims, oneKey, hs256) // want `ParseWithClaims: make a jwt\.Parser when the program starts.*since the map of claims is used for something else in line 176.*#parse.$`
	if err != nil {
		return err
	}
	for name := range claims {
		log.Print(name)
	}
	return nil
}

func filledBefore(raw string) error {
	claims := jwt.MapClaims{} // want `MapClaims: becomes jwt\.Claims\[map\[string\]any\].*#map-claims.$`
	claims["role"] = "guest"
	_, err := jwt.ParseWithClaims(raw, claims, oneKey, hs256) // want `ParseWithClaims: make a jwt\.Parser when the program starts.*since the claims are used before they are parsed, in line 184.*#parse.$`
	if err != nil {
		return err
	}
	return nil
}

func taken(raw string) error {
	jwt := jwt.NewParser(hs256)      // want `NewParser: jwt\.NewParser takes the keys and a jwt\.Policy.*#parse.$`
	_, err := jwt.Parse(raw, oneKey) // want `Parser\.Parse: call Parse of a jwt\.Parser.*since the name jwt means something else there.*#parse.$`
	if err != nil {
		return err
	}
	return nil
}

func main() {}
