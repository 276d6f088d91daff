package interop

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

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
)

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
				err = errors.New("level is no integer")
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
