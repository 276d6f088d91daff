package jwt

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cda17858/jwt/internal/compact"
	"github.com/cda17858/jwt/internal/strictjson"
)

// A Policy says which tokens a service accepts. It is plain data: fill it in, and
// let [NewValidator] check it as a whole.
type Policy struct {
	// Algorithms is the allowlist for the header's alg, in exact case. Required.
	Algorithms []Algorithm

	// Issuers is who may have issued a token: iss must equal one of them, byte for
	// byte. Required, unless InsecureSkipIssuer. With more than one, Parse takes no
	// Verifier but IssuerKeys, so that each issuer has its own keys.
	Issuers []string

	// Audiences is who the service is: aud must hold at least one of them. Required,
	// unless InsecureSkipAudience.
	Audiences []string

	// Types is the allowlist for the header's typ. They are media types, compared as
	// such: without regard to case, and "application/" may be left off, so that
	// "at+jwt" is "application/at+jwt" (RFC 7515 section 4.1.9). "JWT" also stands
	// for a token without typ, or with an empty one. Empty means {"JWT"}.
	Types []string

	// Required names further claims, registered or private, by their names in JSON, that
	// must be there: not null, and not the empty string or, for aud, the empty array.
	Required []string

	// Leeway is how much the issuer's clock and this one may differ: 0, or 1 second to 10
	// minutes.
	// It is granted for exp, nbf, iat and MaxAge alike.
	Leeway time.Duration

	// MaxAge is the longest accepted time since iat, which is then required: 1 second to
	// 100 years. 0 means no limit.
	MaxAge time.Duration

	// MaxBytes is the length in bytes of the longest accepted token, at least 64. 0 means
	// 16 KiB.
	// The header may be no longer than 16 KiB, decoded, and hold no more than 64
	// strings, names included, in any case.
	MaxBytes int

	// InsecureSkipIssuer accepts any iss, or none. It is safe where the keys belong
	// to one issuer who issues nothing but tokens for this purpose.
	InsecureSkipIssuer bool

	// InsecureSkipAudience accepts any aud, or none, and so tokens that were meant
	// for another service. It is safe where the issuer has no other service, or where
	// another claim says who the token is for and is checked after Parse, as with
	// client_id in Cognito's access tokens.
	InsecureSkipAudience bool

	// InsecureAllowNoExpiry accepts a token without exp. Such a token cannot be
	// taken back but by withdrawing the key, or by a list of the jti of revoked tokens.
	InsecureAllowNoExpiry bool

	// Now is the clock; nil means time.Now. It must be safe for concurrent use. Where it
	// is not between the years 1970 and 9999, no token could be checked.
	Now func() time.Time
}

// Limits of a Policy.
const (
	maxLeeway       = 10 * time.Minute
	maxMaxAge       = 100 * 365 * 24 * time.Hour
	defaultMaxBytes = 16 << 10
	minMaxBytes     = 64
)

// A Validator is a checked [Policy]. It is immutable and safe for concurrent use.
// The zero Validator and nil accept nothing: Parse returns an error that is no
// [*TokenError]. A Validator must not be copied.
type Validator struct {
	policy   Policy   // Types in their short forms
	untyped  bool     // a token without typ is accepted
	required []string // the private ones
	memo     memo
}

