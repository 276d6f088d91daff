package jwks_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// A service publishes the keys that its tokens can be verified with. While keys are
// rotated these are two: the one that signs, and the one that did so before.
func ExampleHandler() {
	var current, previous jwt.Verifier = keyB.public.(jwt.Verifier), keyA.public.(jwt.Verifier)
	handler, err := jwks.Handler(jwt.KeySet{current, previous}, 10*time.Minute)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/.well-known/jwks.json", handler)

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/.well-known/jwks.json", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"))

	// Output:
	// 200 application/jwk-set+json public, max-age=600
}
