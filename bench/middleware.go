package bench

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"

	"github.com/go-chi/jwtauth/v5"
	golangjwt "github.com/golang-jwt/jwt/v5"
	echojwt "github.com/labstack/echo-jwt/v5"
	"github.com/labstack/echo/v5"
	jwxjwt "github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// needed is the scope that a request must have. Each middleware finds the token, has it
// checked, and hands the claims to a handler; where it has no rules for scopes, the handler
// looks for the scope.
const needed = "orders:read"

type scoped struct{ small }

func (s *scoped) Scopes() []string { return s.Scope }

// ourMiddleware returns a handler behind the middleware, without a router.
func ourMiddleware(k *keys) http.Handler {
	parser := must(jwt.NewParser[scoped](ourVerifier("HS256", kid, k), ourPolicy("HS256")))
	auth := must(jwthttp.New(parser.Parse, jwthttp.Config{}))
	return auth.Require(jwthttp.Scope(needed)).Handler(
		func(w http.ResponseWriter, _ *http.Request, _ *jwt.Claims[scoped]) {
			w.WriteHeader(http.StatusNoContent)
		})
}

// routed returns a router with h for GET /orders.
func routed(h http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /orders", h)
	return mux
}

func echoMiddleware(k *keys) http.Handler {
	p := golangjwt.NewParser(
		golangjwt.WithValidMethods([]string{"HS256"}), golangjwt.WithIssuer(issuer), golangjwt.WithAudience(audience),
		golangjwt.WithExpirationRequired(), golangjwt.WithIssuedAt(),
	)
	e := echo.New()
	e.GET("/orders", func(c *echo.Context) error {
		token, err := echo.ContextGet[*golangjwt.Token](c, "user")
		if err != nil {
			return err
		}
		if !slices.Contains(token.Claims.(*golangSmall).Scope, needed) {
			return echo.NewHTTPError(http.StatusForbidden, "no scope")
		}
		return c.NoContent(http.StatusNoContent)
	}, echojwt.WithConfig(echojwt.Config{ParseTokenFunc: func(_ *echo.Context, auth string) (any, error) {
		return p.ParseWithClaims(auth, new(golangSmall), func(t *golangjwt.Token) (any, error) {
			if t.Header["kid"] != kid {
				return nil, errKid
			}
			return k.secret, nil
		})
	}}))
	return e
}

func jwtauthMiddleware(k *keys) http.Handler {
	ja := jwtauth.New("HS256", k.secret, nil, jwxjwt.WithIssuer(issuer), jwxjwt.WithAudience(audience), jwxjwt.WithRequiredClaim("exp"))
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, claims, err := jwtauth.FromContext(r.Context())
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if scopes, _ := claims["scope"].([]any); !slices.Contains(scopes, any(needed)) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	return routed(jwtauth.Verifier(ja)(jwtauth.Authenticator(ja)(h)))
}

// A service answers requests without a network. It is for one goroutine.
type service struct {
	handler http.Handler
	status  int
	header  http.Header
}

func (s *service) Header() http.Header         { return s.header }
func (s *service) Write(b []byte) (int, error) { return len(b), nil }
func (s *service) WriteHeader(status int)      { s.status = status }

func (s *service) answer(r *http.Request) int {
	clear(s.header)
	s.status = http.StatusOK
	s.handler.ServeHTTP(s, r)
	return s.status
}

func request(t token) *http.Request {
	r := httptest.NewRequest("GET", "/orders", nil)
	if t.text != "" {
		r.Header.Set("Authorization", "Bearer "+t.text)
	}
	return r
}

var errAnswer = errors.New("another answer")

// expect returns an error if s does not answer a request with t by status.
func (s *service) expect(r *http.Request, status int) error {
	if got := s.answer(r); got != status {
		return fmt.Errorf("%w: %d, not %d", errAnswer, got, status)
	}
	return nil
}

// check returns an error unless s answers good and bad requests as it must.
func (s *service) check(k *keys) error {
	other := newClaims(4) // the first that may not read orders
	for _, test := range []struct {
		name   string
		token  token
		status []int
	}{
		{"good", k.mint("HS256", kid, newClaims(0).payload()), []int{204}},
		{"no scope", k.mint("HS256", kid, other.payload()), []int{403}},
		{"no token", token{}, []int{400, 401}}, // echo-jwt answers 400
		{"bad signature", badTokens("HS256", k)["signature"], []int{401}},
		{"expired", badTokens("HS256", k)["exp"], []int{401}},
		{"another audience", badTokens("HS256", k)["aud"], []int{401}},
	} {
		if got := s.answer(request(test.token)); !slices.Contains(test.status, got) {
			return fmt.Errorf("%s: %w: %d, not %d", test.name, errAnswer, got, test.status)
		}
	}
	return nil
}

// middlewareCases compare middleware within a router, and this module's without one to its own
// Parse. Middleware stands in the column of the library that it is built on: echo-jwt on
// golang-jwt, jwtauth on jwx.
func (s *suite) middlewareCases() ([]Case, error) {
	good := s.keys.mint("HS256", kid, newClaims(0).payload())
	all := Case{Name: "Authenticate a request, HS256", Must: ratio(7).allocs(12), Base: "floor"}
	floor := s.floors["HS256"]
	all.add("floor", func(int) error { return floor.verify(good) })
	own := Case{Name: "the same without a router, to Parse", Must: ratio(1.25).allocs(11), Base: "Parse"}
	own.add("Parse", accept(s.verifiers["HS256"][0].small, []token{good}))
	for _, m := range []struct {
		c       *Case
		name    string
		handler http.Handler
	}{
		{&all, Ours, routed(ourMiddleware(s.keys))},
		{&all, golangJWT.name, echoMiddleware(s.keys)},
		{&all, jwx.name, jwtauthMiddleware(s.keys)},
		{&own, Ours, ourMiddleware(s.keys)},
	} {
		service := &service{handler: m.handler, header: http.Header{}}
		if err := service.check(s.keys); err != nil {
			return nil, fmt.Errorf("middleware of %s: %w", m.name, err)
		}
		r := request(good)
		m.c.add(m.name, func(int) error { return service.expect(r, http.StatusNoContent) })
	}
	return []Case{all, own}, nil
}
