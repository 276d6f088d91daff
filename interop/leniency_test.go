package interop

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// A leniency is a kind of token that we accept and some other library refuses.
type leniency struct {
	text, source string
	// errors are the libraries that refuse it, and parts of what they say then.
	errors  map[string][]string
	applies func(v view) bool
}

// A view is an accepted token, taken apart.
type view struct {
	sample
	headerText     string
	header, claims object
}

func viewOf(s sample) view {
	parts := strings.Split(s.token, ".")
	header, _ := decodePart(parts[0])
	payload, _ := decodePart(parts[1])
	return view{s, string(header), members(header), members(payload)}
}

var leniencies = []leniency{
	{
		"typ is absent or empty", "RFC 7519 section 5.1: its use is optional",
		map[string][]string{"tink": {"validating type header"}},
		func(v view) bool { return v.header.texts()["typ"] == "" },
	},
	{
		"typ is JWT in other letters, or application/jwt", "RFC 7515 section 4.1.9, RFC 6838 section 4.2: media types have no case",
		map[string][]string{"tink": {"wrong 'type header' type"}},
		func(v view) bool { return v.header.texts()["typ"] != "JWT" },
	},
	{
		"kid is absent or empty", "RFC 7515 section 4.1.4: its use is optional",
		map[string][]string{"kataras": {"kid is empty"}, "tink": {"verification failed"}},
		func(v view) bool { return v.header.texts()["kid"] == "" },
	},
	{
		"A name is that of a known claim or parameter, but in other letters", "RFC 7519 sections 7.3 and 10.1.1, RFC 7515 section 9.1.1: names have case, so this is another one, which is ignored",
		map[string][]string{
			"golang-jwt": {"could not JSON decode claim", "token has invalid"},
			"cristalhq":  {"cannot unmarshal", "format is not valid", "date is not valid", "not valid at this time", "another issuer or audience", "no exp", "another algorithm", "kid of another key"},
			"kataras":    {"cannot unmarshal", "not a type of JSON", "field not match", "token expired", "not valid yet", "issued in the future", "no exp", "kid", "unexpected token algorithm"},
		},
		func(v view) bool { return otherLetters(v.header, headerNames) || otherLetters(v.claims, claimNames) },
	},
	{
		"The header is written with white space, in another order, with escapes, or with more parameters than alg and typ", "RFC 7515 section 4, RFC 8259 section 2",
		map[string][]string{"kataras": {"unexpected token algorithm"}, "cristalhq": {"token format is not valid"}},
		func(v view) bool {
			return !slices.Contains([]string{`{"alg":"` + v.alg + `","typ":"JWT"}`, `{"typ":"JWT","alg":"` + v.alg + `"}`, `{"alg":"` + v.alg + `"}`}, v.headerText)
		},
	},
	{
		"A header parameter that we make no use of has a value that does not fit it", "RFC 7515 section 4: what is not understood must be ignored",
		map[string][]string{
			"go-jose": {"failed to unmarshal"},
			"jwx":     {"failed to parse JOSE headers"},
		},
		func(v view) bool {
			return slices.ContainsFunc(v.header, func(m member) bool {
				return slices.Contains([]string{"cty", "jwk", "jku", "x5u", "x5c", "x5t", "nonce"}, m.name)
			})
		},
	},
	{
		"cty is JWT, while the payload is claims", "RFC 7519 section 5.2: not recommended, but not an error",
		map[string][]string{"jwx": {"expected nested"}},
		func(v view) bool { return strings.EqualFold(v.header.texts()["cty"], "JWT") },
	},
	{
		"A number that nobody reads is too large for a float64", "RFC 8259 section 6: the grammar has no limit",
		map[string][]string{
			"golang-jwt": {"cannot unmarshal number"}, "go-jose": {"cannot unmarshal number"}, "jwx": {"could not decode", "failed to decode"}, "tink": {"verification failed"},
		},
		func(v view) bool { return hasHugeNumber(v.header) || hasHugeNumber(v.claims) },
	},
	{
		"A number is an integer that no float64 holds", "RFC 8259 section 6",
		map[string][]string{"tink": {"level is not an integer"}},
		func(v view) bool { return v.claims.get("level").isBig() },
	},
	{
		"iat is absent", "RFC 7519 section 4.1.6: its use is optional",
		map[string][]string{"tink": {`no '"iat"' claim found`}},
		func(v view) bool { return v.claims.get("iat") == nil },
	},
	{
		"aud holds more than the expected audience", "RFC 7519 section 4.1.3",
		map[string][]string{"kataras": {"field not match: aud"}},
		func(v view) bool { return len(v.claims.get("aud").audience()) > 1 },
	},
	{
		"nbf or iat is this very second", "RFC 7519 section 4.1.5: on or after",
		map[string][]string{"cristalhq": {"not valid at this time"}},
		func(v view) bool {
			return (v.isNow("nbf", "") || v.isNow("iat", "")) && !v.isNow("nbf", ".") && !v.isNow("iat", ".")
		},
	},
	{
		"nbf or iat is a fraction of a second ahead: fractions are cut", "RFC 7519 sections 2 and 4.1.5, which allows some leeway",
		map[string][]string{"cristalhq": {"not valid at this time"}},
		func(v view) bool { return v.isNow("nbf", ".") || v.isNow("iat", ".") },
	},
}

// otherLetters reports whether o has a name that differs from one of names only in case.
func otherLetters(o object, names []string) bool {
	return slices.ContainsFunc(o, func(m member) bool {
		return slices.ContainsFunc(names, func(name string) bool { return m.name != name && strings.EqualFold(m.name, name) })
	})
}

// isNow reports whether the date, its fraction cut, is now, and mark is in its text.
func (v view) isNow(name, mark string) bool {
	m := v.claims.get(name)
	if m == nil || !strings.Contains(string(m.raw), mark) {
		return false
	}
	seconds, _ := m.date()
	return seconds == v.now.Unix()
}

func hasHugeNumber(o object) bool {
	return slices.ContainsFunc(o, func(m member) bool {
		switch m.kind() {
		case '0':
			n, err := strconv.ParseFloat(string(m.raw), 64)
			return err != nil || math.IsInf(n, 0)
		case '{':
			return hasHugeNumber(members(m.raw))
		}
		return false
	})
}

func (m *member) isBig() bool {
	if m == nil || !m.isInt64() {
		return false
	}
	n, _ := strconv.ParseInt(string(m.raw), 10, 64)
	return n > 1<<53 || n < -1<<53
}

// The ways in which two libraries tell different things about one token.
var differences = []leniency{
	{
		"Another name in other letters stands for a claim", "RFC 7519 sections 7.3 and 10.1.1: names have case",
		map[string][]string{"golang-jwt": nil, "cristalhq": nil, "kataras": nil},
		func(v view) bool { return otherLetters(v.claims, claimNames) },
	},
	{
		"An integer beyond 2^53 is rounded", "RFC 8259 section 6",
		map[string][]string{"tink": nil},
		func(v view) bool { return v.claims.get("level").isBig() },
	},
	{
		"A date has a fraction that rounds up to the next second in a float64", "RFC 7519 section 2",
		map[string][]string{"golang-jwt": nil, "go-jose": nil, "tink": nil, "cristalhq": nil, "kataras": nil},
		func(v view) bool { return strings.Contains(string(v.claims.get("exp").raw), ".") },
	},
}
