package session_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/session"
)

const (
	accessCookie  = "__Host-Http-at"
	refreshCookie = "__Host-Http-rt"
	origin        = "https://app.example.com"
)

func newCookies(t testing.TB) *jwthttp.Cookies {
	t.Helper()
	c, err := jwthttp.NewCookies(jwthttp.CookieConfig{Origin: origin})
	require.NoError(t, err)
	return c
}

// A post is a POST request: with cookies, as a page of the origin sends it, and with a form.
func post(form url.Values, cookies ...string) *http.Request {
	r := httptest.NewRequest("POST", origin+"/x", strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range cookies {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Origin", origin)
		r.AddCookie(&http.Cookie{Name: refreshCookie, Value: c})
	}
	return r
}

func serve(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// cookiesOf returns the cookies that an answer sets, by name.
func cookiesOf(r *http.Response) map[string]*http.Cookie {
	all := make(map[string]*http.Cookie)
	for _, c := range r.Cookies() {
		all[c.Name] = c
	}
	return all
}

// requireError requires the answer of RFC 6749 section 5.2, and that no cookie is touched.
func requireError(t testing.TB, r *http.Response, status int, code string) {
	t.Helper()
	require.Equal(t, status, r.StatusCode)
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	require.Equal(t, "no-store", r.Header.Get("Cache-Control"))
	require.Empty(t, r.Cookies())
	var body map[string]string
	require.NoError(t, json.NewDecoder(r.Body).Decode(&body))
	require.Equal(t, map[string]string{"error": code}, body)
}

func form(pairs ...string) url.Values {
	f := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return f
}

func TestRefreshHandlerCookie(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSessions(t)
		h := s.NewRefreshHandler(newCookies(t))
		first := start(t, s)
		parse(t, s, first.AccessToken)
		time.Sleep(9 * time.Minute)

		r := serve(h, post(nil, first.RefreshToken))
		require.Equal(t, http.StatusNoContent, r.StatusCode)
		require.Equal(t, "no-store", r.Header.Get("Cache-Control"))
		cookies := cookiesOf(r)
		require.Len(t, cookies, 2)
		c := parse(t, s, cookies[accessCookie].Value)
		require.Equal(t, int(c.ExpiresAt.Sub(c.IssuedAt)/time.Second), cookies[accessCookie].MaxAge)
		require.Equal(t, 14*24*3600, cookies[refreshCookie].MaxAge)
		second := cookies[refreshCookie].Value
		require.NotEqual(t, first.RefreshToken, second)

		r = serve(h, post(nil, first.RefreshToken))
		require.Equal(t, second, cookiesOf(r)[refreshCookie].Value, "a second tab")

		require.Equal(t, http.StatusForbidden, serve(h, crossSite(post(nil, second))).StatusCode)
		requireError(t, serve(h, post(nil, second, first.RefreshToken)), http.StatusBadRequest, "invalid_request")
		requireError(t, serve(h, post(form("grant_type", "refresh_token", "refresh_token", second), second)), http.StatusBadRequest, "invalid_request")

		time.Sleep(time.Minute)
		r = serve(h, post(nil, first.RefreshToken))
		require.Equal(t, "Bearer", r.Header.Get("WWW-Authenticate"))
		requireError(t, r, http.StatusUnauthorized, "invalid_grant")
		for _, bad := range []string{"", "x", second, forged(second)} {
			requireError(t, serve(h, post(nil, bad)), http.StatusUnauthorized, "invalid_grant")
		}
	})
}

func crossSite(r *http.Request) *http.Request {
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", "https://evil.example")
	return r
}

