package interop

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	cristalhq "github.com/cristalhq/jwt/v5"
	"github.com/go-jose/go-jose/v4"
	gojose "github.com/go-jose/go-jose/v4/jwt"
	golangjwt "github.com/golang-jwt/jwt/v5"
	kataras "github.com/kataras/jwt"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
	jwx "github.com/lestrrat-go/jwx/v3/jwt"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	tink "github.com/tink-crypto/tink-go/v2/jwt"
	"github.com/tink-crypto/tink-go/v2/jwt/jwtecdsa"
	"github.com/tink-crypto/tink-go/v2/jwt/jwthmac"
	"github.com/tink-crypto/tink-go/v2/jwt/jwtrsassapkcs1"
	"github.com/tink-crypto/tink-go/v2/jwt/jwtrsassapss"
	tinkkey "github.com/tink-crypto/tink-go/v2/key"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/secretdata"

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
	{"go-jose", "v4.1.9", "ParseSigned with one algorithm; ValidateWithLeeway with leeway 0, issuer and audience; kid compared and exp required by hand", openGoJOSE},
	{"jwx", "v3.4.0", "WithKey, WithIssuer, WithAudience, WithRequiredClaim(exp), WithStrictStringClaims, WithPedantic, WithTypedClaim, and globally WithNumericDateParsePedantic; kid compared by hand", openJWX},
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
						return nil, errors.New("kid is not a string")
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

var ctx = context.Background()

// jwxSettings are global in that library.
var jwxSettings = sync.OnceFunc(func() { jwx.Settings(jwx.WithNumericDateParsePedantic(true)) })

func openJWX(k *key) (check, error) {
	jwxSettings()
	alg, ok := jwa.LookupSignatureAlgorithm(k.alg)
	if !ok {
		return nil, errUnsupported
	}
	return func(token string, s setup) (seen, error) {
		message, err := jws.Parse([]byte(token), jws.WithCompact())
		if err != nil {
			return seen{}, err
		}
		kid, _ := message.Signatures()[0].ProtectedHeaders().KeyID()
		if err := checkKid(k, kid); err != nil {
			return seen{}, err
		}
		t, err := jwx.Parse([]byte(token), jwx.WithKey(alg, k.material()),
			jwx.WithIssuer(s.issuer), jwx.WithAudience(s.aud), jwx.WithRequiredClaim("exp"),
			jwx.WithStrictStringClaims(true), jwx.WithPedantic(true),
			jwx.WithTypedClaim("role", ""), jwx.WithTypedClaim("level", int64(0)),
			jwx.WithClock(jwx.ClockFunc(func() time.Time { return s.now })))
		if err != nil {
			return seen{}, err
		}
		sub, _ := t.Subject()
		exp, _ := t.Expiration()
		got := seen{subject: sub, exp: exp.Unix()}
		if t.Has("role") {
			err = t.Get("role", &got.role)
		}
		if t.Has("level") && err == nil {
			err = t.Get("level", &got.level)
		}
		if err != nil {
			return seen{}, err
		}
		return got, nil
	}, nil
}

func openTink(k *key) (check, error) {
	handle, err := tinkKeyset(k)
	if err != nil {
		return nil, err
	}
	var verify func(token string, v *tink.Validator) (*tink.VerifiedJWT, error)
	if k.public == nil {
		mac, err := tink.NewMAC(handle)
		if err != nil {
			return nil, err
		}
		verify = mac.VerifyMACAndDecode
	} else {
		v, err := tink.NewVerifier(handle)
		if err != nil {
			return nil, err
		}
		verify = v.VerifyAndDecode
	}
	return func(token string, s setup) (seen, error) {
		typ := "JWT"
		v, err := tink.NewValidator(&tink.ValidatorOpts{
			ExpectedTypeHeader: &typ, ExpectedIssuer: &s.issuer, ExpectedAudience: &s.aud,
			ExpectIssuedInThePast: true, FixedNow: s.now,
		})
		if err != nil {
			return seen{}, err
		}
		t, err := verify(token, v)
		if err != nil {
			return seen{}, err
		}
		var got seen
		exp, err := t.ExpiresAt()
		got.exp = exp.Unix()
		if t.HasSubject() && err == nil {
			got.subject, err = t.Subject()
		}
		if !absent(t, "role") && err == nil {
			got.role, err = t.StringClaim("role")
		}
		if !absent(t, "level") && err == nil {
			var level float64
			level, err = t.NumberClaim("level")
			got.level = int64(level)
			if level != float64(got.level) {
				err = errors.New("level is not an integer")
			}
		}
		if err != nil {
			return seen{}, err
		}
		return got, nil
	}, nil
}

