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
	"slices"
	"strings"
	"time"

	"github.com/cda17858/jwt"
)

// Session is what our tokens say beyond the registered claims.
type Session struct {
	Roles []string `json:"roles"`
}

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
	parser *jwt.Parser[Session]
	log    *slog.Logger
	mux    *http.ServeMux
}

func newServer(users *users, signer jwt.Signer, keys jwt.Verifier, log *slog.Logger) (*server, error) {
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
	s := &server{users, signer, parser, log, http.NewServeMux()}
	s.mux.HandleFunc("POST /login", s.login)
	s.mux.Handle("GET /orders", s.needRole("sales", s.orders))
	return s, nil
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

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
		Private:   Session{Roles: roles},
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

func (s *server) orders(w http.ResponseWriter, _ *http.Request, claims *Claims) {
	writeJSON(w, http.StatusOK, map[string]any{"user": claims.Subject, "orders": []string{"1001", "1002"}})
}

// needRole calls next with the claims of the request's bearer token, if that is good
// and has the role. Otherwise it answers as RFC 6750 section 3 says.
func (s *server) needRole(role string, next func(http.ResponseWriter, *http.Request, *Claims)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		refuse := func(status int, challenge string) {
			w.Header().Set("WWW-Authenticate", challenge)
			writeError(w, status)
		}
		token, ok := bearerToken(r)
		if !ok {
			refuse(http.StatusUnauthorized, `Bearer realm="orders"`)
			return
		}
		claims, err := s.parser.Parse(r.Context(), token)
		switch _, refused := errors.AsType[*jwt.TokenError](err); {
		case refused:
			s.log.Info("token refused", "err", err)
			refuse(http.StatusUnauthorized, `Bearer realm="orders", error="invalid_token"`)
		case err != nil:
			s.log.Error("token not checked", "err", err)
			unavailable(w)
		case !slices.Contains(claims.Private.Roles, role):
			refuse(http.StatusForbidden, `Bearer realm="orders", error="insufficient_scope"`)
		default:
			next(w, r, claims)
		}
	}
}

// bearerToken returns the token in the one Authorization header of r.
func bearerToken(r *http.Request) (string, bool) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return "", false
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	return strings.TrimLeft(token, " "), ok && strings.EqualFold(scheme, "Bearer")
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
