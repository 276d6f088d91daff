// Command mcp is a client of a server of the Model Context Protocol: go-sdk speaks the protocol,
// and package jwtclient gets the tokens. It lists the tools of the server and calls each.
//
// Its argument is the URL of the server. As the conformance suite of the protocol wants it,
// MCP_CONFORMANCE_CONTEXT says in JSON who the client is. The test runs the suite, whose servers
// listen on all addresses while they run:
//
//	GOWORK=off go test -v ./mcp   # needs Node.js 22 and npm
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwtclient"
)

func main() {
	log.SetFlags(0)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if len(os.Args) != 2 {
		log.Fatal("usage: mcp URL")
	}
	if err := run(ctx, os.Args[1], os.Getenv("MCP_CONFORMANCE_CONTEXT")); err != nil {
		log.Fatal(err)
	}
}

// credentials are what a client authenticates with: a secret, or a key.
type credentials struct {
	ClientID  string           `json:"client_id"`
	Secret    jwtclient.Secret `json:"client_secret"`
	Key       string           `json:"private_key_pem"`
	Algorithm jwt.Algorithm    `json:"signing_algorithm"`
}

func run(ctx context.Context, server, client string) error {
	var c credentials
	if err := json.Unmarshal([]byte(client), &c); err != nil {
		return fmt.Errorf("MCP_CONFORMANCE_CONTEXT: %w", err)
	}
	transport, err := c.transport(ctx, server)
	if err != nil {
		return err
	}
	defer transport.Close()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "jwtclient", Version: "0"}, nil).Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint: server, HTTPClient: &http.Client{Transport: transport}, DisableStandaloneSSE: true,
	}, nil)
	if err != nil {
		return err
	}
	defer session.Close()
	for tool, err := range session.Tools(ctx, nil) {
		if err != nil {
			return err
		}
		if _, err := session.CallTool(ctx, &mcp.CallToolParams{Name: tool.Name}); err != nil {
			return err
		}
		fmt.Println(tool.Name)
	}
	return nil
}

// transport returns what adds tokens to the requests to server. It asks the server for its
// authorization server (RFC 9728), and that for its token endpoint (RFC 8414). The suite has no
// other way to say it. A client with a secret should know its authorization server instead: one
// that a stranger names would get the secret.
func (c *credentials) transport(ctx context.Context, server string) (*jwtclient.Transport, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	origin := u.Scheme + "://" + u.Host
	resource, err := oauthex.GetProtectedResourceMetadata(ctx, origin+"/.well-known/oauth-protected-resource"+u.Path, server, http.DefaultClient)
	if err != nil {
		return nil, err
	}
	if len(resource.AuthorizationServers) == 0 {
		return nil, errors.New("the resource has no authorization server")
	}
	issuer, err := auth.GetAuthServerMetadata(ctx, resource.AuthorizationServers[0], http.DefaultClient)
	if err != nil {
		return nil, err
	}
	if issuer == nil {
		return nil, errors.New("the authorization server has no metadata")
	}
	source := jwtclient.Endpoint{
		URL: issuer.TokenEndpoint, Issuer: issuer.Issuer,
		ClientID: c.ClientID, Secret: c.Secret,
		Scopes: resource.ScopesSupported, Resources: []string{resource.Resource},
	}
	if c.Key != "" {
		if source.Key, err = jwt.ParsePrivateKey(c.Algorithm, "", []byte(c.Key)); err != nil {
			return nil, err
		}
	}
	return jwtclient.New(jwtclient.Config{Origins: []string{origin}, Source: source})
}
