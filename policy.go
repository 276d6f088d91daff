package jwt

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cda17858/jwt/internal/check"
)

// A Policy says which tokens a service accepts. It is plain data: fill it in, and
// let [NewValidator] check it as a whole.
type Policy struct {
	// Algorithms is the allowlist for the header's alg, in exact case. Required.
	Algorithms []Algorithm

	// Issuers are the accepted issuers: iss must equal one of them, byte for byte. Exactly
	// one of Issuers, IssuerFunc and InsecureSkipIssuer must be set. With more than one
	// issuer, the keys must be [IssuerKeys] or a [KeyFunc], so that no issuer can sign in
	// the name of another.
	Issuers []string

	// IssuerFunc accepts issuers that no list can name, such as one for each tenant. It
	// must be pure and safe for concurrent use. The keys must be a [KeyFunc], or one source
	// of keys that belong to one operator, such as the jwks.Client for Entra; a [KeySet] and
	// [IssuerKeys] are refused.
	IssuerFunc func(iss string) bool

	// Audiences are the names of the service: aud must hold at least one of them. Required,
	// unless InsecureSkipAudience.
	Audiences []string

	// Types is the allowlist for the header's typ. They are media types, compared as
	// such: without regard to case, and "application/" may be left off, so that
	// "at+jwt" is "application/at+jwt" (RFC 7515 section 4.1.9). "JWT" also stands
	// for a token without typ, or with an empty one. Empty means {"JWT"}, unless
	// InsecureSkipType.
	Types []string

	// Required names further claims, registered or private, by their names in JSON, that
	// must be there: not null, and not the empty string or, for aud, the empty array.
	Required []string

	// Leeway is how much the issuer's clock and this one may differ: 0, or 1 second to 10
	// minutes. It is granted for exp, nbf, iat and MaxAge alike.
	Leeway time.Duration

	// MaxAge is the longest accepted time since iat, which is then required: 1 second to
	// 100 years. 0 means no limit.
	MaxAge time.Duration

	// MaxBytes is the length in bytes of the longest accepted token, at least 64. 0 means
	// 16 KiB. With a [KeyFunc] whose P is a map, a token can take forty times its length of
	// memory before its signature is checked. Whatever it is, the header may be no longer than 16 KiB, decoded, and have no
	// more than 64 strings, names included.
	MaxBytes int

	// InsecureSkipIssuer accepts any iss, or none. It is safe where the keys belong
	// to one issuer who issues nothing but tokens for this purpose.
	InsecureSkipIssuer bool

	// InsecureSkipAudience accepts any aud, or none, and so tokens that were meant
	// for another service. It is safe where the issuer has no other service, or where
	// another claim says who the token is for and is checked after Parse, as with
	// client_id in Cognito's access tokens.
	InsecureSkipAudience bool

	// InsecureSkipType accepts any typ, or none. It is safe where the keys sign nothing but
	// tokens for this purpose.
	InsecureSkipType bool

	// InsecureAllowNoExpiry accepts a token without exp. Such a token can only be taken
	// back by withdrawing the key, or by a list of the jti of revoked tokens.
	InsecureAllowNoExpiry bool

	// InsecureAcceptExpired is how long after exp a token is still accepted, to tell who
	// logs out, or for a refresh that takes the old token: 1 second to 100 years. 0 means
	// not at all. It cannot be set beside MaxAge.
	InsecureAcceptExpired time.Duration

	// Now is the clock; nil means time.Now. It must be safe for concurrent use. While it
	// is not between the years 1970 and 9999 in UTC, no token can be checked.
	Now func() time.Time
}

// Limits of a Policy.
const (
	maxLeeway       = 10 * time.Minute
	century         = 100 * 365 * 24 * time.Hour
	defaultMaxBytes = 16 << 10
	minMaxBytes     = 64
)

// check checks everything that Rules do not.
func (p *Policy) check() error {
	switch {
	case len(p.Issuers) == 0 && p.IssuerFunc == nil && !p.InsecureSkipIssuer:
		return fmt.Errorf("%s is empty; name them, or set IssuerFunc or InsecureSkipIssuer", "Issuers")
	case len(p.Issuers) > 0 && p.InsecureSkipIssuer:
		return errors.New("InsecureSkipIssuer is set beside Issuers, which it cancels; remove one of them")
	case len(p.Issuers) > 0 && p.IssuerFunc != nil:
		return errors.New("IssuerFunc is set beside Issuers; remove one of them")
	case p.InsecureSkipIssuer && p.IssuerFunc != nil:
		return errors.New("InsecureSkipIssuer is set beside IssuerFunc, which it cancels; remove one of them")
	case len(p.Audiences) == 0 && !p.InsecureSkipAudience:
		return fmt.Errorf("%s is empty; name them, or set InsecureSkipAudience", "Audiences")
	case len(p.Audiences) > 0 && p.InsecureSkipAudience:
		return errors.New("InsecureSkipAudience is set beside Audiences, which it cancels; remove one of them")
	case len(p.Types) > 0 && p.InsecureSkipType:
		return errors.New("InsecureSkipType is set beside Types, which it cancels; remove one of them")
	case p.InsecureAllowNoExpiry && slices.Contains(p.Required, "exp"):
		return errors.New(`InsecureAllowNoExpiry is set beside "exp" in Required; remove one of them`)
	case p.InsecureAcceptExpired != 0 && p.MaxAge != 0:
		return errors.New("InsecureAcceptExpired is set beside MaxAge; remove one of them")
	}
	for _, list := range []struct {
		field string
		names []string
	}{{"Issuers", p.Issuers}, {"Audiences", p.Audiences}, {"Required", p.Required}} {
		if err := check.List(list.names); err != nil {
			return fmt.Errorf("%s: %w", list.field, err)
		}
	}
	return p.checkLimits()
}

func (p *Policy) checkLimits() error {
	for _, d := range []struct {
		field string
		value time.Duration
		high  time.Duration
	}{{"Leeway", p.Leeway, maxLeeway}, {"MaxAge", p.MaxAge, century}, {"InsecureAcceptExpired", p.InsecureAcceptExpired, century}} {
		if err := check.Duration(d.value, time.Second, d.high); err != nil {
			return fmt.Errorf("%s %w", d.field, err)
		}
	}
	switch {
	case p.MaxBytes < 0:
		return errors.New("MaxBytes is negative")
	case p.MaxBytes > 0 && p.MaxBytes < minMaxBytes:
		return fmt.Errorf("MaxBytes is %d, which is too small for any token; 0 means 16 KiB", p.MaxBytes)
	}
	return nil
}