// NewValidator returns a Validator for p, of which it keeps a copy. It refuses a
// policy with a setting that is missing, blank, given twice, out of range or
// contradictory, such as an Insecure flag beside the setting that it cancels; the
// error names the field.
func NewValidator(p Policy) (*Validator, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	p.Algorithms = slices.Clone(p.Algorithms)
	p.Issuers = slices.Clone(p.Issuers)
	p.Audiences = slices.Clone(p.Audiences)
	p.Required = slices.Clone(p.Required)
	if len(p.Types) == 0 {
		p.Types = []string{"JWT"}
	}
	var err error
	if p.Types, err = compact.ShortTypes(p.Types); err != nil {
		return nil, fmt.Errorf("jwt: Policy.Types: %w", err)
	}
	if p.MaxBytes == 0 {
		p.MaxBytes = defaultMaxBytes
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	val := &Validator{policy: p, untyped: compact.AcceptsType(p.Types, "JWT")}
	for _, name := range p.Required {
		if !isRegistered(name) {
			val.required = append(val.required, name)
		}
	}
	return val, nil
}

// check checks everything but Types.
func (p *Policy) check() error {
	if err := compact.CheckAlgorithms(p.Algorithms); err != nil {
		return fmt.Errorf("jwt: Policy.Algorithms: %w", err)
	}
	if err := checkNames("Issuers", p.Issuers, p.InsecureSkipIssuer, "InsecureSkipIssuer"); err != nil {
		return err
	}
	if err := checkNames("Audiences", p.Audiences, p.InsecureSkipAudience, "InsecureSkipAudience"); err != nil {
		return err
	}
	if err := checkList("Required", p.Required); err != nil {
		return err
	}
	if p.InsecureAllowNoExpiry && slices.Contains(p.Required, "exp") {
		return errors.New(`jwt: Policy.InsecureAllowNoExpiry is set beside "exp" in Required; remove one of them`)
	}
	return p.checkLimits()
}

// checkNames checks a list that is required unless the flag named skip is set.
func checkNames(field string, names []string, skipped bool, skip string) error {
	switch {
	case len(names) == 0 && !skipped:
		return fmt.Errorf("jwt: Policy.%s is empty; name them, or set %s", field, skip)
	case len(names) > 0 && skipped:
		return fmt.Errorf("jwt: Policy.%s is set beside %s, which it cancels; remove one of them", skip, field)
	}
	return checkList(field, names)
}

func checkList(field string, names []string) error {
	for i, name := range names {
		switch {
		case strings.TrimSpace(name) == "":
			return fmt.Errorf("jwt: Policy.%s: element %d is blank; is an environment variable unset?", field, i)
		case strings.TrimSpace(name) != name:
			return fmt.Errorf("jwt: Policy.%s: %q begins or ends with white space", field, name)
		case slices.Contains(names[:i], name):
			return fmt.Errorf("jwt: Policy.%s: %q is given twice", field, name)
		}
	}
	return nil
}

func (p *Policy) checkLimits() error {
	switch {
	case p.Leeway < 0:
		return errors.New("jwt: Policy.Leeway is negative")
	case p.Leeway > 0 && p.Leeway < time.Second:
		return fmt.Errorf("jwt: Policy.Leeway is %v; is a unit missing, such as time.Second?", p.Leeway)
	case p.MaxAge > 0 && p.MaxAge < time.Second:
		return fmt.Errorf("jwt: Policy.MaxAge is %v; is a unit missing, such as time.Second?", p.MaxAge)
	case p.Leeway > maxLeeway:
		return fmt.Errorf("jwt: Policy.Leeway is %v; the longest is %v: set the clocks right instead", p.Leeway, maxLeeway)
	case p.MaxAge < 0:
		return errors.New("jwt: Policy.MaxAge is negative")
	case p.MaxAge > maxMaxAge:
		return fmt.Errorf("jwt: Policy.MaxAge is %v; the longest is %v, and 0 means no limit", p.MaxAge, maxMaxAge)
	case p.MaxBytes < 0:
		return errors.New("jwt: Policy.MaxBytes is negative")
	case p.MaxBytes > 0 && p.MaxBytes < minMaxBytes:
		return fmt.Errorf("jwt: Policy.MaxBytes is %d, which no token fits in; 0 means 16 KiB", p.MaxBytes)
	}
	return nil
}

// check is step five of Parse: the claims r of a token with header h. payload is
// that from which r was decoded.
func (val *Validator) check(r *registered, h Header, payload []byte) error {
	p := &val.policy
	switch {
	case !val.acceptsType(h.Type):
		return &TokenError{"typ", ErrMismatch}
	case p.InsecureSkipIssuer:
	case r.Issuer == "":
		return &TokenError{"iss", ErrMissing}
	case !slices.Contains(p.Issuers, r.Issuer):
		return &TokenError{"iss", ErrMismatch}
	}
	switch {
	case p.InsecureSkipAudience:
	case len(r.Audience) == 0:
		return &TokenError{"aud", ErrMissing}
	case !slices.ContainsFunc(r.Audience, func(a string) bool { return slices.Contains(p.Audiences, a) }):
		return &TokenError{"aud", ErrMismatch}
	}
	if len(p.Required) > 0 {
		if err := val.checkRequired(r, payload); err != nil {
			return err
		}
	}
	return p.checkDates(r)
}

func (val *Validator) acceptsType(typ string) bool {
	if typ == "" {
		return val.untyped
	}
	return compact.AcceptsType(val.policy.Types, typ)
}

// checkRequired reports the first missing claim in the order of the policy.
func (val *Validator) checkRequired(r *registered, payload []byte) error {
	var found []string
	if len(val.required) > 0 {
		err := strictjson.Members(payload, func(name []byte, value strictjson.Value) error {
			if value.Kind() != 'n' && string(value) != `""` && slices.Contains(val.required, string(name)) {
				found = append(found, string(name))
			}
			return nil
		})
		if err != nil { // it has been decoded once already
			return &TokenError{"payload", compact.Malformed(err)}
		}
	}
	for _, name := range val.policy.Required {
		if !r.has(name) && !slices.Contains(found, name) {
			return &TokenError{name, ErrMissing}
		}
	}
	return nil
}

// has reports whether the registered claim of that name is there and not empty.
func (r *registered) has(name string) bool {
	switch name {
	case "iss":
		return r.Issuer != ""
	case "sub":
		return r.Subject != ""
	case "aud":
		return len(r.Audience) > 0
	case "exp":
		return r.ExpiresAt.Present
	case "nbf":
		return r.NotBefore.Present
	case "iat":
		return r.IssuedAt.Present
	case "jti":
		return r.ID != ""
	}
	return false
}

// checkDates checks exp last, so that ErrExpired means that all else held.
func (p *Policy) checkDates(r *registered) error {
	now := p.Now()
	if y := now.Year(); y < 1970 || y > 9999 { // a clock that is not set would make no token expire
		return errors.New("jwt: Parse: the clock is not between the years 1970 and 9999")
	}
	exp, nbf, iat := fromDate(r.ExpiresAt), fromDate(r.NotBefore), fromDate(r.IssuedAt)
	if p.MaxAge > 0 {
		switch {
		case !r.IssuedAt.Present:
			return &TokenError{"iat", ErrMissing}
		case now.After(iat.Add(p.MaxAge + p.Leeway)):
			return &TokenError{"iat", errTooOld}
		}
	}
	latest := now.Add(p.Leeway)
	switch {
	case r.NotBefore.Present && latest.Before(nbf):
		return &TokenError{"nbf", ErrNotYetValid}
	case r.IssuedAt.Present && latest.Before(iat):
		return &TokenError{"iat", ErrNotYetValid}
	case r.ExpiresAt.Present && !now.Before(exp.Add(p.Leeway)):
		return &TokenError{"exp", ErrExpired}
	case !r.ExpiresAt.Present && !p.InsecureAllowNoExpiry:
		return &TokenError{"exp", ErrMissing}
	}
	return nil
}

// errTooOld is not ErrExpired, which means that everything else held.
var errTooOld = fmt.Errorf("%w: older than MaxAge", ErrMismatch)
