package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

// What users ask for: their orders, by their token; the same without a look at a token, by
// the sub of the user; and new tokens.
const (
	orders     = "/orders"
	openOrders = "/demo/orders"
	refresh    = "/refresh"
)

// A user is a browser with an address of its own. It keeps its cookies by itself, so that an
// answer that is lost leaves them as they were.
type user struct {
	name, origin  string
	client        *http.Client
	tabs          int           // that refresh at the same time
	pause         time.Duration // between two calls, in the mean
	sub           string
	access, token *http.Cookie // the tokens: token is the one for a refresh
	expires       time.Time    // of the access token
}

// newUser returns user i, at the address 127.1.0.1, 127.1.0.2 and so on.
func newUser(i int, name, origin string) *user {
	dialer := net.Dialer{
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(i/250), byte(1+i%250))},
		Timeout:   5 * time.Second,
	}
	u := &user{name: name, origin: origin, tabs: 1, client: &http.Client{
		Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 2},
		Timeout:   10 * time.Second,
	}}
	if i%10 == 0 {
		u.tabs = 2
	}
	return u
}

// An answer is what a user has got.
type answer struct {
	status  int
	body    []byte
	cookies []*http.Cookie
}

// send sends a request as the page of the service would, with a body of JSON unless it is "".
func (u *user) send(ctx context.Context, method, path, body string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, u.origin+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Origin", u.origin)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if u.access != nil {
		r.AddCookie(u.access)
		r.AddCookie(u.token)
	}
	res, err := u.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, text, res.Cookies()}, err
}

// post sends JSON, and wants a status.
func (u *user) post(ctx context.Context, path string, body any, want int) (answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	a, err := u.send(ctx, "POST", path, string(text))
	if err == nil && a.status != want {
		err = fmt.Errorf("%s of %s: %d %s", path, u.name, a.status, a.body)
	}
	return a, err
}

// keep takes the cookies of an answer to a request that was sent at a time.
func (u *user) keep(a answer, sent time.Time) error {
	var access, token *http.Cookie
	for _, c := range a.cookies {
		switch c.Name {
		case "__Host-Http-at":
			access = c
		case "__Host-Http-rt":
			token = c
		}
	}
	if access == nil || token == nil {
		return errors.New("an answer without cookies")
	}
	u.access, u.token = access, token
	u.expires = sent.Add(time.Duration(access.MaxAge) * time.Second)
	return nil
}

func (u *user) login(ctx context.Context, password string) error {
	sent := time.Now()
	a, err := u.post(ctx, "/login", map[string]any{"user": u.name, "password": password, "remember": true}, http.StatusOK)
	if err != nil {
		return err
	}
	return u.keep(a, sent)
}

// order gives the user an order, by which to know the answers to them from those to others.
func (u *user) order(ctx context.Context) error {
	// The program has no key to verify the token with. It asks for nothing by it that is not
	// open to everyone.
	token, err := jws.Unverified(u.access.Value)
	if err != nil {
		return err
	}
	var claims jwt.Claims[struct{}]
	if err := claims.UnmarshalJSON(token.Payload); err != nil {
		return err
	}
	u.sub = claims.Subject
	_, err = u.post(ctx, orders, map[string]any{"item": u.name}, http.StatusCreated)
	return err
}

// work calls and refreshes until ctx is done.
func (u *user) work(ctx context.Context, f *findings) {
	for n := 0; ; n++ {
		select {
		case <-time.After(rand.N(2 * u.pause)):
		case <-ctx.Done():
			return
		}
		for time.Until(u.expires) < time.Second/2 {
			if !u.refresh(f) || ctx.Err() != nil {
				return
			}
		}
		// The second of two requests finds everything warm, so they change places.
		kinds := [...][]string{{orders}, {orders, openOrders}, {orders}, {openOrders, orders}}
		for _, kind := range kinds[n%len(kinds)] {
			u.call(kind, f)
		}
	}
}

// call asks for the orders of the user.
func (u *user) call(kind string, f *findings) {
	url := kind
	if kind == openOrders {
		url += "?subject=" + u.sub
	}
	sent := time.Now()
	a, err := u.send(context.Background(), "GET", url, "")
	took := time.Since(sent)
	var list struct{ Orders []struct{ Item string } }
	switch {
	case err != nil || a.status >= 500:
		f.lose(kind, a.status, err)
	case a.status != http.StatusOK:
		f.wrong("%s of %s: %d, when the token had %v to live", kind, u.name, a.status, u.expires.Sub(sent))
	case json.Unmarshal(a.body, &list) != nil || len(list.Orders) != 1 || list.Orders[0].Item != u.name:
		f.wrong("%s of %s: %s", kind, u.name, a.body)
	default:
		f.answered(kind, took)
	}
}

// refresh refreshes, in all tabs at once, and keeps the cookies of the answer that comes last,
// as browsers do. It reports whether the user is still logged in.
func (u *user) refresh(f *findings) bool {
	sent := time.Now()
	answers := make(chan answer, u.tabs)
	for range u.tabs {
		go func() {
			a, err := u.send(context.Background(), "POST", refresh, "")
			if err != nil || a.status >= 500 {
				f.lose(refresh, a.status, err)
				a.status = 0
			} else {
				f.answered(refresh, time.Since(sent))
			}
			answers <- a
		}()
	}
	var got []answer
	for range u.tabs {
		got = append(got, <-answers)
	}
	loggedIn, refreshed := true, false
	for _, a := range got {
		switch a.status {
		case 0: // lost
		case http.StatusNoContent:
			refreshed = true
			if err := u.keep(a, sent); err != nil {
				f.wrong("%s of %s: %v", refresh, u.name, err)
			}
		default:
			loggedIn = false
			f.logout("%s: %d", u.name, a.status)
		}
	}
	if !refreshed {
		time.Sleep(100 * time.Millisecond) // and again, with the same token
	}
	return loggedIn
}
