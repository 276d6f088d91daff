// Package jwttest is for tests of services that take JSON Web Tokens, whatever library they
// use.
//
// An [Issuer] is an authorization server within the test: it signs tokens, and publishes its
// keys and its metadata.
//
//	iss := jwttest.NewIssuer(t, jwttest.Config{Audience: "orders"})
//	service := newService(iss.URL())
//	token := iss.Token(t, map[string]any{"sub": "alice", "role": "admin"})
//
// It can [Issuer.Rotate] and [Issuer.Withdraw] keys, and be [Issuer.Down] or
// [Issuer.Slow].
package jwttest
