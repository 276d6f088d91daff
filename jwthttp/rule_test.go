package jwthttp_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// own has methods of its own, on the pointer, for claims with other names.
type own struct {
	Permissions []string `json:"permissions"`
	Realm       struct {
		Roles []string `json:"roles"`
	} `json:"realm_access"`
}

func (o *own) Scopes() []string { return o.Permissions }
func (o *own) Roles() []string  { return o.Realm.Roles }

// status returns how an Auth for claims with a P answers to private under rules.
func status[P any](t *testing.T, private P, rules ...jwthttp.Rule) int {
	t.Helper()
	claims := claimsOf("alice", private)
	auth, err := jwthttp.New(func(context.Context, string) (*jwt.Claims[P], error) { return &claims, nil }, jwthttp.Config{})
	require.NoError(t, err)
	return do(auth.Require(rules...)(hello), with("GET", "/", "Authorization", "Bearer x")).Code
}

func TestRules(t *testing.T) {
	with := func(change func(*jwthttp.AccessToken)) embedded {
		p := embedded{}
		change(&p.AccessToken)
		return p
	}
	scopes := func(s ...string) embedded { return with(func(t *jwthttp.AccessToken) { t.Scope = s }) }
	roles := func(s ...string) embedded { return with(func(t *jwthttp.AccessToken) { t.UserRoles = s }) }
	acr := func(s string) embedded { return with(func(t *jwthttp.AccessToken) { t.AuthContext = s }) }
	for _, test := range []struct {
		name    string
		private embedded
		rule    jwthttp.Rule
		status  int
	}{
		{"Scope, the one", scopes("a"), jwthttp.Scope("a"), 200},
		{"Scope, among others", scopes("b", "a"), jwthttp.Scope("a"), 200},
		{"Scope, all", scopes("b", "a"), jwthttp.Scope("a", "b"), 200},
		{"Scope, not all", scopes("a"), jwthttp.Scope("a", "b"), 403},
		{"Scope, none", scopes(), jwthttp.Scope("a"), 403},
		{"Scope, another case", scopes("A"), jwthttp.Scope("a"), 403},
		{"Scope, a prefix", scopes("orders"), jwthttp.Scope("orders:read"), 403},
		{"Scope, longer", scopes("orders:read"), jwthttp.Scope("orders"), 403},
		{"Scope, not split again", scopes("a b"), jwthttp.Scope("a"), 403},
		{"AnyScope, one", scopes("b"), jwthttp.AnyScope("a", "b"), 200},
		{"AnyScope, none", scopes("c"), jwthttp.AnyScope("a", "b"), 403},
		{"Role, one of", roles("b"), jwthttp.Role("a", "b"), 200},
		{"Role, none", roles("c"), jwthttp.Role("a", "b"), 403},
		{"Role is not scope", scopes("a"), jwthttp.Role("a"), 403},
		{"ACR, one of", acr("b"), jwthttp.ACR("a", "b"), 200},
		{"ACR, another", acr("c"), jwthttp.ACR("a", "b"), 401},
		{"ACR, absent", acr(""), jwthttp.ACR("a"), 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.status, status(t, test.private, test.rule))
		})
	}
}

func TestMaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			age    time.Duration
			status int
		}{
			{0, 200}, {time.Minute, 200}, {5 * time.Minute, 200}, {5*time.Minute + time.Second, 401}, {time.Hour, 401},
			{-time.Minute, 200}, {-10 * time.Minute, 200}, {-10*time.Minute - time.Second, 401},
		} {
			private := embedded{AccessToken: jwthttp.AccessToken{AuthenticatedAt: time.Now().Add(-test.age).Unix()}}
			require.Equal(t, test.status, status(t, private, jwthttp.MaxAge(5*time.Minute)), test.age)
		}
		require.Equal(t, 401, status(t, embedded{}, jwthttp.MaxAge(5*time.Minute)))
		// Seconds are counted in whole.
		fresh := embedded{AccessToken: jwthttp.AccessToken{AuthenticatedAt: time.Now().Unix()}}
		time.Sleep(1100 * time.Millisecond)
		require.Equal(t, 401, status(t, fresh, jwthttp.MaxAge(1900*time.Millisecond)))
	})
}

// All kinds of P that can have methods have them called.
func TestRulesOfOwnTypes(t *testing.T) {
	p := own{Permissions: []string{"a"}}
	p.Realm.Roles = []string{"r"}
	require.Equal(t, 200, status(t, p, jwthttp.Scope("a"), jwthttp.Role("r")))
	require.Equal(t, 403, status(t, p, jwthttp.Scope("b")))
	require.Equal(t, 200, status(t, &p, jwthttp.Scope("a"), jwthttp.Role("r")))
	require.Equal(t, 403, status(t, &p, jwthttp.Role("x")))
	require.Equal(t, 200, status(t, scopeMap{"p": "a"}, jwthttp.Scope("a")))
	require.Equal(t, 200, status(t, &embedded{AccessToken: jwthttp.AccessToken{AuthContext: "x"}}, jwthttp.ACR("x")))
}

