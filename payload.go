package jwt

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/cda17858/jwt/internal/compact"
	"github.com/cda17858/jwt/internal/strictjson"
)

// A payload is the content of a payload: the registered claims decoded, and the private ones
// as they stand there.
type payload struct {
	Issuer, Subject, ID            string
	Audience                       []string
	ExpiresAt, NotBefore, IssuedAt strictjson.Date

	confirmation bool               // cnf is there
	private      []byte             // an object
	object       *strictjson.Object // all claims
}

// read reads data. p refers to data and buf afterwards. The error is a *TokenError about data
// or a registered claim. Texts that are in issuers or audiences are not copied, since most
// tokens have the same.
func (p *payload) read(buf *scratch, data []byte, issuers, audiences []string) error {
	o := &buf.split.Members
	if err := o.Scan(data); err != nil {
		return &TokenError{"payload", compact.Malformed(err)}
	}
	private := append(buf.b[:0], '{')
	for i := range o.Len() {
		var err error
		name, value := o.Name(i), o.Value(i)
		switch string(name) {
		case "iss":
			p.Issuer, err = strictjson.String(value, issuers)
		case "sub":
			p.Subject, err = strictjson.String(value, nil)
		case "aud":
			p.Audience, err = strictjson.Strings(value, audiences)
		case "exp":
			p.ExpiresAt, err = strictjson.ReadDate(value)
		case "nbf":
			p.NotBefore, err = strictjson.ReadDate(value)
		case "iat":
			p.IssuedAt, err = strictjson.ReadDate(value)
		case "jti":
			p.ID, err = strictjson.String(value, nil)
		default:
			private = o.AppendMember(private, i)
			p.confirmation = p.confirmation || string(name) == "cnf"
		}
		if err != nil {
			return &TokenError{string(name), compact.Malformed(err)}
		}
	}
	buf.b = append(private, '}')
	p.object, p.private = o, buf.b
	return nil
}

// has reports whether the claim of that name is there, not null and not empty.
func (p *payload) has(name string) bool {
	v := p.object.Get(name)
	return v != nil && v.Kind() != 'n' && string(v) != `""` && (name != "aud" || len(p.Audience) > 0)
}

// registeredNames are the names of the claims that payload.read decodes.
var registeredNames = strictjson.Reserved{
	Names: []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"},
	What:  "a registered claim",
}

// privateType returns what there is to know of P as the type of private claims. It
// fails if P cannot be one.
func privateType[P any]() (*strictjson.Type, error) {
	t, err := strictjson.TypeFor[P](registeredNames, notClaims, uncalledValidate)
	if err != nil {
		return nil, fmt.Errorf("jwt: Claims.Private: %w", err)
	}
	return t, nil
}

// parsedType is privateType for a P that is parsed: its checks of its own must be such as are
// called.
func parsedType[P any]() (*strictjson.Type, error) {
	t, err := privateType[P]()
	if err == nil && t.Warning != nil {
		return nil, t.Warning
	}
	return t, err
}

func notClaims(p reflect.Type) error {
	if p.Implements(reflect.TypeFor[interface{ isClaims() }]()) {
		return errors.New("is Claims, or embeds it; name the type of the private claims only")
	}
	return nil
}

// parseClaims decodes and validates the payload of a token whose signature holds.
func parseClaims[P any](val *Validator, o *compact.Opened, t *strictjson.Type, buf *scratch) (*Claims[P], error) {
	var p payload
	if err := p.read(buf, o.Payload, val.policy.Issuers, val.policy.Audiences); err != nil {
		return nil, err
	}
	if err := val.check(&p, o.Type); err != nil {
		return nil, err
	}
	claims := new(Claims[P])
	if err := claims.set(&p, t); err != nil { // reported only now that all else holds
		return nil, err
	}
	if err := validatePrivate(&claims.Private); err != nil {
		return nil, err
	}
	claims.Type, claims.Algorithm, claims.KeyID = o.Type, Algorithm(o.Algorithm), o.KeyID
	claims.InsecureNoExpiry = !p.ExpiresAt.Present
	var e *compact.Error
	if claims.Header, e = compact.DecodeParameters(o.Parameters); e != nil {
		return nil, refusal(e)
	}
	return claims, nil
}

// set sets the claims that stand in a payload. Its error is a *TokenError about the private
// ones.
func (c *Claims[P]) set(p *payload, t *strictjson.Type) error {
	if !t.Empty {
		if err := strictjson.Unmarshal(p.private, &c.Private, t); err != nil {
			return &TokenError{cmp.Or(strictjson.Member(err), "payload"), compact.Malformed(opaque(err))}
		}
	}
	c.Issuer, c.Subject, c.Audience, c.ID = p.Issuer, p.Subject, p.Audience, p.ID
	c.ExpiresAt, c.NotBefore, c.IssuedAt = fromDate(p.ExpiresAt), fromDate(p.NotBefore), fromDate(p.IssuedAt)
	c.HasConfirmation = p.confirmation
	return nil
}

func fromDate(d strictjson.Date) time.Time {
	if !d.Present {
		return time.Time{}
	}
	return time.Unix(d.Seconds, 0).UTC()
}
