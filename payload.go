package jwt

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/cda17858/jwt/internal/compact"
	"github.com/cda17858/jwt/internal/strictjson"
)

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

// wire is a payload. The tags of Private name one option for each build of the JSON
// library, which decodes the registered claims in a twentieth less time of Parse if they
// do not stand in a struct of their own.
type wire[P any] struct {
	Issuer    string             `json:"iss"`
	Subject   string             `json:"sub"`
	Audience  strictjson.Strings `json:"aud"`
	ExpiresAt strictjson.Date    `json:"exp"`
	NotBefore strictjson.Date    `json:"nbf"`
	IssuedAt  strictjson.Date    `json:"iat"`
	ID        string             `json:"jti"`
	Private   P                  `json:",inline,embed"`
}

func (w *wire[P]) registered() registered {
	return registered{w.Issuer, w.Subject, w.Audience, w.ExpiresAt, w.NotBefore, w.IssuedAt, w.ID}
}

// privateType returns what there is to know of P as the type of private claims. It
// fails if P cannot be one.
func privateType[P any]() (*strictjson.Type, error) {
	t, err := strictjson.TypeFor[P](strictjson.Reserved{Names: registeredNames, What: "a registered claim"}, probe[P])
	if err != nil {
		return nil, fmt.Errorf("jwt: Claims.Private: %w", err)
	}
	return t, nil
}

// probe returns a new payload with private claims P.
func probe[P any]() (any, error) {
	if reflect.TypeFor[P]().Implements(reflect.TypeFor[interface{ isClaims() }]()) {
		return nil, errors.New("is Claims, or embeds it; name the type of the private claims only")
	}
	return new(wire[P]), nil
}

// parseClaims decodes and validates the payload of a token whose signature holds.
func parseClaims[P any](val *Validator, o *compact.Opened, t *strictjson.Type, buf *scratch) (*Claims[P], error) {
	payload, claims := o.Payload, new(Claims[P])
	r := &buf.registered
	wrong, unfit := decodeClaims(payload, r, &claims.Private, t)
	if wrong != nil {
		return nil, wrong
	}
	if err := val.check(r, o.Type, payload); err != nil {
		return nil, err
	}
	if unfit != nil { // reported only now that all else holds
		return nil, unfit
	}
	claims.set(r, payload, t)
	if err := validatePrivate(&claims.Private); err != nil {
		return nil, err
	}
	claims.Type, claims.Algorithm, claims.KeyID = o.Type, Algorithm(o.Algorithm), o.KeyID
	claims.InsecureNoExpiry = !r.ExpiresAt.Present
	var e *compact.Error
	if claims.Header, e = compact.DecodeParameters(o.Parameters); e != nil {
		return nil, refusal(e)
	}
	return claims, nil
}

// decodeClaims decodes a payload into r and private. wrong is about the payload or a
// registered claim, unfit about the private ones.
func decodeClaims[P any](payload []byte, r *registered, private *P, t *strictjson.Type) (wrong, unfit error) {
	err := unmarshal(payload, r, private, t)
	if err != nil || t.Empty {
		*r = registered{}
		if err := strictjson.Unmarshal(payload, r, strictjson.Plain); err != nil {
			return payloadError(err), nil
		}
	}
	if err := nullError(payload); err != nil {
		return err, nil
	}
	if err != nil {
		unfit = privateError(err)
	}
	return nil, unfit
}

// set sets the claims that stand in a payload, except for the private ones, which have been
// decoded.
func (c *Claims[P]) set(r *registered, payload []byte, t *strictjson.Type) {
	allocate(&c.Private, t)
	c.Issuer, c.Subject, c.Audience, c.ID = r.Issuer, r.Subject, r.Audience, r.ID
	c.ExpiresAt, c.NotBefore, c.IssuedAt = fromDate(r.ExpiresAt), fromDate(r.NotBefore), fromDate(r.IssuedAt)
	c.HasConfirmation = hasMember(payload, "cnf")
}

// hasMember reports whether payload, which has been decoded once, has a member of that name.
func hasMember(payload []byte, name string) (found bool) {
	if !bytes.Contains(payload, []byte(name)) && !bytes.Contains(payload, []byte(`\u`)) {
		return false // hardly any payload has it, even in a text
	}
	err := strictjson.AnyMembers(payload, func(n []byte, _ strictjson.Value) error {
		found = found || string(n) == name
		return nil
	})
	return found || err != nil
}

// unmarshal decodes payload into r and private in one pass, or, where P wants to see an
// object of its own, in two. For an empty P it does nothing.
func unmarshal[P any](payload []byte, r *registered, private *P, t *strictjson.Type) error {
	switch {
	case t.Empty:
		return nil
	case t.Shape == strictjson.Embedded:
		var w wire[P]
		err := strictjson.Unmarshal(payload, &w, t)
		*r, *private = w.registered(), w.Private
		return err
	}
	var w wire[strictjson.Value]
	if err := strictjson.Unmarshal(payload, &w, strictjson.Plain); err != nil {
		return err
	}
	*r = w.registered()
	if w.Private == nil {
		w.Private = strictjson.Value("{}")
	}
	return strictjson.Unmarshal(w.Private, private, t)
}

// allocate makes a nil map or pointer point to something.
func allocate(private any, t *strictjson.Type) {
	if !t.Pointer && !t.Map {
		return
	}
	p := reflect.ValueOf(private).Elem()
	switch {
	case !p.IsNil():
	case t.Map:
		p.Set(reflect.MakeMap(p.Type()))
	default:
		p.Set(reflect.New(p.Type().Elem()))
	}
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
	return &TokenError{field, compact.Malformed(opaque(err))}
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
	if err != nil { // it has been decoded once already
		return &TokenError{"payload", compact.Malformed(err)}
	}
	return nil
}

var errNull = errors.New("null")

func isRegistered(name string) bool { return slices.Contains(registeredNames, name) }

func fromDate(d strictjson.Date) time.Time {
	if !d.Present {
		return time.Time{}
	}
	return time.Unix(d.Seconds, 0).UTC()
}
