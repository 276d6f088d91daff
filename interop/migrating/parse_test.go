package migrating

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/golang-jwt/jwt/v5/request"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
	"github.com/cda17858/jwt/jwthttp"
)

// down is a source of keys that does not answer.
type down struct{}

var errDown = errors.New("no answer")

func (down) Verify(context.Context, jwt.Header, []byte, []byte) error { return errDown }

// status is what a handler of jwthttp answers to a request.
func status(t *testing.T, r *http.Request) int {
	t.Helper()
	return statusWith(t, r, jwthttp.Config{})
}

func statusWith(t *testing.T, r *http.Request, cfg jwthttp.Config) int {
	t.Helper()
	parser, err := jwt.NewParser[Claims](made(jwt.NewHMACVerifier(jwt.HS256, "", secret)), policy(nil))
	require.NoError(t, err)
	auth, err := jwthttp.New(parser.Parse, cfg)
	require.NoError(t, err)
	w := httptest.NewRecorder()
	auth.Require().Handler(func(http.ResponseWriter, *http.Request, *jwt.Claims[Claims]) {}).ServeHTTP(w, r)
	return w.Code
}

// takes requires that an extractor of golang-jwt finds the good token of a request.
func takes(t *testing.T, from request.Extractor, r *http.Request) {
	t.Helper()
	_, err := request.ParseFromRequest(r, from, oneKey(secret), request.WithParser(golangjwt.NewParser(append(careful, atNow)...)))
	require.NoError(t, err)
}

