package interop

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A rule is one thing that a token has to be. The list is in the order in which a
// token is checked.
type rule struct {
	id, text, source string
	// example is what breaks the rule. In a header or payload, … stands for the
	// members of a good one that the example does not have.
	example string
	// fields are the values of TokenError.Field for a token that breaks the rule; none
	// where the rule is about a claim, whose name it is then.
	fields []string
}

// A stage is a part of the check, with the first of its rules.
var stages = []struct{ title, first string }{
	{"The key", "key-hmac"}, {"The form", "size"}, {"The header", "header-json"}, {"The signature", "kid"},
	{"The payload", "payload-json"}, {"The claims", "typ"},
}

const ownLimit = "a limit of ours"

var rules = []rule{
	{"key-hmac", "An HMAC secret is at least as long as the hash", "RFC 7518 section 3.2, RFC 8725 section 3.5", "31 bytes for HS256", nil},
	{"key-text", "An HMAC secret is no PEM, JWK, SSH key or public key in base64", "RFC 8725 section 2.1", "`-----BEGIN PUBLIC KEY-----`", nil},
	{"key-rsa", "An RSA modulus has 2048 to 8192 bits", "RFC 7518 section 3.3", "1024 bits", nil},
	{"key-type", "The key is of the algorithm's type and curve", "RFC 7518 section 3.4, RFC 8725 section 3.1", "P-384 for ES256", nil},
	{"key-order", "An Ed25519 key is not of small order", "RFC 8725 section 3.4", "the neutral element, which verifies one signature for every text", nil},

	{"size", "The token is no longer than 16 KiB, unless the policy says otherwise", ownLimit, "17,000 bytes", []string{"payload"}},
	{"parts", "Three parts with two dots", "RFC 7515 section 7.1", "`a.b`", []string{"header", "payload", "signature"}},
	{"alphabet", "Only the characters of base64url: no padding, no space, no line break", "RFC 7515 section 2, draft 8725bis section 3.14", "`eyJhbGci…==.…`", inToken},
	{"canonical", "Bits of the last character that encode nothing are zero, and no character is left over", "RFC 4648 section 3.5: may be refused", "`…QR` for `…QQ`", inToken},
	{"unsigned", "The signature is not empty", "RFC 8725 section 3.2", "`eyJhbGci….eyJpc3Mi….`", []string{"signature"}},

	{"header-json", "The header is one JSON object and nothing else", "RFC 7515 section 4", "{…}{}", inHeader},
	{"header-utf8", "The header is UTF-8, without lone surrogates", "RFC 8725 section 3.7, RFC 8259 section 8", `{…,"x":"\ud800"}`, inHeader},
	{"header-depth", "The header is nested at most 32 levels deep", ownLimit, `{…,"x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}`, inHeader},
	{"header-names", "Names in the header are unique, at every depth", "RFC 7515 section 4: refuse, or take the last", `{…,"x":1,"x":2}`, inHeader},
	{"crit", "No crit: no extension is supported", "RFC 7515 section 4.1.11", `{…,"crit":["x"],"x":1}`, []string{"crit"}},
	{"b64", "No b64, which is not for JWTs", "RFC 7797 section 7", `{…,"b64":false}`, []string{"header"}},
	{"alg-type", "alg is there, and a string", "RFC 7515 section 4.1.1", `{…,"alg":null}`, []string{"alg"}},
	{"kid-type", "kid is a string", "RFC 7515 section 4.1.4", `{…,"kid":1}`, []string{"kid"}},
	{"typ-type", "typ is a string", "RFC 7515 section 4.1.9", `{…,"typ":null}`, []string{"typ"}},
	{"alg", "alg is one of the policy's, in exact case", "RFC 8725 section 3.1, RFC 7515 section 4.1.1", `{…,"alg":"none"}`, []string{"alg"}},

	{"kid", "kid is that of the key, if both have one", "RFC 7515 section 4.1.4", `{…,"kid":"x"}`, []string{"kid"}},
	{"signature", "The signature verifies, with parameters exactly as the algorithm says", "RFC 7515 section 5.2, RFC 7518 section 3", "PS256 with another salt length", []string{"signature"}},

	{"payload-json", "The payload is one JSON object and nothing else", "RFC 7519 section 7.2", `{…}{"role":"admin"}`, inPayload},
	{"payload-utf8", "The payload is UTF-8, without lone surrogates", "RFC 7519 section 7.2, RFC 8725 section 3.7, RFC 8259 section 8", `{…,"role":"\ud800"}`, inPayload},
	{"payload-depth", "The payload is nested at most 32 levels deep", ownLimit, `{…,"x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}`, inPayload},
	{"payload-names", "Names in the payload are unique, at every depth", "RFC 7519 section 4: refuse, or take the last", `{…,"sub":"alice","sub":"admin"}`, inPayload},
	{"string", "iss, sub and jti are strings, and not null", "RFC 7519 sections 4.1.1, 4.1.2 and 4.1.7", `{…,"sub":1}`, nil},
	{"aud-type", "aud is a string or an array of strings", "RFC 7519 section 4.1.3", `{…,"aud":["orders",1]}`, nil},
	{"date", "exp, nbf and iat are JSON numbers, and not null", "RFC 7519 section 2", `{…,"nbf":null}`, nil},
	{"date-range", "exp, nbf and iat lie between 1970 and the end of 9999", ownLimit, `{…,"nbf":1e30}`, nil},

	{"typ", "typ is JWT, or absent", "RFC 8725 section 3.11, RFC 7519 section 5.1", `{…,"typ":"at+jwt"}`, []string{"typ"}},
	{"iss", "iss is the expected issuer", "RFC 7519 section 4.1.1, RFC 8725 section 3.8", `{…,"iss":"https://evil.example","ISS":"https://issuer.example"}`, []string{"iss"}},
	{"aud", "aud holds the expected audience", "RFC 7519 section 4.1.3, RFC 8725 section 3.9", `{…,"aud":[],"AUD":"orders"}`, []string{"aud"}},
	{"nbf", "The time is nbf or later", "RFC 7519 section 4.1.5", `{…,"nbf":1795305601}`, []string{"nbf"}},
	{"iat", "The time is iat or later", "RFC 7519 section 4.1.6 says only what iat is", `{…,"iat":1795305601}`, []string{"iat"}},
	{"exp", "The time is before exp: in that very second the token has expired", "RFC 7519 section 4.1.4", `{…,"exp":1795305600}`, []string{"exp"}},
	{"exp-missing", "exp is there", "ours: a token that never expires cannot be taken back", `{…,"EXP":1795306500}`, []string{"exp"}},
	{"private", "Private claims fit the caller's Go type", "package encoding/json", `{…,"level":1e3}`, nil},
}

