// Package check holds what the configurations of this module's packages check alike. Its
// errors say what is wrong with a value; the caller says which field it is.
package check

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"
)

// IsNil reports whether the interface value v holds nothing, a nil pointer or a nil
// func.
func IsNil(v any) bool {
	if v == nil {
		return true
	}
	r := reflect.ValueOf(v)
	return (r.Kind() == reflect.Pointer || r.Kind() == reflect.Func) && r.IsNil()
}

// List refuses a list of names with one that is blank, begins or ends with white space,
// or is given twice.
func List(names []string) error {
	for i, name := range names {
		switch {
		case strings.TrimSpace(name) == "":
			return fmt.Errorf("element %d is blank; is an environment variable unset?", i)
		case strings.TrimSpace(name) != name:
			return fmt.Errorf("%q begins or ends with white space", name)
		case slices.Contains(names[:i], name):
			return fmt.Errorf("%q is given twice", name)
		}
	}
	return nil
}

// Duration refuses a duration that is not between low and high. 0 is accepted, since it
// stands for a default, or for none. A duration of less than a millisecond names the usual
// mistake, a number without its unit.
func Duration(d, low, high time.Duration) error {
	switch {
	case d == 0:
		return nil
	case d < 0:
		return errors.New("is negative")
	case d < low && d < time.Millisecond:
		return fmt.Errorf("is %v; is a unit missing, such as time.Second?", d)
	case d < low:
		return fmt.Errorf("is %v; the shortest is %v", d, low)
	case d > high:
		return fmt.Errorf("is %v; the longest is %v", d, high)
	}
	return nil
}

// IsLoopback reports whether host, without a port, is this machine.
func IsLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
