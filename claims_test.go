package jwt_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// nested returns a value of depth levels.
func nested(opening, inner, closing string, depth int) string {
	return strings.Repeat(opening, depth) + inner + strings.Repeat(closing, depth)
}

func TestSignRefuses(t *testing.T) {
	type claims = jwt.Claims[json.RawMessage]
	exp := testTime.Add(time.Hour)
	private := func(s string) claims { return claims{ExpiresAt: exp, Private: json.RawMessage(s)} }
	const (
		depth    = "jwt: Claims.Private: nested deeper than 32 levels"
		notUTF8  = "not UTF-8"
		notMedia = `jwt: typ: not a media type such as "at+jwt" or "application/at+jwt"`
		dates    = "not between the years 1970 and 9999"
		object   = "jwt: Claims.Private: does not encode to a JSON object"
	)
	reserved := func(name string) string {
		return `jwt: Claims.Private: has a member "` + name + `", which is a registered claim`
	}
	tests := map[string]struct {
		claims claims
		want   string // a trailing … stands for the JSON library's own words
	}{
		"no exp":                    {claims{}, "jwt: Claims.ExpiresAt is zero; set it, or InsecureNoExpiry for a token that never expires"},
		"exp and no expiry":         {claims{ExpiresAt: exp, InsecureNoExpiry: true}, "jwt: Claims.InsecureNoExpiry is set beside ExpiresAt; set one of them"},
		"exp before 1970":           {claims{ExpiresAt: time.Unix(-1, 0)}, "jwt: Claims.ExpiresAt: " + dates},
		"exp just before 1970":      {claims{ExpiresAt: time.Unix(0, -1)}, "jwt: Claims.ExpiresAt: " + dates},
		"exp after 9999":            {claims{ExpiresAt: time.Unix(253402300800, 0)}, "jwt: Claims.ExpiresAt: " + dates},
		"exp in milliseconds":       {claims{ExpiresAt: time.Unix(exp.UnixMilli(), 0)}, "jwt: Claims.ExpiresAt: " + dates},
		"nbf before 1970":           {claims{ExpiresAt: exp, NotBefore: time.Unix(-1, 0)}, "jwt: Claims.NotBefore: " + dates},
		"nbf after 9999":            {claims{ExpiresAt: exp, NotBefore: time.Unix(253402300800, 0)}, "jwt: Claims.NotBefore: " + dates},
		"iat before 1970":           {claims{ExpiresAt: exp, IssuedAt: time.Unix(-1, 0)}, "jwt: Claims.IssuedAt: " + dates},
		"iat after 9999":            {claims{ExpiresAt: exp, IssuedAt: time.Unix(253402300800, 0)}, "jwt: Claims.IssuedAt: " + dates},
		"exp at nbf":                {claims{ExpiresAt: exp, NotBefore: exp}, "jwt: Claims.ExpiresAt is not after NotBefore"},
		"exp in the second of nbf":  {claims{ExpiresAt: exp.Add(time.Second - 1), NotBefore: exp}, "jwt: Claims.ExpiresAt is not after NotBefore"},
		"exp before nbf":            {claims{ExpiresAt: exp, NotBefore: exp.Add(1e9)}, "jwt: Claims.ExpiresAt is not after NotBefore"},
		"exp at iat":                {claims{ExpiresAt: exp, IssuedAt: exp}, "jwt: Claims.ExpiresAt is not after IssuedAt"},
		"exp before iat":            {claims{ExpiresAt: exp, IssuedAt: exp.Add(1e9)}, "jwt: Claims.ExpiresAt is not after IssuedAt"},
		"empty audience":            {claims{ExpiresAt: exp, Audience: []string{""}}, "jwt: Claims.Audience has an empty element"},
		"empty second audience":     {claims{ExpiresAt: exp, Audience: []string{"a", ""}}, "jwt: Claims.Audience has an empty element"},
		"iss not UTF-8":             {claims{ExpiresAt: exp, Issuer: "a\xff"}, "jwt: Claims: iss: " + notUTF8},
		"sub not UTF-8":             {claims{ExpiresAt: exp, Subject: "a\xff"}, "jwt: Claims: sub: " + notUTF8},
		"aud not UTF-8":             {claims{ExpiresAt: exp, Audience: []string{"a\xff"}}, "jwt: Claims: aud: " + notUTF8},
		"second aud not UTF-8":      {claims{ExpiresAt: exp, Audience: []string{"a", "\xed\xa0\x80"}}, "jwt: Claims: aud: " + notUTF8},
		"jti not UTF-8":             {claims{ExpiresAt: exp, ID: "a\xff"}, "jwt: Claims: jti: " + notUTF8},
		"typ not UTF-8":             {claims{ExpiresAt: exp, Type: "a\xff"}, notMedia},
		"typ with a parameter":      {claims{ExpiresAt: exp, Type: "at+jwt; x=1"}, notMedia},
		"typ with a space":          {claims{ExpiresAt: exp, Type: "at jwt"}, notMedia},
		"typ with a quote":          {claims{ExpiresAt: exp, Type: `a","alg":"none`}, notMedia},
		"typ with two slashes":      {claims{ExpiresAt: exp, Type: "a/b/c"}, notMedia},
		"typ without a subtype":     {claims{ExpiresAt: exp, Type: "application/"}, notMedia},
		"typ without a main type":   {claims{ExpiresAt: exp, Type: "/jwt"}, notMedia},
		"typ of white space":        {claims{ExpiresAt: exp, Type: " "}, notMedia},
		"typ in Kelvin":             {claims{ExpiresAt: exp, Type: "\u212ab+jwt"}, notMedia},
		"long typ":                  {claims{ExpiresAt: exp, Type: strings.Repeat("a", 16<<10)}, "jwt: header longer than 16384 bytes"},
		"private array":             {private(`[]`), object},
		"private string":            {private(`"{}"`), object},
		"private number":            {private(`1`), object},
		"private empty":             {claims{ExpiresAt: exp, Private: json.RawMessage{}}, "jwt: Claims.Private: …"},
		"private syntax":            {private(`{"a":}`), "jwt: Claims.Private: …"},
		"private cut off":           {private(`{"a":1`), "jwt: Claims.Private: …"},
		"private two objects":       {private(`{}{}`), "jwt: Claims.Private: …"},
		"private duplicate":         {private(`{"a":1,"a":1}`), "jwt: Claims.Private: …"},
		"private escaped duplicate": {private(`{"a":1,"\u0061":1}`), "jwt: Claims.Private: …"},
		"private deep duplicate":    {private(`{"a":[{"b":1,"b":1}]}`), "jwt: Claims.Private: …"},
		"private not UTF-8":         {private("{\"a\":\"\xff\"}"), "jwt: Claims.Private: …"},
		"private surrogate":         {private(`{"a":"\ud800"}`), "jwt: Claims.Private: …"},
		"private depth, objects":    {private(nested(`{"a":`, "1", "}", 33)), depth},
		"private depth, arrays":     {private(`{"a":` + nested("[", "", "]", 32) + "}"), depth},
		"private iss":               {private(`{"iss":"a"}`), reserved("iss")},
		"private sub":               {private(`{"sub":"a"}`), reserved("sub")},
		"private aud":               {private(`{"aud":"a"}`), reserved("aud")},
		"private exp":               {private(`{"exp":1}`), reserved("exp")},
		"private nbf":               {private(`{"nbf":1}`), reserved("nbf")},
		"private iat":               {private(`{"iat":1}`), reserved("iat")},
		"private jti":               {private(`{"a":1,"jti":"a"}`), reserved("jti")},
		"private escaped exp":       {private(`{"e\u0078p":1}`), reserved("exp")},
		"private null exp":          {private(`{"exp":null}`), reserved("exp")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			token, err := jwt.Sign(t.Context(), testKeys(t)[jwt.HS256].signer, test.claims)
			require.Empty(t, token)
			requireMessage(t, test.want, err)
			_, ok := errors.AsType[*jwt.TokenError](err)
			require.False(t, ok)
		})
	}
}

