// Command notes is a small web service: who logs in gets a token, and with it reads and
// writes notes of their own.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// userClaims are the claims of a session.
type userClaims struct {
	Role   string   `json:"role"`
	Groups []string `json:"groups,omitempty"`
	jwt.RegisteredClaims
}

func (c *userClaims) isAdmin() bool { return c.Role == "admin" }

func (c *userClaims) inGroup(name string) bool {
	for _, g := range c.Groups {
		if g == name {
			return true
		}
	}
	return false
}

type user struct {
	password, role string
	groups         []string
}

type service struct {
	secret []byte
	now    func() time.Time
	users  map[string]user

	mu    sync.Mutex
	notes map[string][]string
}

type contextKey struct{}

// createToken makes the token of a user who has logged in.
func (s *service) createToken(name string, u user) (string, error) {
	now := s.now()
	claims := &userClaims{
		Role:   u.role,
		Groups: u.groups,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    "notes",
			Subject:   name,
			Audience:  jwt.ClaimStrings{"notes"},
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(15 * time.Minute)),
		},
	}
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	return token.SignedString(s.secret)
}

// parseToken returns the claims of a token that this service has made.
func (s *service) parseToken(raw string) (*userClaims, error) {
	token, err := jwt.ParseWithClaims(raw, &userClaims{}, func(token *jwt.Token) (interface{}, error) {
		if _, ok := token.Method.(*jwt.SigningMethodHMAC); !ok {
			return nil, fmt.Errorf("unexpected signing method: %v", token.Header["alg"])
		}
		return s.secret, nil
	}, jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer("notes"), jwt.WithAudience("notes"),
		jwt.WithTimeFunc(s.now), jwt.WithExpirationRequired())
	if err != nil {
		return nil, err
	}
	claims, ok := token.Claims.(*userClaims)
	if !ok || !token.Valid {
		return nil, errors.New("invalid token")
	}
	return claims, nil
}

// authenticate passes requests with a good token to next.
func (s *service) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			http.Error(w, "missing token", http.StatusUnauthorized)
			return
		}
		claims, err := s.parseToken(raw)
		if errors.Is(err, jwt.ErrTokenExpired) {
			http.Error(w, "log in again", http.StatusUnauthorized)
			return
		}
		if err != nil {
			http.Error(w, "invalid token", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, claims)))
	})
}

func claimsFrom(ctx context.Context) *userClaims {
	claims, _ := ctx.Value(contextKey{}).(*userClaims)
	return claims
}

func (s *service) login(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("user")
	u, ok := s.users[name]
	if !ok || u.password != r.FormValue("password") {
		http.Error(w, "wrong user or password", http.StatusForbidden)
		return
	}
	token, err := s.createToken(name, u)
	if err != nil {
		http.Error(w, "no token", http.StatusInternalServerError)
		return
	}
	json.NewEncoder(w).Encode(map[string]string{"token": token})
}

func (s *service) read(w http.ResponseWriter, r *http.Request) {
	claims := claimsFrom(r.Context())
	owner := r.PathValue("owner")
	if owner != claims.Subject && !claims.isAdmin() && !claims.inGroup(owner) {
		http.Error(w, "not yours", http.StatusForbidden)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	json.NewEncoder(w).Encode(s.notes[owner])
}

func (s *service) write(w http.ResponseWriter, r *http.Request) {
	claims := claimsFrom(r.Context())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes[claims.Subject] = append(s.notes[claims.Subject], r.FormValue("text"))
	w.Header().Set("X-Session-Ends", claims.ExpiresAt.Time.UTC().Format(time.RFC3339))
	w.WriteHeader(http.StatusCreated)
}

func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", s.login)
	mux.Handle("GET /notes/{owner}", s.authenticate(http.HandlerFunc(s.read)))
	mux.Handle("POST /notes", s.authenticate(http.HandlerFunc(s.write)))
	return mux
}

func main() {
	s := &service{
		secret: []byte(os.Getenv("NOTES_SECRET")),
		now:    time.Now,
		users:  map[string]user{"alice": {password: os.Getenv("ALICE"), role: "admin"}},
		notes:  make(map[string][]string),
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", s.routes()))
}
