package jwt

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/cda17858/jwt/internal/compact"
	"github.com/cda17858/jwt/internal/strictjson"
)

// Claims are the claims of a token (RFC 7519 section 4). A zero field stands for an
// absent claim.
//
// P holds the private claims: every claim but the seven registered ones of RFC 7519
// section 4.1, which are the fields before it. It is a struct, a pointer to a struct
// (Parse always allocates one), a map with string keys, struct{} for none,
// [encoding/json.RawMessage], or a type with JSON methods of its own, which see an
// object of the private claims alone. A P with a member named like a registered
// claim is refused by Sign and Parse.
//
// Struct tags and Go types in P mean what package encoding/json documents, both
// ways, but names match in exact case, no object may have two members of one name,
// text must be UTF-8, a [time.Time] must follow RFC 3339 and a []byte RFC 4648 to
// the letter, a Go array must have as many elements as the JSON array, and HTML is
// not escaped. A number decoded into an any is an [encoding/json.Number], exact.
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

	// Algorithm and KeyID are the header's alg and kid, as an audit would record
	// them. Parse sets them. Sign ignores them: they are the Signer's to say.
	Algorithm Algorithm
	KeyID     string

	// InsecureNoExpiry says that a zero ExpiresAt is meant: the token never expires.
	// Parse sets it for a token without exp, which only a Policy with
	// InsecureAllowNoExpiry accepts.
	InsecureNoExpiry bool

	Private P
}

// registeredNames are the names of the fields of registered.
var registeredNames = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}

// registered are the registered claims as they stand in a payload.
type registered struct {
	Issuer    string             `json:"iss"`
	Subject   string             `json:"sub"`
	Audience  strictjson.Strings `json:"aud"`
	ExpiresAt strictjson.Date    `json:"exp"`
	NotBefore strictjson.Date    `json:"nbf"`
	IssuedAt  strictjson.Date    `json:"iat"`
	ID        string             `json:"jti"`
}

// wire is a payload. The tags name one option for each build of the JSON library.
type wire[P any] struct {
	registered
	Private P `json:",inline,embed"`
}

// privateType returns what there is to know of P as the type of private claims.
func privateType[P any]() (*strictjson.Type, error) {
	t, err := strictjson.TypeFor[P](registeredNames, func() any { return new(wire[P]) })
	if err != nil {
		return nil, fmt.Errorf("jwt: Claims.Private: %w", err)
	}
	return t, nil
}

// parseClaims decodes and validates the payload of a token whose signature holds.
func parseClaims[P any](val *Validator, h Header, payload []byte, t *strictjson.Type) (*Claims[P], error) {
	var w wire[P]
	err := unmarshal(payload, &w, t)
	var private error // about a private claim; it is reported if all else holds
	if err != nil {
		w = wire[P]{}
		private = err
		if err := strictjson.Unmarshal(payload, &w.registered, strictjson.Plain); err != nil {
			return nil, payloadError(err)
		}
	}
	if err := nullError(payload); err != nil {
		return nil, err
	}
	if err := val.check(&w.registered, h, payload); err != nil {
		return nil, err
	}
	if private != nil {
		return nil, privateError(private)
	}
	if t.Pointer {
		if p := reflect.ValueOf(&w.Private).Elem(); p.IsNil() {
			p.Set(reflect.New(p.Type().Elem()))
		}
	}
	return &Claims[P]{
		Issuer:           w.Issuer,
		Subject:          w.Subject,
		Audience:         w.Audience,
		ExpiresAt:        fromDate(w.ExpiresAt),
		NotBefore:        fromDate(w.NotBefore),
		IssuedAt:         fromDate(w.IssuedAt),
		ID:               w.ID,
		Type:             h.Type,
		Algorithm:        h.Algorithm,
		KeyID:            h.KeyID,
		InsecureNoExpiry: !w.ExpiresAt.Present,
		Private:          w.Private,
	}, nil
}

