package session

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/cda17858/jwt/internal/strictjson"
	"github.com/cda17858/jwt/jwthttp"
)

// SetCookies sets the cookies of both tokens. That of the access token ends with it. That of
// the refresh token ends when the session would without a refresh, or, if the session is
// not Persistent, with the browser. The error is that of [jwthttp.Cookies]: a token is too
// long for a cookie. Nothing is set then.
func (t *Tokens) SetCookies(w http.ResponseWriter, cookies *jwthttp.Cookies) error {
	if cookies == nil {
		return errors.New("session: SetCookies: nil Cookies")
	}
	if err := cookies.SetAccess(w, t.AccessToken, t.ExpiresIn); err != nil {
		return err
	}
	var idle time.Duration // a cookie that ends with the browser
	if t.Session.Persistent {
		idle = max(t.idle, time.Second)
	}
	return cookies.SetRefresh(w, t.RefreshToken, idle)
}

// response is RFC 6749 section 5.1.
type response struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	Scope        string `json:"scope,omitzero"`
}

// WriteJSON writes the answer of RFC 6749 section 5.1: for clients that are not browsers. An
// error means that the client has gone.
func (t *Tokens) WriteJSON(w http.ResponseWriter) error {
	data, err := strictjson.Marshal(&response{
		AccessToken: t.AccessToken, TokenType: "Bearer", ExpiresIn: int64(t.ExpiresIn / time.Second),
		RefreshToken: t.RefreshToken, Scope: strings.Join(t.Session.Scope, " "),
	}, strictjson.Plain)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, data)
}

// writeError writes the answer of RFC 6749 section 5.2.
func writeError(w http.ResponseWriter, status int, code string) {
	write(w, status, []byte(`{"error":"`+code+`"}`))
}

func write(w http.ResponseWriter, status int, data []byte) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache") // RFC 6749 section 5.1
	w.WriteHeader(status)
	_, err := w.Write(append(data, '\n'))
	return err
}
