package jwt

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cda17858/jwt/internal/strictjson"
)

// Claims are the claims of a token (RFC 7519 section 4). A zero field stands for an
// absent claim.
//
// P holds the private claims: every claim except the seven registered ones of RFC 7519
// section 4.1, which have fields of their own. It is one of these:
//
//   - a struct, or a pointer to one (Parse always allocates it);
//   - a map with string keys;
//   - struct{}, for none;
//   - [encoding/json.RawMessage];
//   - a type with JSON methods of its own, which see an object of the private claims only.
//
// A P that has a member named like a registered claim is refused. So is a P that would
// silently lose claims: one that is or embeds Claims, or one that has fields beside an
// embedded field whose JSON methods Go promotes.
//
// If P or *P has a method Validate() error, Parse calls it at the end, and returns its
// error as a [*TokenError] with the Field "payload" and [ErrMismatch]. Sign does not call
// it.
//
// Struct tags and Go types in P mean what package encoding/json documents, in Sign and Parse
// alike. These rules are stricter:
//
//   - names match in exact case;
//   - no object may have two members of one name;
//   - text must be UTF-8;
//   - a [time.Time] must follow RFC 3339, and a []byte RFC 4648, to the letter;
//   - a Go array must have as many elements as the JSON array;
//   - an [encoding/json.Number] is a JSON number, not a string;
//   - the tag option string is only for strings, booleans and numbers, and such a number is
//     finite and begins with a digit or a minus sign;
//   - a tag that is malformed, such as `json:role`, or on an unexported field, is refused.
//
// A MarshalJSON method with a pointer receiver is called for values as well. HTML is not
// escaped. A number that is decoded into an any is an encoding/json.Number, exact.
//
// A json.RawMessage keeps its text. Package encoding/json reads it more laxly than Parse
// does: it takes ROLE for role.
//
// Do not embed Claims in a struct of your own: Go would promote its MarshalJSON, and the
// other fields would not be encoded.
type Claims[P any] struct {
	Issuer   string   // iss
	Subject  string   // sub
	Audience []string // aud; one is written as a string, several as an array

	// The dates exp, nbf and iat: whole seconds between 1970 and 9999. Sign cuts
	// fractions. Parse returns UTC.
	ExpiresAt, NotBefore, IssuedAt time.Time

	ID string // jti

	// Type is the header's typ. Sign writes "JWT" if it is empty.
	Type string

	// Header holds the header's further parameters: all except alg, kid, typ, crit and b64,
	// which Sign refuses here. Sign encodes it as package encoding/json would. Parse sets a
	// new map, with each number an encoding/json.Number; nil if there are none. No key is
	// ever taken from it.
	Header map[string]any

	// Algorithm and KeyID are the header's alg and kid, as an audit would record
	// them. Parse sets them. Sign ignores them: the Signer decides.
	Algorithm Algorithm
	KeyID     string

	// HasConfirmation says that the token has a cnf claim (RFC 7800), whether or not P has
	// a field for it: the sender of the token must prove that they hold a key. Parse sets
	// it, and does not check the proof. Sign ignores it.
	HasConfirmation bool

	// InsecureNoExpiry says that a zero ExpiresAt is meant: the token never expires.
	// Parse sets it for a token without exp, which only a Policy with
	// InsecureAllowNoExpiry accepts.
	InsecureNoExpiry bool

	Private P
}

// isClaims marks every Claims[P], and what embeds one: neither can be a P.
func (Claims[P]) isClaims() {}

// claimSet is what Sign needs of Claims, without P.
type claimSet struct {
	issuer, subject, id string
	audience            []string
	exp, nbf, iat       time.Time
	noExpiry            bool
}

func (c *Claims[P]) registered() claimSet {
	return claimSet{
		c.Issuer, c.Subject, c.ID, c.Audience,
		c.ExpiresAt, c.NotBefore, c.IssuedAt, c.InsecureNoExpiry,
	}
}

// check refuses what no policy would accept.
func (c *claimSet) check() error {
	if err := c.checkForm(); err != nil {
		return err
	}
	switch {
	case c.exp.IsZero() && !c.noExpiry:
		return errors.New("jwt: Claims.ExpiresAt is zero; set it, or InsecureNoExpiry for a token that never expires")
	case !c.exp.IsZero() && c.noExpiry:
		return errors.New("jwt: Claims.InsecureNoExpiry is set beside ExpiresAt; set one of them")
	case slices.Contains(c.audience, ""):
		return errors.New("jwt: Claims.Audience has an empty element")
	case c.exp.IsZero():
	case !c.nbf.IsZero() && c.exp.Unix() <= c.nbf.Unix():
		return errors.New("jwt: Claims.ExpiresAt is not after NotBefore")
	case !c.iat.IsZero() && c.exp.Unix() <= c.iat.Unix():
		return errors.New("jwt: Claims.ExpiresAt is not after IssuedAt")
	}
	return nil
}

// checkForm refuses what has no form in a payload.
func (c *claimSet) checkForm() error {
	for _, d := range []struct {
		name string
		t    time.Time
	}{{"ExpiresAt", c.exp}, {"NotBefore", c.nbf}, {"IssuedAt", c.iat}} {
		if !d.t.IsZero() && (d.t.Unix() < 0 || d.t.Unix() > strictjson.MaxDate) {
			return fmt.Errorf("jwt: Claims.%s: %w", d.name, strictjson.ErrDateRange)
		}
	}
	return nil
}

// append writes the payload into buf.a. It is written by hand, which is faster than
// any encoder: the names are known, and two kinds of values.
func (c *claimSet) append(buf *scratch, private []byte) error {
	o := object{b: append(buf.a[:0], '{')}
	o.text("iss", c.issuer)
	o.text("sub", c.subject)
	switch len(c.audience) {
	case 0:
	case 1:
		o.text("aud", c.audience[0])
	default:
		o.name("aud")
		for i, a := range c.audience {
			o.b = append(o.b, "[,"[min(i, 1)])
			o.quote("aud", a)
		}
		o.b = append(o.b, ']')
	}
	o.date("exp", c.exp)
	o.date("nbf", c.nbf)
	o.date("iat", c.iat)
	o.text("jti", c.id)
	o.b = strictjson.AppendMembers(o.b, private)
	o.b = append(o.b, '}')
	buf.a = o.b
	return o.err
}

// object is a JSON object being written. err is the first error.
type object struct {
	b   []byte
	err error
}

func (o *object) name(name string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, `":`...)
}

func (o *object) text(name, value string) {
	if value != "" {
		o.name(name)
		o.quote(name, value)
	}
}

func (o *object) quote(name, value string) {
	b, err := strictjson.AppendQuote(o.b, value)
	if err != nil {
		if o.err == nil {
			o.err = fmt.Errorf("jwt: Claims: %s: %w", name, err)
		}
		return
	}
	o.b = b
}

func (o *object) date(name string, value time.Time) {
	if !value.IsZero() {
		o.name(name)
		o.b = strconv.AppendInt(o.b, value.Unix(), 10)
	}
}
