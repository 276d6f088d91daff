package compact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/compact"
)

func TestCheckAlgorithm(t *testing.T) {
	for _, alg := range []string{"HS256", "hs256", "ES256K", "X-own", "a/b", "nonesuch", "noné"[:3] + "1", "!", "~"} {
		require.NoError(t, compact.CheckAlgorithm(alg), alg)
	}
	for alg, want := range map[string]string{
		"": "no algorithm", "none": `"none" is not a signature algorithm`, "NONE": `"none" is not a signature algorithm`, "nOnE": `"none" is not a signature algorithm`,
		" HS256": "algorithm has", "HS256\n": "algorithm has", "H\x00": "algorithm has", `"`: "algorithm has", `\`: "algorithm has",
		"\x7f": "algorithm has", "é": "algorithm has", "\xff": "algorithm has", "none ": "algorithm has",
	} {
		err := compact.CheckAlgorithm(alg)
		require.Error(t, err, "%q", alg)
		require.True(t, strings.HasPrefix(err.Error(), want), "%q: %v", alg, err)
	}
}

func TestCheckAlgorithms(t *testing.T) {
	require.NoError(t, compact.CheckAlgorithms([]string{"HS256", "HS384", "X", "x", "ES256K"}))
	known := []string{
		"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
	}
	require.NoError(t, compact.CheckAlgorithms(known))
	for _, name := range known {
		for _, wrong := range []string{strings.ToLower(name), strings.ToUpper(name), strings.ToLower(name[:1]) + name[1:]} {
			if wrong != name {
				require.EqualError(t, compact.CheckAlgorithms([]string{"X", wrong}), `"`+wrong+`" is not an algorithm; "`+name+`" is`)
			}
		}
	}
	for _, tt := range []struct {
		algs []string
		want string
	}{
		{nil, "empty; name the algorithms of the issuer's keys, such as ES256"},
		{[]string{"A", ""}, `"": no algorithm`},
		{[]string{"A", "none"}, `"none": "none" is not a signature algorithm`},
		{[]string{"A", "B", "A"}, `"A" is given twice`},
	} {
		require.EqualError(t, compact.CheckAlgorithms(tt.algs), tt.want)
	}
}

func TestCheckType(t *testing.T) {
	for _, typ := range []string{"JWT", "at+jwt", "application/at+jwt", "a", "a/b", "azAZ09/zaZA90", "X-1.2_3", "!#$&-^_.+", "application/application"} {
		require.NoError(t, compact.CheckType(typ), typ)
	}
	for _, typ := range []string{
		"", " ", "/", "a/", "/a", "a/b/c", "a//b", "a b", "a;b", "a;b=c", "a,b", "é", "a\n", "a\x00", `"`, `\`, "\xff", "a=b", "*/*", "a(b)", "a@b", "a:b", "a%b", "a`", "a{", "a@", "a[", "a/b:", "\u212a",
	} {
		require.EqualError(t, compact.CheckType(typ), `not a media type such as "at+jwt" or "application/at+jwt"`, "%q", typ)
	}
}

func TestShortTypes(t *testing.T) {
	short, err := compact.ShortTypes([]string{"JWT", "application/at+jwt", "APPLICATION/x", "text/plain", "application"})
	require.NoError(t, err)
	require.Equal(t, []string{"JWT", "at+jwt", "x", "text/plain", "application"}, short)
	short, err = compact.ShortTypes(nil)
	require.NoError(t, err)
	require.Empty(t, short)
	for _, tt := range []struct {
		types []string
		want  string
	}{
		{[]string{"a", ""}, `"" is not a media type such as "at+jwt" or "application/at+jwt"`},
		{[]string{"a", "application/"}, `"application/" is not a media type such as "at+jwt" or "application/at+jwt"`},
		{[]string{"a", "A"}, `"A" is given twice`},
		{[]string{"application/a", "A"}, `"A" is given twice`},
		{[]string{"a", "b", "Application/A"}, `"Application/A" is given twice`},
	} {
		short, err := compact.ShortTypes(tt.types)
		require.EqualError(t, err, tt.want)
		require.Nil(t, short)
	}
}

// Whether shortType shortens "application/" itself makes no difference: the empty text is
// in no list either, so that mutant lives.

func TestAcceptsType(t *testing.T) {
	short, err := compact.ShortTypes([]string{"application/JWT", "secevent+jwt", "text/plain", "k"})
	require.NoError(t, err)
	for _, typ := range []string{
		"JWT", "jwt", "application/jwt", "Application/Jwt", "secevent+jwt", "APPLICATION/SECEVENT+JWT", "text/plain", "TEXT/Plain", "K",
	} {
		require.True(t, compact.AcceptsType(short, typ), typ)
	}
	for _, typ := range []string{
		"", "JW", "JWTs", "JWT ", " JWT", "JWT;a=b", "at+jwt", "plain", "application/plain", "application/text/plain", "text/jwt",
		"application/", "application/application/jwt", "applicationxjwt", "application\\jwt", "\u212a", "text/plain/", "ſecevent+jwt", "j\u0000wt", "\xff",
	} {
		require.False(t, compact.AcceptsType(short, typ), "%q", typ)
	}
	require.False(t, compact.AcceptsType(nil, ""))
	require.False(t, compact.AcceptsType(nil, "JWT"))
}

func TestCheckKeyID(t *testing.T) {
	require.NoError(t, compact.CheckKeyID(""))
	require.NoError(t, compact.CheckKeyID("é\x00\" 😀"))
	require.EqualError(t, compact.CheckKeyID("a\xff"), "kid is not UTF-8")
}