// unmarshal decodes payload into w in one pass, or, where P wants to see an object
// of its own, in two.
func unmarshal[P any](payload []byte, w *wire[P], t *strictjson.Type) error {
	if t.Shape == strictjson.Embedded {
		return strictjson.Unmarshal(payload, w, t)
	}
	var raw wire[strictjson.Value]
	if err := strictjson.Unmarshal(payload, &raw, strictjson.Plain); err != nil {
		return err
	}
	w.registered = raw.registered
	if raw.Private == nil {
		raw.Private = strictjson.Value("{}")
	}
	return strictjson.Unmarshal(raw.Private, &w.Private, t)
}

// payloadError is about the payload or a registered claim.
func payloadError(err error) error {
	field := strictjson.Member(err)
	switch {
	case field == "":
		return &TokenError{"payload", compact.Malformed(err)}
	case errors.Is(err, strictjson.ErrNotNumber):
		err = strictjson.ErrNotNumber
	case errors.Is(err, strictjson.ErrDateRange):
		err = strictjson.ErrDateRange
	case errors.Is(err, strictjson.ErrNotStrings):
		err = strictjson.ErrNotStrings
	default:
		err = errNotString
	}
	return &TokenError{field, compact.Malformed(err)}
}

var errNotString = errors.New("not a string")

// privateError is about a private claim.
func privateError(err error) error {
	field := strictjson.Member(err)
	if field == "" {
		field = "payload"
	}
	return &TokenError{field, compact.Malformed(err)}
}

// nullError refuses a registered claim that is null, which the JSON library takes
// for absent. Hardly any payload holds the word at all.
func nullError(payload []byte) error {
	if !strictjson.MayHoldNull(payload) {
		return nil
	}
	var field string
	err := strictjson.Members(payload, func(name []byte, value strictjson.Value) error {
		if value.Kind() == 'n' && field == "" && isRegistered(string(name)) {
			field = string(name)
		}
		return nil
	})
	if err == nil && field != "" {
		return &TokenError{field, compact.Malformed(errNull)}
	}
	return err
}

var errNull = errors.New("null")

func isRegistered(name string) bool {
	for _, r := range registeredNames {
		if r == name {
			return true
		}
	}
	return false
}

func fromDate(d strictjson.Date) time.Time {
	if !d.Present {
		return time.Time{}
	}
	return time.Unix(d.Seconds, 0).UTC()
}

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
	switch {
	case c.exp.IsZero() && !c.noExpiry:
		return errors.New("jwt: Claims.ExpiresAt is zero; set it, or InsecureNoExpiry for a token that never expires")
	case !c.exp.IsZero() && c.noExpiry:
		return errors.New("jwt: Claims.InsecureNoExpiry is set beside ExpiresAt; set one of them")
	}
	for _, d := range []struct {
		name string
		t    time.Time
	}{{"ExpiresAt", c.exp}, {"NotBefore", c.nbf}, {"IssuedAt", c.iat}} {
		if !d.t.IsZero() && (d.t.Unix() < 0 || d.t.Unix() > strictjson.MaxDate) {
			return fmt.Errorf("jwt: Claims.%s: %w", d.name, strictjson.ErrDateRange)
		}
	}
	if !c.exp.IsZero() {
		if !c.nbf.IsZero() && c.exp.Unix() <= c.nbf.Unix() {
			return errors.New("jwt: Claims.ExpiresAt is not after NotBefore")
		}
		if !c.iat.IsZero() && c.exp.Unix() <= c.iat.Unix() {
			return errors.New("jwt: Claims.ExpiresAt is not after IssuedAt")
		}
	}
	for _, a := range c.audience {
		if a == "" {
			return errors.New("jwt: Claims.Audience has an empty element")
		}
	}
	return nil
}

// append writes the payload into buf.a. It is written by hand, which is faster than
// any encoder: the names are known, and two kinds of values.
func (c *claimSet) append(buf *scratch, private []byte) error {
	if err := c.check(); err != nil {
		return err
	}
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
