package interop

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"time"

	cristalhq "github.com/cristalhq/jwt/v5"
	"github.com/go-jose/go-jose/v4"
	gojose "github.com/go-jose/go-jose/v4/jwt"
	golangjwt "github.com/golang-jwt/jwt/v5"
	kataras "github.com/kataras/jwt"

	"github.com/cda17858/jwt"
)

// seen is what a library tells its caller about an accepted token.
type seen struct {
	subject, role string
	level         int64
	exp           int64
}

// check is the answer to one token.
type check func(token string, s setup) (seen, error)

// A library is opened for a key, and then asked about tokens.
type library struct {
	name, version string
	settings      string // for the document
	open          func(k *key) (check, error)
}

// errUnsupported is the answer of a library that does not have the algorithm. Such an
// answer is not counted.
var errUnsupported = errors.New("algorithm not supported")

// Each as strict as a careful user can make it with what its manual shows.
var peers = []library{
	{"golang-jwt", "v5.3.1", "a struct with RegisteredClaims embedded; WithValidMethods, WithIssuer, WithAudience, WithExpirationRequired, WithIssuedAt, WithStrictDecoding; a key function that compares kid", openGolangJWT},
	{"go-jose", "v4.1.8", "ParseSigned with one algorithm; ValidateWithLeeway with leeway 0, issuer and audience; kid compared and exp required by hand", openGoJOSE},
	{"jwx", "v3.3.0", "WithKey, WithIssuer, WithAudience, WithRequiredClaim(exp), WithStrictStringClaims, WithPedantic, WithTypedClaim, and globally WithNumericDateParsePedantic; kid compared by hand", openJWX},
	{"tink", "v2.9.0", "a keyset with a custom kid; ExpectedTypeHeader JWT, ExpectedIssuer, ExpectedAudience, ExpectIssuedInThePast", openTink},
	{"cristalhq", "v5.4.0", "Parse with a Verifier; then IsValidAt, IsIssuer, IsForAudience; kid compared and exp required by hand", openCristalhq},
	{"kataras", "v0.1.17", "Keys, or Verify for a key without kid; Expected with issuer and audience; exp required by hand", openKataras},
}

func openOurs(k *key) (check, error) {
	v, err := ourVerifier(k)
	if err != nil {
		return nil, err
	}
	return func(token string, s setup) (seen, error) {
		val, err := jwt.NewValidator(jwt.Policy{
			Algorithms: []jwt.Algorithm{jwt.Algorithm(k.alg)}, Issuers: []string{s.issuer}, Audiences: []string{s.aud},
			Now: func() time.Time { return s.now },
		})
		if err != nil {
			return seen{}, err
		}
		c, err := jwt.Parse[private](ctx, token, v, val)
		if err != nil {
			return seen{}, err
		}
		return seen{c.Subject, c.Private.Role, c.Private.Level, c.ExpiresAt.Unix()}, nil
	}, nil
}

func ourVerifier(k *key) (jwt.Verifier, error) {
	alg := jwt.Algorithm(k.alg)
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		return jwt.NewVerifier(alg, k.kid, public)
	case *ecdsa.PublicKey:
		return jwt.NewVerifier(alg, k.kid, public)
	case ed25519.PublicKey:
		return jwt.NewVerifier(alg, k.kid, public)
	}
	return jwt.NewHMACVerifier(alg, k.kid, k.secret)
}

// material is the key as most libraries want it.
func (k *key) material() crypto.PublicKey {
	if k.public == nil {
		return k.secret
	}
	return k.public
}

// checkKid is what a user has to write where a library leaves it to him.
func checkKid(k *key, kid string) error {
	if kid != "" && k.kid != "" && kid != k.kid {
		return errors.New("kid of another key")
	}
	return nil
}

func openGolangJWT(k *key) (check, error) {
	if golangjwt.GetSigningMethod(k.alg) == nil {
		return nil, errUnsupported
	}
	type claims struct {
		golangjwt.RegisteredClaims
		private
	}
	return func(token string, s setup) (seen, error) {
		var c claims
		_, err := golangjwt.ParseWithClaims(token, &c,
			func(t *golangjwt.Token) (any, error) {
				if kid, ok := t.Header["kid"]; ok {
					text, ok := kid.(string)
					if !ok {
						return nil, errors.New("kid is no string")
					}
					return k.material(), checkKid(k, text)
				}
				return k.material(), nil
			},
			golangjwt.WithValidMethods([]string{k.alg}), golangjwt.WithIssuer(s.issuer), golangjwt.WithAudience(s.aud),
			golangjwt.WithExpirationRequired(), golangjwt.WithIssuedAt(), golangjwt.WithStrictDecoding(),
			golangjwt.WithTimeFunc(func() time.Time { return s.now }))
		if err != nil {
			return seen{}, err
		}
		return seen{c.Subject, c.Role, c.Level, c.ExpiresAt.Unix()}, nil
	}, nil
}

