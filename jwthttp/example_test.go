package jwthttp_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// Claims are the private claims of the examples.
type Claims struct {
	jwthttp.AccessToken
	Tenant string `json:"tenant"`
}

// newExample returns a parser for the tokens of an issuer, and a func that returns a token of
// that issuer for alice.
func newExample() (parser *jwt.Parser[Claims], token func(Claims) string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := jwt.NewSigner(jwt.ES256, "key-1", key)
	if err != nil {
		log.Fatal(err)
	}
	parser, err = jwt.NewParser[Claims](signer.Verifier(), jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://auth.example.com"},
		Audiences:  []string{"orders"},
		Types:      []string{"at+jwt"},
	})
	if err != nil {
		log.Fatal(err)
	}
	return parser, func(private Claims) string {
		now := time.Now()
		token, err := jwt.Sign(context.Background(), signer, jwt.Claims[Claims]{
			Issuer: "https://auth.example.com", Subject: "alice", Audience: []string{"orders"},
			IssuedAt: now, ExpiresAt: now.Add(10 * time.Minute), Type: "at+jwt", Private: private,
		})
		if err != nil {
			log.Fatal(err)
		}
		return token
	}
}

// get prints how h answers a GET with a token.
func get(h http.Handler, path, token string) {
	r := httptest.NewRequest("GET", path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Header().Get("WWW-Authenticate"))))
	fmt.Print(w.Body)
}

// A service with a route for those who may read orders, one for those who have authenticated
// in the last five minutes, and one for all.
func Example() {
	parser, token := newExample()
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{Realm: "orders"})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /orders", auth.Require(jwthttp.Scope("orders:read")).Handler(
		func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[Claims]) {
			fmt.Fprintf(w, "orders of %s, tenant %s\n", c.Subject, c.Private.Tenant)
		}))
	mux.Handle("GET /transfer", auth.Require(jwthttp.Scope("orders:read"), jwthttp.MaxAge(5*time.Minute)).Handler(
		func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[Claims]) {
			fmt.Fprintln(w, "done")
		}))
	mux.Handle("GET /", auth.Optional().Handler(
		func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[Claims]) {
			if c == nil {
				fmt.Fprintln(w, "welcome")
				return
			}
			fmt.Fprintln(w, "welcome,", c.Subject)
		}))

	alice := token(Claims{
		AccessToken: jwthttp.AccessToken{
			Scope:           jwthttp.ScopeList{"orders:read"},
			AuthenticatedAt: time.Now().Add(-time.Hour).Unix(),
		},
		Tenant: "blue",
	})
	get(mux, "/orders", alice)
	get(mux, "/orders", "")
	get(mux, "/orders", token(Claims{}))
	get(mux, "/transfer", alice)
	get(mux, "/", "")
	get(mux, "/", alice)
	// Output:
	// 200
	// orders of alice, tenant blue
	// 401 Bearer realm="orders", scope="orders:read"
	// {"error":"unauthorized","error_description":"The request has no access token."}
	// 403 Bearer realm="orders", error="insufficient_scope", scope="orders:read"
	// {"error":"insufficient_scope","error_description":"The access token lacks a scope that this request needs."}
	// 401 Bearer realm="orders", error="insufficient_user_authentication", max_age="300"
	// {"error":"insufficient_user_authentication","error_description":"The user must authenticate anew, or in a stronger way."}
	// 200
	// welcome
	// 200
	// welcome, alice
}

// A rule of the application's own: who may see what is its business. An error would be
// answered with 503.
func ExampleRuleFunc() {
	parser, token := newExample()
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{})
	if err != nil {
		log.Fatal(err)
	}
	tenants := []string{"blue", "green"}
	active := jwthttp.RuleFunc(func(ctx context.Context, c *jwt.Claims[Claims]) (bool, error) {
		return slices.Contains(tenants, c.Private.Tenant), nil
	})
	h := auth.Require(active).Handler(func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[Claims]) {
		fmt.Fprintln(w, "hello,", c.Subject)
	})
	get(h, "/", token(Claims{Tenant: "blue"}))
	get(h, "/", token(Claims{Tenant: "red"}))
	// Output:
	// 200
	// hello, alice
	// 403
	// {"error":"access_denied","error_description":"Access is denied."}
}

// Code further in asks the context for the claims.
func ExampleFromContext() {
	parser, token := newExample()
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{})
	if err != nil {
		log.Fatal(err)
	}
	audit := func(ctx context.Context, action string) {
		if c, ok := jwthttp.FromContext[Claims](ctx); ok {
			fmt.Println(c.Subject, action)
		}
	}
	h := auth.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		audit(r.Context(), "looked at the orders")
	}))
	get(h, "/", token(Claims{}))
	// Output:
	// alice looked at the orders
	// 200
}