type scopeMap map[string]string

func (m scopeMap) Scopes() []string { return []string{m["p"]} }

// The first rule that does not hold decides, and those after it are not asked.
func TestRulesInOrder(t *testing.T) {
	asked := 0
	ask := func(ok bool, err error) jwthttp.Rule {
		return jwthttp.RuleFunc(func(ctx context.Context, c *jwt.Claims[embedded]) (bool, error) {
			asked++
			require.Equal(t, "alice", c.Subject)
			require.NoError(t, ctx.Err())
			return ok, err
		})
	}
	down := errors.New("down")
	require.Equal(t, 200, status(t, embedded{}, ask(true, nil), ask(true, nil)))
	require.Equal(t, 2, asked)
	require.Equal(t, 403, status(t, embedded{}, ask(false, nil), ask(true, down)))
	require.Equal(t, 3, asked)
	require.Equal(t, 503, status(t, embedded{}, ask(true, down), ask(false, nil)))
	require.Equal(t, 4, asked)
	require.Equal(t, 503, status(t, embedded{}, ask(false, down)))
}

// A rule that can never hold is found when the route is registered.
func TestRulesRefused(t *testing.T) {
	type plain struct{ Role string }
	type shadowed struct {
		jwthttp.AccessToken
		Roles []string `json:"my_roles"`
	}
	type byPointer struct{ *jwthttp.AccessToken }
	for _, test := range []struct {
		name string
		f    func()
		want string
	}{
		{"Scope()", func() { jwthttp.Scope() }, "Scope needs an argument"},
		{"Scope empty", func() { jwthttp.Scope("a", "") }, `"" is not a name`},
		{"Scope with a space", func() { jwthttp.Scope("a b") }, `"a b" is not a scope`},
		{"Scope with a quote", func() { jwthttp.AnyScope(`a"`) }, "is not a scope"},
		{"Role()", func() { jwthttp.Role() }, "Role needs an argument"},
		{"ACR()", func() { jwthttp.ACR() }, "ACR needs an argument"},
		{"ACR with a space", func() { jwthttp.ACR("a b") }, "has a space"},
		{"ACR with a newline", func() { jwthttp.ACR("a\nb") }, "not printable"},
		{"MaxAge without a unit", func() { jwthttp.MaxAge(300) }, "MaxAge is 300ns"},
		{"RuleFunc nil", func() { jwthttp.RuleFunc[embedded](nil) }, "RuleFunc: nil func"},
		{"Confirm nil", func() { jwthttp.Confirm[embedded](nil) }, "Confirm: nil func"},
		{"nil rule", func() { status(t, embedded{}, nil) }, "nil Rule"},
		{"no Scopes", func() { status(t, plain{}, jwthttp.Scope("a")) }, "the rule Scope needs a method Scopes() []string of jwthttp_test.plain"},
		{"no Roles", func() { status(t, map[string]any{}, jwthttp.Role("a")) }, "needs a method Roles() []string of map[string]interface {}"},
		{"no ACR", func() { status(t, struct{}{}, jwthttp.ACR("a")) }, "needs a method ACR() string"},
		{"no AuthTime", func() { status(t, own{}, jwthttp.MaxAge(time.Minute)) }, "needs a method AuthTime() time.Time"},
		{"Roles shadowed", func() { status(t, shadowed{}, jwthttp.Role("a")) }, "needs a method Roles() []string"},
		{"AccessToken by pointer", func() { status(t, byPointer{}, jwthttp.Scope("a")) }, "embed it by value"},
		{"RuleFunc of another P", func() {
			status(t, embedded{}, jwthttp.RuleFunc(func(context.Context, *jwt.Claims[plain]) (bool, error) { return true, nil }))
		}, "a RuleFunc for claims with jwthttp_test.plain is not for those with jwthttp_test.embedded"},
		{"Confirm of another P", func() {
			status(t, embedded{}, jwthttp.Confirm(func(*http.Request, string, *jwt.Claims[plain]) error { return nil }))
		}, "Confirm for claims with jwthttp_test.plain is not for those with jwthttp_test.embedded"},
	} {
		t.Run(test.name, func(t *testing.T) {
			defer func() { require.Contains(t, recover(), test.want) }()
			test.f()
		})
	}
}

// What the caller does with the arguments afterwards changes nothing.
func TestRulesAreCopied(t *testing.T) {
	names := []string{"a"}
	scope, any, role, acr := jwthttp.Scope(names...), jwthttp.AnyScope(names...), jwthttp.Role(names...), jwthttp.ACR(names...)
	names[0] = "b"
	p := embedded{AccessToken: jwthttp.AccessToken{Scope: jwthttp.ScopeList{"a"}, UserRoles: jwthttp.ValueList{"a"}, AuthContext: "a"}}
	require.Equal(t, 200, status(t, p, scope, any, role, acr))
}