// Without Persistent the refresh cookie ends with the browser, and the access cookie with
// its token.
func TestSetCookies(t *testing.T) {
	s := newSessions(t)
	tokens := start(t, s, func(l *session.Login) { l.Persistent = false })
	w := httptest.NewRecorder()
	require.NoError(t, tokens.SetCookies(w, newCookies(t)))
	cookies := cookiesOf(w.Result())
	require.Zero(t, cookies[refreshCookie].MaxAge)
	require.Equal(t, int(tokens.ExpiresIn/time.Second), cookies[accessCookie].MaxAge)
	require.ErrorContains(t, tokens.SetCookies(w, nil), "nil Cookies")

	big := newSessions(t, func(c *config) {
		c.Claims = func(context.Context, session.Session) (userClaims, error) {
			return userClaims{Role: strings.Repeat("x", 4096)}, nil
		}
	})
	tokens = start(t, big)
	w = httptest.NewRecorder()
	require.ErrorContains(t, tokens.SetCookies(w, newCookies(t)), "4096")
	require.Empty(t, w.Result().Cookies())
	requireError(t, serve(big.NewRefreshHandler(newCookies(t)), post(nil, tokens.RefreshToken)), http.StatusInternalServerError, "server_error")
}

func TestRefreshHandlerForm(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSessions(t)
		for _, h := range []http.Handler{s.NewRefreshHandler(newCookies(t)), s.NewRefreshHandler(nil)} {
			first := start(t, s, func(l *session.Login) { l.Scope = []string{"a", "b"} })
			parse(t, s, first.AccessToken)
			time.Sleep(time.Minute)
			r := serve(h, post(form("grant_type", "refresh_token", "refresh_token", first.RefreshToken, "scope", "b", "client_id", "app")))
			require.Equal(t, http.StatusOK, r.StatusCode)
			require.Equal(t, "application/json", r.Header.Get("Content-Type"))
			require.Equal(t, "no-store", r.Header.Get("Cache-Control"))
			require.Empty(t, r.Cookies())
			var body struct {
				AccessToken  string `json:"access_token"`
				TokenType    string `json:"token_type"`
				ExpiresIn    int    `json:"expires_in"`
				RefreshToken string `json:"refresh_token"`
				Scope        string `json:"scope"`
			}
			require.NoError(t, json.NewDecoder(r.Body).Decode(&body))
			c := parse(t, s, body.AccessToken)
			require.Equal(t, "Bearer", body.TokenType)
			require.Equal(t, "b", body.Scope)
			require.Equal(t, int(c.ExpiresAt.Sub(c.IssuedAt)/time.Second), body.ExpiresIn)
			time.Sleep(time.Minute)

			for _, tt := range []struct {
				code string
				form url.Values
			}{
				{"invalid_scope", form("grant_type", "refresh_token", "refresh_token", body.RefreshToken, "scope", "c")},
				{"invalid_scope", form("grant_type", "refresh_token", "refresh_token", body.RefreshToken, "scope", "a  b")},
				{"unsupported_grant_type", form("grant_type", "password", "refresh_token", body.RefreshToken)},
				{"unsupported_grant_type", form("refresh_token", body.RefreshToken)},
				{"invalid_request", form("grant_type", "refresh_token")},
				{"invalid_request", form("grant_type", "refresh_token", "refresh_token", "")},
				{"invalid_request", form("grant_type", "refresh_token", "refresh_token", body.RefreshToken, "refresh_token", body.RefreshToken)},
				{"invalid_request", form("grant_type", "refresh_token", "refresh_token", body.RefreshToken, "scope", "a", "scope", "b")},
				{"invalid_grant", form("grant_type", "refresh_token", "refresh_token", "x")},
				{"invalid_request", form("grant_type", "refresh_token", "refresh_token", strings.Repeat("x", 17<<10))},
			} {
				requireError(t, serve(h, post(tt.form)), http.StatusBadRequest, tt.code)
			}
			refresh(t, s, body.RefreshToken)
			parse(t, s, refresh(t, s, body.RefreshToken).AccessToken)
			time.Sleep(time.Minute)
			requireError(t, serve(h, post(form("grant_type", "refresh_token", "refresh_token", first.RefreshToken))), http.StatusBadRequest, "invalid_grant")
		}
		// Without cookies nothing but the form is known.
		requireError(t, serve(s.NewRefreshHandler(nil), post(nil, start(t, s).RefreshToken)), http.StatusBadRequest, "invalid_request")
	})
}

