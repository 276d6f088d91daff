// Command gate stands before other services: it checks the tokens of an identity provider,
// and tells the service behind it who calls.
package main

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// gate has the keys of the provider by their kid.
type gate struct {
	keys     map[string]*rsa.PublicKey
	issuer   string
	audience string
	logger   *log.Logger
}

// loadKeys reads a folder with a PEM file for each key, named after its kid.
func loadKeys(dir string) (map[string]*rsa.PublicKey, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.pem"))
	if err != nil {
		return nil, err
	}
	keys := make(map[string]*rsa.PublicKey)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		key, err := jwt.ParseRSAPublicKeyFromPEM(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		keys[strings.TrimSuffix(filepath.Base(file), ".pem")] = key
	}
	return keys, nil
}

func (g *gate) keyFor(token *jwt.Token) (any, error) {
	kid, ok := token.Header["kid"].(string)
	if !ok {
		return nil, errors.New("no kid")
	}
	key, ok := g.keys[kid]
	if !ok {
		return nil, fmt.Errorf("unknown kid %q", kid)
	}
	return key, nil
}

// An identity is what the services behind the gate learn of the caller.
type identity struct {
	tenant string
	userID int64
	scopes []string
}

func (g *gate) identify(raw string) (*identity, error) {
	token, err := jwt.Parse(raw, g.keyFor,
		jwt.WithValidMethods([]string{"RS256", "RS384"}),
		jwt.WithIssuer(g.issuer),
		jwt.WithAudience(g.audience),
		jwt.WithExpirationRequired(),
	)
	if err != nil {
		return nil, err
	}
	claims, ok := token.Claims.(jwt.MapClaims)
	if !ok || !token.Valid {
		return nil, errors.New("invalid token")
	}
	tenant, ok := claims["tenant"].(string)
	if !ok {
		return nil, errors.New("no tenant")
	}
	userID, ok := claims["user_id"].(float64)
	if !ok {
		return nil, errors.New("no user_id")
	}
	scope, _ := claims["scope"].(string)
	return &identity{tenant, int64(userID), strings.Fields(scope)}, nil
}

// explain returns what the caller is told.
func explain(err error) string {
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return "token expired"
	case errors.Is(err, jwt.ErrTokenInvalidAudience), errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return "token for someone else"
	case errors.Is(err, jwt.ErrTokenMalformed):
		return "not a token"
	default:
		return "invalid token"
	}
}

// tenantOf is for the log of requests that are refused.
func tenantOf(raw string) string {
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(raw, claims); err != nil {
		return "?"
	}
	tenant, _ := claims["tenant"].(string)
	return tenant
}

func (g *gate) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		id, err := g.identify(raw)
		if err != nil {
			g.logger.Printf("refused %q: %v", tenantOf(raw), err)
			http.Error(w, explain(err), http.StatusUnauthorized)
			return
		}
		r.Header.Del("Authorization")
		r.Header.Set("X-Tenant", id.tenant)
		r.Header.Set("X-User", strconv.FormatInt(id.userID, 10))
		r.Header.Set("X-Scopes", strings.Join(id.scopes, ","))
		next.ServeHTTP(w, r)
	})
}

func main() {
	keys, err := loadKeys(os.Getenv("GATE_KEYS"))
	if err != nil {
		log.Fatal(err)
	}
	target, err := url.Parse(os.Getenv("GATE_TARGET"))
	if err != nil {
		log.Fatal(err)
	}
	g := &gate{keys: keys, issuer: os.Getenv("GATE_ISSUER"), audience: "gate", logger: log.Default()}
	log.Fatal(http.ListenAndServe("127.0.0.1:8082", g.wrap(httputil.NewSingleHostReverseProxy(target))))
}