func absent(t *tink.VerifiedJWT, name string) bool {
	return t.HasNullClaim(name) || !t.HasStringClaim(name) && !t.HasNumberClaim(name) &&
		!t.HasBooleanClaim(name) && !t.HasArrayClaim(name) && !t.HasObjectClaim(name)
}

func tinkKeyset(k *key) (*keyset.Handle, error) {
	tk, err := tinkKey(k)
	if err != nil {
		return nil, err
	}
	m := keyset.NewManager()
	id, err := m.AddKey(tk)
	if err != nil {
		return nil, err
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, err
	}
	return m.Handle()
}

// tinkKey returns k with a custom kid, or with the kid ignored if it has none.
func tinkKey(k *key) (tinkkey.Key, error) {
	hasKid := k.kid != ""
	n := map[string]int{"256": 0, "384": 1, "512": 2}[k.alg[max(0, len(k.alg)-3):]]
	switch public := k.public.(type) {
	case nil:
		strategy := jwthmac.IgnoredKID
		if hasKid {
			strategy = jwthmac.CustomKID
		}
		p, err := jwthmac.NewParameters(len(k.secret), strategy, []jwthmac.Algorithm{jwthmac.HS256, jwthmac.HS384, jwthmac.HS512}[n])
		if err != nil {
			return nil, err
		}
		secret := secretdata.NewBytesFromData(k.secret, insecuresecretdataaccess.Token{})
		return jwthmac.NewKey(jwthmac.KeyOpts{KeyBytes: secret, CustomKID: k.kid, HasCustomKID: hasKid, Parameters: p})
	case *ecdsa.PublicKey:
		strategy := jwtecdsa.IgnoredKID
		if hasKid {
			strategy = jwtecdsa.CustomKID
		}
		p, err := jwtecdsa.NewParameters(strategy, []jwtecdsa.Algorithm{jwtecdsa.ES256, jwtecdsa.ES384, jwtecdsa.ES512}[n])
		if err != nil {
			return nil, err
		}
		point, err := public.Bytes()
		if err != nil {
			return nil, err
		}
		return jwtecdsa.NewPublicKey(jwtecdsa.PublicKeyOpts{PublicPoint: point, CustomKID: k.kid, HasCustomKID: hasKid, Parameters: p})
	case *rsa.PublicKey:
		if strings.HasPrefix(k.alg, "PS") {
			return tinkPSS(k, public, n)
		}
		strategy := jwtrsassapkcs1.IgnoredKID
		if hasKid {
			strategy = jwtrsassapkcs1.CustomKID
		}
		p, err := jwtrsassapkcs1.NewParameters(jwtrsassapkcs1.ParametersOpts{
			ModulusSizeInBits: public.N.BitLen(), PublicExponent: public.E, KidStrategy: strategy,
			Algorithm: []jwtrsassapkcs1.Algorithm{jwtrsassapkcs1.RS256, jwtrsassapkcs1.RS384, jwtrsassapkcs1.RS512}[n],
		})
		if err != nil {
			return nil, err
		}
		return jwtrsassapkcs1.NewPublicKey(jwtrsassapkcs1.PublicKeyOpts{Modulus: public.N.Bytes(), CustomKID: k.kid, HasCustomKID: hasKid, Parameters: p})
	}
	return nil, fmt.Errorf("%w: %s", errUnsupported, k.alg)
}

func tinkPSS(k *key, public *rsa.PublicKey, n int) (tinkkey.Key, error) {
	strategy := jwtrsassapss.IgnoredKID
	if k.kid != "" {
		strategy = jwtrsassapss.CustomKID
	}
	p, err := jwtrsassapss.NewParameters(jwtrsassapss.ParametersOpts{
		ModulusSizeInBits: public.N.BitLen(), PublicExponent: public.E, KidStrategy: strategy,
		Algorithm: []jwtrsassapss.Algorithm{jwtrsassapss.PS256, jwtrsassapss.PS384, jwtrsassapss.PS512}[n],
	})
	if err != nil {
		return nil, err
	}
	return jwtrsassapss.NewPublicKey(jwtrsassapss.PublicKeyOpts{Modulus: public.N.Bytes(), CustomKID: k.kid, HasCustomKID: k.kid != "", Parameters: p})
}
