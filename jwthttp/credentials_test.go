package jwthttp_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// echo is an Auth that accepts every token, and shows it as the subject.
func echo(t testing.TB, cfg jwthttp.Config) http.Handler {
	auth, err := jwthttp.New(func(_ context.Context, token string) (*jwt.Claims[embedded], error) {
		return &jwt.Claims[embedded]{Subject: token}, nil
	}, cfg)
	require.NoError(t, err)
	return auth.Require().Handler(greet)
}

func TestExtract(t *testing.T) {
	h := echo(t, jwthttp.Config{
		Cookies: newCookies(t),
		Extract: func(r *http.Request) string { // RFC 6455 section 1.9, as the Kubernetes API has it
			for _, name := range strings.Split(r.Header.Get("Sec-WebSocket-Protocol"), ", ") {
				if token, ok := strings.CutPrefix(name, "bearer."); ok {
					return token
				}
			}
			return ""
		},
	})
	for _, test := range []struct {
		name   string
		header []string
		want   string
		status int
	}{
		{"extracted", []string{"Sec-WebSocket-Protocol", "chat, bearer.abc"}, "hello abc", 200},
		{"none", []string{"Sec-WebSocket-Protocol", "chat"}, "", 401},
		{"beside a header", []string{"Sec-WebSocket-Protocol", "bearer.abc", "Authorization", "Bearer abc"}, "", 400},
		{"beside a cookie", []string{"Sec-WebSocket-Protocol", "bearer.abc", "Cookie", "__Host-Http-at=abc"}, "", 400},
		{"all three", []string{"Sec-WebSocket-Protocol", "bearer.abc", "Cookie", "__Host-Http-at=abc", "Authorization", "Bearer abc"}, "", 400},
		{"beside another scheme", []string{"Sec-WebSocket-Protocol", "bearer.abc", "Authorization", "Basic abc"}, "hello abc", 200},
		{"not a token", []string{"Sec-WebSocket-Protocol", "bearer.a b"}, "", 400},
		{"the header still works", []string{"Authorization", "Bearer abc"}, "hello abc", 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := do(h, with("GET", "/", test.header...))
			require.Equal(t, test.status, w.Code)
			if test.want != "" {
				require.Equal(t, test.want, w.Body.String())
			}
		})
	}
}

// oneToken is what RFC 6750 section 2.1 and RFC 9110 say about the one Authorization field,
// written for clarity: the token, "none" or "bad".
func oneToken(field string) (token, verdict string) {
	scheme := field
	if i := strings.IndexByte(field, ' '); i >= 0 {
		scheme = field[:i]
	}
	if strings.ToLower(scheme) != "bearer" {
		return "", "none"
	}
	rest := field[len(scheme):]
	for strings.HasPrefix(rest, " ") {
		rest = rest[1:]
	}
	const chars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"
	padding := false
	for i := 0; i < len(rest); i++ {
		switch {
		case rest[i] == '=' && i > 0:
			padding = true
		case padding || strings.IndexByte(chars, rest[i]) < 0:
			return "", "bad"
		}
	}
	if rest == "" {
		return "", "bad"
	}
	return rest, "one"
}

// Whatever the Authorization field is, it means what the RFCs say.
func FuzzAuthorization(f *testing.F) {
	for _, seed := range []string{
		"", "Bearer", "Bearer ", "Bearer abc", "bEARER  a.b-c_d~e+f/g==", "Bearer =", "Bearer a=b", "Bearer a b", "Bearer a,b",
		"Bearer\tabc", " Bearer abc", "Basic abc", "Bearer abc ", "Bearer a\x00", "Bearer \xff", "Bearer ſ", "ſearer a", "BearerX abc",
	} {
		f.Add(seed)
	}
	h := echo(f, jwthttp.Config{})
	f.Fuzz(func(t *testing.T, field string) {
		r := with("GET", "/")
		r.Header["Authorization"] = []string{field}
		w := do(h, r)
		token, verdict := oneToken(field)
		require.Equal(t, map[string]int{"one": 200, "none": 401, "bad": 400}[verdict], w.Code)
		if verdict == "one" {
			require.Equal(t, "hello "+token, w.Body.String())
		} else {
			_, err := parseChallenge(w.Header().Get("WWW-Authenticate"))
			require.NoError(t, err)
		}
	})
}

// Whatever the Cookie fields are, a token is taken only from one cookie of the exact name, and
// at most one occurs.
func FuzzCookie(f *testing.F) {
	for _, seed := range []string{
		"", "__Host-Http-at=abc", "__Host-Http-at=abc; __Host-Http-at=abc", "a=b; __Host-Http-at=abc", `__Host-Http-at="abc"`, "__Host-Http-at",
		"__Host-Http-at=", " __Host-Http-at=abc", "__host-http-at=abc", "__Host-Http-at =abc", "__Host-Http-at=a b", "__Host-Http-at=a,b", ";;;", "=abc",
		"__Host-Http-at=abc;__Host-Http-at=d", "__Host-Http-at=a=b", "a=__Host-Http-at=b",
	} {
		f.Add(seed, "")
		f.Add("a=b", seed)
	}
	h := echo(f, jwthttp.Config{Cookies: newCookies(f)})
	f.Fuzz(func(t *testing.T, first, second string) {
		r := with("GET", "/")
		r.Header["Cookie"] = []string{first, second}
		w := do(h, r)
		all := first + ";" + second
		switch w.Code {
		case 200:
			token := strings.TrimPrefix(w.Body.String(), "hello ")
			require.NotEmpty(t, token)
			found := 0
			for part := range strings.SplitSeq(all, ";") {
				name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
				if strings.TrimSpace(name) == "__Host-Http-at" && strings.Trim(strings.TrimSpace(value), `"`) == token {
					found++
				}
			}
			require.Equal(t, 1, found, "%q", all)
		case 400:
			require.Contains(t, all, "__Host-Http-at")
		default:
			require.Equal(t, 401, w.Code)
		}
	})
}
