package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/cda17858/jwt"
)

var ours = library{
	name: "jwt",
	verifier: func(alg string, k *keys) *verifier {
		v := ourVerifier(alg, kid, k)
		return &verifier{
			none:   ourParse[struct{}](v, alg),
			small:  ourParse[small](v, alg),
			mapped: ourParse[map[string]any](v, alg),
			large:  ourParse[large](v, alg),
			claims: ourClaims,
		}
	},
	signer: func(alg string, k *keys) signFunc {
		s := ourSigner(alg, k)
		ctx := context.Background()
		return func(c *claims) (token, error) {
			if c.Groups == nil {
				return ourSign(ctx, s, c, c.small)
			}
			return ourSign(ctx, s, c, c.large)
		}
	},
}

func ourPolicy(alg string) jwt.Policy {
	return jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.Algorithm(alg)},
		Issuers:    []string{issuer},
		Audiences:  []string{audience},
		Required:   []string{"exp"},
	}
}

func ourVerifier(alg, kid string, k *keys) jwt.Verifier {
	switch alg := jwt.Algorithm(alg); alg {
	case jwt.HS256:
		return must(jwt.NewHMACVerifier(alg, kid, k.secret))
	case jwt.RS256:
		return must(jwt.NewVerifier(alg, kid, &k.rsa.PublicKey))
	case jwt.ES256:
		return must(jwt.NewVerifier(alg, kid, &k.ecdsa.PublicKey))
	default:
		return must(jwt.NewVerifier(alg, kid, k.ed25519Public()))
	}
}

func ourSigner(alg string, k *keys) jwt.Signer {
	switch alg := jwt.Algorithm(alg); alg {
	case jwt.HS256:
		return must(jwt.NewHMACSigner(alg, kid, k.secret))
	case jwt.RS256:
		return must(jwt.NewSigner(alg, kid, k.rsa))
	case jwt.ES256:
		return must(jwt.NewSigner(alg, kid, k.ecdsa))
	default:
		return must(jwt.NewSigner(alg, kid, k.ed25519))
	}
}

func ourSign[P any](ctx context.Context, s jwt.Signer, c *claims, private P) (token, error) {
	text, err := jwt.Sign(ctx, s, jwt.Claims[P]{
		Issuer:    c.Issuer,
		Subject:   c.Subject,
		Audience:  c.Audience,
		ExpiresAt: time.Unix(c.ExpiresAt, 0),
		NotBefore: time.Unix(c.NotBefore, 0),
		IssuedAt:  time.Unix(c.IssuedAt, 0),
		ID:        c.ID,
		Private:   private,
	})
	return token{text: text}, err
}

func ourParse[P any](v jwt.Verifier, alg string) parseFunc {
	ctx, parser := context.Background(), must(jwt.NewParser[P](v, ourPolicy(alg)))
	return func(t token) (any, error) { return parser.Parse(ctx, t.text) }
}

func ourClaims(v any) (claims, error) {
	switch c := v.(type) {
	case *jwt.Claims[struct{}]:
		return registeredOf(c), nil
	case *jwt.Claims[small]:
		r := registeredOf(c)
		r.small = c.Private
		return r, nil
	case *jwt.Claims[large]:
		r := registeredOf(c)
		r.large = c.Private
		return r, nil
	case *jwt.Claims[map[string]any]:
		r := registeredOf(c)
		private, err := viaJSON(c.Private)
		r.large = private.large
		return r, err
	}
	return claims{}, fmt.Errorf("unexpected %T", v)
}

func registeredOf[P any](c *jwt.Claims[P]) claims {
	return claims{
		Issuer:    c.Issuer,
		Subject:   c.Subject,
		Audience:  c.Audience,
		ExpiresAt: c.ExpiresAt.Unix(),
		NotBefore: c.NotBefore.Unix(),
		IssuedAt:  c.IssuedAt.Unix(),
		ID:        c.ID,
	}
}
