package api

import (
	"fmt"
	"net/http"

	"whole.example/auth"
)

// Hello says who calls.
func Hello(w http.ResponseWriter, r *http.Request) {
	c := auth.FromContext(r.Context())
	fmt.Fprintln(w, c.Subject, c.Role, c.IsAdmin())
}
