package neighbours_test

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/cda17858/jwt/jwthttp"
)

// chi takes the middleware as it is.
func Example_chi() {
	auth, iss := newAuth(jwthttp.Config{})
	r := chi.NewRouter()
	r.With(auth.Require(jwthttp.Scope("orders:read"))).Get("/orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "order", chi.URLParam(r, "id"), "of", auth.Claims(r.Context()).Subject)
	})

	get(r, "/orders/7", "")
	get(r, "/orders/7", iss.token("orders:write"))
	get(r, "/orders/7", iss.token("orders:read"))
	// Output:
	// 401 {"error":"unauthorized","error_description":"The request has no access token."}
	// 403 {"error":"insufficient_scope","error_description":"The access token lacks a scope that this request needs."}
	// 200 order 7 of alice
}
