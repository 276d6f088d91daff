package bench

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

type (
	golangSmall struct {
		jwt.RegisteredClaims
		small
	}
	golangLarge struct {
		jwt.RegisteredClaims
		large
	}
)

var golangJWT = library{
	name: "golang-jwt",
	verifier: func(alg string, k *keys) *verifier {
		p := jwt.NewParser(
			jwt.WithValidMethods([]string{alg}),
			jwt.WithIssuer(issuer),
			jwt.WithAudience(audience),
			jwt.WithExpirationRequired(),
			jwt.WithIssuedAt(),
		)
		key := k.verifyKey(alg)
		keyFunc := func(t *jwt.Token) (any, error) {
			if t.Header["kid"] != kid {
				return nil, errKid
			}
			return key, nil
		}
		return &verifier{
			none:  golangParse[jwt.RegisteredClaims](p, keyFunc),
			small: golangParse[golangSmall](p, keyFunc),
			large: golangParse[golangLarge](p, keyFunc),
			mapped: func(t token) (any, error) {
				c := jwt.MapClaims{}
				_, err := p.ParseWithClaims(t.text, c, keyFunc)
				return c, err
			},
			claims: viaJSON,
		}
	},
	signer: func(alg string, k *keys) signFunc {
		method := jwt.GetSigningMethod(alg)
		key := k.signKey(alg)
		return func(c *claims) (token, error) {
			registered := jwt.RegisteredClaims{
				Issuer:    c.Issuer,
				Subject:   c.Subject,
				Audience:  c.Audience,
				ExpiresAt: jwt.NewNumericDate(time.Unix(c.ExpiresAt, 0)),
				NotBefore: jwt.NewNumericDate(time.Unix(c.NotBefore, 0)),
				IssuedAt:  jwt.NewNumericDate(time.Unix(c.IssuedAt, 0)),
				ID:        c.ID,
			}
			var all jwt.Claims = &golangSmall{registered, c.small}
			if c.Groups != nil {
				all = &golangLarge{registered, c.large}
			}
			t := jwt.NewWithClaims(method, all)
			t.Header["kid"] = kid
			text, err := t.SignedString(key)
			return token{text: text}, err
		}
	},
}

func golangParse[C any, P interface {
	*C
	jwt.Claims
}](p *jwt.Parser, keyFunc jwt.Keyfunc) parseFunc {
	return func(t token) (any, error) {
		c := P(new(C))
		_, err := p.ParseWithClaims(t.text, c, keyFunc)
		return c, err
	}
}
