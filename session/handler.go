package session

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cda17858/jwt/jwthttp"
)

// NewRefreshHandler returns the handler of POST requests for new tokens. There are two
// forms, and a request that has both is answered with 400:
//
//   - The refresh token comes in a cookie, and the answer is 204 with new cookies; 401 for
//     a token that Refresh refuses; 403 for a request that a page of another origin has
//     made.
//   - It comes in a form, with grant_type=refresh_token and perhaps a scope. The answer is
//     JSON (RFC 6749 sections 5.1 and 5.2): 200, or 400 with an error such as invalid_grant.
//     It is for public clients: the refresh token is their only credential.
//
// Both answer 503 if the session could not be refreshed now. No cookie is ever cleared:
// a late answer would clear those of a new login. If cookies is nil, only the form is
// accepted.
func (s *Sessions[P]) NewRefreshHandler(cookies *jwthttp.Cookies) http.Handler {
	return jwthttp.Public(newEndpoint(cookies, []string{"grant_type", "refresh_token"}, s.refreshCookie, s.refreshForm))
}

// NewLogoutHandler returns the handler of POST requests to log out. There are two forms, and
// a request that has both is answered with 400:
//
//   - The refresh token comes in a cookie. The answer is 204, and the cookies are cleared,
//     also if the session is unknown or there was no cookie; 403 for a request that a page of
//     another origin has made.
//   - It comes in a form as token (RFC 7009). The answer is 200, also if the session is
//     unknown, and 400 for what is an access token.
//
// Both answer 503, with the cookies as they were, if the session may be alive. If cookies
// is nil, only the form is accepted.
func (s *Sessions[P]) NewLogoutHandler(cookies *jwthttp.Cookies) http.Handler {
	return jwthttp.Public(newEndpoint(cookies, []string{"token"}, s.logoutCookie, s.logoutForm))
}

func (s *Sessions[P]) refreshCookie(w http.ResponseWriter, r *http.Request, c *jwthttp.Cookies, token string) {
	tokens, err := s.Refresh(r.Context(), token)
	switch {
	case isRefusal(err):
		w.Header().Set("WWW-Authenticate", "Bearer")
		writeError(w, http.StatusUnauthorized, "invalid_grant")
	case err != nil:
		s.unavailable(w, r, err)
	default:
		if err := tokens.SetCookies(w, c); err != nil {
			s.events.report(r.Context(), Event{Name: EventUnavailable, Err: err})
			writeError(w, http.StatusInternalServerError, "server_error")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Sessions[P]) refreshForm(w http.ResponseWriter, r *http.Request, token string) {
	if r.PostForm.Get("grant_type") != "refresh_token" {
		writeError(w, http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	var options []RefreshOption
	if scope := r.PostForm.Get("scope"); scope != "" {
		options = append(options, Narrow(strings.Split(scope, " ")...))
	}
	tokens, err := s.Refresh(r.Context(), token, options...)
	switch {
	case isRefusal(err):
		writeError(w, http.StatusBadRequest, "invalid_grant")
	case errors.Is(err, ErrScope):
		writeError(w, http.StatusBadRequest, "invalid_scope")
	case err != nil:
		s.unavailable(w, r, err)
	default:
		tokens.WriteJSON(w) // an error means that the client has gone
	}
}

func (s *Sessions[P]) logoutCookie(w http.ResponseWriter, r *http.Request, c *jwthttp.Cookies, token string) {
	if err := s.Logout(r.Context(), token); err != nil && !isRefusal(err) {
		s.unavailable(w, r, err)
		return
	}
	c.Clear(w)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Sessions[P]) logoutForm(w http.ResponseWriter, r *http.Request, token string) {
	if strings.Count(token, ".") == 2 {
		writeError(w, http.StatusBadRequest, "unsupported_token_type")
		return
	}
	if err := s.Logout(r.Context(), token); err != nil && !isRefusal(err) {
		s.unavailable(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

func (s *Sessions[P]) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	s.events.report(r.Context(), Event{Name: EventUnavailable, Err: err})
	w.Header().Set("Retry-After", "1")
	writeError(w, http.StatusServiceUnavailable, "temporarily_unavailable")
}

// An endpoint takes a refresh token from a cookie or from a form.
type endpoint struct {
	cookies *jwthttp.Cookies
	cookie  http.Handler // nil if there are no cookies
	names   []string     // by which a form is known; the last is that of the token
	form    func(w http.ResponseWriter, r *http.Request, token string)
}

// maxForm is the size of a form in bytes beyond which it is refused.
const maxForm = 16 << 10

func newEndpoint(
	cookies *jwthttp.Cookies, names []string,
	cookie func(http.ResponseWriter, *http.Request, *jwthttp.Cookies, string),
	form func(http.ResponseWriter, *http.Request, string),
) http.Handler {
	e := &endpoint{cookies: cookies, names: names, form: form}
	if cookies != nil {
		e.cookie = cookies.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token, err := cookies.Refresh(r)
			if err != nil { // several of them
				writeError(w, http.StatusBadRequest, "invalid_request")
				return
			}
			cookie(w, r, cookies, token)
		}))
	}
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		writeError(w, http.StatusMethodNotAllowed, "invalid_request")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		writeError(w, http.StatusBadRequest, "invalid_request")
		return
	}
	if e.cookie != nil && !slices.ContainsFunc(e.names, r.PostForm.Has) {
		e.cookie.ServeHTTP(w, r)
		return
	}
	token := r.PostForm[e.names[len(e.names)-1]]
	if e.hasCookie(r) || hasTwice(r.PostForm) || len(token) == 0 || token[0] == "" {
		writeError(w, http.StatusBadRequest, "invalid_request")
		return
	}
	e.form(w, r, token[0])
}

func (e *endpoint) hasCookie(r *http.Request) bool {
	if e.cookies == nil {
		return false
	}
	token, err := e.cookies.Refresh(r)
	return token != "" || err != nil
}

// hasTwice reports whether a parameter is given more than once (RFC 6749 section 3.2).
func hasTwice(form url.Values) bool {
	for _, values := range form {
		if len(values) > 1 {
			return true
		}
	}
	return false
}
