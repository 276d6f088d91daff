package compact

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cda17858/jwt/internal/alg"
)

// CheckAlgorithm refuses what can never be the name of a signature algorithm:
// none in any case, no name, and text that is not printable ASCII or would need
// escaping.
func CheckAlgorithm(name string) error {
	switch {
	case name == "":
		return errors.New("no algorithm")
	case strings.EqualFold(name, "none"):
		return errors.New(`"none" is not a signature algorithm`)
	case strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' }):
		return errors.New("algorithm has a character that no algorithm name has")
	}
	return nil
}

// CheckAlgorithms checks the allowlist of a policy for alg.
func CheckAlgorithms[A ~string](algs []A) error {
	if len(algs) == 0 {
		return errors.New("empty; name the algorithms of the issuer's keys, such as ES256")
	}
	for i, a := range algs {
		if err := CheckAlgorithm(string(a)); err != nil {
			return fmt.Errorf("%q: %w", a, err)
		}
		if slices.Contains(algs[:i], a) {
			return fmt.Errorf("%q is given twice", a)
		}
		for _, name := range alg.Names[string]() {
			if string(a) != name && strings.EqualFold(string(a), name) {
				return fmt.Errorf("%q is not an algorithm; %q is", a, name)
			}
		}
	}
	return nil
}

// CheckType refuses what is not a media type, or its part after "application/"
// (RFC 7515 section 4.1.9), without parameters.
func CheckType(typ string) error {
	main, sub, slash := strings.Cut(typ, "/")
	if !isToken(main) || slash && !isToken(sub) {
		return errors.New(`not a media type such as "at+jwt" or "application/at+jwt"`)
	}
	return nil
}

// isToken reports whether s is a restricted-name of RFC 6838 section 4.2.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
			strings.ContainsRune("!#$&-^_.+", r))
	})
}

// ShortTypes returns the allowlist of a policy for typ as AcceptsType wants it.
func ShortTypes(types []string) ([]string, error) {
	var short []string
	for _, typ := range types {
		if err := CheckType(typ); err != nil {
			return nil, fmt.Errorf("%q is %w", typ, err)
		}
		if AcceptsType(short, typ) {
			return nil, fmt.Errorf("%q is given twice", typ)
		}
		short = append(short, shortType(typ))
	}
	return short, nil
}

// AcceptsType reports whether typ, which may be any text, is one of the media types
// in short, which ShortTypes returned. They are compared without regard to case
// (RFC 7519 section 5.1).
func AcceptsType(short []string, typ string) bool {
	typ = shortType(typ)
	return slices.ContainsFunc(short, func(want string) bool {
		// Equal lengths, since some letters beyond ASCII fold to one within.
		return len(typ) == len(want) && strings.EqualFold(typ, want)
	})
}

// shortType returns typ without the "application/" that may be left off (RFC 7515
// section 4.1.9).
func shortType(typ string) string {
	const prefix = "application/"
	if len(typ) > len(prefix) && strings.EqualFold(typ[:len(prefix)], prefix) && !strings.Contains(typ[len(prefix):], "/") {
		return typ[len(prefix):]
	}
	return typ
}
