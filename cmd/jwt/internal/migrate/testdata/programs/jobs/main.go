// Command jobs is called by other services, each with a token that it has signed itself with
// a key of its own, and calls them back in the same way.
package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/golang-jwt/jwt/v5/request"
)

// A caller is another service.
type caller struct {
	current, previous ed25519.PublicKey
}

type worker struct {
	key     *ecdsa.PrivateKey
	keyID   string
	callers map[string]caller // by issuer
}

// ticket lets this worker call a service once.
func (w *worker) ticket(service, job string) (string, error) {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return "", err
	}
	now := time.Now()
	claims := jwt.MapClaims{
		"iss": "jobs",
		"sub": "worker",
		"aud": service,
		"iat": now.Unix(),
		"exp": now.Add(time.Minute).Unix(),
		"jti": hex.EncodeToString(id),
	}
	claims["job"] = job
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	token.Header["kid"] = w.keyID
	return token.SignedString(w.key)
}

// receipt checks a ticket of this worker that a service has sent back.
func (w *worker) receipt(raw string) (job string, err error) {
	token, err := jwt.Parse(raw, func(token *jwt.Token) (any, error) {
		return &w.key.PublicKey, nil
	}, jwt.WithValidMethods([]string{"ES256"}), jwt.WithIssuer("jobs"), jwt.WithLeeway(5*time.Second))
	if err != nil {
		return "", fmt.Errorf("receipt: %w", err)
	}
	claims, ok := token.Claims.(jwt.MapClaims)
	if !ok {
		return "", errors.New("receipt: invalid claims")
	}
	job, ok = claims["job"].(string)
	if !ok {
		return "", errors.New("receipt: no job")
	}
	return job, nil
}

// keysOf finds the keys of the service that a token says it is from.
func (w *worker) keysOf(token *jwt.Token) (any, error) {
	iss, err := token.Claims.GetIssuer()
	if err != nil {
		return nil, err
	}
	c, ok := w.callers[iss]
	if !ok {
		return nil, fmt.Errorf("unknown issuer %q", iss)
	}
	return jwt.VerificationKeySet{Keys: []jwt.VerificationKey{c.current, c.previous}}, nil
}

var fromHeader = jwt.NewParser(
	jwt.WithValidMethods([]string{"EdDSA"}),
	jwt.WithAudience("jobs"),
	jwt.WithExpirationRequired(),
	jwt.WithSubject("scheduler"),
)

// run starts a job for a caller.
func (w *worker) run(rw http.ResponseWriter, r *http.Request) {
	token, err := request.ParseFromRequest(r, request.OAuth2Extractor, w.keysOf,
		request.WithClaims(&jwt.RegisteredClaims{}), request.WithParser(fromHeader))
	if err != nil {
		http.Error(rw, "invalid token", http.StatusUnauthorized)
		return
	}
	iss, err := token.Claims.GetIssuer()
	if err != nil {
		http.Error(rw, "invalid token", http.StatusUnauthorized)
		return
	}
	fmt.Fprintf(rw, "started for %s", iss)
}

// done takes back a ticket.
func (w *worker) done(rw http.ResponseWriter, r *http.Request) {
	job, err := w.receipt(r.FormValue("ticket"))
	if err != nil {
		http.Error(rw, "invalid ticket", http.StatusUnauthorized)
		return
	}
	fmt.Fprintf(rw, "done with %s", job)
}

func (w *worker) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /run", w.run)
	mux.HandleFunc("POST /done", w.done)
	return mux
}

func main() {
	log.Fatal(http.ListenAndServe("127.0.0.1:8081", new(worker).routes()))
}