// requireMessage requires the error text want, of which … may be the end.
func requireMessage(tb testing.TB, want string, err error) {
	tb.Helper()
	require.Error(tb, err)
	if prefix, ok := strings.CutSuffix(want, "…"); ok {
		require.Truef(tb, strings.HasPrefix(err.Error(), prefix) && len(err.Error()) > len(prefix), "%q is not %q", err, want)
		return
	}
	require.Equal(tb, want, withoutDetails(err))
}

// Each date stands for exp, nbf and iat in turn.
func TestParseDates(t *testing.T) {
	const number, dateRange = "not a number", "not between the years 1970 and 9999"
	tests := []struct {
		json string
		want int64 // or else
		err  string
	}{
		{"0", 0, ""},
		{"1644948329", 1644948329, ""},
		{"1644948329.528", 1644948329, ""},
		{"1644948328.99999999999", 1644948328, ""},
		{"1.68e+09", 1680000000, ""},
		{"1.68E9", 1680000000, ""},
		{"16800000000e-1", 1680000000, ""},
		{"0.0000001e16", 1000000000, ""},
		{"0.9", 0, ""},
		{"1e-1000000", 0, ""},
		{"1e-99999999999999999999", 0, ""},
		{"0e99999999999999999999", 0, ""},
		{"0.0e1000000", 0, ""},
		{"1700000000." + strings.Repeat("9", 1000), 1700000000, ""},
		{"253402300799", 253402300799, ""},
		{"253402300799.999", 253402300799, ""},
		{"253402300800", 0, dateRange},
		{"9007199254740993", 0, dateRange},
		{"9223372036854775807", 0, dateRange},
		{"9223372036854775808", 0, dateRange},
		{"18446744073709551617", 0, dateRange},
		{strings.Repeat("9", 1000), 0, dateRange},
		{"1e400", 0, dateRange},
		{"1e1000000", 0, dateRange},
		{"1e99999999999999999999", 0, dateRange},
		{"-1", 0, dateRange},
		{"-0", 0, ""},
		{"-0.0e9", 0, ""},
		{"-1e400", 0, dateRange},
		{`"1644948329"`, 0, number},
		{`"2022-02-15T18:05:29Z"`, 0, number},
		{`""`, 0, number},
		{"null", 0, number},
		{"true", 0, number},
		{"false", 0, number},
		{"[1644948329]", 0, number},
		{`{"a":1644948329}`, 0, number},
	}
	for _, test := range tests {
		for _, claim := range []string{"exp", "nbf", "iat"} {
			t.Run(claim+" "+test.json[:min(len(test.json), 30)], func(t *testing.T) {
				policy := laxPolicy()
				policy.Now = func() time.Time { return time.Unix(test.want, 0).Add(time.Nanosecond) }
				if claim == "exp" {
					policy.Now = func() time.Time { return time.Unix(max(test.want-1, 0), 0) }
					policy.Leeway = time.Second // no clock goes before 1970, nor so some of these
				}
				token := handmade(plainHeader, `{"`+claim+`":`+test.json+"}")
				claims, err := jwt.Parse[struct{}](t.Context(), token, testKeys(t)[jwt.HS256].verifier, must(jwt.NewValidator(policy)))
				if test.err != "" {
					require.Nil(t, claims)
					require.EqualError(t, err, "jwt: "+claim+": malformed token: "+test.err)
					require.ErrorIs(t, err, jwt.ErrMalformed)
					return
				}
				require.NoError(t, err)
				got := map[string]time.Time{"exp": claims.ExpiresAt, "nbf": claims.NotBefore, "iat": claims.IssuedAt}
				require.Equal(t, time.Unix(test.want, 0).UTC(), got[claim])
				delete(got, claim)
				for _, other := range got {
					require.True(t, other.IsZero())
				}
				require.Equal(t, claim != "exp", claims.InsecureNoExpiry)
			})
		}
	}
}

