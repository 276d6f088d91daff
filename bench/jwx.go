package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// jwx decodes into a token with getters, from which the struct is filled.
var jwx = library{
	name: "jwx",
	verifier: func(alg string, k *keys) *verifier {
		opts := jwxOptions(alg, k)
		parse := func(t token) (jwt.Token, error) { return jwt.Parse(t.bytes, opts...) }
		return &verifier{
			none: func(t token) (any, error) {
				tok, err := parse(t)
				if err != nil {
					return nil, err
				}
				return jwxRegistered(tok), nil
			},
			small: func(t token) (any, error) {
				tok, err := parse(t)
				if err != nil {
					return nil, err
				}
				c := jwxRegistered(tok)
				return c, jwxSmall(tok, c)
			},
			large: func(t token) (any, error) {
				tok, err := parse(t)
				if err != nil {
					return nil, err
				}
				c := jwxRegistered(tok)
				if err := jwxSmall(tok, c); err != nil {
					return nil, err
				}
				c.Groups, err = jwxStrings(tok, "groups")
				return c, err
			},
			mapped: func(t token) (any, error) {
				tok, err := parse(t)
				if err != nil {
					return nil, err
				}
				m := make(map[string]any)
				for _, name := range tok.Keys() {
					var v any
					if err := tok.Get(name, &v); err != nil {
						return nil, err
					}
					m[name] = v
				}
				return m, nil
			},
			claims: jwxClaims,
		}
	},
	signer: func(alg string, k *keys) signFunc {
		key := must(jwk.Import(k.signKey(alg)))
		if err := key.Set(jwk.KeyIDKey, kid); err != nil {
			panic(err)
		}
		a, _ := jwa.LookupSignatureAlgorithm(alg)
		withKey := jwt.WithKey(a, key)
		return func(c *claims) (token, error) {
			b := jwt.NewBuilder().
				Issuer(c.Issuer).Subject(c.Subject).Audience(c.Audience).
				Expiration(time.Unix(c.ExpiresAt, 0)).NotBefore(time.Unix(c.NotBefore, 0)).
				IssuedAt(time.Unix(c.IssuedAt, 0)).JwtID(c.ID).
				Claim("role", c.Role).Claim("scope", c.Scope)
			if c.Groups != nil {
				b = b.Claim("groups", c.Groups)
			}
			tok, err := b.Build()
			if err != nil {
				return token{}, err
			}
			text, err := jwt.Sign(tok, withKey)
			return token{bytes: text}, err
		}
	},
}

func jwxOptions(alg string, k *keys) []jwt.ParseOption {
	a, _ := jwa.LookupSignatureAlgorithm(alg)
	key := k.verifyKey(alg)
	return []jwt.ParseOption{
		jwt.WithKeyProvider(jws.KeyProviderFunc(func(_ context.Context, sink jws.KeySink, sig *jws.Signature, _ *jws.Message) error {
			h := sig.ProtectedHeaders()
			if got, _ := h.Algorithm(); got != a {
				return errAlg
			}
			if got, _ := h.KeyID(); got != kid {
				return errKid
			}
			sink.Key(a, key)
			return nil
		})),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithRequiredClaim(jwt.ExpirationKey),
	}
}

func jwxRegistered(tok jwt.Token) *claims {
	c := new(claims)
	c.Issuer, _ = tok.Issuer()
	c.Subject, _ = tok.Subject()
	c.Audience, _ = tok.Audience()
	exp, _ := tok.Expiration()
	nbf, _ := tok.NotBefore()
	iat, _ := tok.IssuedAt()
	c.ExpiresAt, c.NotBefore, c.IssuedAt = exp.Unix(), nbf.Unix(), iat.Unix()
	c.ID, _ = tok.JwtID()
	return c
}

func jwxSmall(tok jwt.Token, c *claims) (err error) {
	if err := tok.Get("role", &c.Role); err != nil {
		return err
	}
	c.Scope, err = jwxStrings(tok, "scope")
	return err
}

func jwxStrings(tok jwt.Token, name string) ([]string, error) {
	var list []any
	if err := tok.Get(name, &list); err != nil {
		return nil, err
	}
	return stringsOf(list)
}

func jwxClaims(v any) (claims, error) {
	switch v := v.(type) {
	case *claims:
		return *v, nil
	case map[string]any:
		for name, value := range v {
			if date, ok := value.(time.Time); ok {
				v[name] = date.Unix()
			}
		}
		return viaJSON(v)
	}
	return claims{}, fmt.Errorf("unexpected %T", v)
}
