package bench

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/kataras/jwt"
)

type (
	katarasSmall struct {
		jwt.Claims
		small
	}
	katarasLarge struct {
		jwt.Claims
		large
	}
	katarasResult[P any] struct {
		registered jwt.Claims
		private    P
	}
)

// kataras decodes the registered claims by itself and the private ones in a second
// pass. It compares whole headers with the one expected, and so does its adapter.
var kataras = library{
	name: "kataras",
	verifier: func(alg string, k *keys) *verifier {
		a, key := katarasAlg(alg), k.verifyKey(alg)
		want := []byte(`{"alg":"` + alg + `","kid":"` + kid + `","typ":"JWT"}`)
		header := func(_ string, got []byte) (jwt.Alg, jwt.PublicKey, jwt.InjectFunc, error) {
			if !bytes.Equal(got, want) {
				return nil, nil, nil, errAlg
			}
			return nil, nil, nil, nil
		}
		verify := func(t token) (*jwt.VerifiedToken, error) {
			return jwt.VerifyWithHeaderValidator(a, key, t.bytes, header, jwt.TokenValidatorFunc(katarasCheck))
		}
		return &verifier{
			none: func(t token) (any, error) {
				tok, err := verify(t)
				if err != nil {
					return nil, err
				}
				return &tok.StandardClaims, nil
			},
			small: katarasParse[small](verify),
			large: katarasParse[large](verify),
			mapped: func(t token) (any, error) {
				tok, err := verify(t)
				if err != nil {
					return nil, err
				}
				var m map[string]any
				return &m, tok.Claims(&m)
			},
			claims: katarasClaims,
		}
	},
	signer: func(alg string, k *keys) signFunc {
		a, key := katarasAlg(alg), k.signKey(alg)
		// A header that is encoded already saves the library from encoding it.
		header := json.RawMessage(`{"alg":"` + alg + `","kid":"` + kid + `","typ":"JWT"}`)
		return func(c *claims) (token, error) {
			registered := jwt.Claims{
				Issuer:    c.Issuer,
				Subject:   c.Subject,
				Audience:  c.Audience,
				Expiry:    c.ExpiresAt,
				NotBefore: c.NotBefore,
				IssuedAt:  c.IssuedAt,
				ID:        c.ID,
			}
			var all any = &katarasSmall{registered, c.small}
			if c.Groups != nil {
				all = &katarasLarge{registered, c.large}
			}
			b, err := jwt.SignWithHeader(a, key, all, header)
			return token{bytes: b}, err
		}
	},
}

func katarasParse[P any](verify func(token) (*jwt.VerifiedToken, error)) parseFunc {
	return func(t token) (any, error) {
		tok, err := verify(t)
		if err != nil {
			return nil, err
		}
		r := &katarasResult[P]{registered: tok.StandardClaims}
		return r, tok.Claims(&r.private)
	}
}

func katarasCheck(_ []byte, c jwt.Claims, err error) error {
	switch {
	case err != nil:
		return err
	case c.Expiry == 0:
		return errExp
	case c.Issuer != issuer:
		return errIss
	case !contains(c.Audience, audience):
		return errAud
	}
	return nil
}

func katarasAlg(alg string) jwt.Alg {
	switch alg {
	case "HS256":
		return jwt.HS256
	case "RS256":
		return jwt.RS256
	case "ES256":
		return jwt.ES256
	default:
		return jwt.EdDSA
	}
}

func katarasClaims(v any) (claims, error) {
	switch v := v.(type) {
	case *jwt.Claims, *map[string]any:
		return viaJSON(v)
	case *katarasResult[small]:
		c, err := viaJSON(v.registered)
		c.small = v.private
		return c, err
	case *katarasResult[large]:
		c, err := viaJSON(v.registered)
		c.large = v.private
		return c, err
	}
	return claims{}, fmt.Errorf("unexpected %T", v)
}
