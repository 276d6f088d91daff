package bench

import (
	"fmt"
	"math/big"
	"time"

	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/jwt"
	"github.com/tink-crypto/tink-go/v2/jwt/jwtecdsa"
	"github.com/tink-crypto/tink-go/v2/jwt/jwthmac"
	"github.com/tink-crypto/tink-go/v2/jwt/jwtrsassapkcs1"
	"github.com/tink-crypto/tink-go/v2/key"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/secretdata"
)

// tink has no EdDSA. It decodes into a token with getters, from which the struct
// is filled.
var tink = library{
	name: "tink",
	verifier: func(alg string, k *keys) *verifier {
		decode := tinkDecoder(alg, k)
		if decode == nil {
			return nil
		}
		val := must(jwt.NewValidator(&jwt.ValidatorOpts{
			ExpectedTypeHeader:    new("JWT"),
			ExpectedIssuer:        new(issuer),
			ExpectedAudience:      new(audience),
			ExpectIssuedInThePast: true,
		}))
		return &verifier{
			none:   tinkParse(decode, val, nil),
			small:  tinkParse(decode, val, []string{"scope"}),
			large:  tinkParse(decode, val, []string{"scope", "groups"}),
			mapped: tinkParseMap(decode, val),
			claims: tinkClaims,
		}
	},
	signer: func(alg string, k *keys) signFunc {
		encode := tinkEncoder(alg, k)
		if encode == nil {
			return nil
		}
		return func(c *claims) (token, error) {
			private := map[string]any{"role": c.Role, "scope": anys(c.Scope)}
			if c.Groups != nil {
				private["groups"] = anys(c.Groups)
			}
			raw, err := jwt.NewRawJWT(&jwt.RawJWTOptions{
				TypeHeader:   new("JWT"),
				Issuer:       &c.Issuer,
				Subject:      &c.Subject,
				Audiences:    c.Audience,
				ExpiresAt:    new(time.Unix(c.ExpiresAt, 0)),
				NotBefore:    new(time.Unix(c.NotBefore, 0)),
				IssuedAt:     new(time.Unix(c.IssuedAt, 0)),
				JWTID:        &c.ID,
				CustomClaims: private,
			})
			if err != nil {
				return token{}, err
			}
			text, err := encode(raw)
			return token{text: text}, err
		}
	},
}

type (
	tinkDecode func(string, *jwt.Validator) (*jwt.VerifiedJWT, error)
	tinkEncode func(*jwt.RawJWT) (string, error)
)

// tinkParse fills role, if any of lists is asked for, and the lists.
func tinkParse(decode tinkDecode, val *jwt.Validator, lists []string) parseFunc {
	return func(t token) (any, error) {
		tok, err := decode(t.text, val)
		if err != nil {
			return nil, err
		}
		c, err := tinkRegistered(tok)
		if err != nil || lists == nil {
			return c, err
		}
		if c.Role, err = tok.StringClaim("role"); err != nil {
			return nil, err
		}
		for i, dst := range []*[]string{&c.Scope, &c.Groups}[:len(lists)] {
			list, err := tok.ArrayClaim(lists[i])
			if err != nil {
				return nil, err
			}
			if *dst, err = stringsOf(list); err != nil {
				return nil, err
			}
		}
		return c, nil
	}
}

func tinkRegistered(tok *jwt.VerifiedJWT) (*claims, error) {
	c := new(claims)
	var err error
	for _, get := range []struct {
		dst *string
		f   func() (string, error)
	}{{&c.Issuer, tok.Issuer}, {&c.Subject, tok.Subject}, {&c.ID, tok.JWTID}} {
		if *get.dst, err = get.f(); err != nil {
			return nil, err
		}
	}
	for _, get := range []struct {
		dst *int64
		f   func() (time.Time, error)
	}{{&c.ExpiresAt, tok.ExpiresAt}, {&c.NotBefore, tok.NotBefore}, {&c.IssuedAt, tok.IssuedAt}} {
		date, err := get.f()
		if err != nil {
			return nil, err
		}
		*get.dst = date.Unix()
	}
	c.Audience, err = tok.Audiences()
	return c, err
}

