package migrating

import (
	"regexp"
	"strings"
	"testing"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// A refusal is a row of the table: tokens, each with the field that is at fault, and where
// there is a setting that lets them through, that.
type refusal struct {
	row    string
	tokens [][2]string
	mend   func(*jwt.Policy)
}

var refusals = []refusal{
	{"has no `exp`", [][2]string{{"exp", good(with{"exp": ""})}}, func(p *jwt.Policy) { p.InsecureAllowNoExpiry = true }},
	{"has a `typ` other than JWT, such as `at+jwt`", [][2]string{{"typ", hs256(`{"alg":"HS256","typ":"at+jwt"}`, payload(nil))}},
		func(p *jwt.Policy) { p.Types = []string{"at+jwt"} }},
	{"was issued in the future, by a clock that is ahead", [][2]string{{"iat", good(with{"iat": unix(now.Add(20 * time.Second))})}},
		func(p *jwt.Policy) { p.Leeway = time.Minute }},
	{"is longer than 16 KiB", [][2]string{{"payload", good(with{"x": `"` + strings.Repeat("x", 13_000) + `"`})}},
		func(p *jwt.Policy) { p.MaxBytes = 20_000 }},
	{"has a name twice in one object", [][2]string{{"payload", hs256(header, `{"role":"admin",`+payload(nil)[1:])}}, nil},
	{"has `Exp` or `ISS` in place of `exp` or `iss`", [][2]string{
		{"exp", good(with{"exp": "", "Exp": unix(now.Add(time.Hour))})}, {"iss", good(with{"iss": "", "ISS": `"` + issuer + `"`})}}, nil},
	{"has a date as text, or `null`", [][2]string{
		{"exp", good(with{"exp": `"` + unix(now.Add(time.Hour)) + `"`})}, {"nbf", good(with{"nbf": "null"})}}, nil},
	{"has a date before 1970 or after 9999", [][2]string{{"nbf", good(with{"nbf": "-1"})}, {"exp", good(with{"exp": "253402300800"})}}, nil},
	{"is not UTF-8, or has half of a surrogate pair", [][2]string{
		{"payload", good(with{"role": "\"\xff\""})}, {"payload", good(with{"role": `"\ud800"`})}}, nil},
	{"is nested deeper than 32 levels", [][2]string{
		{"payload", good(with{"x": strings.Repeat("[", 32) + strings.Repeat("]", 32)})}}, nil},
	{"has `crit` in its header", [][2]string{{"crit", hs256(`{"alg":"HS256","crit":["x"],"x":1}`, payload(nil))}}, nil},
	{"has a line break, or unused bits that are set, in its base64", [][2]string{{"signature", good(nil) + "\n"}, {"signature", otherBits()}}, nil},
}

var refusedRow = regexp.MustCompile("(?m)^\\| (.+) \\| `(Err\\w+)`, (.+) \\| (.+) \\|$")

func section(t *testing.T, from, to string) string {
	t.Helper()
	_, text, ok := strings.Cut(readPage(t, "migrating.md").text, "\n"+from+"\n")
	require.True(t, ok, from)
	text, _, ok = strings.Cut(text, "\n"+to+"\n")
	require.True(t, ok, to)
	return text
}

func TestRefused(t *testing.T) {
	part := section(t, "## Refused here, accepted there", "## Find out beforehand")
	rows := refusedRow.FindAllStringSubmatch(part, -1)
	require.Len(t, rows, len(refusals)+2) // and those of the kid and of PS256, which have other keys
	said := map[string][]string{}
	for _, m := range rows {
		said[m[1]] = m
	}
	for _, r := range refusals {
		m := said[r.row]
		require.NotNil(t, m, r.row)
		for _, pair := range r.tokens {
			field, token := pair[0], pair[1]
			_, err := old(token, careful...)
			require.NoError(t, err, r.row)
			_, err = parse[Claims](t, token, nil)
			requireRefused(t, err, field, reasons[m[2]])
			require.True(t, m[3] == "`"+field+"`" || m[3] == "the claim" || m[3] == "a part", "%s: %s", r.row, field)
			if r.mend != nil {
				_, err = parse[Claims](t, token, r.mend)
				require.NoError(t, err, r.row)
			}
		}
	}
	require.Contains(t, said, "has another kid than the one key that verifies it") // keyfunc-one-key
	require.Contains(t, said, "is PS256 with another salt length than the hash")   // signing-method
}

// The other way round.
func TestAccepted(t *testing.T) {
	intoMap := func(token string) error { _, err := oldMap(token); return err }
	intoStruct := func(token string) error { _, err := old(token); return err }
	part := section(t, "## Refused here, accepted there", "## Find out beforehand")
	for _, c := range []struct {
		row   string
		parse func(string) error
		token string
		want  error
	}{
		{"| has a number that no float64 holds, such as `1e400` | `ErrTokenMalformed`, with `MapClaims` |", intoMap, good(with{"x": "1e400"}), golangjwt.ErrTokenMalformed},
		{"| has a claim such as `EXP` or `Iat` of another type beside the registered one | `ErrTokenMalformed`, with a struct |", intoStruct, good(with{"EXP": `"never"`}), golangjwt.ErrTokenMalformed},
		{"| is signed with `Ed25519` by that name, and the policy allows it | `ErrTokenUnverifiable` |", intoStruct, "", golangjwt.ErrTokenUnverifiable},
	} {
		require.Contains(t, part, c.row)
		signer := made(jwt.NewSigner(jwt.Ed25519, "", edKey))
		if c.token == "" {
			c.token = made(jwt.Sign(ctx, signer, jwt.Claims[Claims]{Issuer: issuer, Audience: []string{audience}, ExpiresAt: now.Add(time.Hour)}))
		}
		require.ErrorIs(t, c.parse(c.token), c.want)
		accepted(t)(parseBy[map[string]any](t, c.token, jwt.KeySet{key, signer.Verifier()}, func(p *jwt.Policy) { p.Algorithms = append(p.Algorithms, jwt.Ed25519) }))
	}
}
