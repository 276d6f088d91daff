package session_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

// Claims are the private claims of the examples.
type Claims struct {
	jwthttp.AccessToken
	Role string `json:"role"`
}

// newExample returns the Sessions of an auth service, and what other services have of it: the
// public half of its key, and the store.
func newExample() (*session.Sessions[Claims], jwt.KeyVerifier, store.Store) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := jwt.NewSigner(jwt.ES256, "2026-11", key) // or a keyring.Ring
	if err != nil {
		log.Fatal(err)
	}
	secret := make([]byte, 32) // from the configuration: the same on all instances
	rand.Read(secret)
	shared := store.NewMemory() // or sqlstore, for more than one process
	sessions, err := session.New(context.Background(), session.Config[Claims]{
		Signer: signer, Issuer: "https://auth.example.com", Audience: []string{"orders"},
		Keys:   [][]byte{secret},
		Store:  shared,
		Access: 10 * time.Minute, Idle: 14 * 24 * time.Hour, Absolute: 90 * 24 * time.Hour,
		// Called at login and at every refresh: today's role of the user.
		Claims: func(ctx context.Context, s session.Session) (Claims, error) {
			switch s.Subject {
			case "mallory":
				return Claims{}, session.ErrEnd // banned: the session ends
			default:
				return Claims{AccessToken: s.AccessToken(), Role: "buyer"}, nil
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	return sessions, signer.Verifier(), shared
}

// A login, a request, a refresh and a logout.
func Example() {
	ctx := context.Background()
	sessions, _, _ := newExample()
	defer sessions.Close()

	// After the password has been checked.
	tokens, err := sessions.Start(ctx, session.Login{Subject: "alice", AMR: []string{"pwd"}, Label: "Firefox on Linux"})
	if err != nil {
		log.Fatal(err)
	}

	claims, err := sessions.Parse(ctx, tokens.AccessToken)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims.Subject, claims.Private.Role, claims.Private.AuthMethods)

	next, err := sessions.Refresh(ctx, tokens.RefreshToken)
	if err != nil {
		log.Fatal(err)
	}
	// The answer may be lost: the same refresh token gives the same answer.
	again, err := sessions.Refresh(ctx, tokens.RefreshToken)
	fmt.Println(next.RefreshToken == again.RefreshToken, err)

	if err := sessions.Logout(ctx, next.RefreshToken); err != nil {
		log.Fatal(err)
	}
	_, err = sessions.Refresh(ctx, next.RefreshToken)
	fmt.Println(err)
	fmt.Println(errors.Is(err, session.ErrEnded))
	// Output:
	// alice buyer [pwd]
	// true <nil>
	// jwt: refresh_token: session ended: logout
	// true
}

// A service whose pages keep the tokens in cookies: login, refresh, logout, and a route that
// needs a login.
func ExampleSessions_NewRefreshHandler() {
	sessions, _, _ := newExample()
	defer sessions.Close()
	cookies, err := jwthttp.NewCookies(jwthttp.CookieConfig{Origin: "https://app.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	auth, err := jwthttp.New(sessions.Parse, jwthttp.Config{Cookies: cookies})
	if err != nil {
		log.Fatal(err)
	}

	mux := http.NewServeMux()
	mux.Handle("POST /login", cookies.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user := "alice" // whom the password, or a passkey, has proved
		previous, _ := cookies.Refresh(r)
		tokens, err := sessions.Start(r.Context(), session.Login{
			Subject: user, AMR: []string{"pwd"}, Label: r.UserAgent(), Persistent: true,
			Previous: previous, // a session of the request before ends
		})
		if err == nil {
			err = tokens.SetCookies(w, cookies)
		}
		if err != nil {
			log.Print(err)
			http.Error(w, "try again", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})))
	mux.Handle("POST /refresh", sessions.NewRefreshHandler(cookies))
	mux.Handle("POST /logout", sessions.NewLogoutHandler(cookies))
	mux.Handle("GET /orders", auth.Require().Handler(func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[Claims]) {
		fmt.Fprintln(w, "orders of", c.Subject)
	}))

	// A browser.
	var jar []*http.Cookie
	request := func(method, path string) {
		r := httptest.NewRequest(method, "https://app.example.com"+path, nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		for _, c := range jar {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if set := w.Result().Cookies(); len(set) > 0 {
			jar = set
			if set[0].MaxAge < 0 {
				jar = nil
			}
		}
		fmt.Println(method, path, w.Code)
	}
	request("GET", "/orders")
	request("POST", "/login")
	request("GET", "/orders")
	request("POST", "/refresh")
	request("GET", "/orders")
	request("POST", "/logout")
	request("POST", "/refresh")
	// Output:
	// GET /orders 401
	// POST /login 204
	// GET /orders 200
	// POST /refresh 204
	// GET /orders 200
	// POST /logout 204
	// POST /refresh 401
}

// Step-up (RFC 9470): a payment wants a second factor. The new session takes the place of the
// old one, so that a thief who has a token of that is not elevated.
func ExampleSessions_Reauthenticate() {
	ctx := context.Background()
	sessions, _, _ := newExample()
	defer sessions.Close()
	tokens, err := sessions.Start(ctx, session.Login{Subject: "alice", AMR: []string{"pwd"}})
	if err != nil {
		log.Fatal(err)
	}

	// The refresh token comes from the cookie. The second factor has just been proved.
	stronger, err := sessions.Reauthenticate(ctx, tokens.RefreshToken, session.Login{
		Subject: "alice", ACR: "phrh", AMR: []string{"pwd", "hwk"},
	})
	if err != nil {
		log.Fatal(err)
	}
	claims, err := sessions.Parse(ctx, stronger.AccessToken)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims.Private.ACR(), claims.Private.AuthMethods)
	_, err = sessions.Refresh(ctx, tokens.RefreshToken)
	fmt.Println(err)
	// Output:
	// phrh [pwd hwk]
	// jwt: refresh_token: session ended: replaced
}

// A new password: all sessions of the user end, and a new one begins for the browser that
// has changed it. The new password is stored before that.
func ExampleLogin_endOthers() {
	ctx := context.Background()
	sessions, _, _ := newExample()
	defer sessions.Close()
	login := session.Login{Subject: "alice", AMR: []string{"pwd"}}
	phone, err := sessions.Start(ctx, login)
	if err != nil {
		log.Fatal(err)
	}
	laptop, err := sessions.Start(ctx, login)
	if err != nil {
		log.Fatal(err)
	}

	login.EndOthers = true
	changed, err := sessions.Reauthenticate(ctx, laptop.RefreshToken, login)
	if err != nil {
		log.Fatal(err)
	}
	_, err = sessions.Refresh(ctx, phone.RefreshToken)
	fmt.Println("phone:", err)
	_, err = sessions.Refresh(ctx, changed.RefreshToken)
	fmt.Println("laptop:", err)
	// Output:
	// phone: jwt: refresh_token: session ended: everywhere
	// laptop: <nil>
}

// A service that only verifies: it has the public key, from a JWKS perhaps, and the store, in
// which it marks the sessions that it sees.
func ExampleNewChecker() {
	ctx := context.Background()
	sessions, key, shared := newExample()
	defer sessions.Close()

	parser, err := jwt.NewParser[Claims](key, jwt.Policy{ // or a jwks.Client
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://auth.example.com"},
		Audiences:  []string{"orders"},
		Types:      []string{"at+jwt"},
	})
	if err != nil {
		log.Fatal(err)
	}
	checker, err := session.NewChecker(shared, parser.Parse, session.CheckConfig{CheckEveryRequest: true})
	if err != nil {
		log.Fatal(err)
	}
	defer checker.Close()
	// auth, err := jwthttp.New(checker.Parse, jwthttp.Config{…})

	tokens, err := sessions.Start(ctx, session.Login{Subject: "alice"})
	if err != nil {
		log.Fatal(err)
	}
	_, err = checker.Parse(ctx, tokens.AccessToken)
	fmt.Println(err)
	if err := sessions.EndAll(ctx, "alice"); err != nil {
		log.Fatal(err)
	}
	_, err = checker.Parse(ctx, tokens.AccessToken)
	fmt.Println(err)
	// Output:
	// <nil>
	// jwt: jti: token revoked
}

// A page of the user's devices, with a button to log out each.
func ExampleSessions_List() {
	ctx := context.Background()
	sessions, _, _ := newExample()
	defer sessions.Close()
	var here *session.Tokens
	for _, device := range []string{"Firefox on Linux", "App on Android"} {
		var err error
		here, err = sessions.Start(ctx, session.Login{Subject: "alice", Label: device, Persistent: true})
		if err != nil {
			log.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
	}

	claims, err := sessions.Parse(ctx, here.AccessToken)
	if err != nil {
		log.Fatal(err)
	}
	devices, err := sessions.List(ctx, claims.Subject)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range devices {
		fmt.Println(d.Label, d.ID == session.ID(claims))
	}
	fmt.Println(sessions.End(ctx, claims.Subject, devices[0].ID))
	// Output:
	// Firefox on Linux false
	// App on Android true
	// <nil>
}