// A service for browsers: the token is in a cookie that no script can read.
func ExampleNewCookies() {
	parser, token := newExample()
	cookies, err := jwthttp.NewCookies(jwthttp.CookieConfig{Origin: "https://app.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{Cookies: cookies})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /login", cookies.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// … check the password …
		if err := cookies.SetAccess(w, token(Claims{}), 10*time.Minute); err != nil {
			http.Error(w, "cannot log in", http.StatusInternalServerError)
		}
	})))
	mux.Handle("POST /logout", cookies.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookies.Clear(w)
	})))
	mux.Handle("POST /orders", auth.Require().Handler(func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[Claims]) {
		fmt.Fprintln(w, "ordered by", c.Subject)
	}))

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("POST", "/login", nil))
	cookie := w.Result().Cookies()[0]
	fmt.Println(cookie.Name, cookie.HttpOnly, cookie.Secure, cookie.MaxAge)

	for _, site := range []string{"same-origin", "cross-site"} {
		r := httptest.NewRequest("POST", "/orders", nil)
		r.AddCookie(cookie)
		r.Header.Set("Sec-Fetch-Site", site) // as browsers do
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(site, w.Code)
	}
	// Output:
	// __Host-Http-at true true 600
	// same-origin 200
	// cross-site 403
}

// A stream of events that ends when the token does: when it expires, or when its session was
// ended or its key withdrawn.
func ExampleAuth_Live() {
	parser, token := newExample()
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{})
	if err != nil {
		log.Fatal(err)
	}
	events := make(chan string, 1)
	h := auth.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, stop := auth.Live(r)
		defer stop()
		w.Header().Set("Content-Type", "text/event-stream")
		for {
			select {
			case e, more := <-events:
				if !more {
					return
				}
				fmt.Fprintf(w, "data: %s\n\n", e)
				http.NewResponseController(w).Flush()
			case <-ctx.Done(): // context.Cause(ctx) says why
				return
			}
		}
	}))
	events <- "shipped"
	close(events)
	get(h, "/", token(Claims{}))
	// Output:
	// 200
	// data: shipped
}

// A route that was registered without a word about tokens is closed.
func ExampleAuth_DefaultDeny() {
	parser, _ := newExample()
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "hello") })
	mux.Handle("/orders", auth.Require()(page))
	mux.Handle("/health", jwthttp.Public(page))
	mux.Handle("/debug", page)
	h := auth.DefaultDeny(mux)
	for _, path := range []string{"/orders", "/health", "/debug"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(path, w.Code)
	}
	// Output:
	// /orders 401
	// /health 200
	// /debug 403
}

// Clients that know nothing but the service's URL, such as those of MCP, find its issuer.
func ExampleNewMetadataHandler() {
	parser, _ := newExample()
	const resource = "https://api.example.com/mcp"
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{Resource: resource})
	if err != nil {
		log.Fatal(err)
	}
	metadata, err := jwthttp.NewMetadataHandler(jwthttp.Metadata{
		Resource:             resource,
		AuthorizationServers: []string{"https://auth.example.com"},
		ScopesSupported:      []string{"orders:read"},
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(metadata.Path(), metadata)
	mux.Handle("/mcp", auth.Require(jwthttp.Scope("orders:read"))(http.NotFoundHandler()))
	get(mux, "/mcp", "")
	get(mux, "/.well-known/oauth-protected-resource/mcp", "")
	// Output:
	// 401 Bearer realm="api.example.com", resource_metadata="https://api.example.com/.well-known/oauth-protected-resource/mcp", scope="orders:read"
	// {"error":"unauthorized","error_description":"The request has no access token."}
	// 200
	// {"resource":"https://api.example.com/mcp","authorization_servers":["https://auth.example.com"],"scopes_supported":["orders:read"],"bearer_methods_supported":["header"]}
}

// A token that is bound to a certificate (RFC 8705) is good only over a connection of its
// holder.
func ExampleConfirm() {
	parser, token := newExample()
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{})
	if err != nil {
		log.Fatal(err)
	}
	certificate := jwthttp.Confirm(func(r *http.Request, token string, c *jwt.Claims[Claims]) error {
		if cnf := c.Private.Confirmation; cnf == nil || cnf.X5TS256 == "" || cnf.X5TS256 != thumbprint(r) {
			return &jwt.TokenError{Field: "cnf", Err: jwt.ErrMismatch}
		}
		return nil
	})
	h := auth.Require(certificate).Handler(func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[Claims]) {
		fmt.Fprintln(w, "hello,", c.Subject)
	})
	bound := token(Claims{AccessToken: jwthttp.AccessToken{Confirmation: &jwthttp.Confirmation{
		X5TS256: "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2",
	}}})
	get(h, "/", bound)
	// Output:
	// 401 Bearer realm="api", error="invalid_token"
	// {"error":"invalid_token","error_description":"The access token is not accepted."}
}

// An observer that counts what it sees, by labels of which there are few.
func ExampleConfig_observe() {
	parser, token := newExample()
	requests := map[jwthttp.Reason]int{} // a real one is a metric, and safe for concurrent use
	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{
		Observe: func(ctx context.Context, e jwthttp.Event) { requests[e.Reason]++ },
	})
	if err != nil {
		log.Fatal(err)
	}
	h := auth.Require(jwthttp.Role("sales"))(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, token := range []string{token(Claims{}), token(Claims{}), "x", ""} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	fmt.Println(requests)
	// Output:
	// map[forbidden:2 malformed:1 malformed_credentials:1]
}

// thumbprint returns the hash of the certificate that r's sender has shown.
func thumbprint(r *http.Request) string {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return ""
	}
	sum := sha256.Sum256(r.TLS.PeerCertificates[0].Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
