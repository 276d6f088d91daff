// Package bench measures this module beside other libraries for JSON Web Tokens
// and beside the practical floor, and checks first that each of them does the work
// it is timed for.
package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// A library makes and checks tokens. verifier and signer return nil for an
// algorithm that it lacks.
type library struct {
	name     string
	verifier func(alg string, k *keys) *verifier
	signer   func(alg string, k *keys) signFunc
}

// A parseFunc verifies a token, checks everything that all libraries are asked to
// check, and returns the claims in the library's own form.
type parseFunc func(t token) (any, error)

// A signFunc makes a token of c, from the library's own form of claims on.
type signFunc func(c *claims) (token, error)

// A verifier holds one key and one policy: the allowlist of algorithms, signature,
// exp, nbf, iat, iss, aud and kid.
type verifier struct {
	none   parseFunc // only the registered claims
	small  parseFunc // and a struct
	mapped parseFunc // into a map
	large  parseFunc // and the larger struct
	// claims translates what the functions above return. It is not timed.
	claims func(v any) (claims, error)
}

var libraries = []library{
	ours, golangJWT, jwx, goJose, cristalhq, kataras, pascaldekloe, tink,
}

// Errors of the checks that a library leaves to its user.
var (
	errAlg = errors.New("alg")
	errKid = errors.New("kid")
	errIss = errors.New("iss")
	errAud = errors.New("aud")
	errExp = errors.New("exp")

	errList = errors.New("not a list of strings")
)

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// stringsOf turns a list that was decoded without knowing its type into strings.
func stringsOf(v any) ([]string, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, errList
	}
	out := make([]string, len(list))
	for i, e := range list {
		if out[i], ok = e.(string); !ok {
			return nil, errList
		}
	}
	return out, nil
}

// viaJSON is verifier.claims for values that encode to the payload.
func viaJSON(v any) (c claims, err error) {
	data, err := json.Marshal(v)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(data, &c)
}

// check returns an error unless l does what it will be timed for: it accepts what
// is right, refuses what has one thing wrong, and decodes and signs correctly.
func (l library) check(alg string, k *keys) error {
	v := l.verifier(alg, k)
	if v == nil {
		return nil
	}
	if err := v.checkAccepts(alg, k); err != nil {
		return fmt.Errorf("%s: %s: %w", l.name, alg, err)
	}
	if err := v.checkRefuses(alg, k); err != nil {
		return fmt.Errorf("%s: %s: %w", l.name, alg, err)
	}
	if err := l.checkSigns(alg, k); err != nil {
		return fmt.Errorf("%s: %s: signer: %w", l.name, alg, err)
	}
	return nil
}

func (v *verifier) checkAccepts(alg string, k *keys) error {
	for i := range 3 {
		c := newClaims(i)
		bare := c
		bare.large = large{}
		for _, f := range []struct {
			name  string
			parse parseFunc
			give  claims
			want  claims
		}{
			{"none", v.none, c, bare},
			{"small", v.small, c, c},
			{"map", v.mapped, c, c},
			{"large", v.large, c.withGroups(), c.withGroups()},
			{"large map", v.mapped, c.withGroups(), c.withGroups()},
		} {
			value, err := f.parse(k.mint(alg, kid, f.give.payload()))
			if err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
			got, err := v.claims(value)
			if err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
			if f.name == "none" {
				got.large = large{}
			}
			if !reflect.DeepEqual(got, f.want) {
				return fmt.Errorf("%s: got %v, want %v", f.name, got, f.want)
			}
		}
	}
	return nil
}

// badTokens have one thing wrong each.
func badTokens(alg string, k *keys) map[string]token {
	with := func(change func(c *claims)) token {
		c := newClaims(0)
		change(&c)
		return k.mint(alg, kid, c.payload())
	}
	hour := int64(time.Hour / time.Second)
	payload := newClaims(0).payload()
	return map[string]token{
		"signature": spoil(k.mint(alg, kid, payload)),
		"alg":       k.mint(otherAlgorithm[alg], kid, payload),
		"kid":       k.mint(alg, "another", payload),
		"exp":       with(func(c *claims) { c.ExpiresAt = start.Unix() - hour/2 }),
		"nbf":       with(func(c *claims) { c.NotBefore = start.Unix() + hour }),
		"iat":       with(func(c *claims) { c.IssuedAt = start.Unix() + hour }),
		"iss":       with(func(c *claims) { c.Issuer = "https://evil.example.com" }),
		"aud":       with(func(c *claims) { c.Audience = []string{"https://billing.example.com"} }),
	}
}

func (v *verifier) checkRefuses(alg string, k *keys) error {
	for what, t := range badTokens(alg, k) {
		for i, parse := range []parseFunc{v.none, v.small, v.mapped, v.large} {
			if _, err := parse(t); err == nil {
				return fmt.Errorf("function %d accepts a wrong %s", i, what)
			}
		}
	}
	for _, h := range hostile(k) {
		if _, err := v.small(h.token); err == nil {
			return fmt.Errorf("accepts %s", h.name)
		}
	}
	return nil
}

// checkSigns checks with our own verifier that the tokens of l hold the claims.
func (l library) checkSigns(alg string, k *keys) error {
	sign := l.signer(alg, k)
	if sign == nil {
		return nil
	}
	want := newClaims(1)
	t, err := sign(&want)
	if err != nil {
		return err
	}
	if t.text == "" {
		t.text = string(t.bytes)
	}
	v := ours.verifier(alg, k)
	value, err := v.small(t)
	if err != nil {
		return err
	}
	got, err := v.claims(value)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("got %v, want %v", got, want)
	}
	return nil
}

// A hostileToken costs its sender nothing, and should cost its reader nothing.
type hostileToken struct {
	name string
	token
}

func hostile(k *keys) []hostileToken {
	const mib = 1 << 20
	good := k.mint("HS256", kid, newClaims(0).payload())
	_, rest, _ := strings.Cut(good.text, ".")
	header := encoding.EncodeToString([]byte(`{"alg":"HS256","kid":"` + kid + `","x":"` + strings.Repeat("x", mib*3/4) + `"}`))
	brackets := encoding.EncodeToString([]byte(strings.Repeat("[", 100_000)))
	return []hostileToken{
		{"1 MiB of dots", newToken(strings.Repeat(".", mib))},
		{"1 MiB of garbage", newToken(strings.Repeat("%Zq\x00\xff7", mib/6))},
		{"1 MiB of header", newToken(header + "." + rest)},
		{"100,000 brackets", newToken(brackets + "." + rest)},
	}
}
