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
// rotated these are two: the one that signs, and the one that did so before. The metadata
// beside them is for verifiers that know the service only by its name, as
// [jwks.Config].Issuer does.
func ExampleNewHandler() {
	var current, previous jwt.Verifier = keyB.public, keyA.public
	handler, err := jwks.NewHandler(jwks.HandlerConfig{Source: jwt.KeySet{current, previous}, MaxAge: 10 * time.Minute})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /.well-known/jwks.json", handler)
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"issuer":"https://auth.example.com","jwks_uri":"https://auth.example.com/.well-known/jwks.json"}`)
	})

	for _, path := range []string{"/.well-known/jwks.json", "/.well-known/openid-configuration"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Code, w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"))
	}

	// Output:
	// 200 application/jwk-set+json public, max-age=600
	// 200 application/json
}
