// Command parse checks tokens in the ways that are rewritten.
package main

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

type claims struct { // want `claims becomes the private claims of jwt\.Claims\[claims\].*#registered-claims.$`
	Role string `json:"role"`
	jwt.RegisteredClaims
}

type server struct {
	secret []byte
	public *ecdsa.PublicKey
}

// A Keyfunc as a literal, claims that are made for the call.
func (s *server) literal(raw string) (*claims, error) {
	token, err := jwt.ParseWithClaims(raw, &claims{}, func(t *jwt.Token) (any, error) { // want `ParseWithClaims becomes Parse of a jwt\.Parser.*#parse.$`
		if _, ok := t.Method.(*jwt.SigningMethodHMAC); !ok {
			return nil, fmt.Errorf("unexpected method %v", t.Header["alg"])
		}
		return s.secret, nil
	}, jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer("https://auth.example.com"), jwt.WithAudience("orders", "shop"),
		jwt.WithLeeway(30*time.Second), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
	if err != nil {
		return nil, err
	}
	c, ok := token.Claims.(*claims)
	if !ok || !token.Valid {
		return nil, errors.New("invalid token")
	}
	return c, nil
}

// A Keyfunc that is a method, a Parser in a variable, claims of the caller's.
func (s *server) keyfunc(t *jwt.Token) (any, error) {
	if t.Method.Alg() != jwt.SigningMethodES256.Alg() {
		return nil, jwt.ErrSignatureInvalid
	}
	return s.public, nil
}

var parser = jwt.NewParser(jwt.WithIssuer(os.Getenv("ISSUER")), jwt.WithNotBeforeRequired())

func (s *server) method(r *http.Request, raw string) (user string, status int) {
	c := &claims{}
	token, err := parser.ParseWithClaims(raw, c, s.keyfunc) // want `ParseWithClaims becomes Parse of a jwt\.Parser.*#parse.$`
	if err != nil || !token.Valid {
		if errors.Is(err, jwt.ErrTokenExpired) || errors.Is(err, jwt.ErrTokenSignatureInvalid) { // want `ErrTokenExpired becomes jwt\.ErrExpired.*#errors.$` `ErrTokenSignatureInvalid becomes jwt\.ErrSignature or jwt\.Err.*#errors.$`
			return "", http.StatusUnauthorized
		}
		return "", http.StatusForbidden
	}
	if c.ExpiresAt != nil && time.Until(c.ExpiresAt.Time) < time.Minute {
		log.Print("expires soon")
	}
	return c.Subject + c.Role, http.StatusOK
}

// A value of the caller's, and an error that is declared twice.
func (s *server) value(raw string) (string, error) {
	var c claims
	other, err := fmt.Println()
	_ = other
	_, err = fmt.Println()
	if err != nil {
		return "", err
	}
	_, err2 := jwt.ParseWithClaims(raw, &c, s.keyfunc) // want `ParseWithClaims becomes Parse of a jwt\.Parser.*#parse.$`
	if err2 != nil {
		return "", err2
	}
	show(&c)
	return c.Subject, nil
}

func show(c *claims) { fmt.Println(c.Audience) }

// The forms of golang-jwt's own examples.
func (s *server) example(raw string) {
	token, err := jwt.ParseWithClaims(raw, &claims{}, s.keyfunc) // want `ParseWithClaims becomes Parse of a jwt\.Parser.*#parse.$`
	if err != nil {
		log.Fatal(err)
	} else if c, ok := token.Claims.(*claims); ok {
		fmt.Println(c.Role, c.Issuer)
	} else {
		log.Fatal("unknown claims type, cannot proceed")
	}
}

func (s *server) valid(raw string) bool {
	token, err := jwt.Parse(raw, s.keyfunc) // want `Parse becomes Parse of a jwt\.Parser.*#parse.$`
	if err != nil {
		return false
	}
	return token.Valid
}

func (s *server) onlyValid(raw string) error {
	_, err := jwt.Parse(raw, s.keyfunc) // want `Parse becomes Parse of a jwt\.Parser.*#parse.$`
	if err != nil {
		return err
	}
	return nil
}

func (s *server) registered(raw string) (string, error) {
	token, err := jwt.ParseWithClaims(raw, &jwt.RegisteredClaims{}, s.keyfunc) // want `ParseWithClaims becomes Parse of a jwt\.Parser.*#parse.$`
	if err != nil {
		return "", err
	}
	if c, ok := token.Claims.(*jwt.RegisteredClaims); ok && token.Valid {
		return c.ID, nil
	}
	return "", errors.New("invalid token")
}

// Maps.
func (s *server) inMap(raw string) (string, bool, error) {
	token, err := jwt.Parse(raw, s.keyfunc) // want `Parse becomes Parse of a jwt\.Parser.*#parse.$`
	if err != nil {
		return "", false, err
	}
	m, ok := token.Claims.(jwt.MapClaims)
	if !ok {
		return "", false, errors.New("invalid claims")
	}
	role, _ := m["role"].(string)
	iss, ok := m["iss"].(string)
	if !ok {
		return "", false, errors.New("no iss")
	}
	if m["typ"] != "access" {
		return "", false, errors.New("not an access token")
	}
	return m["sub"].(string) + iss, role == "admin", nil
}

func (s *server) testedLater(raw string) error {
	token, err := jwt.Parse(raw, s.keyfunc) // want `Parse becomes Parse of a jwt\.Parser.*#parse.$`
	log.Print("parsed")
	if err != nil || !token.Valid {
		return errors.New("invalid")
	}
	return nil
}

// The call and the test in one statement.
func (s *server) inIf(raw string) string {
	c := new(claims)
	if _, err := jwt.ParseWithClaims(raw, c, s.keyfunc); err != nil { // want `ParseWithClaims becomes Parse of a jwt\.Parser.*#parse.$`
		return err.Error()
	}
	return c.Role
}

func main() {
	s := new(server)
	_ = s
}
