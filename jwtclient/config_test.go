package jwtclient_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwtclient"
)

func TestNewRefuses(t *testing.T) {
	signer := newSigner(t)
	good := jwtclient.Config{Origins: []string{orders}, Source: endpointOf(nil)}
	with := func(change func(*jwtclient.Config)) jwtclient.Config {
		cfg := good
		change(&cfg)
		return cfg
	}
	origin := func(text string) jwtclient.Config {
		return with(func(c *jwtclient.Config) { c.Origins = []string{text} })
	}
	source := func(change func(*jwtclient.Endpoint)) jwtclient.Config {
		return with(func(c *jwtclient.Config) {
			e := endpointOf(nil)
			change(&e)
			c.Source = e
		})
	}
	self := func(s jwtclient.SelfSigned[map[string]any]) jwtclient.Config {
		return with(func(c *jwtclient.Config) { c.Source = s })
	}
	subject := func(context.Context) (string, error) { return "user-token", nil }
	for text, cfg := range map[string]jwtclient.Config{
		"Config.Origins is empty; name the servers that get the tokens": {},
		"Config.Source is nil": {Origins: []string{orders}},
		`Config.Origins: "" is empty; is an environment variable unset?`: origin(""),
		"is not an absolute URL":                              origin("orders.example.com"),
		`"https:///a" is not an absolute URL`:                 origin("https:///a"),
		`"https://a.example/" has more than scheme`:           origin("https://a.example/"),
		`"https://a.example?" has more than scheme`:           origin("https://a.example?"),
		`"https://u:p@a.example" has a user or a fragment`:    origin("https://u:p@a.example"),
		`"http://a.example" is an http URL; http is allowed`:  origin("http://a.example"),
		`"ftp://a.example" is not an https URL`:               origin("ftp://a.example"),
		"is longer than 2048 bytes":                           origin("https://" + strings.Repeat("a", 2048)),
		"Config.Transport holds a nil pointer":                with(func(c *jwtclient.Config) { c.Transport = (*http.Transport)(nil) }),
		"Config.Timeout is 10ns; is a unit missing":           with(func(c *jwtclient.Config) { c.Timeout = 10 }),
		"Config.Timeout is 1h0m0s; the longest is 5m0s":       with(func(c *jwtclient.Config) { c.Timeout = time.Hour }),
		"Endpoint.URL is empty; is an environment":            source(func(e *jwtclient.Endpoint) { e.URL = "" }),
		"Endpoint.URL is an http URL":                         source(func(e *jwtclient.Endpoint) { e.URL = "http://auth.example.com" }),
		"Endpoint.ClientID is empty":                          source(func(e *jwtclient.Endpoint) { e.ClientID = "" }),
		"Endpoint.Secret and Key are empty; client creden":    source(func(e *jwtclient.Endpoint) { e.Secret = "" }),
		"Endpoint.ClientID has a character that is not":       source(func(e *jwtclient.Endpoint) { e.ClientID = "\x00" }),
		"Endpoint.Secret has a character that is not":         source(func(e *jwtclient.Endpoint) { e.Secret += "\n" }),
		"Endpoint.Key is set beside Secret":                   source(func(e *jwtclient.Endpoint) { e.Key, e.Issuer = signer, issuer }),
		"Endpoint.Key holds a nil pointer":                    source(func(e *jwtclient.Endpoint) { e.Key = (*nilSigner)(nil) }),
		"Endpoint.Issuer is empty; it is the audience":        source(func(e *jwtclient.Endpoint) { e.Key, e.Secret = signer, "" }),
		"Endpoint.KeyType is set without Key":                 source(func(e *jwtclient.Endpoint) { e.KeyType = "JWT" }),
		"Endpoint.SecretInBody is set without Secret":         source(func(e *jwtclient.Endpoint) { e.Secret, e.SecretInBody = "", true }),
		"Endpoint.Scopes: element 0 is blank":                 source(func(e *jwtclient.Endpoint) { e.Scopes = []string{""} }),
		`Endpoint.Scopes: "a b" is not a scope`:               source(func(e *jwtclient.Endpoint) { e.Scopes = []string{"a b"} }),
		`Endpoint.Resources: "orders" is not an absolute URI`: source(func(e *jwtclient.Endpoint) { e.Resources = []string{"orders"} }),
		`Endpoint.Audiences: "a" is given twice`:              source(func(e *jwtclient.Endpoint) { e.Audiences = []string{"a", "a"} }),
		"Endpoint.Transport holds a nil pointer":              source(func(e *jwtclient.Endpoint) { e.Transport = (*http.Transport)(nil) }),
		"Endpoint.Grant holds a nil pointer":                  source(func(e *jwtclient.Endpoint) { e.Grant = (*jwtclient.Exchange)(nil) }),
		"Endpoint.Grant: Exchange.Subject is nil":             source(func(e *jwtclient.Endpoint) { e.Grant = jwtclient.Exchange{} }),
		"Endpoint.Grant: Exchange.ActorType is set without":   source(func(e *jwtclient.Endpoint) { e.Grant = jwtclient.Exchange{Subject: subject, ActorType: "x"} }),
		"Endpoint.Grant: JWTBearer.Signer is nil":             source(func(e *jwtclient.Endpoint) { e.Grant = jwtclient.JWTBearer{} }),
		"Endpoint.Grant: JWTBearer.Audience and Endpoint.Iss": source(func(e *jwtclient.Endpoint) { e.Grant = jwtclient.JWTBearer{Signer: signer} }),
		"Endpoint.Grant: JWTBearer.Issuer and Endpoint.Clien": source(func(e *jwtclient.Endpoint) {
			e.ClientID, e.Secret, e.Issuer, e.Grant = "", "", issuer, jwtclient.JWTBearer{Signer: signer}
		}),
		"Endpoint.Grant: JWTBearer: ": source(func(e *jwtclient.Endpoint) {
			e.Issuer, e.Grant = issuer, jwtclient.JWTBearer{Signer: signer, Private: map[string]any{"iss": "x"}}
		}),
		"SelfSigned.Signer is nil":                     self(jwtclient.SelfSigned[map[string]any]{}),
		"SelfSigned.Lifetime is negative":              self(jwtclient.SelfSigned[map[string]any]{Signer: signer, Lifetime: -1}),
		"SelfSigned.Claims has an ID or a date":        self(jwtclient.SelfSigned[map[string]any]{Signer: signer, Claims: jwt.Claims[map[string]any]{ID: "1"}}),
		"SelfSigned.Claims: jwt: ":                     self(jwtclient.SelfSigned[map[string]any]{Signer: signer, Claims: jwt.Claims[map[string]any]{Private: map[string]any{"exp": 1}}}),
		"SelfSigned.Lifetime is 25h0m0s; the longest ": self(jwtclient.SelfSigned[map[string]any]{Signer: signer, Lifetime: 25 * time.Hour}),
	} {
		transport, err := jwtclient.New(cfg)
		require.ErrorContains(t, err, text)
		require.Contains(t, err.Error(), "jwtclient: ")
		require.Nil(t, transport)
		requireNoSecret(t, err.Error())
	}
	for _, cfg := range []jwtclient.Config{
		good,
		origin("http://127.0.0.1:1"), origin("http://localhost"), origin("http://[::1]:80"),
		with(func(c *jwtclient.Config) { c.Origins, c.InsecureHTTP = []string{"http://a.example"}, true }),
		source(func(e *jwtclient.Endpoint) {
			e.Grant, e.ClientID, e.Secret = jwtclient.Exchange{Subject: subject}, "", ""
		}),
		source(func(e *jwtclient.Endpoint) { e.Key, e.Issuer, e.Secret = signer, issuer, "" }),
	} {
		_, err := jwtclient.New(cfg)
		require.NoError(t, err)
	}
}

type nilSigner struct{ jwt.Signer }