func openGoJOSE(k *key) (check, error) {
	if k.alg == "Ed25519" {
		return nil, errUnsupported
	}
	return func(token string, s setup) (seen, error) {
		t, err := gojose.ParseSigned(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(k.alg)})
		if err != nil {
			return seen{}, err
		}
		if err := checkKid(k, t.Headers[0].KeyID); err != nil {
			return seen{}, err
		}
		var c gojose.Claims
		var p private
		if err := t.Claims(k.material(), &c, &p); err != nil {
			return seen{}, err
		}
		if c.Expiry == nil {
			return seen{}, errors.New("no exp")
		}
		if err := c.ValidateWithLeeway(gojose.Expected{Issuer: s.issuer, AnyAudience: gojose.Audience{s.aud}, Time: s.now}, 0); err != nil {
			return seen{}, err
		}
		return seen{c.Subject, p.Role, p.Level, int64(*c.Expiry)}, nil
	}, nil
}

func openCristalhq(k *key) (check, error) {
	if k.alg == "Ed25519" {
		return nil, errUnsupported
	}
	v, err := cristalhqVerifier(k)
	if err != nil {
		return nil, err
	}
	type claims struct {
		cristalhq.RegisteredClaims
		private
	}
	return func(token string, s setup) (seen, error) {
		t, err := cristalhq.Parse([]byte(token), v)
		if err != nil {
			return seen{}, err
		}
		if err := checkKid(k, t.Header().KeyID); err != nil {
			return seen{}, err
		}
		var c claims
		if err := t.DecodeClaims(&c); err != nil {
			return seen{}, err
		}
		switch {
		case c.ExpiresAt == nil:
			return seen{}, errors.New("no exp")
		case !c.IsValidAt(s.now):
			return seen{}, errors.New("not valid at this time")
		case !c.IsIssuer(s.issuer), !c.IsForAudience(s.aud):
			return seen{}, errors.New("another issuer or audience")
		}
		return seen{c.Subject, c.Role, c.Level, c.ExpiresAt.Unix()}, nil
	}, nil
}

func cristalhqVerifier(k *key) (cristalhq.Verifier, error) {
	alg := cristalhq.Algorithm(k.alg)
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		if strings.HasPrefix(k.alg, "PS") {
			return cristalhq.NewVerifierPS(alg, public)
		}
		return cristalhq.NewVerifierRS(alg, public)
	case *ecdsa.PublicKey:
		return cristalhq.NewVerifierES(alg, public)
	case ed25519.PublicKey:
		return cristalhq.NewVerifierEdDSA(public)
	}
	return cristalhq.NewVerifierHS(alg, k.secret)
}

var katarasAlgs = map[string]kataras.Alg{
	"HS256": kataras.HS256, "HS384": kataras.HS384, "HS512": kataras.HS512,
	"RS256": kataras.RS256, "RS384": kataras.RS384, "RS512": kataras.RS512,
	"PS256": kataras.PS256, "PS384": kataras.PS384, "PS512": kataras.PS512,
	"ES256": kataras.ES256, "ES384": kataras.ES384, "ES512": kataras.ES512, "EdDSA": kataras.EdDSA,
}

func openKataras(k *key) (check, error) {
	alg, ok := katarasAlgs[k.alg]
	if !ok {
		return nil, errUnsupported
	}
	return func(token string, s setup) (got seen, err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("panic: %v", r)
			}
		}()
		kataras.Clock = func() time.Time { return s.now }
		expected := kataras.Expected{Issuer: s.issuer, Audience: kataras.Audience{s.aud}}
		var t *kataras.VerifiedToken
		if k.kid == "" {
			t, err = kataras.Verify(alg, k.material(), []byte(token), expected)
		} else {
			keys := kataras.Keys{k.kid: {ID: k.kid, Alg: alg, Public: k.material()}}
			t, err = kataras.VerifyWithHeaderValidator(nil, nil, []byte(token), keys.ValidateHeader, expected)
		}
		if err != nil {
			return seen{}, err
		}
		if t.StandardClaims.Expiry <= 0 {
			return seen{}, errors.New("no exp")
		}
		var p private
		if err := t.Claims(&p); err != nil {
			return seen{}, err
		}
		return seen{t.StandardClaims.Subject, p.Role, p.Level, t.StandardClaims.Expiry}, nil
	}, nil
}
