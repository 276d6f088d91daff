package neighbours_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"golang.org/x/oauth2"

	"github.com/cda17858/jwt/jwtclient"
	"github.com/cda17858/jwt/jwthttp"
)

// A tokenSource is an oauth2.TokenSource over jwtclient, which keeps and renews the tokens: do
// not wrap it into an oauth2.ReuseTokenSource.
type tokenSource struct {
	ctx       context.Context // ends the waiting
	transport *jwtclient.Transport
}

func (s tokenSource) Token() (*oauth2.Token, error) {
	token, expires, err := s.transport.Token(s.ctx)
	if err != nil {
		return nil, err
	}
	return &oauth2.Token{AccessToken: token, TokenType: "Bearer", Expiry: expires}, nil
}

// A library that wants an oauth2.TokenSource gets the tokens of jwtclient.
func Example_oauth2() {
	auth, iss := newAuth(jwthttp.Config{})
	service := httptest.NewServer(auth.Require(jwthttp.Scope("orders:read"))(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "orders")
	})))
	defer service.Close()

	for _, scope := range []string{"other", "orders:read"} {
		transport := must(jwtclient.New(jwtclient.Config{
			Origins: []string{service.URL},
			Source:  jwtclient.SelfSigned[Claims]{Signer: iss.signer, Claims: iss.claims(scope)},
		}))
		client := &http.Client{Transport: &oauth2.Transport{Source: tokenSource{context.Background(), transport}}}
		resp := must(client.Get(service.URL))
		fmt.Println(resp.StatusCode)
		resp.Body.Close()
	}
	// Output:
	// 403
	// 200
}