func TestLogoutHandler(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSessions(t)
		h := s.NewLogoutHandler(newCookies(t))
		tokens := start(t, s)
		require.Equal(t, http.StatusForbidden, serve(h, crossSite(post(nil, tokens.RefreshToken))).StatusCode)
		refresh(t, s, tokens.RefreshToken)
		for _, r := range []*http.Request{
			post(nil, tokens.RefreshToken), post(nil, tokens.RefreshToken), post(nil, "x"), post(nil),
			post(form("button", "Log out"), tokens.RefreshToken), // a plain HTML form
		} {
			answer := serve(h, r)
			require.Equal(t, http.StatusNoContent, answer.StatusCode)
			cookies := cookiesOf(answer)
			require.Negative(t, cookies[accessCookie].MaxAge)
			require.Negative(t, cookies[refreshCookie].MaxAge)
		}
		_, err := s.Refresh(t.Context(), tokens.RefreshToken)
		requireEnded(t, err, session.EndedLogout)

		tokens = start(t, s)
		for _, token := range []string{tokens.RefreshToken, tokens.RefreshToken, "x"} {
			answer := serve(h, post(form("token", token, "token_type_hint", "refresh_token")))
			require.Equal(t, http.StatusOK, answer.StatusCode)
			require.Empty(t, answer.Cookies())
		}
		_, err = s.Refresh(t.Context(), tokens.RefreshToken)
		requireEnded(t, err, session.EndedLogout)

		requireError(t, serve(h, post(form("token", tokens.AccessToken))), http.StatusBadRequest, "unsupported_token_type")
		requireError(t, serve(h, post(form("token", ""))), http.StatusBadRequest, "invalid_request")
		requireError(t, serve(h, post(form("token", tokens.RefreshToken), tokens.RefreshToken)), http.StatusBadRequest, "invalid_request")
	})
}

// While the store is down no cookie is touched, and the answer says that it is worth trying
// again.
func TestHandlersUnavailable(t *testing.T) {
	in(t, func(t *testing.T) {
		st := newFaultyStore()
		o := new(observer)
		s := newSessions(t, func(c *config) { c.Store, c.Observe = st, o.observe })
		token := start(t, s).RefreshToken
		o.take()
		refreshing, logout := s.NewRefreshHandler(newCookies(t)), s.NewLogoutHandler(newCookies(t))
		st.fail("Load")
		for _, r := range []*http.Response{
			serve(refreshing, post(nil, token)),
			serve(refreshing, post(form("grant_type", "refresh_token", "refresh_token", token))),
			serve(logout, post(nil, token)),
			serve(logout, post(form("token", token))),
		} {
			require.Equal(t, "1", r.Header.Get("Retry-After"))
			requireError(t, r, http.StatusServiceUnavailable, "temporarily_unavailable")
		}
		require.Equal(t, slices.Repeat([]string{session.EventUnavailable}, 4), o.take())
		st.fail()
		time.Sleep(time.Minute)
		refresh(t, s, token)
	})
}

func TestHandlersMethod(t *testing.T) {
	s := newSessions(t)
	for _, h := range []http.Handler{s.NewRefreshHandler(newCookies(t)), s.NewLogoutHandler(newCookies(t))} {
		for _, method := range []string{"GET", "HEAD", "PUT", "OPTIONS"} {
			r := serve(h, httptest.NewRequest(method, origin+"/x", nil))
			require.Equal(t, http.StatusMethodNotAllowed, r.StatusCode)
			require.Equal(t, "POST", r.Header.Get("Allow"))
		}
	}
}