func TestParseRegisteredTypes(t *testing.T) {
	const (
		notString  = "malformed token: not a string"
		notStrings = "malformed token: not a string or an array of strings"
		null       = "malformed token: null"
	)
	tests := []struct{ payload, field, want string }{
		{`{"aud":1}`, "aud", notStrings},
		{`{"aud":null}`, "aud", notStrings},
		{`{"aud":true}`, "aud", notStrings},
		{`{"aud":{}}`, "aud", notStrings},
		{`{"aud":[1]}`, "aud", notStrings},
		{`{"aud":["a",null]}`, "aud", notStrings},
		{`{"aud":["a",["b"]]}`, "aud", notStrings},
		{`{"aud":["",1]}`, "aud", notStrings},
		{`{"x":null,"iss":null}`, "iss", null},
		{`{"jti":null,"exp":1}`, "jti", null}, // before ErrExpired
	}
	for _, name := range []string{"iss", "sub", "jti"} {
		for _, value := range []string{"1", "true", "[]", `["a"]`, "{}"} {
			tests = append(tests, struct{ payload, field, want string }{`{"` + name + `":` + value + `}`, name, notString})
		}
		tests = append(tests, struct{ payload, field, want string }{`{"` + name + `":null}`, name, null})
	}
	for _, test := range tests {
		t.Run(test.payload, func(t *testing.T) {
			claims, err := parsePayload[map[string]any](t, test.payload)
			require.Nil(t, claims)
			require.EqualError(t, err, "jwt: "+test.field+": "+test.want)
		})
	}
}

