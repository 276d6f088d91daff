package jwt

import (
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

func isRegistered(name string) bool { return slices.Contains(registeredNames, name) }

func fromDate(d strictjson.Date) time.Time {
	if !d.Present {
		return time.Time{}
	}
	return time.Unix(d.Seconds, 0).UTC()
}
