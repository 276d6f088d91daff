package strictjson

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// features decide how a type is decoded and encoded.
type features struct {
	dynamic bool // interfaces or json.Numbers can occur in it
	quoted  bool // numbers with the tag option string can occur in it
	lenient bool // it has fields that encoding/json ignores and the library refuses
	foreign bool // a decoder in it is given a part of the text, and may keep it
}

func (f features) options() json.Options {
	opts := common
	if f.dynamic || f.quoted {
		opts = json.JoinOptions(opts, f.arshalers())
	}
	if f.lenient {
		// The name does not say so, but this makes the library accept types with faults.
		opts = json.JoinOptions(opts, jsonv1.ReportErrorsWithLegacySemantics(true))
	}
	return opts
}

// walker looks at the types that can occur in a value.
type walker struct {
	features
	seen map[reflect.Type]bool
	lost error // what checkPromoted has found
}

func (w *walker) walk(t reflect.Type, top bool) error {
	if w.seen[t] {
		return nil
	}
	if t.Kind() == reflect.Pointer {
		w.seen[t] = true
		return w.walk(t.Elem(), top)
	}
	encodes, decodes := implements(t, encoders), implements(t, decoders)
	if decodes && t != numberType && t != rawType && t != reflect.TypeFor[time.Time]() {
		w.foreign = true
	}
	if t == numberType {
		w.dynamic = true
		return nil
	}
	if w.lost == nil {
		w.lost = checkPromoted(t)
	}
	if !top && encodes && decodes {
		return nil
	}
	w.seen[t] = true
	err := w.descend(t)
	if !top && (encodes || decodes) {
		return nil // it goes field by field in one direction only
	}
	return err
}

// descend goes on after an error, since the features must be right even where walk
// drops the error.
func (w *walker) descend(t reflect.Type) error {
	switch t.Kind() {
	case reflect.Interface:
		w.dynamic = true
		if t.NumMethod() == 0 && t != reflect.TypeFor[any]() {
			return fmt.Errorf("%v would lose digits of its numbers; use any", t)
		}
	case reflect.Slice, reflect.Array:
		return w.walk(t.Elem(), false)
	case reflect.Map:
		w.foreign = w.foreign || implements(t.Key(), decoders)
		if err := w.walk(t.Elem(), false); err != nil {
			return err
		}
		return checkMapKey(t.Key())
	case reflect.Struct:
		return w.fields(t)
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Errorf("%v has no JSON form", t.Kind())
	}
	return nil
}

// fields looks at the fields of a struct.
func (w *walker) fields(t reflect.Type) (err error) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("json") == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		if e := w.field(f); e != nil && err == nil {
			err = fmt.Errorf("field %s: %w", f.Name, e)
		}
	}
	w.lenient = w.lenient || fieldless(t)
	if err != nil || fieldless(t) || implements(t, encoders) || implements(t, decoders) {
		return err
	}
	// Names that conflict, and the like.
	if err = Plain.try(reflect.New(t).Interface()); err != nil && w.lenient {
		err = Plain.try(reflect.New(namedFields(t)).Interface())
	}
	return err
}

func (w *walker) field(f reflect.StructField) error {
	target := indirect(f.Type)
	structure := target.Kind() == reflect.Struct
	embedded := f.Anonymous && tagName(f) == ""
	// encoding/json ignores the field if it is not exported, and names it after its type
	// if it is.
	w.lenient = w.lenient || embedded && !structure
	w.quoted = w.quoted || hasOption(f, "string") && isNumeric(target.Kind())
	wrong := w.walk(f.Type, false)
	if err := checkOptions(f); err != nil {
		return err
	}
	switch {
	case f.IsExported():
	case structure && f.Type.Kind() == reflect.Pointer:
		return errors.New("a pointer to an unexported struct cannot be decoded; embed the struct")
	case !structure && f.Tag.Get("json") != "":
		return errors.New("it has a tag and is not exported")
	case !structure:
		return nil
	}
	if embedded && structure && (implements(target, encoders) || implements(target, decoders)) {
		return errors.New("it is embedded and has JSON methods; give it a name in its tag")
	}
	return wrong
}

// fieldless reports whether struct t has fields, none of them is for JSON, and no tag says
// that this is meant.
func fieldless(t reflect.Type) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		_, tagged := f.Tag.Lookup("json")
		if tagged || f.IsExported() || f.Anonymous && indirect(f.Type).Kind() == reflect.Struct {
			return false
		}
	}
	return t.NumField() > 0
}

// namedFields returns a struct with those fields of t that have a name in JSON, and
// without those that are embedded, which may be what the library refuses.
func namedFields(t reflect.Type) reflect.Type {
	var named []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && tagName(f) == "" {
			if indirect(f.Type).Kind() == reflect.Struct {
				continue
			}
			f.Tag = reflect.StructTag(fmt.Sprintf("json:%q", f.Name+f.Tag.Get("json")))
		}
		if f.IsExported() {
			named = append(named, reflect.StructField{Name: f.Name, Type: f.Type, Tag: f.Tag})
		}
	}
	return reflect.StructOf(named)
}

func indirect(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}
