package strictjson

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// checkMapKey refuses what encoding/json does not take for the key of a map.
func checkMapKey(t reflect.Type) error {
	switch k := t.Kind(); {
	case k == reflect.String, k >= reflect.Int && k <= reflect.Uintptr:
		return nil
	case implements(t, textMethods[:2]) && implements(t, textMethods[2:]):
		return nil
	}
	return fmt.Errorf("%v is no key of a JSON object", t)
}

// checkOptions refuses a tag that package reflect cannot read, such as `json:role`, and
// that encoding/json takes for none; the option string where encoding/json ignores it; and
// options that only one of the two builds of the library knows, since the type would have
// another JSON form in each.
func checkOptions(f reflect.StructField) error {
	tag := f.Tag.Get("json")
	if strings.Contains(unreadable(string(f.Tag)), "json:") {
		return fmt.Errorf("field %s: the tag is malformed; `json:\"name\"` is the form", f.Name)
	}
	options := strings.Split(tag, ",")[1:]
	has := func(option string) bool { return slices.Contains(options, option) }
	if has("unknown") || has("inline") != has("embed") ||
		slices.ContainsFunc(options, func(o string) bool {
			return strings.HasPrefix(o, "format:") || strings.HasPrefix(o, "case:")
		}) || strings.Contains(tag, "'") {
		return fmt.Errorf("field %s: encoding/json has no such tag option", f.Name)
	}
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	k := t.Kind()
	if has("string") && k != reflect.String && (k < reflect.Bool || k > reflect.Float64) {
		return fmt.Errorf("field %s: the tag option string is not for a %v", f.Name, f.Type)
	}
	return nil
}

// unreadable returns what package reflect does not see of a struct tag: all from the first
// thing on that is not of the form key:"value", and a value of json that is no Go string.
func unreadable(tag string) string {
	for {
		tag = strings.TrimLeft(tag, " ")
		key, rest, _ := strings.Cut(tag, ":")
		strange := func(r rune) bool { return r <= ' ' || r == '"' || r == 0x7f }
		if key == "" || strings.ContainsFunc(key, strange) || !strings.HasPrefix(rest, `"`) {
			return tag
		}
		end := 1
		for end < len(rest) && rest[end] != '"' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(rest) {
			return tag
		}
		if _, err := strconv.Unquote(rest[:end+1]); err != nil && key == "json" {
			return tag
		}
		tag = rest[end+1:]
	}
}
