package migrating

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// A fleetKey is a key of the fleet, for either library.
type fleetKey struct {
	alg, kid string
	secret   []byte
	private  crypto.Signer
}

// said is what a token says.
type said struct {
	id, subject, role string
	expires           time.Time
}

// A library is what a service of the fleet runs on.
type library struct {
	sign  func(k fleetKey, c said) (string, error)
	parse func(keys []fleetKey, at time.Time, token string) (said, error)
}

var libraries = map[string]library{"old": {oldSign, oldParse}, "new": {newSign, newParse}}

func oldSign(k fleetKey, c said) (string, error) {
	token := golangjwt.NewWithClaims(golangjwt.GetSigningMethod(k.alg), OldClaims{c.role, golangjwt.RegisteredClaims{
		Issuer: issuer, Subject: c.subject, Audience: golangjwt.ClaimStrings{audience}, ID: c.id,
		ExpiresAt: golangjwt.NewNumericDate(c.expires), IssuedAt: golangjwt.NewNumericDate(c.expires.Add(-lifetime)),
	}})
	token.Header["kid"] = k.kid
	if k.private != nil {
		return token.SignedString(k.private)
	}
	return token.SignedString(k.secret)
}

func oldParse(keys []fleetKey, at time.Time, token string) (said, error) {
	var c OldClaims
	_, err := golangjwt.ParseWithClaims(token, &c, func(t *golangjwt.Token) (any, error) {
		for _, k := range keys {
			if k.kid == t.Header["kid"] && k.private != nil {
				return k.private.Public(), nil
			} else if k.kid == t.Header["kid"] {
				return k.secret, nil
			}
		}
		return nil, fmt.Errorf("unknown kid %v", t.Header["kid"])
	}, golangjwt.WithValidMethods([]string{keys[0].alg}), golangjwt.WithIssuer(issuer), golangjwt.WithAudience(audience),
		golangjwt.WithTimeFunc(func() time.Time { return at }))
	if err != nil {
		return said{}, err
	}
	return said{c.ID, c.Subject, c.Role, c.ExpiresAt.UTC()}, nil
}

func newSign(k fleetKey, c said) (string, error) {
	signer, err := jwt.NewHMACSigner(jwt.Algorithm(k.alg), k.kid, k.secret)
	if k.private != nil {
		signer, err = jwt.NewSigner(jwt.Algorithm(k.alg), k.kid, k.private)
	}
	if err != nil {
		return "", err
	}
	return jwt.Sign(ctx, signer, jwt.Claims[Claims]{
		Issuer: issuer, Subject: c.subject, Audience: []string{audience}, ID: c.id,
		ExpiresAt: c.expires, IssuedAt: c.expires.Add(-lifetime), Private: Claims{c.role},
	})
}

func newParse(keys []fleetKey, at time.Time, token string) (said, error) {
	var set jwt.KeySet
	for _, k := range keys {
		v, err := jwt.NewHMACVerifier(jwt.Algorithm(k.alg), k.kid, k.secret)
		if k.private != nil {
			v, err = jwt.NewVerifier(jwt.Algorithm(k.alg), k.kid, k.private.Public())
		}
		if err != nil {
			return said{}, err
		}
		set = append(set, v)
	}
	parser, err := jwt.NewParser[Claims](set, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.Algorithm(keys[0].alg)}, Issuers: []string{issuer}, Audiences: []string{audience},
		Now: func() time.Time { return at },
	})
	if err != nil {
		return said{}, err
	}
	c, err := parser.Parse(ctx, token)
	if err != nil {
		return said{}, err
	}
	return said{c.ID, c.Subject, c.Private.Role, c.ExpiresAt}, nil
}

// A token lives for a step and a half.
const lifetime, step = 15 * time.Minute, 10 * time.Minute

// A stage is the fleet between two deployments: what its services run on, and its keys.
type stage struct {
	name               string
	signers, verifiers string
	known              []int // the keys that verify
	signing            int   // the key that signs
}

