package main

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// Session is what our tokens say beyond the registered claims: the user's roles.
type Session = jwthttp.AccessToken

// Claims are the claims of our tokens.
type Claims = jwt.Claims[Session]

const (
	issuer   = "https://login.example.com"
	audience = "orders"
	lifetime = 15 * time.Minute
	maxBody  = 4 << 10 // bytes of a request's body
)

type server struct {
	users  *users
	signer jwt.Signer
	log    *slog.Logger
}

// newServer returns a handler for the whole service.
func newServer(users *users, signer jwt.Signer, keys jwt.Verifier, log *slog.Logger) (http.Handler, error) {
	parser, err := jwt.NewParser[Session](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{issuer},
		Audiences:  []string{audience},
		Required:   []string{"sub", "iat", "jti"},
		Leeway:     30 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{Realm: "orders", Logger: log})
	if err != nil {
		return nil, err
	}
	s := &server{users, signer, log}
	mux := http.NewServeMux()
	mux.Handle("POST /login", jwthttp.Public(http.HandlerFunc(s.login)))
	mux.Handle("GET /orders", auth.Require(jwthttp.Role("sales")).Handler(orders))
	return auth.DefaultDeny(mux), nil
}

// login answers a token for a user's name and password.
func (s *server) login(w http.ResponseWriter, r *http.Request) {
	var user, password string
	status := readJSON(w, r, map[string]*string{"user": &user, "password": &password})
	if status != http.StatusOK {
		writeError(w, status)
		return
	}
	roles, err := s.users.check(r.Context(), user, password)
	switch {
	case errors.Is(err, errBadLogin):
		s.log.Info("login refused") // not who: people type passwords into the other field
		w.Header().Set("WWW-Authenticate", `Bearer realm="login"`)
		writeError(w, http.StatusUnauthorized)
		return
	case err != nil:
		s.log.Warn("login failed", "err", err)
		unavailable(w)
		return
	}
	now := time.Now()
	token, err := jwt.Sign(r.Context(), s.signer, Claims{
		Issuer:    issuer,
		Subject:   user,
		Audience:  []string{audience},
		IssuedAt:  now,
		ExpiresAt: now.Add(lifetime),
		ID:        rand.Text(),
		Private:   Session{UserRoles: roles},
	})
	if err != nil {
		s.log.Error("token not signed", "err", err)
		unavailable(w)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": token, "token_type": "Bearer", "expires_in": int(lifetime.Seconds()),
	})
}

func orders(w http.ResponseWriter, _ *http.Request, claims *Claims) {
	writeJSON(w, http.StatusOK, map[string]any{"user": claims.Subject, "orders": []string{"1001", "1002"}})
}

// readJSON decodes the body of r into members, and returns the status to answer if it
// cannot.
func readJSON(w http.ResponseWriter, r *http.Request, members map[string]*string) int {
	// A form on another site can send no body of this type.
	if typ, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || typ != "application/json" {
		return http.StatusUnsupportedMediaType
	}
	err := decodeStrings(http.MaxBytesReader(w, r.Body, maxBody), members)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	if err != nil {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// decodeStrings reads one JSON object of strings into members, by their names. A name in
// another case, a name twice and a name that is not a member are errors: json.Unmarshal
// would take "USER" for "user", and the last of two, and another reader of the same body,
// such as a firewall or a log, the first.
func decodeStrings(body io.Reader, members map[string]*string) error {
	dec := json.NewDecoder(body)
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return cmp.Or(err, errNotStrings)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		member := members[name.(string)]
		if member == nil {
			return errNotStrings
		}
		delete(members, name.(string))
		value, err := dec.Token()
		if err != nil {
			return err
		}
		var ok bool
		if *member, ok = value.(string); !ok {
			return errNotStrings
		}
	}
	if _, err := dec.Token(); err != nil { // the end of the object
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return cmp.Or(err, errNotStrings)
	}
	return nil
}

var errNotStrings = errors.New("not an object of the strings that are wanted")

// unavailable answers that the fault is ours and may pass.
func unavailable(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "5")
	writeError(w, http.StatusServiceUnavailable)
}

func writeError(w http.ResponseWriter, status int) {
	writeJSON(w, status, map[string]string{"error": http.StatusText(status)})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // an error means that the client has gone
}
