package jwthttp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// params are the parameters of a challenge besides realm and resource_metadata.
type params map[string]string

// An answerRow is a request and how it is answered. In the request, NAME stands for a token.
type answerRow struct {
	name     string
	route    string
	request  []string // method, then names and values of fields
	status   int
	code     string // the error in the body; "" if the request was passed on
	expected params // nil: no challenge
}

var answerRows = []answerRow{
	{"RFC 6750 2.1: a good token", "plain", []string{"GET", "Authorization", "Bearer GOOD"}, 200, "", nil},
	{"RFC 9110 11.1: the scheme in lower case", "plain", []string{"GET", "Authorization", "bearer GOOD"}, 200, "", nil},
	{"RFC 9110 11.1: the scheme in upper case", "plain", []string{"GET", "Authorization", "BEARER GOOD"}, 200, "", nil},
	{"RFC 9110 11.4: several spaces", "plain", []string{"GET", "Authorization", "Bearer   GOOD"}, 200, "", nil},
	{"RFC 9110 9.3.7: OPTIONS", "plain", []string{"OPTIONS", "Authorization", "Bearer GOOD"}, 200, "", nil},

	{"RFC 6750 3: no credentials", "plain", []string{"GET"}, 401, "unauthorized", params{}},
	{"RFC 6750 3: no credentials, HEAD", "plain", []string{"HEAD"}, 401, "unauthorized", params{}},
	{"RFC 6750 3: no credentials, and a scope is needed", "scope", []string{"GET"}, 401, "unauthorized", params{"scope": "orders:read orders:list"}},
	{"RFC 9110 11.6.2: another scheme", "plain", []string{"GET", "Authorization", "Basic YTpi"}, 401, "unauthorized", params{}},
	{"RFC 9110 11.6.2: a token without a scheme", "plain", []string{"GET", "Authorization", "GOOD"}, 401, "unauthorized", params{}},
	{"RFC 9110 11.6.2: an empty field", "plain", []string{"GET", "Authorization", ""}, 401, "unauthorized", params{}},
	{"RFC 9110 11.4: a tab is not a space", "plain", []string{"GET", "Authorization", "Bearer\tGOOD"}, 401, "unauthorized", params{}},
	{"RFC 6750 2.2: a token in a form is not looked at", "plain", []string{"POST", "Content-Type", "application/x-www-form-urlencoded"}, 401, "unauthorized", params{}},
	{"RFC 6750 2.3: a token in the query is not looked at", "query", []string{"GET"}, 401, "unauthorized", params{}},
	{"RFC 9110 9.3.7: OPTIONS without credentials", "plain", []string{"OPTIONS", "Origin", "https://b.example.com"}, 401, "unauthorized", params{}},

	{"RFC 6750 3.1: two fields", "plain", []string{"GET", "Authorization", "Bearer GOOD", "Authorization", "Bearer GOOD"}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 6750 3.1: two fields of which one has another scheme", "plain", []string{"GET", "Authorization", "Basic YTpi", "Authorization", "Bearer GOOD"}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 6750 3.1: no token after the scheme", "plain", []string{"GET", "Authorization", "Bearer"}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 6750 3.1: only spaces after the scheme", "plain", []string{"GET", "Authorization", "Bearer  "}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 6750 3.1: a space in the token", "plain", []string{"GET", "Authorization", "Bearer GOOD x"}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 6750 3.1: joined by a comma", "plain", []string{"GET", "Authorization", "Bearer GOOD, Bearer GOOD"}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 6750 3.1: parameters instead of a token", "plain", []string{"GET", "Authorization", `Bearer token="GOOD"`}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 6750 3.1: not ASCII", "plain", []string{"GET", "Authorization", "Bearer GÖÖD"}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 6750 3.1: NUL", "plain", []string{"GET", "Authorization", "Bearer GOOD\x00"}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 9110 11.2: only padding", "plain", []string{"GET", "Authorization", "Bearer =="}, 400, "invalid_request", params{"error": "invalid_request"}},

	{"RFC 6750 3.1: expired", "plain", []string{"GET", "Authorization", "Bearer EXPIRED"}, 401, "invalid_token", params{"error": "invalid_token"}},
	{"RFC 6750 3.1: forged", "plain", []string{"GET", "Authorization", "Bearer FORGED"}, 401, "invalid_token", params{"error": "invalid_token"}},
	{"RFC 6750 3.1: malformed", "plain", []string{"GET", "Authorization", "Bearer a.b.c"}, 401, "invalid_token", params{"error": "invalid_token"}},
	{"RFC 9068 4: for another audience", "plain", []string{"GET", "Authorization", "Bearer ELSEWHERE"}, 401, "invalid_token", params{"error": "invalid_token"}},
	{"RFC 6750 3.1: expired, and a scope is needed", "scope", []string{"GET", "Authorization", "Bearer EXPIRED"}, 401, "invalid_token", params{"error": "invalid_token", "scope": "orders:read orders:list"}},

	{"RFC 6750 3.1: the scopes are there", "scope", []string{"GET", "Authorization", "Bearer GOOD"}, 200, "", nil},
	{"RFC 6750 3.1: no scopes", "scope", []string{"GET", "Authorization", "Bearer BARE"}, 403, "insufficient_scope", params{"error": "insufficient_scope", "scope": "orders:read orders:list"}},
	{"RFC 6750 3.1: one of two scopes", "write", []string{"GET", "Authorization", "Bearer GOOD"}, 403, "insufficient_scope", params{"error": "insufficient_scope", "scope": "orders:read orders:write"}},
	{"RFC 6750 3.1: any scope", "any", []string{"GET", "Authorization", "Bearer GOOD"}, 200, "", nil},
	{"RFC 6750 3.1: any scope, and none is there", "any", []string{"GET", "Authorization", "Bearer BARE"}, 403, "insufficient_scope", params{"error": "insufficient_scope", "scope": "orders:write"}},
	{"RFC 9068 5: the role is there", "role", []string{"GET", "Authorization", "Bearer GOOD"}, 200, "", nil},
	{"RFC 9068 5: no role", "role", []string{"GET", "Authorization", "Bearer BARE"}, 403, "access_denied", nil},
	{"RFC 9110 15.5.4: a func says no", "no", []string{"GET", "Authorization", "Bearer GOOD"}, 403, "access_denied", nil},

	{"RFC 9470 3: acr and auth_time are there", "stepup", []string{"GET", "Authorization", "Bearer GOOD"}, 200, "", nil},
	{"RFC 9470 3: acr_values", "acr", []string{"GET", "Authorization", "Bearer GOOD"}, 401, "insufficient_user_authentication", params{"error": "insufficient_user_authentication", "acr_values": "phrh myACR"}},
	{"RFC 9470 3: max_age", "maxage", []string{"GET", "Authorization", "Bearer GOOD"}, 401, "insufficient_user_authentication", params{"error": "insufficient_user_authentication", "max_age": "60"}},
	{"RFC 9470 3: no auth_time", "maxage", []string{"GET", "Authorization", "Bearer BARE"}, 401, "insufficient_user_authentication", params{"error": "insufficient_user_authentication", "max_age": "60"}},
	{"RFC 9470 3: both are told at once", "stepup", []string{"GET", "Authorization", "Bearer BARE"}, 401, "insufficient_user_authentication", params{"error": "insufficient_user_authentication", "max_age": "600", "acr_values": "phr"}},

	{"RFC 9470 3: each ACR asks for its own, and the shortest max_age is told", "several", []string{"GET", "Authorization", "Bearer GOOD"}, 401, "insufficient_user_authentication", params{"error": "insufficient_user_authentication", "max_age": "60", "acr_values": "phrh"}},

	{"RFC 7800 3: a bound token that nothing has checked", "plain", []string{"GET", "Authorization", "Bearer BOUND"}, 401, "invalid_token", params{"error": "invalid_token"}},
	{"RFC 7800 3: a bound token in the hands of another", "confirm", []string{"GET", "Authorization", "Bearer BOUND"}, 401, "invalid_token", params{"error": "invalid_token"}},
	{"RFC 7800 3: a bound token of its holder", "confirm", []string{"GET", "Authorization", "Bearer BOUND", "Proof", "yes"}, 200, "", nil},
	{"RFC 7800 3: a proof that could not be checked", "confirm", []string{"GET", "Authorization", "Bearer BOUND", "Proof", "down"}, 503, "temporarily_unavailable", nil},
	{"RFC 7800 3: a token that is not bound", "confirm", []string{"GET", "Authorization", "Bearer GOOD"}, 200, "", nil},

	{"RFC 9110 15.6.4: a func that could not tell", "down", []string{"GET", "Authorization", "Bearer GOOD"}, 503, "temporarily_unavailable", nil},
	{"RFC 9110 15.6.4: no keys", "plain", []string{"GET", "Authorization", "Bearer UNAVAILABLE"}, 503, "temporarily_unavailable", nil},
	{"RFC 9110 15.6.1: neither claims nor an error", "plain", []string{"GET", "Authorization", "Bearer NOTHING"}, 500, "server_error", nil},

	{"optional: no credentials", "optional", []string{"GET"}, 200, "", nil},
	{"optional: a good token", "optional", []string{"GET", "Authorization", "Bearer GOOD"}, 200, "", nil},
	{"optional: a token that is refused", "optional", []string{"GET", "Authorization", "Bearer EXPIRED"}, 401, "invalid_token", params{"error": "invalid_token"}},
	{"optional: no token after the scheme", "optional", []string{"GET", "Authorization", "Bearer"}, 400, "invalid_request", params{"error": "invalid_request"}},

	{"Fetch 4.8: a preflight without Config.Preflight", "plain", []string{"OPTIONS", "Origin", "https://b.example.com", "Access-Control-Request-Method", "GET"}, 403, "access_denied", nil},
	{"Fetch 4.8: a preflight with credentials", "plain", []string{"OPTIONS", "Origin", "https://b.example.com", "Access-Control-Request-Method", "GET", "Authorization", "Bearer GOOD"}, 403, "access_denied", nil},
}

// cookieRows are for an Auth with Cookies. COOKIE stands for the name of the access cookie.
var cookieRows = []answerRow{
	{"RFC 6265 4.2: a good token", "plain", []string{"GET", "Cookie", "COOKIE=GOOD"}, 200, "", nil},
	{"RFC 6265 4.2: among others", "plain", []string{"GET", "Cookie", "a=b; COOKIE=GOOD; c=d"}, 200, "", nil},
	{"RFC 6750 2.1: the header works as well", "plain", []string{"GET", "Authorization", "Bearer GOOD", "Cookie", "a=b"}, 200, "", nil},
	{"RFC 9110 11.6.2: beside another scheme", "plain", []string{"GET", "Authorization", "Basic YTpi", "Cookie", "COOKIE=GOOD"}, 200, "", nil},
	{"RFC 6750 3: no cookie", "plain", []string{"GET", "Cookie", "a=b"}, 401, "unauthorized", params{}},
	{"RFC 6265bis 4.1.3: an unprefixed name is another cookie", "plain", []string{"GET", "Cookie", "at=GOOD"}, 401, "unauthorized", params{}},
	{"RFC 6750 3.1: header and cookie", "plain", []string{"GET", "Authorization", "Bearer GOOD", "Cookie", "COOKIE=GOOD"}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 6750 3.1: a scheme without a token, and a cookie", "plain", []string{"GET", "Authorization", "Bearer", "Cookie", "COOKIE=GOOD"}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 6750 3.1: the cookie twice", "plain", []string{"GET", "Cookie", "COOKIE=GOOD; COOKIE=GOOD"}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 6750 3.1: the cookie in two fields", "plain", []string{"GET", "Cookie", "COOKIE=GOOD", "Cookie", "COOKIE=BARE"}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 6750 3.1: the cookie is not a token", "plain", []string{"GET", "Cookie", `COOKIE=a|b`}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"RFC 6750 3.1: the cookie is expired", "plain", []string{"GET", "Cookie", "COOKIE=EXPIRED"}, 401, "invalid_token", params{"error": "invalid_token"}},
	{"RFC 6750 3.1: no scope", "scope", []string{"GET", "Cookie", "COOKIE=BARE"}, 403, "insufficient_scope", params{"error": "insufficient_scope", "scope": "orders:read orders:list"}},
	{"optional: a cookie that is refused is none", "optional", []string{"GET", "Cookie", "COOKIE=EXPIRED"}, 200, "", nil},
	{"optional: a bound cookie that nothing has checked is none", "optional", []string{"GET", "Cookie", "COOKIE=BOUND"}, 200, "", nil},
	{"optional: a cookie that could not be checked", "optional", []string{"GET", "Cookie", "COOKIE=UNAVAILABLE"}, 503, "temporarily_unavailable", nil},
	{"optional: the cookie twice", "optional", []string{"GET", "Cookie", "COOKIE=GOOD; COOKIE=GOOD"}, 400, "invalid_request", params{"error": "invalid_request"}},
	{"CSRF: the page's own form", "plain", []string{"POST", "Cookie", "COOKIE=GOOD", "Sec-Fetch-Site", "same-origin", "Origin", origin}, 200, "", nil},
	{"CSRF: a form of another site", "plain", []string{"POST", "Cookie", "COOKIE=GOOD", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 403, "access_denied", nil},
	{"CSRF: a form of another site, optional", "optional", []string{"POST", "Cookie", "COOKIE=GOOD", "Sec-Fetch-Site", "cross-site"}, 403, "access_denied", nil},
	{"CSRF: a form of another site, without cookie", "plain", []string{"POST", "Sec-Fetch-Site", "cross-site"}, 401, "unauthorized", params{}},
	{"CSRF: a header is not a cookie", "plain", []string{"POST", "Authorization", "Bearer GOOD", "Sec-Fetch-Site", "cross-site", "Origin", "https://b.example.com"}, 200, "", nil},
	{"CSRF: a WebSocket of another site", "plain", []string{"GET", "Cookie", "COOKIE=GOOD", "Upgrade", "websocket", "Connection", "Upgrade", "Origin", "https://evil.example"}, 403, "access_denied", nil},
	{"CSRF: the page's own WebSocket", "plain", []string{"GET", "Cookie", "COOKIE=GOOD", "Upgrade", "websocket", "Connection", "Upgrade", "Origin", origin}, 200, "", nil},
}

// fakeParse is newParse with two tokens more.
func fakeParse(t testing.TB) func(context.Context, string) (*jwt.Claims[embedded], error) {
	parse := newParse[embedded](t)
	return func(ctx context.Context, token string) (*jwt.Claims[embedded], error) {
		switch token {
		case "UNAVAILABLE":
			return nil, errors.New("no route to host")
		case "NOTHING":
			return nil, nil
		}
		return parse(ctx, token)
	}
}

// tokenNames returns a Replacer of the names of tokens.
func tokenNames(t testing.TB) *strings.Replacer {
	good := claimsOf("alice", user())
	expired := good
	expired.IssuedAt, expired.ExpiresAt = good.IssuedAt.Add(-time.Hour), good.ExpiresAt.Add(-time.Hour)
	elsewhere := good
	elsewhere.Audience = []string{"mail"}
	bound := good
	bound.Private.Confirmation = &jwthttp.Confirmation{JKT: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}
	token := sign(t, good)
	forged := strings.Replace(token, ".", ".ey", 1)
	return strings.NewReplacer("GOOD", token, "BARE", sign(t, claimsOf("bob", embedded{})), "EXPIRED", sign(t, expired),
		"ELSEWHERE", sign(t, elsewhere), "FORGED", forged, "BOUND", sign(t, bound), "COOKIE", "__Host-Http-at")
}

// routes returns handlers by the names in answerRows.
func routes(auth *jwthttp.Auth[embedded]) map[string]http.Handler {
	return map[string]http.Handler{
		"plain":    auth.Require().Handler(greet),
		"query":    auth.Require().Handler(greet),
		"optional": auth.Optional().Handler(greet),
		"scope":    auth.Require(jwthttp.Scope("orders:read"), jwthttp.Scope("orders:list", "orders:read")).Handler(greet),
		"write":    auth.Require(jwthttp.Scope("orders:read", "orders:write")).Handler(greet),
		"any":      auth.Require(jwthttp.AnyScope("orders:write", "orders:read")).Handler(greet),
		"role":     auth.Require(jwthttp.Role("admin", "sales")).Handler(greet),
		"acr":      auth.Require(jwthttp.ACR("phrh", "myACR")).Handler(greet),
		"maxage":   auth.Require(jwthttp.MaxAge(time.Minute)).Handler(greet),
		"stepup":   auth.Require(jwthttp.MaxAge(10*time.Minute), jwthttp.ACR("phr")).Handler(greet),
		"several": auth.Require(jwthttp.ACR("phr"), jwthttp.ACR("phrh"), jwthttp.ACR("other"),
			jwthttp.MaxAge(time.Hour), jwthttp.MaxAge(time.Minute), jwthttp.MaxAge(2*time.Minute)).Handler(greet),
		"no": auth.Require(jwthttp.RuleFunc(func(context.Context, *jwt.Claims[embedded]) (bool, error) {
			return false, nil
		})).Handler(greet),
		"down": auth.Require(jwthttp.RuleFunc(func(context.Context, *jwt.Claims[embedded]) (bool, error) {
			return true, errors.New("no route to host")
		})).Handler(greet),
		"confirm": auth.Require(jwthttp.Confirm(func(r *http.Request, token string, c *jwt.Claims[embedded]) error {
			switch r.Header.Get("Proof") {
			case "yes":
				return nil
			case "down":
				return errors.New("no route to host")
			}
			return &jwt.TokenError{Field: "cnf", Err: jwt.ErrMismatch}
		})).Handler(greet),
	}
}

func TestAnswers(t *testing.T) {
	auth, err := jwthttp.New(fakeParse(t), jwthttp.Config{Resource: "https://api.example.com/v1"})
	require.NoError(t, err)
	withCookies, err := jwthttp.New(fakeParse(t), jwthttp.Config{Realm: `the "best" api`, Cookies: newCookies(t)})
	require.NoError(t, err)
	names := tokenNames(t)
	run := func(rows []answerRow, h map[string]http.Handler, common params, cookies bool) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) { row.test(t, h[row.route], names, common, cookies) })
		}
	}
	run(answerRows, routes(auth), params{
		"realm": "api.example.com", "resource_metadata": "https://api.example.com/.well-known/oauth-protected-resource/v1",
	}, false)
	run(cookieRows, routes(withCookies), params{"realm": `the "best" api`}, true)
}