func tinkParseMap(decode tinkDecode, val *jwt.Validator) parseFunc {
	return func(t token) (any, error) {
		tok, err := decode(t.text, val)
		if err != nil {
			return nil, err
		}
		r := new(tinkMap)
		if r.registered, err = tinkRegistered(tok); err != nil {
			return nil, err
		}
		r.private = make(map[string]any)
		for _, name := range tok.CustomClaimNames() {
			switch {
			case tok.HasStringClaim(name):
				r.private[name], err = tok.StringClaim(name)
			case tok.HasArrayClaim(name):
				r.private[name], err = tok.ArrayClaim(name)
			}
			if err != nil {
				return nil, err
			}
		}
		return r, nil
	}
}

type tinkMap struct {
	registered *claims
	private    map[string]any
}

func tinkClaims(v any) (claims, error) {
	switch v := v.(type) {
	case *claims:
		return *v, nil
	case *tinkMap:
		private, err := viaJSON(v.private)
		v.registered.large = private.large
		return *v.registered, err
	}
	return claims{}, fmt.Errorf("unexpected %T", v)
}

func tinkDecoder(alg string, k *keys) tinkDecode {
	switch alg {
	case "HS256":
		return must(jwt.NewMAC(tinkHandle(tinkHMACKey(k)))).VerifyMACAndDecode
	case "RS256", "ES256":
		public := must(tinkHandle(tinkPrivateKey(alg, k)).Public())
		return must(jwt.NewVerifier(public)).VerifyAndDecode
	}
	return nil
}

func tinkEncoder(alg string, k *keys) tinkEncode {
	switch alg {
	case "HS256":
		return must(jwt.NewMAC(tinkHandle(tinkHMACKey(k)))).ComputeMACAndEncode
	case "RS256", "ES256":
		return must(jwt.NewSigner(tinkHandle(tinkPrivateKey(alg, k)))).SignAndEncode
	}
	return nil
}

func tinkHandle(k key.Key) *keyset.Handle {
	m := keyset.NewManager()
	id := must(m.AddKey(k))
	if err := m.SetPrimary(id); err != nil {
		panic(err)
	}
	return must(m.Handle())
}

func tinkSecret(b []byte) secretdata.Bytes {
	return secretdata.NewBytesFromData(b, insecuresecretdataaccess.Token{})
}

func tinkHMACKey(k *keys) key.Key {
	return must(jwthmac.NewKey(jwthmac.KeyOpts{
		KeyBytes:     tinkSecret(k.secret),
		CustomKID:    kid,
		HasCustomKID: true,
		Parameters:   must(jwthmac.NewParameters(len(k.secret), jwthmac.CustomKID, jwthmac.HS256)),
	}))
}

func tinkPrivateKey(alg string, k *keys) key.Key {
	if alg == "ES256" {
		public := must(jwtecdsa.NewPublicKey(jwtecdsa.PublicKeyOpts{
			PublicPoint:  must(k.ecdsa.PublicKey.Bytes()),
			CustomKID:    kid,
			HasCustomKID: true,
			Parameters:   must(jwtecdsa.NewParameters(jwtecdsa.CustomKID, jwtecdsa.ES256)),
		}))
		return must(jwtecdsa.NewPrivateKeyFromPublicKey(tinkSecret(must(k.ecdsa.Bytes())), public))
	}
	public := must(jwtrsassapkcs1.NewPublicKey(jwtrsassapkcs1.PublicKeyOpts{
		Modulus:      k.rsa.N.Bytes(),
		CustomKID:    kid,
		HasCustomKID: true,
		Parameters: must(jwtrsassapkcs1.NewParameters(jwtrsassapkcs1.ParametersOpts{
			ModulusSizeInBits: k.rsa.N.BitLen(),
			PublicExponent:    k.rsa.E,
			Algorithm:         jwtrsassapkcs1.RS256,
			KidStrategy:       jwtrsassapkcs1.CustomKID,
		})),
	}))
	number := func(n *big.Int) secretdata.Bytes { return tinkSecret(n.Bytes()) }
	return must(jwtrsassapkcs1.NewPrivateKey(jwtrsassapkcs1.PrivateKeyOpts{
		PublicKey: public,
		D:         number(k.rsa.D),
		P:         number(k.rsa.Primes[0]),
		Q:         number(k.rsa.Primes[1]),
	}))
}

func anys(texts []string) []any {
	list := make([]any, len(texts))
	for i, s := range texts {
		list[i] = s
	}
	return list
}