var (
	inToken   = []string{"header", "payload", "signature"}
	inHeader  = []string{"header", "alg", "kid", "typ", "crit"}
	inPayload = []string{"payload", "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "role", "level"}
)

// A fault is a rule that a token breaks, and where.
type fault struct {
	rule  string
	field string // for rules without fields
}

func ruleOf(id string) rule {
	return rules[slices.IndexFunc(rules, func(r rule) bool { return r.id == id })]
}

// The examples in headers and payloads break the rule that they are examples of, and
// no rule before it. What does not begin with a brace is prose.
func TestExamples(t *testing.T) {
	k := readKey(t, "hs256-1")
	for i, r := range rules {
		if !strings.HasPrefix(r.example, "{") {
			continue
		}
		header, payload := k.goodHeader(), goodPayload(now)
		if i < slices.IndexFunc(rules, func(r rule) bool { return r.id == "payload-json" }) || r.id == "typ" {
			header = fill(r.example, header)
		} else {
			payload = strings.Replace(fill(r.example, payload), `,"exp":1795306500`, "", strings.Count(r.example, "EXP"))
		}
		s := newSetup(k)
		faults := oracle(s, k.token(header, payload))
		require.NotEmpty(t, faults, r.example)
		require.Equal(t, r.id, faults[0].rule, r.example)
	}
}

// fill replaces … by the members of good that example does not have.
func fill(example, good string) string {
	members := slices.DeleteFunc(split(good), func(m string) bool {
		name, _, _ := strings.Cut(m, ":")
		return strings.Contains(example, name+":")
	})
	return strings.Replace(example, "…", strings.Join(members, ","), 1)
}