func (row *answerRow) test(t *testing.T, h http.Handler, names *strings.Replacer, common params, cookies bool) {
	r := httptest.NewRequest(row.request[0], names.Replace("https://app.example.com/?access_token=GOOD"), strings.NewReader(names.Replace("access_token=GOOD")))
	for i := 1; i < len(row.request); i += 2 {
		r.Header.Add(row.request[i], names.Replace(row.request[i+1]))
	}
	w := do(h, r)
	require.Equal(t, row.status, w.Code, w.Body)

	field := w.Header()["Www-Authenticate"]
	if row.expected == nil {
		require.Empty(t, field)
	} else {
		require.Len(t, field, 1)
		got, err := parseChallenge(field[0])
		require.NoError(t, err, field[0])
		want := params{}
		for _, m := range []params{common, row.expected} {
			for name, value := range m {
				want[name] = value
			}
		}
		require.Equal(t, challenge{"Bearer", want}, got)
	}
	require.Equal(t, cookies, slices.Contains(w.Header()["Vary"], "Cookie"), "RFC 9110 12.5.5")
	require.Equal(t, row.route == "optional", slices.Contains(w.Header()["Vary"], "Authorization"), "RFC 9110 12.5.5")
	require.Equal(t, row.status == 503, w.Header().Get("Retry-After") == "5", "RFC 9110 10.2.3")
	if row.code == "" {
		require.Contains(t, w.Body.String(), "hello")
		withCookie := strings.Contains(r.Header.Get("Cookie"), "__Host") && w.Body.String() != "hello"
		require.Equal(t, withCookie, w.Header().Get("Cache-Control") == "private", "RFC 9111 5.2.2.7")
		return
	}
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"), "RFC 9111 5.2.2.5")
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	var body struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&body))
	require.Equal(t, row.code, body.Error)
	require.NotEmpty(t, body.Description)
}

