package bench

import (
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

type (
	joseSmall struct {
		jwt.Claims
		small
	}
	joseLarge struct {
		jwt.Claims
		large
	}
)

// go-jose decodes registered and private claims in one pass if they are embedded
// in one struct.
var goJose = library{
	name: "go-jose",
	verifier: func(alg string, k *keys) *verifier {
		algorithms := []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)}
		key := k.verifyKey(alg)
		parse := func(t token, dest ...any) error {
			tok, err := jwt.ParseSigned(t.text, algorithms)
			if err != nil {
				return err
			}
			if tok.Headers[0].KeyID != kid {
				return errKid
			}
			return tok.Claims(key, dest...)
		}
		return &verifier{
			none: func(t token) (any, error) {
				c := new(jwt.Claims)
				if err := parse(t, c); err != nil {
					return nil, err
				}
				return c, joseValidate(c)
			},
			small: func(t token) (any, error) {
				c := new(joseSmall)
				if err := parse(t, c); err != nil {
					return nil, err
				}
				return c, joseValidate(&c.Claims)
			},
			large: func(t token) (any, error) {
				c := new(joseLarge)
				if err := parse(t, c); err != nil {
					return nil, err
				}
				return c, joseValidate(&c.Claims)
			},
			mapped: func(t token) (any, error) {
				c, m := new(jwt.Claims), make(map[string]any)
				if err := parse(t, c, &m); err != nil {
					return nil, err
				}
				return m, joseValidate(c)
			},
			claims: viaJSON,
		}
	},
	signer: func(alg string, k *keys) signFunc {
		s := must(jose.NewSigner(
			jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: jose.JSONWebKey{Key: k.signKey(alg), KeyID: kid}},
			new(jose.SignerOptions).WithType("JWT"),
		))
		return func(c *claims) (token, error) {
			registered := jwt.Claims{
				Issuer:    c.Issuer,
				Subject:   c.Subject,
				Audience:  c.Audience,
				Expiry:    jwt.NewNumericDate(time.Unix(c.ExpiresAt, 0)),
				NotBefore: jwt.NewNumericDate(time.Unix(c.NotBefore, 0)),
				IssuedAt:  jwt.NewNumericDate(time.Unix(c.IssuedAt, 0)),
				ID:        c.ID,
			}
			var all any = &joseSmall{registered, c.small}
			if c.Groups != nil {
				all = &joseLarge{registered, c.large}
			}
			text, err := jwt.Signed(s).Claims(all).Serialize()
			return token{text: text}, err
		}
	},
}

var joseExpected = jwt.Expected{Issuer: issuer, AnyAudience: jwt.Audience{audience}}

func joseValidate(c *jwt.Claims) error {
	if c.Expiry == nil {
		return errExp
	}
	return c.ValidateWithLeeway(joseExpected, 0)
}
