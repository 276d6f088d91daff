package neighbours_test

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/cda17858/jwt/jwthttp"
)

// echo has a func that makes net/http middleware its own.
func Example_echo() {
	auth, iss := newAuth(jwthttp.Config{})
	e := echo.New()
	e.GET("/orders/:id", func(c *echo.Context) error {
		return c.String(http.StatusOK, "order "+c.Param("id")+" of "+auth.Claims(c.Request().Context()).Subject)
	}, echo.WrapMiddleware(auth.Require(jwthttp.Scope("orders:read"))))

	get(e, "/orders/7", "")
	get(e, "/orders/7", iss.token("orders:write"))
	get(e, "/orders/7", iss.token("orders:read"))
	// Output:
	// 401 {"error":"unauthorized","error_description":"The request has no access token."}
	// 403 {"error":"insufficient_scope","error_description":"The access token lacks a scope that this request needs."}
	// 200 order 7 of alice
}