var parseRows = []row{
	{"parse", []difference{
		{"Without algorithms, issuers or audiences `NewParser` returns an error. golang-jwt without options accepts any algorithm that fits the key, any issuer and any audience.", func(t *testing.T) {
			key := made(jwt.NewHMACVerifier(jwt.HS256, "", secret))
			require.ErrorContains(t, newParser[Claims](key, func(p *jwt.Policy) { p.Algorithms = nil }), "Policy.Algorithms")
			require.ErrorContains(t, newParser[Claims](key, func(p *jwt.Policy) { p.Issuers = nil }), "Issuers is empty")
			require.ErrorContains(t, newParser[Claims](key, func(p *jwt.Policy) { p.Audiences = nil }), "Audiences is empty")
			token, err := golangjwt.NewWithClaims(golangjwt.SigningMethodHS512, golangjwt.MapClaims{"iss": "of anyone", "aud": "for anyone"}).SignedString(secret)
			require.NoError(t, err)
			_, err = old(token)
			require.NoError(t, err)
		}},
		{"The first fault is reported, and a forged token is never called expired. golang-jwt joins the faults of all claims into one error.", func(t *testing.T) {
			faults := with{"exp": "1", "aud": `"other"`}
			_, err := old(good(faults), careful...)
			require.ErrorIs(t, err, golangjwt.ErrTokenExpired)
			require.ErrorIs(t, err, golangjwt.ErrTokenInvalidAudience)
			_, err = parse[Claims](t, good(faults), nil)
			requireRefused(t, err, "aud", jwt.ErrMismatch)
			require.NotErrorIs(t, err, jwt.ErrExpired)
			_, err = parse[Claims](t, forged(with{"exp": "1"}), nil)
			requireRefused(t, err, "signature", jwt.ErrSignature)
			require.NotErrorIs(t, err, jwt.ErrExpired)
		}},
		{"An error that is not a `*TokenError` means that the token could not be checked: answer 503. golang-jwt does not tell the two apart.", func(t *testing.T) {
			_, err := golangjwt.Parse(good(nil), func(*golangjwt.Token) (any, error) { return nil, errDown })
			require.ErrorIs(t, err, golangjwt.ErrTokenUnverifiable)
			_, err = parseBy[Claims](t, good(nil), down{}, nil)
			require.ErrorIs(t, err, errDown)
			_, refused := errors.AsType[*jwt.TokenError](err)
			require.False(t, refused)
		}},
	}},
	{"token-valid", []difference{
		{"With an error the claims are nil: code that forgets the error panics. golang-jwt returns the claims of a forged token beside the error, and has filled in the caller's struct.", func(t *testing.T) {
			bad := forged(with{"role": `"admin"`})
			var mine OldClaims
			token, err := golangjwt.ParseWithClaims(bad, &mine, oneKey(secret), append(careful, atNow)...)
			require.ErrorIs(t, err, golangjwt.ErrTokenSignatureInvalid)
			require.False(t, token.Valid)
			require.Equal(t, "admin", token.Claims.(*OldClaims).Role)
			require.Equal(t, "admin", mine.Role)
			claims, err := parse[Claims](t, bad, nil)
			require.Error(t, err)
			require.Panics(t, func() { _ = claims.Private.Role })
		}},
	}},
	{"token", []difference{
		{"Numbers in `Claims.Header` are a `json.Number`. In golang-jwt's `Header` they are a `float64`.", func(t *testing.T) {
			raw := hs256(`{"alg":"HS256","n":1}`, payload(nil))
			token, err := golangjwt.Parse(raw, oneKey(secret), atNow)
			require.NoError(t, err)
			require.Equal(t, 1.0, token.Header["n"])
			claims, err := parse[Claims](t, raw, nil)
			require.NoError(t, err)
			require.Equal(t, json.Number("1"), claims.Header["n"])
		}},
	}},
	{"parse-unverified", []difference{
		{"`jws.Unverified` is as strict about form as Parse: a line break within the base64 is an error. golang-jwt skips it.", func(t *testing.T) {
			raw := strings.Replace(good(nil), ".", ".\n", 1)
			_, _, err := golangjwt.NewParser().ParseUnverified(raw, golangjwt.MapClaims{})
			require.NoError(t, err)
			_, err = jws.Unverified(raw)
			require.ErrorIs(t, err, jwt.ErrMalformed)
			m, err := jws.Unverified(good(nil))
			require.NoError(t, err)
			var claims jwt.Claims[Claims]
			require.NoError(t, claims.UnmarshalJSON(m.Payload))
			require.Equal(t, "alice", claims.Subject)
		}},
	}},
	{"parse-from-request", []difference{
		{"A token in the query or in a form is ignored: 401. `OAuth2Extractor` accepts it.", func(t *testing.T) {
			query := httptest.NewRequest("GET", "/orders?access_token="+good(nil), nil)
			form := httptest.NewRequest("POST", "/orders", strings.NewReader("access_token="+good(nil)))
			form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for _, r := range []*http.Request{query, form} {
				require.Equal(t, 401, status(t, r))
				takes(t, request.OAuth2Extractor, r)
			}
		}},
		{"A header without the word `Bearer` has no token: 401. `AuthorizationHeaderExtractor` uses the whole header.", func(t *testing.T) {
			r := httptest.NewRequest("GET", "/orders", nil)
			r.Header.Set("Authorization", good(nil))
			takes(t, request.AuthorizationHeaderExtractor, r)
			require.Equal(t, 401, status(t, r))
			r.Header.Set("Authorization", "bearer "+good(nil))
			takes(t, request.AuthorizationHeaderExtractor, r)
			require.Equal(t, 200, status(t, r))
		}},
		{"Two Authorization headers are answered with 400. golang-jwt uses the first.", func(t *testing.T) {
			r := httptest.NewRequest("GET", "/orders", nil)
			r.Header["Authorization"] = []string{"Bearer " + good(nil), "Bearer " + forged(nil)}
			takes(t, request.OAuth2Extractor, r)
			require.Equal(t, 400, status(t, r))
		}},
	}},
	{"cookies", []difference{
		{"A request with two tokens, one in the header and one that `Extract` finds, is answered with 400. So `Extract` looks at the header first. The lines with a minus use the cookie.", func(t *testing.T) {
			cookie := func(r *http.Request) string { return made(r.Cookie("token")).Value }
			headerFirst := func(r *http.Request) string {
				if r.Header.Get("Authorization") != "" {
					return ""
				}
				return cookie(r)
			}
			r := bearer(forged(nil))
			r.AddCookie(&http.Cookie{Name: "token", Value: good(nil)})
			accepted(t)(old(cookie(r), careful...))
			require.Equal(t, 400, statusWith(t, r, jwthttp.Config{Extract: cookie}))
			require.Equal(t, 401, statusWith(t, r, jwthttp.Config{Extract: headerFirst}))
			r.Header.Del("Authorization")
			require.Equal(t, 200, statusWith(t, r, jwthttp.Config{Extract: headerFirst}))
		}},
	}},
}

// bearer returns a request with a token.
func bearer(token string) *http.Request {
	r := httptest.NewRequest("GET", "/orders", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}
