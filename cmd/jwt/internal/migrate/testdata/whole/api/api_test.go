package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"whole.example/auth"
)

func TestHello(t *testing.T) {
	i := &auth.Issuer{Secret: make([]byte, 32)}
	raw, err := i.Sign(auth.Claims{Role: "user"})
	if err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]string{raw: "user false", "nonsense": "invalid token"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		Authenticate(i, http.HandlerFunc(Hello)).ServeHTTP(w, r)
		if got := strings.TrimSpace(w.Body.String()); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
