package jwthttp

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cda17858/jwt"
)

// A condition is a Rule for claims with a P. holds returns whether it holds, or an error if it
// could not tell.
type condition[P any] struct {
	holds   func(ctx context.Context, c *jwt.Claims[P]) (bool, error)
	failure Failure
}

// What rules need of P.
type (
	hasScopes   interface{ Scopes() []string }
	hasRoles    interface{ Roles() []string }
	hasACR      interface{ ACR() string }
	hasAuthTime interface{ AuthTime() time.Time }
)

// bind makes conditions of the rules of a route.
func (a *Auth[P]) bind(rules []Rule) (conditions []condition[P], confirms []confirmRule[P]) {
	needs := needsOf(rules)
	for _, rule := range rules {
		switch rule := rule.(type) {
		case scopeRule:
			holds := method[P](rule, "Scopes() []string", hasScopes.Scopes, rule.holds)
			conditions = append(conditions, condition[P]{holds, a.newFailure(ReasonScope, needs.scopes)})
		case roleRule:
			holds := method[P](rule, "Roles() []string", hasRoles.Roles, rule.holds)
			conditions = append(conditions, condition[P]{holds, a.newFailure(ReasonForbidden, nil)})
		case acrRule:
			holds := method[P](rule, "ACR() string", hasACR.ACR, rule.holds)
			needs := needs
			needs.acr = rule
			conditions = append(conditions, condition[P]{holds, a.newFailure(ReasonAuthentication, needs.authentication)})
		case maxAgeRule:
			holds := method[P](rule, "AuthTime() time.Time", hasAuthTime.AuthTime, rule.holds)
			conditions = append(conditions, condition[P]{holds, a.newFailure(ReasonAuthentication, needs.authentication)})
		case funcRule[P]:
			conditions = append(conditions, condition[P]{rule, a.newFailure(ReasonForbidden, nil)})
		case confirmRule[P]:
			confirms = append(confirms, rule)
		case nil:
			panic("jwthttp: nil Rule")
		default:
			panic(fmt.Sprintf("jwthttp: a %s is not for those with %v", rule.describe(), reflect.TypeFor[P]()))
		}
	}
	return conditions, confirms
}

// method returns a func that hands what get returns of a P to holds. It panics if P has no
// such method, or has one that cannot be called.
func method[P, I, T any](rule Rule, signature string, get func(I) T, holds func(T) bool) func(context.Context, *jwt.Claims[P]) (bool, error) {
	t := reflect.TypeFor[P]()
	p := new(P)
	if t.Kind() == reflect.Pointer {
		reflect.ValueOf(p).Elem().Set(reflect.New(t.Elem()))
	}
	_, byPointer := any(p).(I)
	if _, byValue := any(*p).(I); !byPointer && !byValue {
		panic(fmt.Sprintf("jwthttp: the rule %s needs a method %s of %v; embed jwthttp.AccessToken, or add the method", rule.describe(), signature, t))
	}
	find := func(p *P) I {
		if byPointer {
			return any(p).(I) // without a copy
		}
		return any(*p).(I)
	}
	defer func() {
		if recover() != nil {
			panic(fmt.Sprintf("jwthttp: the rule %s needs %s of %v, which panics where the token has none of its claims; if it is AccessToken's, embed it by value", rule.describe(), signature, t))
		}
	}()
	get(find(p))
	return func(_ context.Context, c *jwt.Claims[P]) (bool, error) {
		return holds(get(find(&c.Private))), nil
	}
}

// needs are what a client must know to get a token for which all rules of a route hold, so
// that it need not ask twice.
type needs struct {
	scope  string
	acr    acrRule
	maxAge maxAgeRule
}

func needsOf(rules []Rule) (n needs) {
	var scopes []string
	for _, rule := range rules {
		switch rule := rule.(type) {
		case scopeRule:
			if rule.any {
				rule.scopes = rule.scopes[:1]
			}
			for _, scope := range rule.scopes {
				if !slices.Contains(scopes, scope) {
					scopes = append(scopes, scope)
				}
			}
		case acrRule:
			n.acr = rule
		case maxAgeRule:
			if n.maxAge == 0 || rule < n.maxAge {
				n.maxAge = rule
			}
		}
	}
	n.scope = strings.Join(scopes, " ")
	return n
}

func (n needs) scopes(c *challenge) { c.param("scope", n.scope) }

func (n needs) authentication(c *challenge) {
	c.param("acr_values", strings.Join(n.acr, " "))
	if n.maxAge != 0 {
		c.param("max_age", strconv.FormatInt(int64(time.Duration(n.maxAge)/time.Second), 10))
	}
}

// newFailure returns the Failure for a Reason. Its challenge has the parameters that params
// adds; an answer of 403 has a challenge only if there are some.
func (a *Auth[P]) newFailure(reason Reason, params func(*challenge)) Failure {
	told := answerFor(reason)
	f := Failure{Status: told.status, Reason: reason, Code: told.code}
	if told.status >= 500 || told.status == 403 && params == nil {
		return f
	}
	code := told.code
	if reason == ReasonNoCredentials {
		code = "" // RFC 6750 section 3.1
	}
	c := a.newChallenge(code)
	if params != nil {
		params(c)
	}
	f.Challenge = c.String()
	return f
}
