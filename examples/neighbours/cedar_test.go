package neighbours_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/cedar-policy/cedar-go"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// A policy in Cedar decides. A policy that cannot be evaluated is answered with 503.
func Example_cedar() {
	policies := must(cedar.NewPolicySetFromBytes("orders.cedar", []byte(`
		permit (principal == User::"alice", action == Action::"read", resource)
		when { context.scopes.contains("orders:read") };`)))
	may := func(action string) jwthttp.Rule {
		return jwthttp.RuleFunc(func(ctx context.Context, c *jwt.Claims[Claims]) (bool, error) {
			var scopes []cedar.Value
			for _, scope := range c.Private.Scopes() {
				scopes = append(scopes, cedar.String(scope))
			}
			decision, why := cedar.Authorize(policies, cedar.EntityMap{}, cedar.Request{
				Principal: cedar.NewEntityUID("User", cedar.String(c.Subject)),
				Action:    cedar.NewEntityUID("Action", cedar.String(action)),
				Resource:  cedar.NewEntityUID("Service", resource),
				Context:   cedar.NewRecord(cedar.RecordMap{"scopes": cedar.NewSet(scopes...)}),
			})
			if len(why.Errors) > 0 {
				return false, errors.New(why.Errors[0].String())
			}
			return decision == cedar.Allow, nil
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
