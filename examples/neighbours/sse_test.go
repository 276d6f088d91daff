package neighbours_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// A stream of server-sent events that ends when its token does.
func Example_serverSentEvents() {
	auth, iss := newAuth(jwthttp.Config{})
	prices := auth.Require(jwthttp.Scope("prices:read")).Handler(func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[Claims]) {
		live, stop := auth.Live(r)
		defer stop()
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "data: prices for %s\n\n", c.Subject)
		http.NewResponseController(w).Flush()
		<-live.Done() // a service waits for its next event as well
		if r.Context().Err() == nil {
			fmt.Fprint(w, "event: end\ndata: the token has ended\n\n")
		}
	})
	server := httptest.NewServer(prices)
	defer server.Close()

	for _, token := range []string{iss.token("orders:read"), iss.token("prices:read")} {
		r := must(http.NewRequest("GET", server.URL, nil))
		r.Header.Set("Authorization", "Bearer "+token)
		resp := must(http.DefaultClient.Do(r))
		fmt.Println(resp.StatusCode, resp.Header.Get("Content-Type"))
		if resp.StatusCode == http.StatusOK {
			for lines := bufio.NewScanner(resp.Body); lines.Scan(); iss.revoked.Store(true) {
				fmt.Println(lines.Text())
			}
		}
		resp.Body.Close()
	}
	// Output:
	// 403 application/json
	// 200 text/event-stream
	// data: prices for alice
	//
	// event: end
	// data: the token has ended
}
