package neighbours_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// A policy in Rego decides. An error of OPA is answered with 503.
func Example_opa() {
	query := must(rego.New(
		rego.Query("data.orders.allow"),
		rego.Module("orders.rego", `
			package orders
			allow if { input.action == "read"; input.user == "alice"; "orders:read" in input.scopes }`),
	).PrepareForEval(context.Background()))
	may := func(action string) jwthttp.Rule {
		return jwthttp.RuleFunc(func(ctx context.Context, c *jwt.Claims[Claims]) (bool, error) {
			result, err := query.Eval(ctx, rego.EvalInput(map[string]any{
				"action": action, "user": c.Subject, "scopes": c.Private.Scopes(),
			}))
			return result.Allowed(), err
		})
	}

	auth, iss := newAuth(jwthttp.Config{})
	orders := auth.Require(may("read")).Handler(func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[Claims]) {
		fmt.Fprintln(w, "orders of", c.Subject)
	})
	get(orders, "/orders", iss.token("orders:write"))
	get(orders, "/orders", iss.token("orders:read"))
	// Output:
	// 403 {"error":"access_denied","error_description":"Access is denied."}
	// 200 orders of alice
}