func TestProblemDetails(t *testing.T) {
	auth := newAuth(t, jwthttp.Config{ProblemDetails: true})
	w := do(auth.Require(jwthttp.Scope("pay")).Handler(greet), with("GET", "/", "Authorization", "Bearer "+sign(t, claimsOf("alice", user()))))
	require.Equal(t, 403, w.Code)
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	require.JSONEq(t, `{"title":"Forbidden","status":403,"error":"insufficient_scope","detail":"The access token lacks a scope that this request needs."}`, w.Body.String())
	require.Equal(t, `Bearer realm="api", error="insufficient_scope", scope="pay"`, w.Header().Get("WWW-Authenticate"))
}

// Answer gets what it needs to write an answer of its own, and no more.
func TestAnswer(t *testing.T) {
	var got jwthttp.Failure
	auth := newAuth(t, jwthttp.Config{Answer: func(w http.ResponseWriter, r *http.Request, f jwthttp.Failure) {
		got = f
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.Status)
		io.WriteString(w, "<h1>Sorry</h1>")
	}})
	w := do(auth.Require(jwthttp.ACR("phrh")).Handler(greet), with("GET", "/", "Authorization", "Bearer "+sign(t, claimsOf("alice", user()))))
	require.Equal(t, jwthttp.Failure{
		Status: 401, Reason: jwthttp.ReasonAuthentication, Code: "insufficient_user_authentication",
		Challenge: `Bearer realm="api", error="insufficient_user_authentication", acr_values="phrh"`,
	}, got)
	require.Equal(t, 401, w.Code)
	require.Equal(t, got.Challenge, w.Header().Get("WWW-Authenticate"))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, "<h1>Sorry</h1>", w.Body.String())

	require.Equal(t, 503, do(newAnswering(t, &got).Require().Handler(greet), with("GET", "/", "Authorization", "Bearer x")).Code)
	require.Equal(t, jwthttp.Failure{Status: 503, Reason: jwthttp.ReasonUnavailable, Code: "temporarily_unavailable"}, got)
}

