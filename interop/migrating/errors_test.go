package migrating

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

var errorRows = []row{
	{"errors", []difference{
		{"`ErrExpired` means that all other checks passed, so the client may refresh. golang-jwt's `ErrTokenExpired` may be joined with a wrong audience.", func(t *testing.T) {
			token := good(with{"exp": "1", "aud": `"other"`})
			_, err := old(token, careful...)
			require.ErrorIs(t, err, golangjwt.ErrTokenExpired)
			require.ErrorIs(t, err, golangjwt.ErrTokenInvalidAudience)
			_, err = parse[Claims](t, token, nil)
			require.NotErrorIs(t, err, jwt.ErrExpired)
			_, err = parse[Claims](t, good(with{"exp": "1"}), nil)
			requireRefused(t, err, "exp", jwt.ErrExpired)
		}},
		{"The text of an error contains nothing of the token unless its signature is valid. golang-jwt's has parts of a forged one.", func(t *testing.T) {
			token := forged(with{"exp": `"words of a stranger"`})
			_, err := old(token, careful...)
			require.ErrorContains(t, err, "words of a stranger")
			_, err = parse[Claims](t, token, nil)
			requireRefused(t, err, "signature", jwt.ErrSignature)
			require.NotContains(t, err.Error(), "words")
		}},
	}},
}

// reasons are our sentinels by their names on the page.
var reasons = map[string]error{
	"ErrMalformed": jwt.ErrMalformed, "ErrAlgorithm": jwt.ErrAlgorithm, "ErrUnknownKey": jwt.ErrUnknownKey,
	"ErrSignature": jwt.ErrSignature, "ErrMissing": jwt.ErrMissing, "ErrExpired": jwt.ErrExpired,
	"ErrNotYetValid": jwt.ErrNotYetValid, "ErrMismatch": jwt.ErrMismatch,
}

// errorCases are tokens for the sentinels of golang-jwt.
var errorCases = []struct {
	name   string
	theirs error
	token  string
	field  string
}{
	{"ErrTokenMalformed", golangjwt.ErrTokenMalformed, "x.y", "signature"},
	{"ErrTokenMalformed", golangjwt.ErrTokenMalformed, hs256(`{`, payload(nil)), "header"},
	{"ErrTokenMalformed", golangjwt.ErrTokenMalformed, hs256(header, `{`), "payload"},
	{"ErrTokenMalformed", golangjwt.ErrTokenMalformed, good(with{"exp": "[]"}), "exp"},
	{"ErrTokenUnverifiable", golangjwt.ErrTokenUnverifiable, hs256(`{"alg":"XX256"}`, payload(nil)), "alg"},
	{"ErrTokenUnverifiable", golangjwt.ErrTokenUnverifiable, hs256(`{"alg":"HS256","kid":"unknown"}`, payload(nil)), "kid"},
	{"ErrTokenSignatureInvalid", golangjwt.ErrTokenSignatureInvalid, forged(nil), "signature"},
	{"ErrTokenSignatureInvalid", golangjwt.ErrTokenSignatureInvalid, hs256(`{"alg":"HS512"}`, payload(nil)), "alg"},
	{"ErrSignatureInvalid", golangjwt.ErrSignatureInvalid, forged(nil), "signature"},
	{"ErrTokenRequiredClaimMissing", golangjwt.ErrTokenRequiredClaimMissing, good(with{"iss": ""}), "iss"},
	{"ErrTokenRequiredClaimMissing", golangjwt.ErrTokenRequiredClaimMissing, good(with{"exp": ""}), "exp"},
	{"ErrTokenInvalidAudience", golangjwt.ErrTokenInvalidAudience, good(with{"aud": `"other"`}), "aud"},
	{"ErrTokenInvalidIssuer", golangjwt.ErrTokenInvalidIssuer, good(with{"iss": `"other"`}), "iss"},
	{"ErrTokenExpired", golangjwt.ErrTokenExpired, good(with{"exp": "1"}), "exp"},
	{"ErrTokenNotValidYet", golangjwt.ErrTokenNotValidYet, good(with{"nbf": "9999999999"}), "nbf"},
	{"ErrTokenUsedBeforeIssued", golangjwt.ErrTokenUsedBeforeIssued, good(with{"iat": "9999999999"}), "iat"},
	{"ErrTokenInvalidClaims", golangjwt.ErrTokenInvalidClaims, good(with{"aud": `"other"`}), "aud"},
	{"ErrInvalidType", golangjwt.ErrInvalidType, good(with{"aud": "5"}), "aud"},
}

var errorRow = regexp.MustCompile("(?m)^\\| (`Err[^|]*) \\| ([^|]*) \\| ([^|]*) ?\\|$")

// Each sentinel of golang-jwt stands beside the one that the same token gives here.
func TestErrors(t *testing.T) {
	rows := map[string][]string{}
	_, part, _ := strings.Cut(readPage(t, "migrating.md").text, "## <a id=\"errors\"></a>")
	for _, m := range errorRow.FindAllStringSubmatch(part, -1) {
		for _, name := range codeNames.FindAllString(m[1], -1) {
			rows[name] = m[2:]
		}
	}
	keys := map[string][]byte{"key-1": secret, "": secret}
	shown := map[string]bool{}
	for _, c := range errorCases {
		_, err := golangjwt.ParseWithClaims(c.token, &OldClaims{}, byKid(keys),
			append(careful, atNow, golangjwt.WithExpirationRequired(), golangjwt.WithIssuedAt())...)
		require.ErrorIs(t, err, c.theirs)
		_, err = parseBy[Claims](t, c.token, made(jwt.NewHMACVerifier(jwt.HS256, "key-1", secret)), nil)
		require.Contains(t, rows, c.name)
		said := rows[c.name]
		require.True(t, strings.Contains(said[1], "`"+c.field+"`") || strings.Contains(said[1], "claim"), "%s: %s", c.name, c.field)
		matched := strings.Contains(said[0], "any `*TokenError`")
		for _, name := range codeNames.FindAllString(said[0], -1) {
			if reason := reasons[name]; reason != nil {
				matched = matched || requireField(t, err, c.field, reason)
			}
		}
		require.True(t, matched, "%s: %v", c.name, err)
		shown[c.name] = true
	}
	for name := range rows {
		switch name {
		case "ErrTokenInvalidSubject", "ErrTokenInvalidId": // have no counterpart
		case "ErrECDSAVerification", "ErrEd25519Verification": // as ErrSignatureInvalid
		default:
			require.True(t, shown[name], name)
		}
	}
}

// requireField requires a *jwt.TokenError with the field, and reports whether it is for reason.
func requireField(t *testing.T, err error, field string, reason error) bool {
	t.Helper()
	var refused *jwt.TokenError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, field, refused.Field)
	return errors.Is(err, reason)
}
