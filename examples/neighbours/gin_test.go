package neighbours_test

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/cda17858/jwt/jwthttp"
)

// forGin makes net/http middleware gin's.
func forGin(middleware func(http.Handler) http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		refused := true
		middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			refused = false
			c.Request = r
			c.Next()
		})).ServeHTTP(c.Writer, c.Request)
		if refused {
			c.Abort()
		}
	}
}

// gin needs the adapter above.
func Example_gin() {
	auth, iss := newAuth(jwthttp.Config{})
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.GET("/orders/:id", forGin(auth.Require(jwthttp.Scope("orders:read"))), func(c *gin.Context) {
		c.String(http.StatusOK, "order %s of %s", c.Param("id"), auth.Claims(c.Request.Context()).Subject)
	})

	get(e, "/orders/7", "")
	get(e, "/orders/7", iss.token("orders:write"))
	get(e, "/orders/7", iss.token("orders:read"))
	// Output:
	// 401 {"error":"unauthorized","error_description":"The request has no access token."}
	// 403 {"error":"insufficient_scope","error_description":"The access token lacks a scope that this request needs."}
	// 200 order 7 of alice
}