func newAnswering(t *testing.T, got *jwthttp.Failure) *jwthttp.Auth[embedded] {
	auth, err := jwthttp.New(func(context.Context, string) (*jwt.Claims[embedded], error) {
		return nil, errors.New("secret-host:6379 does not answer")
	}, jwthttp.Config{Answer: func(w http.ResponseWriter, _ *http.Request, f jwthttp.Failure) {
		*got = f
		w.WriteHeader(f.Status)
	}})
	require.NoError(t, err)
	return auth
}

// The parser that the tests read challenges with is strict itself.
func TestParseChallenge(t *testing.T) {
	good, err := parseChallenge(`Bearer realm="a \"b\" \\c", error="x"`)
	require.NoError(t, err)
	require.Equal(t, challenge{"Bearer", map[string]string{"realm": `a "b" \c`, "error": "x"}}, good)
	for _, bad := range []string{
		"", "Bearer", "Bearer ", "Bearer realm", `Bearer realm=a`, `Bearer realm="a`, `Bearer realm="a\`, `Bearer realm="a" error="b"`,
		`Bearer realm="a",error="b"`, `Bearer realm="a", `, `Bearer , realm="a"`, `Bearer realm="a", realm="b"`, `Bearer Realm="a"`,
		"Bearer realm=\"\x01\"", `Bear,er realm="a"`, `Bearer realm ="a"`, "Bearer realm=\"ä\"",
	} {
		_, err := parseChallenge(bad)
		require.Error(t, err, bad)
	}
}

// limited is an error that knows when to ask again, as that of a jwks.Client does.
type limited struct{ wait time.Duration }

func (l limited) Error() string             { return "limited" }
func (l limited) RetryAfter() time.Duration { return l.wait }

func TestRetryAfter(t *testing.T) {
	for want, err := range map[string]error{
		"5": errors.New("down"), "30": fmt.Errorf("keys: %w", limited{30 * time.Second}), "2": limited{1100 * time.Millisecond},
		"1": limited{0}, "3600": limited{1000 * time.Hour},
	} {
		auth, newErr := jwthttp.New(func(context.Context, string) (*jwt.Claims[struct{}], error) { return nil, err }, jwthttp.Config{})
		require.NoError(t, newErr)
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer x")
		auth.Require()(http.NotFoundHandler()).ServeHTTP(w, r)
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, want, w.Header().Get("Retry-After"))
	}
}
