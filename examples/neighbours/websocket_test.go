package neighbours_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/coder/websocket"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// A WebSocket that is closed when its token ends. A browser would send the token in the cookie
// of Config.Cookies.
func Example_webSocket() {
	auth, iss := newAuth(jwthttp.Config{})
	prices := auth.Require(jwthttp.Scope("prices:read")).Handler(func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[Claims]) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		live, stop := auth.Live(r)
		defer stop()
		conn.Write(live, websocket.MessageText, []byte("prices for "+c.Subject))
		select {
		case <-conn.CloseRead(context.Background()).Done(): // by the client
		case <-live.Done():
			conn.Close(3000, "the token has ended") // IANA: 3000 is Unauthorized
		}
	})
	server := httptest.NewServer(prices)
	defer server.Close()

	ctx := context.Background()
	for _, token := range []string{iss.token("orders:read"), iss.token("prices:read")} {
		header := http.Header{"Authorization": {"Bearer " + token}}
		conn, resp, err := websocket.Dial(ctx, server.URL, &websocket.DialOptions{HTTPHeader: header})
		for fmt.Println(resp.StatusCode); err == nil; {
			var message []byte
			if _, message, err = conn.Read(ctx); err == nil {
				fmt.Printf("%s\n", message)
				iss.revoked.Store(true)
			}
		}
		fmt.Println(websocket.CloseStatus(err))
	}
	// Output:
	// 403
	// StatusCode(-1)
	// 101
	// prices for alice
	// StatusCode(3000)
}
