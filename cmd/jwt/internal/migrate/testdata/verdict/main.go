// Command verdict reads tokens, one in a line, and writes for each what its functions make
// of it. All of them are rewritten: TestVerdicts compares what they say before and after.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var secret = []byte(strings.Repeat("secret--", 8))

type claims struct {
	Role string `json:"role"`
	jwt.RegisteredClaims
}

// strict asks for everything.
func strict(raw string) (string, error) {
	token, err := jwt.ParseWithClaims(raw, &claims{}, func(t *jwt.Token) (any, error) { return secret, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer("https://auth.example.com"), jwt.WithAudience("orders", "shop"),
		jwt.WithExpirationRequired(), jwt.WithNotBeforeRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(time.Minute))
	if err != nil {
		return "", err
	}
	c, ok := token.Claims.(*claims)
	if !ok || !token.Valid {
		return "", errors.New("invalid token")
	}
	return describe(c), nil
}

func describe(c *claims) string {
	expires := "never"
	if c.ExpiresAt != nil {
		expires = fmt.Sprint(c.ExpiresAt.Unix())
	}
	return fmt.Sprintln(c.Subject, c.Role, len(c.Audience), c.Issuer, c.ID, expires)
}

// lax asks for nothing but a signature.
func lax(raw string) (string, error) {
	c := new(claims)
	if _, err := jwt.ParseWithClaims(raw, c, keyfunc, jwt.WithJSONNumber()); err != nil {
		return "", err
	}
	return describe(c), nil
}

func keyfunc(t *jwt.Token) (any, error) {
	if t.Method.Alg() != jwt.SigningMethodHS256.Alg() {
		return nil, errors.New("unexpected method")
	}
	return secret, nil
}

var parser = jwt.NewParser(jwt.WithAllAudiences("orders"), jwt.WithStrictDecoding())

// registered has no claims of its own.
func registered(raw string) (string, error) {
	token, err := parser.ParseWithClaims(raw, &jwt.RegisteredClaims{}, keyfunc)
	if errors.Is(err, jwt.ErrTokenExpired) {
		return "", err
	}
	if err != nil {
		return "", err
	}
	if c, ok := token.Claims.(*jwt.RegisteredClaims); ok && token.Valid {
		return fmt.Sprintln(c.Subject, c.Issuer, c.NotBefore != nil), nil
	}
	return "", errors.New("invalid token")
}

// inMap reads a map.
func inMap(raw string) (string, error) {
	token, err := jwt.Parse(raw, keyfunc)
	if err != nil {
		return "", err
	}
	c := token.Claims.(jwt.MapClaims)
	role, ok := c["role"].(string)
	if !ok {
		return "", errors.New("no role")
	}
	iss, _ := c["iss"].(string)
	return fmt.Sprintln(c["sub"].(string), role, iss, c["admin"] == true), nil
}

// try calls f. A panic is a refusal, like an error.
func try(f func(string) (string, error), raw string) (out string) {
	defer func() {
		if recover() != nil {
			out = "refused"
		}
	}()
	out, err := f(raw)
	if err != nil {
		return "refused"
	}
	return strings.TrimSpace(out)
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		for _, f := range []func(string) (string, error){strict, lax, registered, inMap} {
			fmt.Println(try(f, in.Text()))
		}
	}
}