func TestParsePayload(t *testing.T) {
	const (
		object    = "not one JSON object"
		depth     = "nested deeper than 32 levels"
		utf8      = "not UTF-8"
		duplicate = "duplicate member name"
	)
	tests := []struct{ name, payload, want string }{
		{"white space around", " \t\r\n{ \"a\" : 1 } \t\r\n", ""},
		{"no members", "{}", ""},
		{"a paired surrogate", `{"a":"\ud83d\ude00"}`, ""},
		{"a NUL in a string", `{"a":"\u0000"}`, ""},
		{"depth 32, objects", nested(`{"a":`, "1", "}", 32), ""},
		{"depth 32, arrays", `{"a":` + nested("[", "", "]", 31) + "}", ""},
		{"many brackets, not deep", `{"a":[` + strings.Repeat("[],{},", 100) + `[]]}`, ""},
		{"brackets in strings", `{"` + strings.Repeat("[{", 100) + `":"` + strings.Repeat(`\"[\\{`, 100) + `"}`, ""},
		{"depth 33, objects", nested(`{"a":`, "1", "}", 33), depth},
		{"depth 33, arrays", `{"a":` + nested("[", "", "]", 32) + "}", depth},
		{"depth 33 after strings", `{"s":"\\","t":"]]]]\"]]","a":` + nested("[", "", "]", 32) + "}", depth},
		{"deep garbage", strings.Repeat("[", 5000), object},
		{"empty", "", object},
		{"white space", " ", object},
		{"null", "null", object},
		{"array", "[]", object},
		{"string", `"{}"`, object},
		{"number", "1", object},
		{"BOM", "\ufeff{}", object},
		{"trailing object", `{"a":1}{"admin":true}`, object},
		{"trailing NUL", "{}\x00", object},
		{"trailing comma", `{"a":1,}`, object},
		{"cut off", `{"a":1`, object},
		{"comment", `{"a":1/**/}`, object},
		{"unquoted name", `{a:1}`, object},
		{"single quotes", `{'a':1}`, object},
		{"leading zero", `{"a":01}`, object},
		{"plus sign", `{"a":+1}`, object},
		{"NaN", `{"a":NaN}`, object},
		{"control character", "{\"a\":\"\n\"}", object},
		{"unknown escape", `{"a":"\x"}`, object},
		{"high surrogate", `{"a":"\ud800"}`, object},
		{"low surrogate", `{"a":"\udc00"}`, object},
		{"surrogate in a name", `{"\ud800":1}`, object},
		{"Latin-1", "{\"a\":\"\xe9\"}", utf8},
		{"UTF-8 of a surrogate", "{\"a\":\"\xed\xa0\x80\"}", utf8},
		{"overlong UTF-8", "{\"a\":\"\xc0\x80\"}", utf8},
		{"UTF-8 in a name", "{\"\xff\":1}", utf8},
		{"iss twice", `{"iss":"a","iss":"a"}`, duplicate},
		{"exp twice", `{"exp":1,"exp":2}`, duplicate},
		{"escaped exp twice", `{"exp":1,"\u0065xp":2}`, duplicate},
		{"private twice", `{"a":1,"a":1}`, duplicate},
		{"private twice, deep", `{"a":[{"b":{"c":1,"c":1}}]}`, duplicate},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			token := handmade(plainHeader, test.payload)
			requirePayload[struct{}](t, token, test.want)
			requirePayload[map[string]any](t, token, test.want)
			requirePayload[json.RawMessage](t, token, test.want)
			requirePayload[*struct{ A any }](t, token, test.want)
			requirePayload[ownMethods](t, token, test.want)
		})
	}
}

func requirePayload[P any](tb testing.TB, token, want string) {
	tb.Helper()
	claims, err := parseLax[P](tb, token)
	if want == "" {
		require.NoError(tb, err)
		return
	}
	require.Nil(tb, claims)
	require.EqualError(tb, err, "jwt: payload: malformed token: "+want)
}
