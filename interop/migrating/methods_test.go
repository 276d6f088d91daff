package migrating

import (
	"errors"
	"testing"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

var errRole = errors.New("role without rights")

// checked and oldChecked refuse a role.
type checked struct{ Claims }

func (c checked) Validate() error { return validRole(c.Role) }

type oldChecked struct{ OldClaims }

func (c oldChecked) Validate() error { return validRole(c.Role) }

func validRole(role string) error {
	if role == "guest" {
		return errRole
	}
	return nil
}

// otherValidate has a Validate that nobody calls, and oldValid golang-jwt's of v4.
type (
	otherValidate    struct{ Claims }
	oldOtherValidate struct{ OldClaims }
	valid            struct{ Claims }
	oldValid         struct{ OldClaims }
)

func (otherValidate) Validate(time.Time) error    { return errRole }
func (oldOtherValidate) Validate(time.Time) error { return errRole }
func (valid) Valid() error                        { return errRole }
func (oldValid) Valid() error                     { return errRole }

// oldAudience says that it is for us, whatever the token says.
type oldAudience struct{ OldClaims }

func (oldAudience) GetAudience() (golangjwt.ClaimStrings, error) {
	return golangjwt.ClaimStrings{audience}, nil
}

type ownAudience struct{ Claims }

func (ownAudience) GetAudience() ([]string, error) { return []string{audience}, nil }

// parseInto parses with golang-jwt into claims.
func parseInto(token string, claims golangjwt.Claims) error {
	_, err := golangjwt.ParseWithClaims(token, claims, oneKey(secret), append(careful, atNow)...)
	return err
}

var methodRows = []row{
	{"claims-interface", []difference{
		{"A method of your own, such as `GetAudience`, is not called: the claim is checked as it is in the token. golang-jwt checks what the method returns.", func(t *testing.T) {
			token := good(with{"aud": `"other"`})
			require.NoError(t, parseInto(token, &oldAudience{}))
			_, err := parse[ownAudience](t, token, nil)
			requireRefused(t, err, "aud", jwt.ErrMismatch)
		}},
	}},
	{"validate", []difference{
		{"It is called last, after all other checks have passed. golang-jwt calls it for an expired token too, and joins the errors.", func(t *testing.T) {
			token := good(with{"exp": "1", "role": `"guest"`})
			err := parseInto(token, &oldChecked{})
			require.ErrorIs(t, err, golangjwt.ErrTokenExpired)
			require.ErrorIs(t, err, errRole)
			_, err = parse[checked](t, token, nil)
			requireRefused(t, err, "exp", jwt.ErrExpired)
			require.NotErrorIs(t, err, errRole)
		}},
		{"Its error becomes a `*TokenError` with the Field `payload`. `errors.Is` and `errors.As` still find it, as there.", func(t *testing.T) {
			token := good(with{"role": `"guest"`})
			require.ErrorIs(t, parseInto(token, &oldChecked{}), errRole)
			_, err := parse[checked](t, token, nil)
			requireRefused(t, err, "payload", jwt.ErrMismatch)
			require.ErrorIs(t, err, errRole)
		}},
		{"A `Validate` with another signature is an error of `NewParser`. golang-jwt never calls it.", func(t *testing.T) {
			require.NoError(t, parseInto(good(nil), &oldOtherValidate{}))
			require.ErrorContains(t, newParser[otherValidate](key, nil), "Validate")
		}},
	}},
	{"valid", []difference{
		{"A P with a method `Valid() error` is an error of `NewParser`. golang-jwt v5 no longer calls it, and does not report that.", func(t *testing.T) {
			require.NoError(t, parseInto(good(nil), &oldValid{}))
			require.ErrorContains(t, newParser[valid](key, nil), "Valid() error")
		}},
	}},
	{"new-validator", []difference{
		{"`Recheck` checks the dates, by the policy's clock and leeway. golang-jwt's `Validate` checks all claims, and calls their `Validate`.", func(t *testing.T) {
			guest := &oldChecked{OldClaims{"guest", golangjwt.RegisteredClaims{ExpiresAt: golangjwt.NewNumericDate(now.Add(1e9))}}}
			err := golangjwt.NewValidator(golangjwt.WithIssuer(issuer), atNow).Validate(guest)
			require.ErrorIs(t, err, golangjwt.ErrTokenRequiredClaimMissing)
			require.ErrorIs(t, err, errRole)
			clock := now
			parser, err := jwt.NewParser[checked](key, policy(func(p *jwt.Policy) { p.Now = func() time.Time { return clock } }))
			require.NoError(t, err)
			claims, err := parser.Parse(ctx, good(nil))
			require.NoError(t, err)
			claims.Private.Role, claims.Issuer = "guest", ""
			require.NoError(t, parser.Recheck(claims))
			clock = now.Add(time.Hour)
			requireRefused(t, parser.Recheck(claims), "exp", jwt.ErrExpired)
		}},
	}},
}
