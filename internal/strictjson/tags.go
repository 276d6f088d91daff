package strictjson

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// checkMapKey refuses what encoding/json does not take as the key of a map.
func checkMapKey(t reflect.Type) error {
	switch k := t.Kind(); {
	case k == reflect.String, k >= reflect.Int && k <= reflect.Uintptr:
		return nil
	case implements(t, textMethods[:2]) && implements(t, textMethods[2:]):
		return nil
	}
	return fmt.Errorf("%v is not a key of a JSON object", t)
}

// checkOptions refuses
//
//   - a tag that package reflect cannot read, such as `json:role`, since encoding/json
//     takes it for none;
//   - the option string where encoding/json ignores it;
//   - options that only one of the two builds of the library knows, since the type would
//     have another JSON form in each.
func checkOptions(f reflect.StructField) error {
	if strings.Contains(unreadable(string(f.Tag)), "json:") {
		return errors.New("the tag is malformed; `json:\"name\"` is the form")
	}
	tag := f.Tag.Get("json")
	if hasOption(f, "unknown") || hasOption(f, "inline") != hasOption(f, "embed") ||
		strings.Contains(tag, ",format:") || strings.Contains(tag, ",case:") || strings.Contains(tag, "'") {
		return errors.New("encoding/json has no such tag option")
	}
	k := indirect(f.Type).Kind()
	if hasOption(f, "string") && k != reflect.String && k != reflect.Bool && !isNumeric(k) {
		return fmt.Errorf("the tag option string is not for a %v", f.Type)
	}
	return nil
}

func hasOption(f reflect.StructField, option string) bool {
	_, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	return slices.Contains(strings.Split(options, ","), option)
}

// tagName returns the name that the tag gives to a field, or "".
func tagName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func isNumeric(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Float64 }

// unreadable returns what package reflect does not see of a struct tag: everything after
// the first thing that does not have the form key:"value". A value of json that is not a
// Go string is such a thing.
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
