package jwt

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/cda17858/jwt/internal/compact"
)

// A Validator is a checked [Policy]. It is safe for concurrent use and must not be copied.
// The zero Validator and nil accept nothing: Parse returns an error that is not a
// [*TokenError].
type Validator struct {
	policy Policy
	rules  *compact.Rules
}

// NewValidator returns a Validator for p, of which it keeps a copy. It refuses a
// policy with a setting that is missing, blank, given twice, out of range or
// contradictory, such as an Insecure field beside the setting that it cancels. The
// error names the field.
func NewValidator(p Policy) (*Validator, error) {
	if len(p.Types) == 0 && !p.InsecureSkipType {
		p.Types = []string{"JWT"}
	}
	limit := p.MaxBytes
	if limit == 0 {
		limit = defaultMaxBytes
	}
	rules, err := compact.NewRules(p.Algorithms, p.Types, "JWT", limit)
	if err == nil {
		err = p.check()
	}
	if err != nil {
		return nil, fmt.Errorf("jwt: Policy.%w", err)
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	p.Algorithms = slices.Clone(p.Algorithms)
	p.Issuers = slices.Clone(p.Issuers)
	p.Audiences = slices.Clone(p.Audiences)
	p.Types = slices.Clone(p.Types)
	p.Required = slices.Clone(p.Required)
	return &Validator{policy: p, rules: rules}, nil
}

// Format prints the name of the type for every verb: to print the fields would be a data
// race.
func (val *Validator) Format(f fmt.State, _ rune) { io.WriteString(f, "jwt.Validator") }

// check is step five of Parse: the claims of a token with that typ.
func (val *Validator) check(r *payload, typ string) error {
	p := &val.policy
	if !val.rules.AcceptsType(typ) {
		return &TokenError{"typ", because(ErrMismatch, "%s is not in Policy.Types %s", quote(typ), quoteList(p.Types))}
	}
	if err := p.checkIssuer(r.Issuer); err != nil {
		return err
	}
	switch {
	case p.InsecureSkipAudience:
	case len(r.Audience) == 0:
		return &TokenError{"aud", ErrMissing}
	case !slices.ContainsFunc(r.Audience, func(a string) bool { return slices.Contains(p.Audiences, a) }):
		return &TokenError{"aud", because(ErrMismatch, "%s has none of Policy.Audiences %s", quoteList(r.Audience), quoteList(p.Audiences))}
	}
	for _, name := range p.Required {
		if !r.has(name) {
			return &TokenError{name, ErrMissing}
		}
	}
	return p.checkDates(fromDate(r.ExpiresAt), fromDate(r.NotBefore), fromDate(r.IssuedAt))
}

func (p *Policy) checkIssuer(iss string) error {
	switch {
	case p.InsecureSkipIssuer:
	case iss == "":
		return &TokenError{"iss", ErrMissing}
	case p.IssuerFunc != nil:
		if !p.IssuerFunc(iss) {
			return &TokenError{"iss", because(ErrMismatch, "Policy.IssuerFunc refuses %s", quote(iss))}
		}
	case !slices.Contains(p.Issuers, iss):
		return &TokenError{"iss", because(ErrMismatch, "%s is not in Policy.Issuers %s", quote(iss), quoteList(p.Issuers))}
	}
	return nil
}

// checkDates checks exp last, so that ErrExpired means that all else held. A date that is
// zero is absent.
func (p *Policy) checkDates(exp, nbf, iat time.Time) error {
	now := p.Now()
	if y := now.UTC().Year(); y < 1970 || y > 9999 { // a clock that is not set would make no token expire
		return errors.New("jwt: the clock is not between the years 1970 and 9999")
	}
	if p.MaxAge > 0 {
		switch {
		case iat.IsZero():
			return &TokenError{"iat", ErrMissing}
		case now.After(iat.Add(p.MaxAge + p.Leeway)):
			return &TokenError{"iat", errTooOld}
		}
	}
	latest := now.Add(p.Leeway)
	switch {
	case !nbf.IsZero() && latest.Before(nbf):
		return &TokenError{"nbf", because(ErrNotYetValid, "not before %s", nbf.Format(time.RFC3339))}
	case !iat.IsZero() && latest.Before(iat):
		return &TokenError{"iat", because(ErrNotYetValid, "issued at %s", iat.Format(time.RFC3339))}
	case exp.IsZero() && !p.InsecureAllowNoExpiry:
		return &TokenError{"exp", ErrMissing}
	case !exp.IsZero() && !now.Before(exp.Add(p.Leeway+p.InsecureAcceptExpired)):
		return &TokenError{"exp", because(ErrExpired, "since %s", exp.Format(time.RFC3339))}
	}
	return nil
}

// errTooOld is not ErrExpired, which means that everything else held.
var errTooOld = fmt.Errorf("%w: older than MaxAge", ErrMismatch)
