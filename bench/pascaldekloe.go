package bench

import (
	"bytes"
	"fmt"
	"time"

	"github.com/pascaldekloe/jwt"
)

// pascaldekloe decodes into a map, from which the struct is filled. Its check for
// RSA takes any RSA algorithm, hence the comparison with the header.
var pascaldekloe = library{
	name: "pascaldekloe",
	verifier: func(alg string, k *keys) *verifier {
		check := pascalCheck(alg, k)
		member := []byte(`"alg":"` + alg + `"`)
		parse := func(t token) (*jwt.Claims, error) {
			c, err := check(t.bytes)
			switch {
			case err != nil:
				return nil, err
			case !bytes.Contains(c.RawHeader, member):
				return nil, errAlg
			case c.KeyID != kid:
				return nil, errKid
			case c.Issuer != issuer:
				return nil, errIss
			case !contains(c.Audiences, audience):
				return nil, errAud
			case c.Expires == nil:
				return nil, errExp
			}
			return c, c.AcceptTemporal(time.Now(), 0)
		}
		return &verifier{
			none: func(t token) (any, error) { return parse(t) },
			small: func(t token) (any, error) {
				c, err := parse(t)
				if err != nil {
					return nil, err
				}
				r := &pascalResult{registered: &c.Registered}
				return r, r.fill(c, false)
			},
			large: func(t token) (any, error) {
				c, err := parse(t)
				if err != nil {
					return nil, err
				}
				r := &pascalResult{registered: &c.Registered}
				return r, r.fill(c, true)
			},
			mapped: func(t token) (any, error) { return parse(t) },
			claims: pascalClaims,
		}
	},
	signer: func(alg string, k *keys) signFunc {
		sign := pascalSign(alg, k)
		typ := []byte(`{"typ":"JWT"}`)
		return func(c *claims) (token, error) {
			private := map[string]any{"role": c.Role, "scope": c.Scope}
			if c.Groups != nil {
				private["groups"] = c.Groups
			}
			b, err := sign(&jwt.Claims{
				KeyID: kid,
				Registered: jwt.Registered{
					Issuer:    c.Issuer,
					Subject:   c.Subject,
					Audiences: c.Audience,
					Expires:   jwt.NewNumericTime(time.Unix(c.ExpiresAt, 0)),
					NotBefore: jwt.NewNumericTime(time.Unix(c.NotBefore, 0)),
					Issued:    jwt.NewNumericTime(time.Unix(c.IssuedAt, 0)),
					ID:        c.ID,
				},
				Set: private,
			}, typ)
			return token{bytes: b}, err
		}
	},
}

type pascalResult struct {
	registered *jwt.Registered
	large
}

func (r *pascalResult) fill(c *jwt.Claims, groups bool) (err error) {
	r.Role, _ = c.String("role")
	if r.Scope, err = stringsOf(c.Set["scope"]); err == nil && groups {
		r.Groups, err = stringsOf(c.Set["groups"])
	}
	return err
}

func pascalCheck(alg string, k *keys) func([]byte) (*jwt.Claims, error) {
	switch alg {
	case "HS256":
		return must(jwt.NewHMAC(alg, k.secret)).Check
	case "RS256":
		return func(t []byte) (*jwt.Claims, error) { return jwt.RSACheck(t, &k.rsa.PublicKey) }
	case "ES256":
		return func(t []byte) (*jwt.Claims, error) { return jwt.ECDSACheck(t, &k.ecdsa.PublicKey) }
	default:
		return func(t []byte) (*jwt.Claims, error) { return jwt.EdDSACheck(t, k.ed25519Public()) }
	}
}

func pascalSign(alg string, k *keys) func(c *jwt.Claims, header []byte) ([]byte, error) {
	switch alg {
	case "HS256":
		h := must(jwt.NewHMAC(alg, k.secret))
		return func(c *jwt.Claims, header []byte) ([]byte, error) { return h.Sign(c, header) }
	case "RS256":
		return func(c *jwt.Claims, header []byte) ([]byte, error) { return c.RSASign(alg, k.rsa, header) }
	case "ES256":
		return func(c *jwt.Claims, header []byte) ([]byte, error) { return c.ECDSASign(alg, k.ecdsa, header) }
	default:
		return func(c *jwt.Claims, header []byte) ([]byte, error) { return c.EdDSASign(k.ed25519, header) }
	}
}

func pascalClaims(v any) (claims, error) {
	switch v := v.(type) {
	case *jwt.Claims:
		c, err := viaJSON(v.Registered)
		if err != nil {
			return c, err
		}
		private, err := viaJSON(v.Set)
		c.large = private.large
		return c, err
	case *pascalResult:
		c, err := viaJSON(v.registered)
		c.large = v.large
		return c, err
	}
	return claims{}, fmt.Errorf("unexpected %T", v)
}
