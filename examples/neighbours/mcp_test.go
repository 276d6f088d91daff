package neighbours_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	mcpauth "github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/cda17858/jwt/jwthttp"
)

// Require answers the requests without a good token. The SDK's TokenVerifier only passes on
// whose request it is, so that nobody can use another's MCP session.
func Example_mcp() {
	auth, iss := newAuth(jwthttp.Config{})
	verifier := func(ctx context.Context, token string, r *http.Request) (*mcpauth.TokenInfo, error) {
		c := auth.Claims(ctx)
		return &mcpauth.TokenInfo{UserID: c.Subject, Scopes: c.Private.Scopes(), Expiration: c.ExpiresAt}, nil
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "orders"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "whoami"}, func(ctx context.Context, r *mcp.CallToolRequest, in struct{}) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: r.Extra.TokenInfo.UserID}}}, nil, nil
	})
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	service := httptest.NewServer(auth.Require(jwthttp.Scope("mcp:use"))(mcpauth.RequireBearerToken(verifier, nil)(h)))
	defer service.Close()

	ctx := context.Background()
	for _, token := range []string{iss.token("orders:read"), iss.token("mcp:use")} {
		session, err := mcp.NewClient(&mcp.Implementation{Name: "client"}, nil).Connect(ctx, &mcp.StreamableClientTransport{
			Endpoint: service.URL, DisableStandaloneSSE: true, HTTPClient: &http.Client{Transport: bearer(token)},
		}, nil)
		if err != nil {
			fmt.Println(err)
			continue
		}
		defer session.Close()
		result := must(session.CallTool(ctx, &mcp.CallToolParams{Name: "whoami"}))
		fmt.Println(result.Content[0].(*mcp.TextContent).Text)
	}
	// Output:
	// calling "initialize": sending "initialize": Forbidden
	// alice
}

// A bearer is an http.RoundTripper that sends its token. Package jwtclient has one that also
// gets and renews tokens.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}
