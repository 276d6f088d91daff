package verifycache

import (
	"fmt"
	"reflect"
	"time"
)

// A copier returns a copy of a value that shares nothing with it that can be changed. A nil
// copier stands for an assignment.
type copier func(v reflect.Value) reflect.Value

// copierFor returns the copier for a type, or an error that says why there can be none.
func copierFor(t reflect.Type) (copier, error) {
	b := builder{under: make(map[reflect.Type]*copier)}
	return b.build(t)
}

// A builder makes the copiers of one type. A type that contains itself has its copier in
// under before it is made.
type builder struct {
	under map[reflect.Type]*copier
}

func (b builder) build(t reflect.Type) (copier, error) {
	if c, ok := b.under[t]; ok {
		return func(v reflect.Value) reflect.Value {
			if *c == nil {
				return v
			}
			return (*c)(v)
		}, nil
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return nil, nil
	case reflect.Interface:
		if t != reflect.TypeFor[any]() {
			return nil, fmt.Errorf("a %v cannot be copied", t)
		}
		return copyInterface, nil
	}
	if t == reflect.TypeFor[time.Time]() { // its pointer is to a Location, which cannot be changed
		return nil, nil
	}
	var c copier
	b.under[t] = &c
	made, err := b.compose(t)
	c = made
	return made, err
}

func (b builder) compose(t reflect.Type) (copier, error) {
	switch t.Kind() {
	case reflect.Struct:
		return b.ofStruct(t)
	case reflect.Pointer:
		elem, err := b.build(t.Elem())
		return func(v reflect.Value) reflect.Value {
			if v.IsNil() {
				return v
			}
			p := reflect.New(t.Elem())
			p.Elem().Set(apply(elem, v.Elem()))
			return p.Convert(t)
		}, err
	case reflect.Slice:
		elem, err := b.build(t.Elem())
		return func(v reflect.Value) reflect.Value {
			if v.IsNil() {
				return v
			}
			s := reflect.MakeSlice(t, v.Len(), v.Len())
			reflect.Copy(s, v)
			for i := range v.Len() {
				if elem != nil {
					s.Index(i).Set(elem(v.Index(i)))
				}
			}
			return s
		}, err
	case reflect.Array:
		elem, err := b.build(t.Elem())
		if elem == nil || err != nil {
			return nil, err
		}
		return func(v reflect.Value) reflect.Value {
			a := reflect.New(t).Elem()
			for i := range v.Len() {
				a.Index(i).Set(elem(v.Index(i)))
			}
			return a
		}, nil
	case reflect.Map:
		if _, err := b.build(t.Key()); err != nil {
			return nil, err
		}
		elem, err := b.build(t.Elem())
		return func(v reflect.Value) reflect.Value {
			if v.IsNil() {
				return v
			}
			m := reflect.MakeMapWithSize(t, v.Len())
			for i := v.MapRange(); i.Next(); {
				m.SetMapIndex(i.Key(), apply(elem, i.Value()))
			}
			return m
		}, err
	}
	return nil, fmt.Errorf("a %v cannot be copied", t)
}

func (b builder) ofStruct(t reflect.Type) (copier, error) {
	fields := make(map[int]copier)
	for i := range t.NumField() {
		f := t.Field(i)
		c, err := b.build(f.Type)
		switch {
		case err != nil:
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		case c != nil && !f.IsExported():
			return nil, fmt.Errorf("field %s: it is not exported and holds what callers could change for each other", f.Name)
		case c != nil:
			fields[i] = c
		}
	}
	if len(fields) == 0 {
		return nil, nil
	}
	return func(v reflect.Value) reflect.Value {
		s := reflect.New(t).Elem()
		s.Set(v)
		for i, c := range fields {
			s.Field(i).Set(c(v.Field(i)))
		}
		return s
	}, nil
}

func apply(c copier, v reflect.Value) reflect.Value {
	if c == nil {
		return v
	}
	return c(v)
}

// copyInterface copies an any that holds what a JSON text was decoded into.
func copyInterface(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	if !v.IsNil() {
		c.Set(reflect.ValueOf(copyAny(v.Interface())))
	}
	return c
}

func copyAny(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, value := range v {
			m[name] = copyAny(value)
		}
		return m
	case []any:
		s := make([]any, len(v))
		for i, value := range v {
			s[i] = copyAny(value)
		}
		return s
	}
	return v // a string, a bool, an encoding/json.Number or nil
}