var stages = []stage{
	{"before", "old", "old", []int{0}, 0},
	{"half of those that verify", "old", "old new", []int{0}, 0},
	{"all that verify", "old", "new", []int{0}, 0},
	{"half of those that sign", "old new", "new", []int{0}, 0},
	{"half of everything", "old new", "old new", []int{0}, 0},
	{"the next key is published", "old new", "old new", []int{0, 1}, 0},
	{"the next key signs", "old new", "old new", []int{0, 1}, 1},
	{"the last token of the first key has expired", "old new", "old new", []int{1}, 1},
	{"all", "new", "new", []int{1}, 1},
	{"back: those that verify", "new", "old", []int{1}, 1},
	{"back: all", "old", "old", []int{1}, 1},
}

// run lets the fleet live through the stages, and returns who refused or misread a token that
// was alive, or took one that was not.
func run(t *testing.T, keys []fleetKey, stages []stage) (faults []string) {
	t.Helper()
	tokens := map[string]said{}
	for i, s := range stages {
		at := now.Add(time.Duration(i) * step)
		for _, name := range strings.Fields(s.signers) {
			c := said{fmt.Sprint(i, name), "alice", "reader", at.Add(lifetime)}
			token, err := libraries[name].sign(keys[s.signing], c)
			require.NoError(t, err)
			tokens[token] = c
		}
		var known []fleetKey
		for _, k := range s.known {
			known = append(known, keys[k])
		}
		for _, name := range strings.Fields(s.verifiers) {
			for token, want := range tokens {
				got, err := libraries[name].parse(known, at, token)
				alive := at.Before(want.expires)
				if alive != (err == nil) || alive && got != want {
					faults = append(faults, fmt.Sprintf("%s: %s, token of %s: %v", s.name, name, want.id, err))
				}
			}
		}
	}
	return faults
}

var rsaKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	return [2]*rsa.PrivateKey{rsaKey(), made(rsa.GenerateKey(rand.Reader, 2048))}
})

// fleetKeys returns two keys for an algorithm.
func fleetKeys(alg string) []fleetKey {
	var keys []fleetKey
	for i := range 2 {
		k := fleetKey{alg: alg, kid: fmt.Sprint("key-", i)}
		switch alg[:2] {
		case "HS":
			k.secret = append([]byte{byte(i)}, secret...)
		case "RS", "PS":
			k.private = rsaKeys()[i]
		case "ES":
			curve := map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()}[alg]
			k.private = made(ecdsa.GenerateKey(curve, rand.Reader))
		case "Ed":
			k.private = ed25519.NewKeyFromSeed(slices.Repeat([]byte{byte(i)}, ed25519.SeedSize))
		}
		keys = append(keys, k)
	}
	return keys
}

// A fleet is moved, its key is changed on the way, and everything is rolled back: no service
// refuses a token that is alive, nor reads it otherwise. This for all algorithms that both
// libraries have.
func TestFleet(t *testing.T) {
	algs := slices.DeleteFunc(golangjwt.GetAlgorithms(), func(alg string) bool { return alg == "none" })
	require.Len(t, algs, 13)
	for _, alg := range algs {
		t.Run(alg, func(t *testing.T) { require.Empty(t, run(t, fleetKeys(alg), stages)) })
	}
}

// The test of the fleet can fail: a key that is taken away too early, and an algorithm that
// only one of them has.
func TestFleetFault(t *testing.T) {
	early := slices.Clone(stages)
	early[6].known = []int{1}
	require.NotEmpty(t, run(t, fleetKeys("ES256"), early))
	require.Empty(t, run(t, fleetKeys("ES256"), early[:6]))

	newer := fleetKeys("EdDSA")
	for i := range newer {
		newer[i].alg = "Ed25519"
	}
	require.Empty(t, run(t, newer, []stage{{"all", "new", "new", []int{0}, 0}}))
	require.NotEmpty(t, run(t, newer, []stage{{"half", "new", "old new", []int{0}, 0}}))
}
