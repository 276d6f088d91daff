package jwthttp

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/cda17858/jwt"
)

// A Rule is a condition for passing on a request whose token is good. The functions of this
// package make them; [Auth.Require] takes them.
type Rule interface {
	// describe names the Rule in a panic.
	describe() string
}

type (
	scopeRule struct {
		scopes []string
		any    bool
	}
	roleRule           []string
	acrRule            []string
	maxAgeRule         time.Duration
	funcRule[P any]    func(ctx context.Context, c *jwt.Claims[P]) (bool, error)
	confirmRule[P any] func(r *http.Request, token string, c *jwt.Claims[P]) error
)

func (r scopeRule) describe() string {
	if r.any {
		return "AnyScope"
	}
	return "Scope"
}
func (roleRule) describe() string   { return "Role" }
func (acrRule) describe() string    { return "ACR" }
func (maxAgeRule) describe() string { return "MaxAge" }
func (funcRule[P]) describe() string {
	return fmt.Sprintf("RuleFunc for claims with %v", reflect.TypeFor[P]())
}
func (confirmRule[P]) describe() string {
	return fmt.Sprintf("Confirm for claims with %v", reflect.TypeFor[P]())
}

// Scope is a Rule: the token has all of the scopes. P needs a method Scopes() []string. The
// answer is 403 with insufficient_scope and the scopes of the route (RFC 6750 section 3.1).
func Scope(allOf ...string) Rule {
	checkScopes("Scope", allOf)
	return scopeRule{slices.Clone(allOf), false}
}

// AnyScope is a Rule like [Scope]: the token has at least one of the scopes. The challenge
// names the first, so put the narrowest first.
func AnyScope(anyOf ...string) Rule {
	checkScopes("AnyScope", anyOf)
	return scopeRule{slices.Clone(anyOf), true}
}

func checkScopes(name string, scopes []string) {
	checkNames(name, scopes)
	for _, scope := range scopes {
		if !isScope(scope) {
			panic(fmt.Sprintf("jwthttp: %s: %q is not a scope (RFC 6749 section 3.3)", name, scope))
		}
	}
}

func checkNames(rule string, names []string) {
	if len(names) == 0 {
		panic("jwthttp: " + rule + " needs an argument")
	}
	if slices.Contains(names, "") {
		panic("jwthttp: " + rule + `: "" is not a name`)
	}
}

// Role is a Rule: the token has at least one of the roles. P needs a method
// Roles() []string. The answer is 403.
func Role(anyOf ...string) Rule {
	checkNames("Role", anyOf)
	return roleRule(slices.Clone(anyOf))
}

// ACR is a Rule: the user has authenticated in one of these ways, by their Authentication
// Context Class Reference. P needs a method ACR() string. The answer is 401 with
// insufficient_user_authentication and acr_values (RFC 9470 section 3), where the order is
// that of preference.
func ACR(anyOf ...string) Rule {
	checkNames("ACR", anyOf)
	for _, acr := range anyOf {
		if !isQuotable(acr) || strings.Contains(acr, " ") {
			panic(fmt.Sprintf("jwthttp: ACR: %q has a space or a character that is not printable ASCII", acr))
		}
	}
	return acrRule(slices.Clone(anyOf))
}

// MaxAge is a Rule: the user has authenticated no longer than d ago, by auth_time. P needs a
// method AuthTime() [time.Time], which returns the zero time if the token does not say; the
// rule does not hold then. The answer is 401 with insufficient_user_authentication and max_age
// (RFC 9470 section 3). d is at least 1 second; fractions are cut.
func MaxAge(d time.Duration) Rule {
	if d < time.Second {
		panic(fmt.Sprintf("jwthttp: MaxAge is %v; the shortest is 1s", d))
	}
	return maxAgeRule(d.Truncate(time.Second))
}

// RuleFunc is a Rule: f returns true. The answer to false is 403, and the answer to an error,
// which means that f could not tell, is 503. f must be safe for concurrent use.
func RuleFunc[P any](f func(ctx context.Context, c *jwt.Claims[P]) (bool, error)) Rule {
	if f == nil {
		panic("jwthttp: RuleFunc: nil func")
	}
	return funcRule[P](f)
}

// Confirm is a Rule that checks the cnf claim (RFC 7800) of the tokens that have one: that
// the sender of the request has the key which the token is bound to. f is not called for
// other tokens. A [*jwt.TokenError] means that the sender has not shown it, and is answered
// with 401; any other error is answered with 503. f must be safe for concurrent use.
//
// A token with cnf is refused where no Confirm is among the rules.
func Confirm[P any](f func(r *http.Request, token string, c *jwt.Claims[P]) error) Rule {
	if f == nil {
		panic("jwthttp: Confirm: nil func")
	}
	return confirmRule[P](f)
}

func (r scopeRule) holds(scopes []string) bool {
	if r.any {
		return overlap(r.scopes, scopes)
	}
	for _, scope := range r.scopes {
		if !slices.Contains(scopes, scope) {
			return false
		}
	}
	return true
}

func (r roleRule) holds(roles []string) bool { return overlap(r, roles) }

func (r acrRule) holds(acr string) bool { return slices.Contains(r, acr) }

// maxSkew is how far auth_time may lie in the future, by the clock of this machine.
const maxSkew = 10 * time.Minute

func (r maxAgeRule) holds(at time.Time) bool {
	age := time.Since(at)
	return !at.IsZero() && age <= time.Duration(r) && age >= -maxSkew
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
