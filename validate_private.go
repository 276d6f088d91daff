package jwt

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/cda17858/jwt/internal/compact"
)

// validater is a P that checks itself. Parse calls Validate when all else holds.
type validater interface{ Validate() error }

// uncalledValidate refuses a type of private claims, P, with a check of its own that Parse
// would never call:
//
//   - a method Valid() error, which golang-jwt calls;
//   - a method Validate of another signature;
//   - a Validate of an embedded field that Go does not promote.
func uncalledValidate(p reflect.Type) error {
	t := withMethods(p)
	_, has := t.MethodByName("Validate")
	switch {
	case t.Implements(reflect.TypeFor[interface{ Valid() error }]()):
		return badPrivate(p, errors.New("its method Valid() error is golang-jwt's and is not called; name it Validate"))
	case has && !t.Implements(reflect.TypeFor[validater]()):
		return badPrivate(p, errors.New("its method Validate is not called, since it is not Validate() error"))
	case !has && embeds(t.Elem(), hasValidate):
		return badPrivate(p, errors.New("the Validate of an embedded field is not called, since Go does not promote it; write one that calls it"))
	}
	return nil
}

// panickingValidate refuses a P whose Validate panics where an embedded pointer is nil. It
// calls it.
func panickingValidate(p reflect.Type) error {
	t := withMethods(p)
	if !t.Implements(reflect.TypeFor[validater]()) || !embeds(t.Elem(), canBeNil) {
		return nil
	}
	if err := tryValidate(reflect.New(t.Elem()).Interface().(validater)); err != nil {
		return badPrivate(p, err)
	}
	return nil
}

// withMethods returns the type that has the methods of p and of *p.
func withMethods(p reflect.Type) reflect.Type {
	if p.Kind() != reflect.Pointer {
		return reflect.PointerTo(p)
	}
	return p
}

func badPrivate(p reflect.Type, err error) error {
	return fmt.Errorf("jwt: Claims.Private: %v: %w", p, err)
}

// embeds reports whether t is a struct with an embedded field for which is holds, at any
// depth.
func embeds(t reflect.Type, is func(reflect.Type) bool) bool { return embedsBelow(t, is, nil) }

func embedsBelow(t reflect.Type, is func(reflect.Type) bool, above []reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || slices.Contains(above, t) {
		return false
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && (is(f.Type) || embedsBelow(f.Type, is, append(above, t))) {
			return true
		}
	}
	return false
}

func hasValidate(t reflect.Type) bool {
	if t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface {
		t = reflect.PointerTo(t)
	}
	_, has := t.MethodByName("Validate")
	return has
}

func canBeNil(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface
}

// tryValidate calls Validate of v, claims that have no member, and returns an error only
// if it panics.
func tryValidate(v validater) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("its Validate panics where an embedded pointer is nil, as in a token without its claims: %v", r)
		}
	}()
	_ = v.Validate()
	return nil
}

// validatePrivate calls the Validate of private claims that have one.
func validatePrivate[P any](private *P) error {
	v, ok := any(private).(validater)
	if !ok && reflect.TypeFor[P]().Kind() == reflect.Pointer {
		v, ok = any(*private).(validater)
	}
	if !ok {
		return nil
	}
	if err := v.Validate(); err != nil {
		return &TokenError{"payload", &invalidError{err}}
	}
	return nil
}

// An invalidError is an ErrMismatch with what Validate returned. The other reasons of
// this package, and a TokenError, do not count in it: it may be about another token.
type invalidError struct{ err error }

func (e *invalidError) Error() string { return ErrMismatch.Error() + ": " + e.err.Error() }

func (e *invalidError) Is(target error) bool {
	if compact.IsReason(target) {
		return target == ErrMismatch
	}
	return errors.Is(e.err, target)
}

func (e *invalidError) As(target any) bool {
	_, isToken := target.(**TokenError)
	return !isToken && errors.As(e.err, target)
}
