package bench

import (
	"encoding/json"
	"time"

	"github.com/cristalhq/jwt/v5"
)

type (
	cristalSmall struct {
		jwt.RegisteredClaims
		small
	}
	cristalLarge struct {
		jwt.RegisteredClaims
		large
	}
)

// cristalhq checks the signature; the claims and kid are its user's to check.
var cristalhq = library{
	name: "cristalhq",
	verifier: func(alg string, k *keys) *verifier {
		v := cristalVerifier(alg, k)
		payload := func(t token) (json.RawMessage, error) {
			tok, err := jwt.ParseNoVerify(t.bytes)
			if err != nil {
				return nil, err
			}
			if tok.Header().KeyID != kid {
				return nil, errKid
			}
			return tok.Claims(), v.Verify(tok)
		}
		return &verifier{
			none: func(t token) (any, error) {
				c := new(jwt.RegisteredClaims)
				return cristalParse(payload, t, c, c)
			},
			small: func(t token) (any, error) {
				c := new(cristalSmall)
				return cristalParse(payload, t, c, &c.RegisteredClaims)
			},
			large: func(t token) (any, error) {
				c := new(cristalLarge)
				return cristalParse(payload, t, c, &c.RegisteredClaims)
			},
			mapped: func(t token) (any, error) {
				data, err := payload(t)
				if err != nil {
					return nil, err
				}
				var c jwt.RegisteredClaims
				var m map[string]any
				if err := json.Unmarshal(data, &c); err != nil {
					return nil, err
				}
				if err := json.Unmarshal(data, &m); err != nil {
					return nil, err
				}
				return m, cristalCheck(&c)
			},
			claims: viaJSON,
		}
	},
	signer: func(alg string, k *keys) signFunc {
		b := jwt.NewBuilder(cristalSigner(alg, k), jwt.WithKeyID(kid))
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
			var all any = &cristalSmall{registered, c.small}
			if c.Groups != nil {
				all = &cristalLarge{registered, c.large}
			}
			tok, err := b.Build(all)
			if err != nil {
				return token{}, err
			}
			return token{bytes: tok.Bytes()}, nil
		}
	},
}

func cristalParse(payload func(token) (json.RawMessage, error), t token, dst any, c *jwt.RegisteredClaims) (any, error) {
	data, err := payload(t)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, dst); err != nil {
		return nil, err
	}
	return dst, cristalCheck(c)
}

func cristalCheck(c *jwt.RegisteredClaims) error {
	switch {
	case c.ExpiresAt == nil || !c.IsValidAt(time.Now()):
		return errExp
	case !c.IsIssuer(issuer):
		return errIss
	case !c.IsForAudience(audience):
		return errAud
	}
	return nil
}

func cristalVerifier(alg string, k *keys) jwt.Verifier {
	switch alg {
	case "HS256":
		return must(jwt.NewVerifierHS(jwt.HS256, k.secret))
	case "RS256":
		return must(jwt.NewVerifierRS(jwt.RS256, &k.rsa.PublicKey))
	case "ES256":
		return must(jwt.NewVerifierES(jwt.ES256, &k.ecdsa.PublicKey))
	default:
		return must(jwt.NewVerifierEdDSA(k.ed25519Public()))
	}
}

func cristalSigner(alg string, k *keys) jwt.Signer {
	switch alg {
	case "HS256":
		return must(jwt.NewSignerHS(jwt.HS256, k.secret))
	case "RS256":
		return must(jwt.NewSignerRS(jwt.RS256, k.rsa))
	case "ES256":
		return must(jwt.NewSignerES(jwt.ES256, k.ecdsa))
	default:
		return must(jwt.NewSignerEdDSA(k.ed25519))
	}
}
