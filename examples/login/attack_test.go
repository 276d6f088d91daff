package main

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwttest"
)

// The service as a whole refuses what is known to have got through elsewhere.
func TestAttack(t *testing.T) {
	iss := jwttest.NewIssuer(t, jwttest.Config{Name: issuer, Audience: audience, Traps: true})
	service, err := newServer(nil, iss.Signer(), iss.Keys(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	jwttest.Attack(t, jwttest.Target{
		Handler: service,
		Path:    "/orders",
		Issuer:  iss,
		Claims:  map[string]any{"roles": []string{"sales"}},
	})
}
